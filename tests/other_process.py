"""Run Python in a process of its own that need not import TensorFlow anew: it is forked from one that has."""

from __future__ import annotations

import multiprocessing
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from io import StringIO
from multiprocessing.connection import Connection
from subprocess import CompletedProcess
from typing import Any

LONGEST = 300  # seconds


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None, **_: Any) -> CompletedProcess[str]:
    """Do what ``subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)`` does.

    Of `env`, PYTHONPATH counts alone: it is all that can be imported from then on.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["keras", "bridgeae.linked.linked"])
    paths = None if env is None else env.get("PYTHONPATH", "").split(os.pathsep)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_execute, args=(theirs, command[2], ["-c", *command[3:]], paths))
    process.start()
    theirs.close()
    try:
        status, said, error = ours.recv() if ours.poll(LONGEST) else (1, "", f"the process ran over {LONGEST} s")
    except EOFError:
        status, said, error = 1, "", "the process ended before its code did"
    process.kill()
    process.join()
    return CompletedProcess(command, status, said, error)


def _execute(answer: Connection, code: str, arguments: list[str], paths: list[str] | None) -> None:
    sys.argv = arguments
    if paths is not None:
        sys.path[:] = paths
    status, error = 0, ""
    with redirect_stdout(StringIO()) as said:
        try:
            exec(code, {"__name__": "__main__"})
        except SystemExit as stop:
            status = int(stop.code or 0)
        except BaseException:
            status, error = 1, traceback.format_exc()
    answer.send((status, said.getvalue(), error))
