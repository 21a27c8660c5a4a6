"""Normalisation of URLs for publication: absolute, http or https, ASCII."""

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

import idna

from feeds.article.expressions import expression
from feeds.corpus.media_types import FILE_TYPES, IMAGE_TYPES

# The characters that RFC 3986 allows in each part, and the % of encoded characters.
_PATH = "/%:@!$&'()*+,;=~-._"
_QUERY = _PATH + "?"
# The form of nearly all URLs, which need no change.
PLAIN_URL = expression(
    r"https?://(?!(?:https?|www)\.?/)[a-z0-9](?:[a-z0-9-]|\.(?!\.))*/[A-Za-z0-9/:@!$&'()*+,;=~._-]*"
    r"(?:\?[A-Za-z0-9/:@!$&'()*+,;=~._?-]+)?"
)
_PLAIN_PATH = expression(r"/(?!/)[A-Za-z0-9/:@!$&'()*+,;=~._-]*(?:\?[A-Za-z0-9/:@!$&'()*+,;=~._?-]+)?")
_STRAY_PERCENT = expression(r"%(?![0-9A-Fa-f]{2})")
SCHEME = expression(r"([A-Za-z][A-Za-z0-9+.-]*):")

# Extensions of files that are not top-level domains.
_EXTENSIONS = "|".join((r"aspx?|cgi|css|js|json|[sx]?html?|jsp|php|txt|xml", *FILE_TYPES, *IMAGE_TYPES))
# A host at the beginning of an address without a scheme.
_HOST = expression(
    rf"""(?ix) (?: www\d?\..+ | localhost | \d+(?:\.\d+){{3}} | (?:[^\W_][\w-]*\.)+
    (?!(?:{_EXTENSIONS})\Z) (?: xn--[a-z0-9-]+ | [^\W\d_]{{2,}} ) \.? )"""
)
_NEVER_IN_A_PATH = expression(r"""[<>\[\]{}|"]|:/|//""")
_PLACEHOLDER = expression(r"\{\{|\{%|<%|\$\{")  # of a template that was not filled in


def written_address(written: str, base: str) -> str:
    """*written* in front matter, as ``absolute``; refuses a relative address that is likely a mistake.

    Raises ValueError for a host without scheme, text that is no path, such as ``N/A``, and backslashes.
    """
    if plain := _plain(written, base):
        return plain
    text = written.strip()
    is_mistake = "\\" in text or _PLACEHOLDER.search(text) or re.search(r"\s\w+:/", text)
    if is_mistake or not (SCHEME.match(text) or _is_path(text)):
        raise ValueError(written)
    return absolute(written, base)


def _is_path(text: str) -> bool:
    """Return whether *text* without a scheme is the path of a page or file, or ``//host/path``."""
    if text.startswith("//"):
        return "." in text.lstrip("/").partition("/")[0]
    if text.startswith(("/", "?", "./", "../")):
        return text != "?"
    path = re.split(r"[?#]", text)[0]
    segments = path.split("/")
    has_extension = re.search(r"\w\.\w+$", segments[-1])
    is_file = has_extension or (len(segments) > 1 and not re.search(r"\s", path))
    return bool(
        is_file
        and not _NEVER_IN_A_PATH.search(path)
        and not _HOST.fullmatch(segments[0])
        and segments[0].lower() not in ("http", "https")
        and any(len(segment) > 1 for segment in segments)
    )


def absolute(written: str, base: str) -> str:
    """*written* as a URI (RFC 3986), resolved against *base*: ``//a.b/é`` -> ``https://a.b/%C3%A9``.

    A path from the root stays below *base*, like Jekyll's ``baseurl``. Raises ValueError if the result is
    not an http or https URL.
    """
    if plain := _plain(written, base):
        return plain
    written = re.sub(r"[\x00-\x1f\x7f]", "", written).strip()
    if written.startswith("//"):
        written = "https:" + written
    elif written.startswith("/"):
        written = base.rstrip("/") + written
    elif not SCHEME.match(written):
        written = urljoin(base.rstrip("/") + "/", written)
    parts = urlsplit(written)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError(written)
    host = unquote(parts.hostname)  # Markdown encodes every part alike, and browsers decode hosts
    if host.rstrip(".") in ("http", "https", "www"):  # https://https://host/
        raise ValueError(written)
    if not host.isascii():
        host = _ascii(host)
    if ":" in host:
        host = f"[{host}]"
    port = f":{parts.port}" if parts.port else ""
    if not re.fullmatch(r"[A-Za-z0-9_\[][A-Za-z0-9._~\[\]:-]*", host) or ".." in host:
        raise ValueError(written)
    return urlunsplit(
        (
            parts.scheme,
            host + port,
            _encode(parts.path, _PATH) or "/",
            _encode(parts.query, _QUERY),
            _encode(parts.fragment, _QUERY),
        )
    )


def _plain(written: str, base: str) -> str:
    """*written* as ``absolute`` returns it if that needs no parser, else empty."""
    if PLAIN_URL.fullmatch(written):
        return written
    root = _root(base) if _PLAIN_PATH.fullmatch(written) else ""
    return root and root + written


@lru_cache(1 << 4)
def _root(base: str) -> str:
    """*base* without a slash at its end, or empty if ``absolute`` would change it."""
    root = base.rstrip("/")
    try:
        return root if "://" in root and absolute(f"{root}/", "") == f"{root}/" else ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """True if *host* is a loopback host or empty, and so unfit as the authority in ids (RFC 4151)."""
    host = host.strip("[]").rstrip(".").lower()
    if host in ("", "localhost") or host.endswith(".localhost") or re.fullmatch(r"127(\.\d+){0,3}", host):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def names_this_machine(written: str) -> bool:
    """True if *written* begins with an address of the machine itself, such as ``http://localhost:8000``."""
    found = re.match(
        r"(?:[a-z]{1,9}:)?//([^/?#]{0,255})|([^/?#\s]{1,255}):\d{1,5}(?:/|$)", written.strip()
    )
    host = (found[1] or found[2] or "").rpartition("@")[2] if found else ""
    name = host if host.endswith("]") else re.sub(r":\d*$", "", host)
    return bool(name) and (is_loopback(name) or name == "0.0.0.0")  # noqa: S104


def _ascii(host: str) -> str:
    """*host* in ASCII, as browsers and registries encode it (IDNA 2008, UTS #46 non-transitional).

    The codec ``idna`` of Python is IDNA 2003, which makes ``strasse`` of ``straße``: another site.
    """
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.InvalidCodepoint:  # a symbol such as ☃, which browsers accept
        labels = idna.uts46_remap(host, std3_rules=False).split(".")
        return ".".join(
            each if each.isascii() else f"xn--{each.encode('punycode').decode()}" for each in labels
        )


def _encode(part: str, safe: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe=safe, errors="replace")
