"""Call a function in a process of its own that need not import Keras anew: it is forked from one that has."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
import traceback
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from multiprocessing.connection import Connection
from subprocess import CompletedProcess

LONGEST = 300  # seconds


def run(function: str, *arguments: str) -> CompletedProcess[str]:
    """Call the function "module:function" in a process with the same import path.

    Returns:
        Its exit status, what it printed, and its traceback if it failed, as `subprocess.run` returns them.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["keras", "bridgeae.linked"])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(theirs, function, arguments))
    process.start()
    theirs.close()
    try:
        status, said, error = ours.recv() if ours.poll(LONGEST) else (1, "", f"the process ran over {LONGEST} s")
    except EOFError:
        status, said, error = 1, "", "the process ended before its function did"
    process.kill()
    process.join()
    return CompletedProcess((function, *arguments), status, said, error)


def script(path: str, *arguments: str) -> None:
    """Run a Python file as ``python path *arguments`` does."""
    sys.argv = [path, *arguments]
    sys.path.insert(0, os.path.dirname(path))
    runpy.run_path(path, run_name="__main__")


def command(folder: str, *arguments: str) -> None:
    """Run the command `bridgeae` with these arguments in a folder."""
    from bridgeae.cli import main

    os.chdir(folder)
    sys.exit(main(arguments))


def _call(answer: Connection, function: str, arguments: tuple[str, ...]) -> None:
    status, error = 0, ""
    module, _, name = function.partition(":")
    with redirect_stdout(StringIO()) as said:
        try:
            getattr(import_module(module), name)(*arguments)
        except SystemExit as stop:
            status = int(stop.code or 0)
        except BaseException:
            status, error = 1, traceback.format_exc()
    answer.send((status, said.getvalue(), error))
