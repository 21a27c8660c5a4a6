"""The headers of everything that other sites may frame."""

import re
from base64 import b64encode
from hashlib import sha256
from urllib.parse import quote

from feeds.web.responses import Context

SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox"

# Allow only the parts of an embed: no forms, requests or frames, but pictures from any host. The sandbox
# applies even if the frame has none. In a sandbox, not every browser resolves 'self': the full address of
# static files is listed too.
_POLICY = (
    "default-src 'none'; script-src 'self' {static}; style-src 'self' {static} 'sha256-{style}'; "
    f"img-src *; form-action 'none'; base-uri 'none'; frame-ancestors {{ancestors}}; sandbox {SANDBOX}"
)


def embed_headers(context: Context, style: str) -> dict[str, str]:
    """The headers of a frame with the stylesheet *style* in its page."""
    return {
        "Content-Security-Policy": _POLICY.format(
            static=re.sub("[;,]", lambda each: quote(each[0]), f"{context.site.url}/static/"),
            style=b64encode(sha256(style.encode()).digest()).decode(),
            ancestors=_ancestors(context.http.frame_ancestors),
        ),
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Robots-Tag": "noindex",
    }


def _ancestors(sources: tuple[str, ...]) -> str:
    """The sites that may frame embeds: *sources* and, unless that is ``'none'``, this server."""
    if not sources or "'none'" in sources:
        return "'none'"
    return " ".join(sources if "*" in sources else dict.fromkeys(["'self'", *sources]))
