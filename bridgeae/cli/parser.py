"""The options of `bridgeae`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

from bridgeae.cli import commands
from bridgeae.cli.examples import DOCUMENTATION, EXAMPLES

_MODEL = "folder that `fit` or `save` wrote, or a name that `bridgeae models` lists"


def _whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return a parser of whole numbers from `least` to `most`, both included."""
    wanted = f"of at least {least}" if most is None else f"from {least} to {most}"

    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least or (most is not None and int(text) > most):
            raise argparse.ArgumentTypeError(f"must be a whole number {wanted}, received {text!r}")
        return int(text)

    return parse


# the most of a seed is `bridgeae.checks.MAX_SEED`, whose import would cost every start
_THREADS, _SEED, _PORT = _whole_number(1), _whole_number(0, 2**32 - 1), _whole_number(0, 2**16 - 1)


def build_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="bridgeae",
        description="Link the latent spaces of two autoencoders and translate between modalities.",
    )
    added = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")

    fit = added.add_parser(
        "fit",
        help="train and measure a bridge described by a YAML file",
        description="Train both sides and the linker, measure the bridge, and write a report.",
    )
    fit.add_argument("run", metavar="RUN.yaml", type=Path, help="what to train: see the guide on run files")
    files = fit.add_argument_group("files")
    files.add_argument("--data", metavar="DIR", type=Path, help="folder of the data files (default: that of RUN.yaml)")
    files.add_argument(
        "--out", metavar="DIR", type=Path, help="folder to write (default: runs/ and the name of RUN.yaml's folder)"
    )
    files.add_argument("--overwrite", action="store_true", help="replace the files of an earlier run")
    files.add_argument("--log-json", metavar="FILE", help="write progress as JSON, an object a line; - is stderr")
    training = fit.add_argument_group("training")
    training.add_argument("--seed", metavar="N", type=_SEED, help="seed of the run (default: that of RUN.yaml, or 0)")
    training.add_argument("--smoke", action="store_true", help="a quick check on a few samples, one epoch")
    training.add_argument("--resume", action="store_true", help="continue an interrupted run")
    training.add_argument("--processes", metavar="N", type=_THREADS, help="train in N processes, with JAX (default: 1)")
    fit.set_defaults(command=commands.fit)

    translate = added.add_parser(
        "translate",
        help="translate a sample, or a folder of them, with a model",
        description="Translate samples with a trained model into pictures or files.",
    )
    translate.add_argument("model", metavar="MODEL", type=Path, help=_MODEL)
    translate.add_argument("input", metavar="INPUT", help="whatever the model's source adapter reads")
    files = translate.add_argument_group("output")
    files.add_argument(
        "-o", "--output", metavar="OUT", type=Path, help="file to write (default: NAME.translated.png, or .npz)"
    )
    files.add_argument("--overwrite", action="store_true", help="replace OUT if it is there")
    files.add_argument("--plain", action="store_true", help="write the answer alone, in the target's own format")
    answers = translate.add_argument_group("answers")
    answers.add_argument("--draws", metavar="N", type=int, default=0, help="draws beside the fixed answer (default: 0)")
    answers.add_argument("--seed", metavar="N", type=_SEED, default=0, help="seed of the draws (default: 0)")
    answers.add_argument("--threads", metavar="N", type=_THREADS, help="threads of a network (default: 1)")
    answers.add_argument("--adapt", action="store_true", help="first adapt to INPUT: many samples of another origin")
    translate.set_defaults(command=commands.translate)

    evaluate = added.add_parser(
        "evaluate",
        help="measure a model on labelled or paired samples",
        description="Print how good translations are, and what to do where they are poor.",
    )
    evaluate.add_argument("model", metavar="MODEL", type=Path, help=_MODEL)
    evaluate.add_argument("data", metavar="DATA", help="labelled source samples")
    evaluate.add_argument("--target", metavar="DATA", help="real target samples, for diversity and Frechet distance")
    evaluate.add_argument("--threads", metavar="N", type=_THREADS, help="threads of a network (default: 1)")
    evaluate.add_argument("--json", action="store_true", help="print all figures as JSON instead of a table")
    evaluate.set_defaults(command=commands.evaluate)

    inspect = added.add_parser(
        "inspect",
        help="show what is in a model, without running it",
        description="Show what is in a model, without building or running any of it.",
    )
    inspect.add_argument("model", metavar="MODEL", type=Path, help=_MODEL)
    inspect.set_defaults(command=commands.inspect)

    convert = added.add_parser(
        "convert",
        help="rewrite a model of an older format",
        description="Write a model in this version's format, so that it runs without Keras.",
    )
    convert.add_argument("model", metavar="MODEL", type=Path, help="folder that an older bridgeae wrote")
    convert.add_argument("-o", "--output", metavar="OUT", type=Path, help="folder to write (default: MODEL itself)")
    convert.add_argument("--overwrite", action="store_true", help="replace OUT if it is there")
    convert.set_defaults(command=commands.convert)

    report = added.add_parser(
        "report",
        help="show a run or a model on one HTML page that opens offline",
        description="Write an HTML page about a run or a model, or a comparison of several.",
    )
    report.add_argument(
        "folder", metavar="RUN", type=Path, nargs="+", help="folder of a run or a model; several are compared"
    )
    report.add_argument(
        "-o", "--output", metavar="OUT", type=Path, help="page to write (default: RUN/report.html, or comparison.html)"
    )
    report.add_argument("--overwrite", action="store_true", help="replace OUT if it is there")
    report.set_defaults(command=commands.report)

    serve = added.add_parser(
        "serve",
        help="try a model on a page in the browser",
        description="Serve a page until Ctrl-C. Only this computer can open it.",
    )
    serve.add_argument("model", metavar="MODEL", nargs="?", default="hand-signs", help=f"{_MODEL}, or `segment`")
    serve.add_argument("--port", metavar="N", type=_PORT, default=0, help="port to listen on (default: a free one)")
    serve.add_argument("--no-browser", action="store_true", help="print the address, do not open a browser")
    serve.set_defaults(command=commands.serve, quiet=True)

    export = added.add_parser(
        "export-web",
        help="write that page as static files for any host",
        description="Write a folder for any static host. The model runs in the browser.",
    )
    export.add_argument("model", metavar="MODEL", type=Path, help=_MODEL)
    export.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder to write")
    export.add_argument("--runtime", metavar="DIR", type=Path, help="unpacked onnxruntime-web (default: from npm)")
    export.add_argument("--overwrite", action="store_true", help="replace DIR if it is there")
    export.set_defaults(command=commands.export_web, quiet=False)

    models = added.add_parser(
        "models",
        help="list the packaged models, or show the card of one",
        description="List the trained models that installed packages bring, with size and hash.",
    )
    models.add_argument("name", metavar="NAME", nargs="?", help="show the card of this model")
    models.set_defaults(command=commands.models)
    adapters = added.add_parser(
        "adapters",
        help="list the installed adapters",
        description="List the installed adapters, with package, version and shape of a sample.",
    )
    adapters.set_defaults(command=commands.adapters)
    info = added.add_parser(
        "info",
        help="show versions and the machine, for bug reports",
        description="Show versions, backend, cores and adapters. Send this with a bug report.",
    )
    info.set_defaults(command=commands.info)

    new = added.add_parser(
        "new-adapter",
        help="write a package for a modality of your own",
        description="Write a package with an adapter, its tests and a README, ready to change.",
    )
    new.add_argument("name", metavar="NAME", help="name of the modality in lower case, such as sounds")
    new.add_argument("--out", metavar="DIR", type=Path, default=Path(), help="folder to write it in (default: here)")
    new.set_defaults(command=commands.new_adapter)

    completion = added.add_parser(
        "completion",
        help="print a script of completions for bash and zsh",
        description="Print a script for the shell. Put the line below in ~/.bashrc or ~/.zshrc.",
    )
    completion.set_defaults(command=commands.completion)

    _add_common(parser)
    for name, command in added.choices.items():
        command.epilog = f"{EXAMPLES.get(name, '')}{DOCUMENTATION}"
        _add_common(command)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    """Add what every command takes."""
    add = parser.add_argument_group("messages").add_argument
    if parser._subparsers is None:
        add("-q", "--quiet", action="store_true", help="no progress, no lines but errors and figures")
        add(
            "-v",
            "--verbose",
            action="store_true",
            help="show where an error comes from, and what TensorFlow says of itself",
        )
    else:
        parser.epilog = f"{EXAMPLES['']}{DOCUMENTATION}"
    add("-V", "--version", action="version", version=f"bridgeae {version('bridgeae')}", help="print the version")


class _Parser(argparse.ArgumentParser):
    """Name the nearest command or option where one is unknown, and keep the lines of examples."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **options)
        self._given: list[str] = []

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self._given = sys.argv[1:] if args is None else list(args)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        from bridgeae.checks import did_you_mean

        known = [option for action in self._actions for option in action.option_strings]
        for action in self._actions:
            if isinstance(action.choices, dict):  # commands, each with options of its own
                named = next((action.choices[word] for word in self._given if word in action.choices), None)
                known = [*named._option_string_actions] if named else [*known, *action.choices]
        wrong = re.search(r"(?:invalid choice: '|unrecognized arguments: )([^' ]+)", message)
        hint = did_you_mean(wrong[1], known) if wrong else ""
        super().error(message + hint)
