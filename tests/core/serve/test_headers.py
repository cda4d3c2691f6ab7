from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from bridgeae.serve.headers import frame_policy


def test_a_frame_runs_the_scripts_it_came_with_and_no_others() -> None:
    page = '<script type="application/json">{}</script><script>a()</script><script>b()</script>'
    policy = frame_policy(page)
    for script, runs in (("a()", True), ("b()", True), ("{}", False)):
        assert (b64encode(sha256(script.encode()).digest()).decode() in policy) == runs
    assert "script-src 'none'" in frame_policy("<p>nothing runs</p>") and "connect-src" not in policy
