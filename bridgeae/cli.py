"""The command `bridgeae`. Heavy modules are imported by the commands that need them, so that --help is instant."""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bridgeae.errors import BridgeError, InputError, MissingFileError, OutputExistsError
from bridgeae.progress import Progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 2 after an error in the arguments or a file, which is printed in one line."""
    parser = _parser()
    options = parser.parse_args(arguments)
    options.typed = shlex.join(["bridgeae", *(sys.argv[1:] if arguments is None else arguments)])
    with warnings.catch_warnings(), _interruptible() as interrupted:
        warnings.showwarning = lambda message, *rest: print(f"bridgeae: note: {message}", file=sys.stderr)
        try:
            options.command(options)
        except BrokenPipeError:
            return 1
        except (Exception, KeyboardInterrupt) as error:
            if interrupted or isinstance(error, KeyboardInterrupt):
                print(f"bridgeae: interrupted{_resume_hint(options)}", file=sys.stderr)
                return 130
            if not isinstance(error, BridgeError | OSError):
                raise
            print(f"bridgeae: {_message(error, options)}", file=sys.stderr)
            return 2
    return 0


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
    return str(error)


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """Record Ctrl-C in the yielded list: TensorFlow may turn it into another error."""
    signals: list[int] = []

    def record(number: int, frame: object) -> None:
        signals.append(number)
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    with ExitStack() as stack:
        if threading.current_thread() is threading.main_thread() and before is signal.default_int_handler:
            signal.signal(signal.SIGINT, record)
            stack.callback(signal.signal, signal.SIGINT, before)
        yield signals


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bridgeae", description="Link the latent spaces of two autoencoders and translate between modalities."
    )
    parser.add_argument("--version", action="version", version=f"bridgeae {version('bridgeae')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    fit = commands.add_parser("fit", help="train and measure a bridge described by a YAML file")
    fit.add_argument("run", metavar="RUN.yaml", type=Path)
    fit.add_argument("--data", metavar="DIR", type=Path, help="folder of the data files")
    fit.add_argument("--out", metavar="DIR", type=Path, help="folder for what it makes (default: runs/NAME)")
    fit.add_argument("--seed", metavar="N", type=_seed, help="replaces the seed of the run file")
    fit.add_argument("--smoke", action="store_true", help="a quick check on a few samples, one epoch")
    fit.add_argument("--overwrite", action="store_true", help="replace the files of an earlier run")
    fit.add_argument("--resume", action="store_true", help="continue an interrupted run")
    fit.add_argument("--log-json", metavar="FILE", help="write progress as JSON, one object a line; - is stderr")
    fit.set_defaults(command=_fit)

    translate = commands.add_parser("translate", help="translate a sample, or a folder of them, with a model")
    translate.add_argument("model", metavar="MODEL", type=Path, help="folder that `fit` or `save` wrote")
    translate.add_argument("input", metavar="INPUT", help="whatever the model's source adapter reads")
    translate.add_argument("-o", "--output", metavar="OUT", type=Path, help="default: NAME.translated.png")
    translate.add_argument("--overwrite", action="store_true", help="replace OUT if it is there")
    translate.add_argument("--draws", metavar="N", type=int, default=0, help="draws beside the fixed answer")
    translate.add_argument("--seed", metavar="N", type=_seed, default=0, help="of the draws")
    translate.add_argument("--adapt", action="store_true", help="first adapt to INPUT, many samples of another origin")
    translate.add_argument("--plain", action="store_true", help="write the answer alone, in the target's own format")
    translate.set_defaults(command=_translate)

    evaluate = commands.add_parser("evaluate", help="measure a model on labelled samples, as JSON")
    evaluate.add_argument("model", metavar="MODEL", type=Path)
    evaluate.add_argument("data", metavar="DATA", help="labelled source samples")
    evaluate.add_argument("--target", metavar="DATA", help="real target samples, for diversity and Frechet distance")
    evaluate.set_defaults(command=_evaluate)

    report = commands.add_parser("report", help="show a run or a model on one HTML page that opens offline")
    report.add_argument("folder", metavar="RUN_OR_MODEL", type=Path, help="folder that `fit` or `save` wrote")
    report.add_argument("-o", "--output", metavar="OUT", type=Path, help="the page (default: report.html in a run)")
    report.add_argument("--overwrite", action="store_true", help="replace OUT if it is there")
    report.set_defaults(command=_report)
    for command in (fit, translate, evaluate, report):
        command.add_argument("--quiet", action="store_true", help="no progress, no lines but errors and figures")

    commands.add_parser("adapters", help="list the installed adapters").set_defaults(command=_adapters)

    new = commands.add_parser("new-adapter", help="write a small distribution for a modality of your own")
    new.add_argument("name", metavar="NAME", help="lower case, such as sounds")
    new.add_argument("--out", metavar="DIR", type=Path, default=Path(), help="where its folder goes (default: here)")
    new.set_defaults(command=_new_adapter)
    return parser


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to {2**32 - 1}, received {text!r}")
    return int(text)


def _load_backend() -> None:
    """Import Keras without the start-up messages of its backend, which come before any log level is read."""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    stderr = os.dup(2)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 2)
        try:
            import keras  # noqa: F401
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def _resume_hint(options: argparse.Namespace) -> str:
    if options.command is not _fit:
        return ""
    again = "" if options.resume else " --resume"
    return f". The sides that are trained are kept. To continue:\n  {options.typed}{again}"


def _fit(options: argparse.Namespace) -> None:
    from bridgeae.runs.config import read_config

    config = read_config(options.run).with_seed(options.seed)
    out = options.out or Path("runs") / options.run.resolve().parent.name
    more = {name: getattr(options, name) for name in ("data", "smoke", "overwrite", "resume")}
    more |= {"base": options.run.parent, "command": options.typed, "say": partial(_print, options)}
    with _progress(options) as progress:
        with progress.step("load"):
            _load_backend()
            from bridgeae.runs import run

        run(config, out, progress=progress, **more)


@contextmanager
def _progress(options: argparse.Namespace) -> Iterator[Progress]:
    """Show progress as --quiet and --log-json ask for, and end it whatever happens."""
    place = getattr(options, "log_json", None)  # of `fit`, which may take hours
    with ExitStack() as stack:
        log = sys.stderr if place == "-" else None
        if place and not log:
            log = stack.enter_context(open(place, "a", encoding="utf-8"))
        quiet = True if options.quiet or place == "-" else None
        # a second handle, as the first one is closed while the backend is imported
        terminal = os.fdopen(os.dup(sys.stderr.fileno()), "w") if sys.stderr.isatty() else None
        yield stack.enter_context(closing(Progress(terminal, quiet=quiet, log=log)))


def _translate(options: argparse.Namespace) -> None:
    from bridgeae.saving import refuse_existing

    if options.output:
        refuse_existing(options.output, overwrite=options.overwrite)  # before seconds of imports
    with _progress(options) as progress:
        bridge = _load(options.model, progress)
        from bridgeae.runs.translate import default_output, translate_files

        output = options.output or default_output(bridge, options.input)
        refuse_existing(output, overwrite=options.overwrite)
        more: dict[str, Any] = {name: getattr(options, name) for name in ("draws", "seed", "plain", "adapt")}
        with progress.step("translate"):
            lines = translate_files(bridge, options.input, output, progress=progress, **more)
    _print(options, *lines)


def _print(options: argparse.Namespace, *lines: str) -> None:
    if not options.quiet:
        print("\n".join(lines), flush=True)


def _evaluate(options: argparse.Namespace) -> None:
    with _progress(options) as progress:
        bridge = _load(options.model, progress)
        from bridgeae.runs.results import strict_json

        with progress.step("evaluate"):
            target = bridge.target.adapter.read(options.target) if options.target else None
            figures = bridge.evaluate(bridge.source.adapter.read(options.data), target)
    print(strict_json(figures))


def _report(options: argparse.Namespace) -> None:
    from bridgeae.report.page import write_report

    _print(options, f"wrote {write_report(options.folder, options.output, overwrite=options.overwrite)}")


def _load(folder: Path, progress: Progress) -> Any:
    from bridgeae.saving import read_manifest

    read_manifest(folder)  # reports a wrong path before seconds of imports
    with progress.step("load"):
        _load_backend()
        from bridgeae.linked import LinkedAutoencoder

        bridge = LinkedAutoencoder.load(folder)
    for name, side in (("source", bridge.source), ("target", bridge.target)):
        if side.adapter is None:
            raise InputError(f"{folder} was saved without an adapter on its {name} side, so it reads no files.")
    return bridge


def _adapters(options: argparse.Namespace) -> None:
    from bridgeae.registry import adapter_table

    for row in [("name", "distribution", "sample shape", "what it is"), *adapter_table()]:
        print("{:<16} {:<24} {:<14} {}".format(*row))


def _new_adapter(options: argparse.Namespace) -> None:
    from bridgeae.scaffold.new_adapter import new_adapter

    folder = new_adapter(options.name, options.out)
    print(f'wrote {folder}. Try it: cd {folder} && python -m pip install -e ".[test]" && python -m pytest')


if __name__ == "__main__":
    sys.exit(main())
