"""Access logs of a synthetic week, in every format that is read."""

import json
from collections.abc import Callable, Iterable
from time import gmtime, strftime
from urllib.parse import quote

from tests.readership.week import Hit


def _stamp(hit: Hit) -> str:
    return strftime("%d/%b/%Y:%H:%M:%S +0000", gmtime(hit.time))


def _quoted(text: str) -> str:
    """*text* as nginx escapes it."""
    escaped = text.replace("\\", "\\x5C").replace('"', "\\x22")
    return f'"{escaped or "-"}"'


def combined(hit: Hit) -> str:
    request = f"{hit.method} {hit.target} HTTP/1.1"
    return (
        f"{hit.address} - - [{_stamp(hit)}] {_quoted(request)} {hit.status} {hit.size}"
        f' "-" {_quoted(hit.agent)}'
    )


def with_host(hit: Hit) -> str:
    """Write the format vhost_combined of Apache, with its escapes."""
    return f"feeds.example:443 {combined(hit)}".replace("\\x22", '\\"')


def extended(hit: Hit) -> str:
    fields = (hit.none_match, hit.modified_since, hit.etag, hit.modified, hit.coding)
    return " ".join([combined(hit), *map(_quoted, fields)])


def caddy(hit: Hit) -> str:
    sent = {"If-None-Match": hit.none_match, "If-Modified-Since": hit.modified_since}
    answered = {"Etag": hit.etag, "Last-Modified": hit.modified, "Content-Encoding": hit.coding}
    return json.dumps(
        {
            "level": "info",
            "ts": float(hit.time),
            "logger": "http.log.access.log0",
            "msg": "handled request",
            "request": {
                "remote_ip": "192.0.2.255",
                "remote_port": "41342",
                "client_ip": hit.address,
                "proto": "HTTP/2.0",
                "method": hit.method,
                "host": "feeds.example",
                "uri": hit.target,
                "headers": {
                    "User-Agent": [hit.agent],
                    **{name: [value] for name, value in sent.items() if value},
                },
            },
            "bytes_read": 0,
            "duration": 0.0009,
            "size": hit.size,
            "status": hit.status,
            "resp_headers": {name: [value] for name, value in answered.items() if value},
        }
    )


CLOUDFRONT_HEADER = (
    "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem"
    " sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type\n"
)


def cloudfront(hit: Hit) -> str:
    fields = _cloudfront(hit)
    named = CLOUDFRONT_HEADER.split("#Fields: ")[1].split()
    return "\t".join(fields.get(name, "-") for name in named)


def cloudfront_json(hit: Hit) -> str:
    return json.dumps(_cloudfront(hit))


def _cloudfront(hit: Hit) -> dict[str, str]:
    path, _, query = hit.target.partition("?")
    return {
        "date": strftime("%Y-%m-%d", gmtime(hit.time)),
        "time": strftime("%H:%M:%S", gmtime(hit.time)),
        "sc-bytes": str(hit.size),
        "c-ip": hit.address,
        "cs-method": hit.method,
        "cs-uri-stem": path,
        "sc-status": str(hit.status),
        "cs(User-Agent)": quote(hit.agent, safe="/():;+,."),
        "cs-uri-query": query or "-",
    }


LOG_FORMATS: dict[str, Callable[[Hit], str]] = {
    "combined": combined,
    "with host": with_host,
    "extended": extended,
    "caddy": caddy,
    "cloudfront": cloudfront,
    "cloudfront json": cloudfront_json,
}
WITH_HEADERS = ("extended", "caddy")


def log(name: str, hits: Iterable[Hit]) -> str:
    """Return the log of *hits* in the format called *name*."""
    header = CLOUDFRONT_HEADER if name == "cloudfront" else ""
    return header + "".join(f"{LOG_FORMATS[name](hit)}\n" for hit in hits)
