"""Image sets with a name: ``keras:mnist``, ``sklearn:digits``, ``drawn:hands``."""

from __future__ import annotations

import socket

import numpy as np
from PIL import Image

from bridgeae.checks import check_installed, check_limit
from bridgeae.errors import InputError, MissingFileError
from bridgeae_images.query import Pictures, Query

KERAS_SETS = ("mnist", "fashion_mnist", "cifar10")
NAMES = (*(f"keras:{name}" for name in KERAS_SETS), "sklearn:digits", "drawn:hands")
HAND_SIZE, DEFAULT_HANDS = 80, 600
DOWNLOAD_TIMEOUT = 20  # seconds without an answer


def read_named(query: Query) -> Pictures:
    """Read a named set: its images, uint8, and their labels.

    Raises:
        InputError: no set has that name.
        MissingFileError: the set has to be downloaded, and the download fails.
    """
    half = query.half or "train"
    kind, _, name = query.place.partition(":")
    if query.place not in NAMES:
        raise InputError(f"`path` names no known set: {query.place!r}. Known are {', '.join(NAMES)}.")
    if kind == "keras":
        images, labels = _keras(name, half)
    elif kind == "sklearn":
        images, labels = _sklearn_digits(half)
    else:
        images, labels = _drawn_hands(DEFAULT_HANDS if query.n is None else query.n, query.others, query.seed, half)
    return Pictures(labels, images)


def _keras(name: str, half: str) -> tuple[np.ndarray, np.ndarray]:
    from bridgeae.networks.backend import keras

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT)
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
    """Return scikit-learn's 8 x 8 digits, enlarged and framed as in MNIST; every fifth one is in the test half."""
    check_installed("sklearn")
    from sklearn.datasets import load_digits

    digits = load_digits()
    test = np.arange(len(digits.target)) % 5 == 4
    keep = {"train": ~test, "test": test, "all": test | True}[half]
    images = np.zeros((keep.sum(), 28, 28), np.uint8)
    for image, small in zip(images, digits.images[keep], strict=True):
        pixels = Image.fromarray((small * 15.9).astype(np.uint8))
        image[3:25, 3:25] = np.asarray(pixels.resize((22, 22), Image.Resampling.BICUBIC))
    return images, digits.target[keep]


def _drawn_hands(n: int, others: int, seed: int, half: str) -> tuple[np.ndarray, np.ndarray]:
    """Return `n` drawn hands that show 0 to 5 in turn, then `others` of other signs; the halves are different hands."""
    from bridgeae_images.hands import OTHER_SIGN, synthetic_hand

    streams = {"train": [0], "test": [1], "all": [0, 1]}[half]
    asked = len(streams) * (n + others) * HAND_SIZE**2 * 3
    check_limit("memory_bytes", asked, f"`path` asks for {n + others:,} drawn hands", error=InputError)
    labels = np.append(np.arange(n) % 6, np.full(others, OTHER_SIGN))
    images = [
        synthetic_hand(int(sign), HAND_SIZE, np.random.default_rng([seed, stream, k]))
        for stream in streams
        for k, sign in enumerate(labels)
    ]
    return np.stack(images), np.tile(labels, len(streams))
