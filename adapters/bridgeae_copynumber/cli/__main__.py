"""``python -m bridgeae_copynumber.cli``."""

import sys

from bridgeae_copynumber.cli import main

if __name__ == "__main__":
    sys.exit(main())
