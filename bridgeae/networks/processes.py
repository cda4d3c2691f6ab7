"""Several processes that train the same networks together: `keras.distribution` on Keras' JAX backend.

All of them do the same with the same seeds, each with its share of the rows of every batch. Keras averages the
gradients over the processes, so that their weights stay equal to those of one process with whole batches.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bridgeae.checks import check_installed
from bridgeae.errors import BridgeError, InputError

COUNT, NUMBER, ADDRESS = (f"KERAS_DISTRIBUTION_{name}" for name in ("NUM_PROCESSES", "PROCESS_ID", "JOB_ADDRESSES"))
"""Keras' own variables: how many processes train together, the number of this one, and where the first one listens."""

_LOST = ("Gloo", "NCCL", "coordination service", "DEADLINE_EXCEEDED")  # words of JAX where another process has ended


def is_member() -> bool:
    """Return whether the environment makes this process one of several that train together."""
    return COUNT in os.environ


@contextmanager
def joined() -> Iterator[None]:
    """Train together with the processes that the environment names meanwhile; wait until all of them are there.

    It comes before anything that computes with Keras. After an error the process ends without waiting for the others.

    Raises:
        MissingPackageError: JAX is not installed.
        InputError: Keras is told to use another backend, or another of the processes has ended.
    """
    check_installed("jax")
    if (backend := os.environ.setdefault("KERAS_BACKEND", "jax")) != "jax":
        raise InputError(f"`KERAS_BACKEND` must be jax where several processes train together, received {backend}.")
    os.environ.setdefault("JAX_CPU_COLLECTIVES_IMPLEMENTATION", "gloo")
    import keras

    keras.utils.set_random_seed(0)  # or Keras lets the processes agree on one
    keras.distribution.initialize()
    keras.distribution.set_distribution(_by_rows())
    try:
        yield
    except BaseException as error:
        lost = any(word in str(error) for word in _LOST) and not isinstance(error, BridgeError)
        # JAX would wait minutes for the others at the exit
        atexit.register(os._exit, 2 if lost or isinstance(error, BridgeError | OSError) else 1)
        if lost:
            raise InputError("another process of this training has ended.") from error
        raise


def _by_rows() -> Any:
    """Return Keras' data parallelism, which also takes batches that every process has whole."""
    import keras

    class ByRows(keras.distribution.DataParallel):
        whole = False

        def get_data_layout(self, data_shape: tuple[int, ...]) -> Any:
            if self.whole:
                return keras.distribution.TensorLayout([None] * len(data_shape), self.device_mesh)
            return super().get_data_layout(data_shape)

    return ByRows(auto_shard_dataset=False)


def own_rows(batch: Any) -> Any:
    """Return the rows of a batch that this process trains on; all, where it trains alone.

    Every process trains on the whole batch where their devices cannot share its rows evenly.

    Args:
        batch: arrays of equal length, in tuples of any depth.
    """
    from bridgeae.networks.backend import keras

    distribution = keras.distribution.distribution()
    if distribution is None:
        return batch
    import jax

    n = len(keras.tree.flatten(batch)[0])
    distribution.whole = bool(n % jax.device_count())
    if distribution.whole:
        return batch
    own = n // jax.process_count()
    rows = slice(jax.process_index() * own, (jax.process_index() + 1) * own)
    return keras.tree.map_structure(lambda x: x[rows], batch)
