"""The options of `bridgeae`."""

from __future__ import annotations

import argparse
import re
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from bridgeae.cli import commands


def build_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="bridgeae",
        description="Link the latent spaces of two autoencoders and translate between modalities.",
        epilog="`bridgeae segment` is `bridgeae-segment`. Other packages may add commands of their own.",
    )
    parser.add_argument("-V", "--version", action="version", version=f"bridgeae {version('bridgeae')}")
    added = parser.add_subparsers(required=True, metavar="COMMAND")

    fit = added.add_parser(
        "fit",
        help="train and measure a bridge described by a YAML file",
        description="Train both sides and the linker, measure the bridge, and write model, pictures and report.",
    )
    fit.add_argument("run", metavar="RUN.yaml", type=Path, help="what to train, see the guide on run files")
    fit.add_argument("--data", metavar="DIR", type=Path, help="folder of the data files")
    fit.add_argument("--out", metavar="DIR", type=Path, help="folder for what it makes (default: runs/NAME)")
    fit.add_argument("--seed", metavar="N", type=_seed, help="replaces the seed of the run file")
    fit.add_argument("--smoke", action="store_true", help="a quick check on a few samples, one epoch")
    fit.add_argument("--overwrite", action="store_true", help="replace the files of an earlier run")
    fit.add_argument("--resume", action="store_true", help="continue an interrupted run")
    fit.add_argument("--log-json", metavar="FILE", help="write progress as JSON, one object a line; - is stderr")
    fit.set_defaults(command=commands.fit)

    translate = added.add_parser("translate", help="translate a sample, or a folder of them, with a model")
    translate.add_argument("model", metavar="MODEL", type=Path, help="folder that `fit` or `save` wrote")
    translate.add_argument("input", metavar="INPUT", help="whatever the model's source adapter reads")
    translate.add_argument("-o", "--output", metavar="OUT", type=Path, help="default: NAME.translated.png")
    translate.add_argument("--overwrite", action="store_true", help="replace OUT if it is there")
    translate.add_argument("--draws", metavar="N", type=int, default=0, help="draws beside the fixed answer")
    translate.add_argument("--seed", metavar="N", type=_seed, default=0, help="of the draws")
    translate.add_argument("--adapt", action="store_true", help="first adapt to INPUT, many samples of another origin")
    translate.add_argument("--plain", action="store_true", help="write the answer alone, in the target's own format")
    translate.set_defaults(command=commands.translate)

    evaluate = added.add_parser("evaluate", help="measure a model on labelled or paired samples")
    evaluate.add_argument("model", metavar="MODEL", type=Path, help="folder that `fit` or `save` wrote")
    evaluate.add_argument("data", metavar="DATA", help="labelled source samples")
    evaluate.add_argument("--target", metavar="DATA", help="real target samples, for diversity and Frechet distance")
    evaluate.add_argument("--json", action="store_true", help="print all figures as JSON instead of a table")
    evaluate.set_defaults(command=commands.evaluate)

    inspect = added.add_parser("inspect", help="show what is in a model, without building or running anything of it")
    inspect.add_argument("model", metavar="MODEL", type=Path, help="folder that `fit` or `save` wrote")
    inspect.set_defaults(command=commands.inspect)

    report = added.add_parser("report", help="show a run or a model on one HTML page that opens offline")
    report.add_argument("folder", metavar="RUN", type=Path, nargs="+", help="folder of a run or model; several compare")
    report.add_argument("-o", "--output", metavar="OUT", type=Path, help="the page (default: report.html in a run)")
    report.add_argument("--overwrite", action="store_true", help="replace OUT if it is there")
    report.set_defaults(command=commands.report)
    for command in (fit, translate, evaluate, report):
        command.add_argument("-q", "--quiet", action="store_true", help="no progress, no lines but errors and figures")

    serve = added.add_parser(
        "serve",
        help="try a model on a page in the browser",
        description="Answer a page on this computer, until Ctrl-C. Only this computer reaches it.",
    )
    serve.add_argument("model", metavar="MODEL", help="folder that `fit` or `save` wrote, or `segment`")
    serve.add_argument("--port", metavar="N", type=_port, default=0, help="default: a free one")
    serve.add_argument("--no-browser", action="store_true", help="print the address and open nothing")
    serve.set_defaults(command=commands.serve, quiet=True)

    added.add_parser("adapters", help="list the installed adapters").set_defaults(command=commands.adapters)
    added.add_parser("info", help="show versions and the machine, for bug reports").set_defaults(command=commands.info)

    new = added.add_parser("new-adapter", help="write a small distribution for a modality of your own")
    new.add_argument("name", metavar="NAME", help="lower case, such as sounds")
    new.add_argument("--out", metavar="DIR", type=Path, default=Path(), help="where its folder goes (default: here)")
    new.set_defaults(command=commands.new_adapter)
    return parser


class _Parser(argparse.ArgumentParser):
    """Name the nearest command or option where one is unknown."""

    def error(self, message: str) -> NoReturn:
        from bridgeae.checks import did_you_mean

        known = [option for action in self._actions for option in action.option_strings]
        for action in self._actions:
            if isinstance(action.choices, dict):  # commands, each with options of its own
                for name, command in action.choices.items():
                    known += [name, *command._option_string_actions]
        wrong = re.search(r"(?:invalid choice: '|unrecognized arguments: )([^' ]+)", message)
        hint = did_you_mean(wrong[1], known) if wrong else ""
        super().error(message + hint)


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to {2**32 - 1}, received {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**16:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to {2**16 - 1}, received {text!r}")
    return int(text)
