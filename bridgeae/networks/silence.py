"""A backend that starts in silence.

TensorFlow writes some lines past every log level while it is imported and while it looks for a GPU, so that standard
error is closed meanwhile. ``TF_CPP_MIN_LOG_LEVEL=0`` in the environment, or ``bridgeae -v``, shows them.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silent_start() -> Iterator[None]:
    """Keep standard error closed while a backend is imported."""
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") == "0":
        yield
        return
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # or it warns where networks are traced anew
    sys.stderr.flush()
    stderr = os.dup(2)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
