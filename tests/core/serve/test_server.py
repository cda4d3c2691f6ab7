from __future__ import annotations

import json
import socket
import threading
import time
from functools import partial
from http.client import HTTPConnection
from typing import Any

import pytest

from bridgeae.errors import InputError
from bridgeae.serve import PageServer, serve
from bridgeae.serve.server import MAX_UPLOAD


def ask(
    server: PageServer,
    path: str = "",
    body: bytes | None = None,
    *,
    token: str | None = None,
    method: str | None = None,
    **headers: str,
) -> tuple[int, Any, dict[str, str]]:
    """Return status, body and headers; names of headers have _ for -, and "" leaves one out."""
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    host = f"127.0.0.1:{server.server_port}"
    given = {"Host": host} | ({"Origin": f"http://{host}"} if body is not None else {})
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection.putrequest(
        method or ("GET" if body is None else "POST"),
        f"/{server.token if token is None else token}/{path}",
        skip_host=True,
    )
    for name, value in ({"Content-Length": str(len(body))} if body is not None else {} | {}).items():
        given.setdefault(name, value)
    for name, value in given.items():
        if value:
            connection.putheader(name, value)
    connection.endheaders()
    if body:
        connection.send(body)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    kind = response.headers["Content-Type"]
    return response.status, json.loads(content) if kind == "application/json" else content, dict(response.headers)


def send(server: PageServer, text: str, name: str = "a.txt", **headers: str) -> tuple[int, Any, dict[str, str]]:
    return ask(server, "answer", text.encode(), X_Name=name, **headers)


def test_only_this_computer_can_connect(server: PageServer) -> None:
    assert server.socket.getsockname()[0] == "127.0.0.1"


def test_the_page_and_its_files_are_served(server: PageServer) -> None:
    status, page, headers = ask(server)
    assert status == 200 and b"<title>bridgeae</title>" in page and headers["Content-Type"].startswith("text/html")
    assert ask(server, "page.js")[2]["Content-Type"].startswith("text/javascript")
    assert ask(server, "about")[1]["title"] == "Recorder"


def test_an_answer_is_that_of_the_page(server: PageServer) -> None:
    status, said, _ = send(server, "hello", X_Seed="7")
    assert status == 200 and said == {"text": "hello", "seed": 7, "name": "a.txt"}
    assert ask(server, "decode", b'{"z": [1, 2.5]}')[1] == {"sum": 3.5}
    assert ask(server, "cloud", b'{"z": [1]}')[1] == {"latents": [[1.0]]}


@pytest.mark.parametrize("token", ["", "wrong", "0" * 32])
def test_nothing_is_told_without_the_token(server: PageServer, token: str) -> None:
    for path in ("", "about", "page.js"):
        assert ask(server, path, token=token)[0] == 404
    assert ask(server, "answer", b"x", token=token, X_Name="a.txt")[0] == 404


def test_tokens_differ_and_are_long(recorder: Any) -> None:
    with PageServer(recorder) as a, PageServer(recorder) as b:
        assert a.token != b.token and len(a.token) >= 32 and a.token in a.url


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", ""]
)
def test_another_host_is_refused(server: PageServer, host: str) -> None:  # DNS rebinding
    assert ask(server, "about", Host=host.format(port=server.server_port))[0] == 421


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://127.0.0.1:{port}"}, 403),
        ({"Origin": "http://localhost:{port}"}, 403),  # of another name than the page's
        ({"Origin": ""}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
    ],
)
def test_only_the_page_itself_may_ask(server: PageServer, recorder: Any, headers: dict[str, str], status: int) -> None:
    filled = {name: value.format(port=server.server_port) for name, value in headers.items()}
    assert send(server, "x", **filled)[0] == status
    assert len(recorder.paths) == (status == 200)


def test_every_answer_has_a_strict_policy(server: PageServer) -> None:
    for path, token in (("", None), ("style.css", None), ("about", None), ("nothing", None), ("", "wrong")):
        headers = ask(server, path, token=token)[2]
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


def test_a_document_runs_its_own_script_alone_and_without_an_origin(server: PageServer) -> None:
    place = send(server, "page")[1]["document"]
    status, content, headers = ask(server, place)
    policy = headers["Content-Security-Policy"]
    assert status == 200 and b"<script>" in content
    assert (
        "script-src 'sha256-" in policy
        and "sandbox allow-scripts;" in policy + ";"
        and "allow-same-origin" not in policy
    )
    assert ask(server, "document/other")[0] == 404


