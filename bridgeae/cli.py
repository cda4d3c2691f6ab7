"""The command `bridgeae`. Heavy modules are imported by the commands that need them, so that --help is instant."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bridgeae.errors import BridgeError, InputError, OutputExistsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 2 after an error of the user's that is said in one line."""
    parser = _parser()
    options = parser.parse_args(arguments)
    warnings.showwarning = lambda message, *rest: print(f"bridgeae: note: {message}", file=sys.stderr)
    try:
        options.command(options)
    except BridgeError as error:
        print(f"bridgeae: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        print("bridgeae: interrupted", file=sys.stderr)
        return 130
    return 0


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
    fit.add_argument("--seed", metavar="N", type=int, help="replaces the seed of the run file")
    fit.add_argument("--smoke", action="store_true", help="a few samples, one epoch: does it work at all?")
    fit.add_argument("--overwrite", action="store_true", help="replace the files of an earlier run")
    fit.add_argument("--quiet", action="store_true", help="no progress, no lines but errors")
    fit.set_defaults(command=_fit)

    translate = commands.add_parser("translate", help="translate a sample, or a folder of them, with a model")
    translate.add_argument("model", metavar="MODEL", type=Path, help="folder that `fit` or `save` wrote")
    translate.add_argument("input", metavar="INPUT", help="whatever the model's source adapter reads")
    translate.add_argument("-o", "--output", metavar="OUT", type=Path, required=True, help="a picture, or a .npz file")
    translate.add_argument("--overwrite", action="store_true", help="replace OUT if it is there")
    translate.set_defaults(command=_translate)

    evaluate = commands.add_parser("evaluate", help="measure a model on labelled samples, as JSON")
    evaluate.add_argument("model", metavar="MODEL", type=Path)
    evaluate.add_argument("data", metavar="DATA", help="labelled source samples")
    evaluate.add_argument("--target", metavar="DATA", help="real target samples, for diversity and Frechet distance")
    evaluate.set_defaults(command=_evaluate)

    adapters = commands.add_parser("adapters", help="list the installed adapters")
    adapters.set_defaults(command=_adapters)
    return parser


def _load_backend() -> None:
    """Import Keras without its backend's start-up chatter, which is written before any log level is looked at."""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    stderr = os.dup(2)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 2)
        try:
            import keras  # noqa: F401
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def _fit(options: argparse.Namespace) -> None:
    from bridgeae.config import read_config

    config = read_config(options.run)
    _load_backend()
    from bridgeae.progress import Progress
    from bridgeae.run import run, with_seed

    run(
        with_seed(config, options.seed),
        options.out or Path("runs") / options.run.resolve().parent.name,
        data=options.data,
        base=options.run.parent,
        smoke=options.smoke,
        overwrite=options.overwrite,
        progress=Progress(quiet=True if options.quiet else None),
        say=(lambda line: None) if options.quiet else lambda line: print(line, flush=True),
    )


def _translate(options: argparse.Namespace) -> None:
    if options.output.exists() and not options.overwrite:
        raise OutputExistsError(f"{options.output} already exists. Choose another name or pass --overwrite.")
    import numpy as np

    bridge = _load(options.model)
    source, target = bridge.source, bridge.target
    domain = source.adapter.read(options.input)
    made = bridge.translate(domain)
    called = source.predict(domain.x) if source.classifier else None
    names = domain.groups if domain.groups is not None else np.arange(len(domain)).astype(str)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    if options.output.suffix == ".npz":
        from bridgeae.run import save_samples

        save_samples(options.output, bridge, made, names=names, labels=domain.labels)
    elif len(domain) == 1:
        target.adapter.write(made, options.output)
    else:
        from bridgeae.pictures import in_rows, save_grid

        said = [""] * len(made) if called is None else [str(c) for c in called]
        cells = []
        for x, y, name, words in zip(domain.x, made, names, said, strict=True):
            cells += [(source.adapter, x, str(name)[-16:]), (target.adapter, y, words)]
        save_grid(in_rows(cells, 12), options.output)
    if len(domain) == 1 and called is not None:
        print(f"{names[0]}: {called[0]} (probability {source.classify(domain.x).max():.2f})")
    print(f"wrote {len(made)} translated sample{'s' if len(made) > 1 else ''} to {options.output}")


def _evaluate(options: argparse.Namespace) -> None:
    bridge = _load(options.model)
    source = bridge.source.adapter.read(options.data)
    target = bridge.target.adapter.read(options.target) if options.target else None
    print(json.dumps(bridge.evaluate(source, target), indent=1))


def _load(folder: Path) -> Any:
    from bridgeae.bundle import read_manifest

    read_manifest(folder)  # says what is wrong with a path before seconds of imports
    _load_backend()
    from bridgeae.linked import LinkedAutoencoder

    bridge = LinkedAutoencoder.load(folder)
    for name in ("source", "target"):
        if getattr(bridge, name).adapter is None:
            raise InputError(
                f"{folder} was saved without an adapter on its {name} side, so files cannot be read or written."
            )
    return bridge


def _adapters(options: argparse.Namespace) -> None:
    from bridgeae.registry import adapter_entries, load_adapter

    for name, entry in adapter_entries().items():
        origin = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "unknown distribution"
        try:
            summary = (load_adapter(entry).__doc__ or "").strip().partition("\n")[0]
        except BridgeError as error:
            summary = f"broken: {error}"
        print(f"{name:<16} {origin:<24} {summary}")


if __name__ == "__main__":
    sys.exit(main())
