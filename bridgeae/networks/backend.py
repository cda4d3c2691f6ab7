"""Keras for all of bridgeae: imported without the start-up lines of its backend, or refused with what to install.

It is imported in silence, see `bridgeae.networks.silence`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from bridgeae.checks import check_installed
from bridgeae.networks.silence import silent_start

__all__ = ["keras", "layers", "ops"]


def _imported() -> Any:
    check_installed("keras", os.environ.get("KERAS_BACKEND", "tensorflow"))
    with silent_start():
        import keras

        keras.ops.zeros(())  # looks for a GPU now
    return keras


if TYPE_CHECKING:
    import keras
    from keras import layers, ops
else:
    keras = _imported()
    layers, ops = keras.layers, keras.ops
