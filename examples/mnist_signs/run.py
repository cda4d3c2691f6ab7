"""Translate photos of hand signs into handwritten digits: `bridgeae fit` on the run file beside this script.

python examples/mnist_signs/run.py [--data DIR] [--out DIR] [--seed N] [--smoke] [--overwrite] [--quiet]

With --stages it runs studies instead, as studies.py does:

python examples/mnist_signs/run.py --stages variational,denoising --data DIR --out DIR [--smoke]
"""

import argparse
import sys
from pathlib import Path

import studies

from bridgeae.cli import main

if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--stages")
    options, others = parser.parse_known_args()
    if options.stages is not None:
        sys.exit(studies.main(["--stages", options.stages, *others]))
    sys.exit(main(["fit", str(Path(__file__).with_name("run.yaml")), *others]))
