"""Sound contents, damaged at random; `BRIDGEAE_FUZZ_CASES=10000` tries as many of each."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

CASES = os.environ.get("BRIDGEAE_FUZZ_CASES")
TOKENS = [
    b"nan",
    b"-1",
    b"0",
    b"9" * 30,
    b"1e999",
    b"\0",
    b'"',
    b"\n",
    b",",
    b"\xff\xfe",
    b"\x7f" * 8,
    b"[",
    b"{",
    b"a" * 99,
]


def tried() -> settings:
    """Return settings for as many random cases as the environment asks for, or for the same 200 each time."""
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
    options: dict[str, Any] = {"deadline": None, "suppress_health_check": checks, "database": None}
    if CASES:
        return settings(max_examples=int(CASES), **options)
    return settings(max_examples=200, derandomize=True, **options)


@st.composite
def damaged(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """Return one of some sound contents with a few bytes changed, left out, doubled or replaced by an odd token."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 4))):
        a = draw(st.integers(0, len(data)))
        b = min(a + draw(st.integers(0, 12)), len(data))
        part = draw(st.sampled_from(["byte", "cut", "double", "token", "end"]))
        if part == "byte" and a < len(data):
            data[a] = draw(st.integers(0, 255))
        elif part == "cut":
            del data[a:b]
        elif part == "double":
            data[a:a] = data[a:b] * draw(st.integers(1, 50))
        elif part == "token":
            data[a:b] = draw(st.sampled_from(TOKENS))
        elif part == "end":
            del data[a:]
    return bytes(data)
