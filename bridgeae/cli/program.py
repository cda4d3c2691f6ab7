"""The command `bridgeae`: parse, run, and turn errors into one line."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from bridgeae.cli import commands
from bridgeae.cli.parser import build_parser
from bridgeae.errors import BridgeError, MissingFileError, OutputExistsError

_AGAIN = 3.0  # seconds after which an interruption is repeated
_ENDED: dict[int, str] = {signal.SIGINT: "interrupted", signal.SIGTERM: "ended by SIGTERM"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 2 after an error in the arguments or a file, which is printed in one line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and (command := _installed_command(given[0])):
        return int(command(given[1:]) or 0)
    parser = build_parser()
    options = parser.parse_args(given)
    options.parser = parser
    if [] in vars(options).values():  # argparse makes this of a lone "--"
        parser.error("a name is missing after --")
    if getattr(options, "verbose", False):
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "0"  # see bridgeae.networks.backend
    options.typed = shlex.join(["bridgeae", *given])
    with warnings.catch_warnings(), _interruptible() as interrupted:
        said: set[str] = set()
        warnings.showwarning = lambda message, *rest: _note(str(message), said)
        try:
            return options.command(options) or 0
        except BrokenPipeError:
            return 1
        except (Exception, KeyboardInterrupt) as error:
            if interrupted or isinstance(error, KeyboardInterrupt):
                number = interrupted[0] if interrupted else signal.SIGINT
                print(f"bridgeae: {_ENDED[number]}{_resume_hint(options)}", file=sys.stderr)
                return 128 + number
            if not isinstance(error, BridgeError | OSError) and not _missing(error):
                raise
            if options.verbose:
                traceback.print_exception(error)
            print(f"bridgeae: {_message(error, options)}", file=sys.stderr)
            return 2


def _note(message: str, said: set[str]) -> None:
    """Print a warning as one line, and each only once."""
    if message not in said:
        said.add(message)
        print(f"bridgeae: note: {message}", file=sys.stderr)


def _installed_command(name: str) -> Callable[[Sequence[str]], int | None] | None:
    """Return a command that another distribution, or a bundled adapter, installed in the group `bridgeae.commands`."""
    if name.startswith("-") or hasattr(commands, name.replace("-", "_")):
        return None
    from importlib.metadata import entry_points

    found = entry_points(group="bridgeae.commands", name=name)
    return next(iter(found)).load() if found else None


def _message(error: Exception, options: argparse.Namespace) -> str:
    """Return the message of an error, with the option that helps."""
    ways = " or ".join(f"--{name}" for name in ("resume", "overwrite") if hasattr(options, name))
    if isinstance(error, OutputExistsError) and ways:
        return f"{error} ({ways})"
    if isinstance(error, MissingFileError) and "`data`" in str(error):
        return f"{error} (--data DIR)"
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        place = error.filename2 or error.filename  # the first is temporary where a whole file replaces another
        return f"{place} cannot be read or written: {error.strerror}. Name another place."
    return _missing(error) or str(error)


def _missing(error: Exception) -> str:
    """Return which extra of bridgeae would have avoided an error; "" for any other."""
    if not isinstance(error, ModuleNotFoundError) or isinstance(error, BridgeError) or not error.name:
        return ""
    from bridgeae.checks import which_extra  # imports numpy

    return which_extra(error.name.partition(".")[0])


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """Record Ctrl-C and SIGTERM in the yielded list: TensorFlow may turn them into another error.

    It may also swallow them. So the interruption comes again after a while, until the block ends.
    """
    signals: list[int] = []

    def record(number: int, frame: object) -> None:
        if number in _ENDED:
            signals.append(number)
        if repeats:
            signal.setitimer(signal.ITIMER_REAL, _AGAIN)
        raise KeyboardInterrupt

    free = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    main_thread = threading.current_thread() is threading.main_thread()
    # Windows has no alarm, and one that is in use is left alone
    repeats = main_thread and hasattr(signal, "SIGALRM") and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    if repeats:
        free[signal.SIGALRM] = signal.SIG_DFL
    with ExitStack() as stack:
        for number, usual in free.items() if main_thread else ():
            if signal.getsignal(number) is usual:
                signal.signal(number, record)
                stack.callback(signal.signal, number, usual)
        if repeats:
            stack.callback(signal.setitimer, signal.ITIMER_REAL, 0)
        yield signals


def _resume_hint(options: argparse.Namespace) -> str:
    if options.command is not commands.fit:
        return ""
    again = "" if options.resume else " --resume"
    return f". What is trained is kept. To continue:\n  {options.typed}{again}"
