"""The server of a page: loopback only, a token in the URL, one request at a time through the model."""

from __future__ import annotations

import json
import secrets
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np

from bridgeae.checks import MAX_SEED
from bridgeae.errors import BridgeError, InputError
from bridgeae.serve.headers import HEADERS, POLICY, frame_policy, same_origin
from bridgeae.serve.pages import Page
from bridgeae.serve.static import StaticFile, static_files
from bridgeae.serve.uploads import safe_name, upload

HOST = "127.0.0.1"
MAX_UPLOAD = 64 * 2**20
"""Most bytes of a file that is sent to the page."""
MAX_JSON = 2**20
_TIMEOUT = 30  # seconds without a byte after which a connection is closed
_DOCUMENTS = 8  # pages of answers that are kept for their frames


class PageServer(ThreadingHTTPServer):
    """Serve one page on this computer; `url` holds the token without which nothing is answered.

    Args:
        page: what answers.
        port: 0 takes a free one.
    """

    daemon_threads = True
    allow_reuse_address = False  # two servers never share a port

    def __init__(self, page: Page, port: int = 0) -> None:
        super().__init__((HOST, port), _Handler)
        self.page, self.token = page, secrets.token_urlsafe(24)
        self.lock = threading.Lock()
        self.static: dict[str, StaticFile] = static_files()
        self.documents: OrderedDict[str, str] = OrderedDict()
        self.hosts = {f"{name}:{self.server_port}" for name in (HOST, "localhost")}

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self.server_port}/{self.token}/"

    def keep(self, document: str) -> str:
        """Keep a page for its frame; return its name."""
        name = secrets.token_urlsafe(9)
        self.documents[name] = document
        while len(self.documents) > _DOCUMENTS:
            self.documents.popitem(last=False)
        return name

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that a browser closed early."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _RefusedError(Exception):
    """A request that is answered with a status and a line."""

    def __init__(self, status: HTTPStatus, line: str) -> None:
        super().__init__(line)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    server_version, sys_version = "bridgeae", ""
    protocol_version = "HTTP/1.1"
    timeout = _TIMEOUT

    def do_GET(self) -> None:
        self._respond(self._get)

    def do_POST(self) -> None:
        self._respond(self._post)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing: a terminal is no place for a token."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request as everything else is answered, and do not repeat it."""
        self.close_connection = True
        self._send_json({"error": HTTPStatus(code).phrase}, HTTPStatus(code))

    def _respond(self, respond: Callable[[str], None]) -> None:
        try:
            respond(self._checked_name())
        except _RefusedError as refusal:
            self._send_json({"error": str(refusal)}, refusal.status)
        except BridgeError as error:
            self._send_json({"error": " ".join(str(error).split())}, HTTPStatus.UNPROCESSABLE_ENTITY)
        except OSError:
            self.close_connection = True  # the browser went away
        except Exception as error:  # an adapter or a network may raise anything; the page stays up
            line = f"The model failed: {type(error).__name__}: {error}"
            self._send_json({"error": " ".join(line.split())[:500]}, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _checked_name(self) -> str:
        """Return what is asked for below the token. Raises _RefusedError for another host, origin or token."""
        if self.headers.get_all("Host", []) not in [[host] for host in self.server.hosts]:
            raise _RefusedError(HTTPStatus.MISDIRECTED_REQUEST, "This page answers on this computer alone.")
        origin, site = self.headers.get("Origin"), self.headers.get("Sec-Fetch-Site")
        if not same_origin(origin, site, self.headers["Host"], must=self.command == "POST"):
            raise _RefusedError(HTTPStatus.FORBIDDEN, "Another page asked. Only the page itself may.")
        token, slash, name = urlsplit(self.path).path.removeprefix("/").partition("/")
        if not slash or not secrets.compare_digest(token.encode(), self.server.token.encode()):
            raise _RefusedError(HTTPStatus.NOT_FOUND, "Nothing is here. Open the address that the command printed.")
        return name

    def _get(self, name: str) -> None:
        if name == "about":
            self._send_json(dict(self.server.page.describe()))
        elif name.startswith("document/") and (page := self.server.documents.get(name.removeprefix("document/"))):
            self._send(page.encode(), "text/html; charset=utf-8", frame_policy(page))
        elif file := self.server.static.get(name or "index.html"):
            self._send(file.content, file.kind)
        else:
            raise _RefusedError(HTTPStatus.NOT_FOUND, "There is nothing of that name.")

    def _post(self, name: str) -> None:
        page = self.server.page
        if name == "answer":
            described = page.describe()
            kept = safe_name(unquote(self.headers.get("X-Name", "")), described.get("suffixes", []))
            seed = _whole(self.headers.get("X-Seed", "0"))
            if seed is None or seed > MAX_SEED:
                raise InputError(f"the seed must be a whole number from 0 to {MAX_SEED}.")
            content = self._body(MAX_UPLOAD)
            with self.server.lock, upload(content, kept) as path:
                del content
                answer = _naming(kept, lambda: page.answer(path, seed), path)
            if "document" in answer:
                answer = {**answer, "document": f"document/{self.server.keep(answer['document'])}"}
            self._send_json(answer)
        elif name in ("decode", "cloud"):
            z = _numbers(self._body(MAX_JSON))
            with self.server.lock:
                made = page.decode(z) if name == "decode" else page.cloud(z)
            self._send_json(made)
        else:
            raise _RefusedError(HTTPStatus.NOT_FOUND, "There is nothing of that name.")

    def _body(self, limit: int) -> bytes:
        """Return the body. Raises _RefusedError, before a byte is read, for one without a length or above the limit."""
        length = _whole(self.headers.get("Content-Length", ""))
        self.close_connection = True  # a body that is not read must not be taken for the next request
        if length is None or self.headers.get("Transfer-Encoding"):
            raise _RefusedError(HTTPStatus.LENGTH_REQUIRED, "The length of the file is missing.")
        if length > limit:
            raise _RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The file has {length / 2**20:.0f} MB, more than {limit >> 20} MB. Send a smaller one.",
            )
        content = self.rfile.read(length)
        if len(content) < length:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "The file did not arrive whole. Send it again.")
        self.close_connection = False
        return content

    def _send_json(self, value: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> None:
        if status != HTTPStatus.OK and self.command == "POST":
            self.close_connection = True
        self._send(json.dumps(value, allow_nan=False).encode(), "application/json", status=status)

    def _send(self, content: bytes, kind: str, policy: str = POLICY, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        own = {"Content-Type": kind, "Content-Length": str(len(content)), "Content-Security-Policy": policy}
        for name, value in (own | HEADERS).items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)


def _naming(kept: str, answer: Callable[[], dict[str, Any]], path: Any) -> dict[str, Any]:
    """Return an answer; an error in the file names it as the user does, not by its place in a private folder."""
    try:
        return answer()
    except BridgeError as error:
        raise InputError(str(error).replace(str(path), kept).replace(str(path.parent), "")) from None


def _whole(text: str) -> int | None:
    """Return the whole number in a header, or None where there is none; Python refuses to read very long ones."""
    return int(text) if text.isdecimal() and len(text) < 20 else None


def _numbers(content: bytes) -> np.ndarray:
    """Return the latent in a JSON body ``{"z": [...]}``. Raises InputError for anything else."""
    try:
        z = json.loads(content)["z"]
        if not isinstance(z, list) or not all(type(value) in (int, float) for value in z):
            raise TypeError
        return np.asarray(z, np.float64)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise InputError('the request must be {"z": [numbers]}.') from None


def serve(page: Page, *, port: int = 0, ready: Callable[[str], None]) -> None:
    """Serve a page until Ctrl-C. `ready` is called with its address once it answers.

    Raises:
        InputError: the port is taken.
    """
    try:
        server = PageServer(page, port)
    except OSError as error:
        raise InputError(f"`port` {port} cannot be used: {error.strerror}. Name another, or none.") from None
    with server:
        ready(server.url)
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            return
