"""Normalisation of URLs for publication: absolute, http or https, ASCII."""

import re
from ipaddress import ip_address
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

# The characters that RFC 3986 allows in each part, and the % of encoded characters.
_PATH = "/%:@!$&'()*+,;=~-._"
_QUERY = _PATH + "?"
# The form of nearly all URLs, which need no change.
PLAIN_URL = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9-]|\.(?!\.))*/[A-Za-z0-9/:@!$&'()*+,;=~._-]*"
    r"(?:\?[A-Za-z0-9/:@!$&'()*+,;=~._?-]+)?"
)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def absolute(written: str, base: str) -> str:
    """*written* as a URI (RFC 3986), resolved against *base*: ``//a.b/é`` -> ``https://a.b/%C3%A9``.

    A path from the root stays below *base*, like Jekyll's ``baseurl``. Raises ValueError if the result is
    not an http or https URL.
    """
    if PLAIN_URL.fullmatch(written):
        return written
    written = re.sub(r"[\x00-\x1f\x7f]", "", written).strip()
    if written.startswith("//"):
        written = "https:" + written
    elif written.startswith("/"):
        written = base.rstrip("/") + written
    elif not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", written):
        written = urljoin(base.rstrip("/") + "/", written)
    parts = urlsplit(written)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError(written)
    host = parts.hostname
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
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


def is_loopback(host: str) -> bool:
    """True if *host* is a loopback host or empty, and so unfit as the authority in ids (RFC 4151)."""
    host = host.strip("[]").rstrip(".").lower()
    if host in ("", "localhost") or host.endswith(".localhost") or re.fullmatch(r"127(\.\d+){0,3}", host):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _encode(part: str, safe: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe=safe, errors="replace")
