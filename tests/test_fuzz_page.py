"""No request, however damaged, makes the server of a page fail, or answer without its token."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given

from bridgeae.serve import PageServer
from fuzzing import damaged, tried
from served import Recorder, running

TOKEN = "t" * 32
START = f"POST /{TOKEN}/%s HTTP/1.1\r\nHost: HOST\r\nOrigin: http://HOST\r\n"
REQUESTS = [
    request.encode()
    for request in (
        f"GET /{TOKEN}/ HTTP/1.1\r\nHost: HOST\r\n\r\n",
        f"GET /{TOKEN}/about HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: same-origin\r\n\r\n",
        f"{START % 'answer'}X-Name: a.txt\r\nX-Seed: 3\r\nContent-Length: 4\r\n\r\ntext",
        f"{START % 'decode'}Content-Length: 14\r\n\r\n" + '{"z": [0.5, 1]}'[:14],
        f"{START % 'cloud'}Content-Length: 15\r\n\r\n" + '{"z": [0.5, 1]}',
    )
]


class Bytes(Recorder):
    """A page that takes any file."""

    def answer(self, path: Path, seed: int) -> dict[str, Any]:
        return {"size": path.stat().st_size, "seed": seed}

    def cloud(self, z: np.ndarray) -> dict[str, Any]:
        return {"size": z.size}

    decode = cloud


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    with running(Bytes()) as server:
        server.token = TOKEN
        yield server


def said(server: PageServer, request: bytes) -> bytes:
    """Return what is answered to raw bytes; its own host stands for HOST."""
    with socket.create_connection(server.server_address[:2], timeout=20) as connection:
        connection.sendall(request.replace(b"HOST", f"127.0.0.1:{server.server_port}".encode()))
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("request_", REQUESTS)
def test_the_sound_ones_are_answered(server: PageServer, request_: bytes) -> None:
    expected = b"422" if b"decode" in request_ else b"200"  # its body ends too early
    assert said(server, request_).split(b" ", 2)[1] == expected


@tried()
@given(damaged(REQUESTS))
@example(REQUESTS[2].replace(b"X-Seed: 3", b"X-Seed: " + b"9" * 5000))
@example(REQUESTS[2].replace(b"Length: 4", b"Length: " + b"9" * 5000))
@example(REQUESTS[2].replace(b"X-Seed: 3", "X-Seed: \u00b2".encode()))
def test_damaged_ones_are_refused(server: PageServer, request_: bytes) -> None:
    errors: list[BaseException | None] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "handle_error", lambda *_: errors.append(sys.exception()))
        answer = said(server, request_)
    assert not [error for error in errors if not isinstance(error, OSError)]
    assert b" 500 " not in answer.partition(b"\r\n")[0]
    assert TOKEN.encode() not in answer
    if answer.startswith(b"HTTP/"):  # HTTP 0.9 has no headers
        assert b"Content-Security-Policy" in answer
    assert TOKEN.encode() in request_ or b" 200 " not in answer.partition(b"\r\n")[0]
