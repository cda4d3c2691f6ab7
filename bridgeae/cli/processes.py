"""`bridgeae fit --processes N`: the same run in N processes that train together, and end together."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bridgeae.checks import check_installed
from bridgeae.errors import BridgeError
from bridgeae.networks.processes import ADDRESS, COUNT, NUMBER, joined

_MEMBER = """
import sys
from bridgeae.cli import main
from bridgeae.cli.processes import become_member
become_member()
sys.exit(main())
"""
_GRACE = 5.0  # seconds in which the processes of a failed run end by themselves


def run_together(typed: str, count: int) -> int:
    """Carry out a command in `count` processes of this machine; return the exit code of the first.

    Only the first one prints. All end where one ends before its time, or where this process does.

    Args:
        typed: the command line, `bridgeae` and its arguments.
        count: of the processes.

    Raises:
        MissingPackageError: JAX is not installed.
        BridgeError: a process ended before its time; the message says which, and how to continue.
    """
    check_installed("jax")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    more = {"KERAS_BACKEND": "jax", COUNT: str(count), ADDRESS: address, "JAX_COORDINATOR_BIND_ADDRESS": address}
    command = [sys.executable, "-c", _MEMBER, *shlex.split(typed)[1:]]
    members: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryFile() as said:
        try:
            for number in range(count):
                output: dict[str, Any] = {} if number == 0 else {"stdout": subprocess.DEVNULL, "stderr": said}
                environment = os.environ | more | {NUMBER: str(number)}
                members.append(subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, **output))
            failed = _first_failure(members)
        finally:
            _end(members)
        if failed is None or (failed == 0 and members[0].returncode > 0):
            return members[0].returncode  # it has said why
        said.seek(0)
        last = (
            said.read().decode(errors="replace").strip().rpartition("\n")[2] if members[failed].returncode > 0 else ""
        )
    raise BridgeError(_epitaph(failed, members, last, typed))


def _first_failure(members: Sequence[subprocess.Popen[bytes]]) -> int | None:
    """Wait until the first process has done its work, or one has failed; return which."""
    while True:
        codes = [member.poll() for member in members]
        if codes[0] == 0:
            return None
        if any(codes):
            break
        time.sleep(0.1)
    until = time.monotonic() + _GRACE  # the others fail of the same, or because one is missing
    while None in codes and time.monotonic() < until:
        time.sleep(0.1)
        codes = [member.poll() for member in members]
    killed = [k for k, code in enumerate(codes) if (code or 0) < 0]
    return (killed or [k for k, code in enumerate(codes) if code])[0]


def _end(members: Sequence[subprocess.Popen[bytes]]) -> None:
    """End the processes that still run."""
    for member in members:
        member.terminate()
    until = time.monotonic() + _GRACE
    for member in members:
        try:
            member.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            member.kill()
            member.wait()
        if member.stdin:
            member.stdin.close()


def _epitaph(failed: int, members: Sequence[subprocess.Popen[bytes]], last: str, typed: str) -> str:
    code = members[failed].returncode
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"failed: {last.removeprefix('bridgeae: ')}"
    again = "" if "--resume" in shlex.split(typed) else " --resume"
    return (
        f"process {failed} of {len(members)} {how}; the others were stopped. What is trained is kept. To continue:\n"
        f"  {typed}{again}"
    )


def become_member() -> None:
    """Make this process one of several: it ends with its parent, and leaves signals to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    os.read(0, 1)  # of a pipe that the parent holds and writes nothing into
    os._exit(1)


@contextmanager
def member_folder(out: Path, *, resume: bool) -> Iterator[Path]:
    """Join the other processes, and yield the folder of this one.

    The first has `out`. Each other one has a temporary folder, with what an interrupted run left in `out`, so that it
    does the same as the first and nothing of it stays.
    """
    from bridgeae.runs.stages import FOLDER

    if os.environ.get(NUMBER, "0") == "0":
        with joined():
            yield out
        return
    with tempfile.TemporaryDirectory() as own:
        if resume and (out / FOLDER).exists():
            shutil.copytree(out / FOLDER, Path(own, FOLDER))
        with joined():
            yield Path(own)
