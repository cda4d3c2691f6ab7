"""Photos of hand signs become handwritten digits: `bridgeae fit` on the run file beside this script.

python examples/mnist_signs/run.py [--data DIR] [--out DIR] [--seed N] [--smoke] [--overwrite] [--quiet]

With --stages it runs the studies instead; see studies.py for their names.

python examples/mnist_signs/run.py --stages variational,denoising --data DIR --out DIR [--smoke]
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    if any(argument.split("=")[0] == "--stages" for argument in sys.argv[1:]):
        import studies

        sys.exit(studies.main(sys.argv[1:]))
    from bridgeae.cli import main

    sys.exit(main(["fit", str(Path(__file__).with_name("run.yaml")), *sys.argv[1:]]))
