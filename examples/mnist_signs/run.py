"""Photos of hand signs become handwritten digits: `bridgeae fit` on the run file beside this script.

python examples/mnist_signs/run.py [--data DIR] [--out DIR] [--seed N] [--smoke] [--overwrite] [--quiet]
"""

import sys
from pathlib import Path

from bridgeae.cli import main

if __name__ == "__main__":
    sys.exit(main(["fit", str(Path(__file__).with_name("run.yaml")), *sys.argv[1:]]))
