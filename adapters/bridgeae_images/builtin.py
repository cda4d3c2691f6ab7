"""Image sets that are known by name."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from bridgeae.errors import InputError, MissingFileError
from bridgeae_images.hands import draw_hand

if TYPE_CHECKING:
    from bridgeae_images.sources import Query

KERAS_SETS = ("mnist", "fashion_mnist", "cifar10")
_DRAWN_SIZE = 64
_TIMEOUT = 20  # seconds without an answer after which a download is given up


def load_named(query: Query) -> tuple[np.ndarray, np.ndarray]:
    """Load images (n, height, width[, channels]) uint8 and labels (n,) of ``keras:mnist`` and the like.

    Raises:
        InputError: no set has that name.
        MissingFileError: it has to be downloaded, and cannot be.
    """
    half = query.half or "train"
    kind, _, name = query.where.partition(":")
    if kind == "keras" and name in KERAS_SETS:
        return _keras(name, half)
    if query.where == "sklearn:digits":
        return _sklearn_digits(half)
    if query.where == "drawn:hands":
        return _drawn_hands(600 if query.n is None else query.n, query.seed, half)
    known = [f"keras:{k}" for k in KERAS_SETS] + ["sklearn:digits", "drawn:hands"]
    raise InputError(f"`path` names no known set: {query.where!r}. Known are {', '.join(known)}.")


def _keras(name: str, half: str) -> tuple[np.ndarray, np.ndarray]:
    import keras

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_TIMEOUT)
    try:
        halves = getattr(keras.datasets, name).load_data()
    except Exception as error:  # urllib, socket and Keras raise many kinds
        raise MissingFileError(
            f"`path` 'keras:{name}' is not on this machine and cannot be downloaded ({error}). "
            f"Connect to the internet, or pass the path of a copy of {name}.npz."
        ) from None
    finally:
        socket.setdefaulttimeout(before)
    chosen = {"train": halves[:1], "test": halves[1:], "all": halves}[half]
    return np.concatenate([x for x, _ in chosen]), np.concatenate([y for _, y in chosen]).ravel()


def _sklearn_digits(half: str) -> tuple[np.ndarray, np.ndarray]:
    """Take scikit-learn's 8 x 8 digits, blown up and framed as MNIST's are; every fifth one is the test half."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    test = np.arange(len(digits.target)) % 5 == 4
    keep = {"train": ~test, "test": test, "all": test | True}[half]
    images = np.zeros((keep.sum(), 28, 28), np.uint8)
    for image, small in zip(images, digits.images[keep], strict=True):
        pixels = Image.fromarray((small * 15.9).astype(np.uint8))
        image[3:25, 3:25] = np.asarray(pixels.resize((22, 22), Image.Resampling.BICUBIC))
    return images, digits.target[keep]


def _drawn_hands(n: int, seed: int, half: str) -> tuple[np.ndarray, np.ndarray]:
    """Draw `n` hands, the six signs in turn; the halves are different hands."""
    streams = {"train": [0], "test": [1], "all": [0, 1]}[half]
    labels = np.arange(n) % 6
    images = [
        draw_hand(int(sign), _DRAWN_SIZE, np.random.default_rng([seed, stream, k]))
        for stream in streams
        for k, sign in enumerate(labels)
    ]
    return np.stack(images), np.tile(labels, len(streams))
