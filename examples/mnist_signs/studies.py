"""Run the studies of hand signs and digits; each is a stage that prints its table and its cost.

python examples/mnist_signs/studies.py --data DIR --out DIR [--stages variational,denoising,...] [--smoke]

Tables are written to studies.json in the output folder, with pictures beside it. Parts that several stages use are
trained once and kept in parts/.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

STAGES = {  # name -> module of the folder stages/ with a function of that name
    "joint": "joint",
    "denoising": "denoising",
    "variational": "variational",
    "sign_autoencoder": "reverse",
    "reverse": "reverse",
    "pairings": "pairings",
    "domains": "domains",
    "few_labels": "few_labels",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen stages one after the other and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="studies.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("."), help="folder of mnist.npz and the SIGNS .h5 files")
    parser.add_argument("--out", type=Path, required=True, help="folder for studies.json, pictures and parts")
    parser.add_argument("--stages", default=",".join(STAGES), help=f"some of {', '.join(STAGES)}; default: all")
    parser.add_argument("--smoke", action="store_true", help="a quick check on few samples, with one epoch")
    options = parser.parse_args(arguments)
    stages = options.stages.split(",")
    if unknown := [stage for stage in stages if stage not in STAGES]:
        parser.error(f"unknown stage {', '.join(unknown)}: known are {', '.join(STAGES)}")

    from stages.workshop import Workshop

    work = Workshop(options.data, options.out, smoke=options.smoke)
    for stage in stages:
        work.run(stage, study(stage))
    print(f"wrote studies.json and pictures in {options.out}")
    return 0


def study(stage: str) -> Callable[[Any], dict[str, Any]]:
    """Return the function of a stage: it takes a `Workshop` and returns results with a `table`."""
    function: Callable[[Any], dict[str, Any]] = getattr(import_module(f"stages.{STAGES[stage]}"), stage)
    return function


if __name__ == "__main__":
    sys.exit(main())
