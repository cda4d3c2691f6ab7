"""Keras for all of bridgeae: imported without the start-up lines of its backend, or refused with what to install.

TensorFlow writes some lines past every log level while it is imported and while it looks for a GPU, so that standard
error is closed meanwhile. ``TF_CPP_MIN_LOG_LEVEL=0`` in the environment, or ``bridgeae -v``, shows them.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bridgeae.checks import check_installed

__all__ = ["keras", "layers", "ops"]


def _imported() -> Any:
    check_installed("keras", os.environ.get("KERAS_BACKEND", "tensorflow"))
    with _silence():
        import keras

        keras.ops.zeros(())  # looks for a GPU now
    return keras


@contextmanager
def _silence() -> Iterator[None]:
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


if TYPE_CHECKING:
    import keras
    from keras import layers, ops
else:
    keras = _imported()
    layers, ops = keras.layers, keras.ops
