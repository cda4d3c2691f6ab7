"""``python -m bridgeae.cli``."""

import sys

from bridgeae.cli import main

if __name__ == "__main__":
    sys.exit(main())