def test_few_documents_are_kept(server: PageServer) -> None:
    places = [send(server, "page")[1]["document"] for _ in range(10)]
    assert [ask(server, place)[0] for place in (places[0], places[-1])] == [404, 200]


@pytest.mark.parametrize(
    "path", ["../pyproject.toml", "..%2fpyproject.toml", "/etc/passwd", "static/page.js", "__init__.py"]
)
def test_no_path_of_the_users_choice_is_opened(server: PageServer, path: str) -> None:
    assert ask(server, path)[0] == 404


@pytest.mark.parametrize(
    "name", ["../../a.txt", "/etc/a.txt", "C:\\x\\a.txt", "%2e%2e%2fa.txt", ".a.txt", "a%00.txt", "a?n=1.txt"]
)
def test_an_upload_lies_in_a_private_folder_and_is_removed(server: PageServer, recorder: Any, name: str) -> None:
    assert send(server, "x", name)[0] == 200
    (path,) = recorder.paths
    assert path.parent.name.startswith("bridgeae-") and recorder.modes == [0o700]
    assert not path.exists() and not path.parent.exists() and "?" not in path.name


@pytest.mark.parametrize("name", ["", "a", "a.exe", "a.txt.exe", "txt", "a.pkl"])
def test_another_ending_is_refused_in_a_line(server: PageServer, recorder: Any, name: str) -> None:
    status, said, _ = send(server, "x", name)
    assert status == 422 and "end in .txt, .txt.gz" in said["error"] and not recorder.paths


def test_a_file_that_is_too_large_is_refused_before_it_is_read(server: PageServer, recorder: Any) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as line:
        host = f"127.0.0.1:{server.server_port}"
        head = f"POST /{server.token}/answer HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nX-Name: a.txt\r\n"
        line.sendall(f"{head}Content-Length: {MAX_UPLOAD + 1}\r\n\r\n".encode())
        said = b"".join(iter(partial(line.recv, 65536), b""))  # the line is closed, though not a byte was sent
    assert b" 413 " in said.splitlines()[0] and b"more than 64 MB" in said
    assert not recorder.paths


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Content_Length": ""}, 411), ({"Content_Length": "-1"}, 411), ({"Transfer_Encoding": "chunked"}, 411)],
)
def test_a_file_without_a_length_is_refused(server: PageServer, headers: dict[str, str], status: int) -> None:
    assert ask(server, "answer", b"", X_Name="a.txt", **headers)[0] == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"z": "1"}',
        b'{"z": [true]}',
        b'{"z": [[1]]}',
        b'{"z": [1e999, 1]} x',
        b"\x80\x04\x95",  # a pickle
        b"[" * 100_000,
    ],
)
def test_what_is_no_latent_is_refused_in_a_line(server: PageServer, body: bytes) -> None:
    status, said, _ = ask(server, "decode", body)
    assert status == 422 and '{"z": [numbers]}' in said["error"]


def test_a_seed_must_be_a_whole_number(server: PageServer) -> None:
    for seed in ("-1", "x", str(2**32)):
        assert send(server, "x", X_Seed=seed)[0] == 422


def test_errors_are_lines_that_name_the_users_file(server: PageServer) -> None:
    status, said, _ = send(server, "bad", "my notes.txt")
    assert status == 422 and said["error"] == "`path` my-notes.txt is no text."
    status, said, _ = send(server, "worse")
    assert status == 500 and said["error"] == "The model failed: ZeroDivisionError: by nothing at all"
    assert send(server, "good")[0] == 200  # the page stays up


def test_one_request_at_a_time_goes_through_the_model(server: PageServer, recorder: Any) -> None:
    recorder.wait.clear()
    threads = [threading.Thread(target=send, args=(server, "x")) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    assert ask(server, "about")[0] == 200  # what needs no model does not wait
    recorder.wait.set()
    for thread in threads:
        thread.join()
    assert len(recorder.paths) == 4 and recorder.most_inside == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_do_nothing(server: PageServer, method: str) -> None:
    assert ask(server, "about", method=method)[0] == 501


def test_a_taken_port_is_reported(server: PageServer, recorder: Any) -> None:
    with pytest.raises(InputError, match=f"`port` {server.server_port} cannot be used"):
        serve(recorder, port=server.server_port, ready=print)
