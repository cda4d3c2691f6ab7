"""What every answer says to a browser, and which requests are the page's own."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
    "Referrer-Policy": "no-referrer",  # the address holds the token
    "X-Content-Type-Options": "nosniff",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src data: blob:; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Of the page: its own files alone, no inline script or style."""
WEB_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "media-src data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'"
)
"""Of a page that runs the model itself, in WebAssembly."""
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def frame_policy(document: str) -> str:
    """Return the policy of a page in a frame: its own scripts run, by their hashes, without an origin or a network."""
    digests = [b64encode(sha256(script.encode()).digest()).decode() for script in _SCRIPT.findall(document)]
    scripts = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts"
    )


def same_origin(origin: str | None, site: str | None, host: str, *, must: bool) -> bool:
    """Return whether a request comes from the page itself.

    Args:
        origin: the header Origin, or None.
        site: the header Sec-Fetch-Site, or None.
        host: the checked header Host.
        must: whether an Origin must be there, as browsers send it with every POST.
    """
    if site not in (None, "same-origin", "none"):
        return False
    return not must if origin is None else origin == f"http://{host}"
