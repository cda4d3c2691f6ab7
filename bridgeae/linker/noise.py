"""The noise of draws: it depends on a sample, a seed and the number of the draw, never on the samples beside it."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import numpy as np

_GAMMA = np.uint64(0x9E3779B97F4A7C15)  # the step of SplitMix64
_FACTORS = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def sample_keys(x: np.ndarray) -> np.ndarray:
    """Return a key (n,) uint64 of each sample, from which its noise is made.

    It is a digest of the sample's values, so that the same sample has the same key among any others. Equal samples get
    different keys: the second copy in `x`, the third, and so on.

    Args:
        x: (n, *sample).
    """
    digests = (blake2b(np.asarray(sample, np.float32).tobytes(), digest_size=8).digest() for sample in x)
    digest = np.fromiter((int.from_bytes(each, "little") for each in digests), np.uint64, len(x))
    order, place = np.argsort(digest, kind="stable"), np.arange(len(x))
    fresh = np.append(True, np.diff(digest[order]) != 0)
    copy = np.empty(len(x), np.uint64)
    copy[order] = place - np.maximum.accumulate(np.where(fresh, place, 0))
    return _mix(digest + copy * _GAMMA)


def normal_noise(keys: np.ndarray, numbers: np.ndarray, seed: int, size: int) -> np.ndarray:
    """Return standard normal noise (n, size) float32.

    SplitMix64 (Steele et al. 2014) counts from a place that key, number and seed decide, and the transform of Box and
    Muller (1958) makes its words normal: all rows at once, where numpy would need a generator for each.

    Args:
        keys: (n,) uint64 of the samples; see `sample_keys`.
        numbers: (n,) int, which draw of its sample each is.
        seed: of all draws.
        size: values of each.
    """
    state = np.random.SeedSequence(seed).generate_state(1, np.uint64)
    start = _mix(_mix(keys + state) + numbers.astype(np.uint64) * _GAMMA)
    words = _mix(start[:, None] + np.arange(1, (size + 1) // 2 + 1, dtype=np.uint64) * _GAMMA)
    uniform = (words.view(np.uint32).astype(np.float32) + np.float32(0.5)) / np.float32(2**32)
    low, high = uniform[:, ::2], uniform[:, 1::2]
    radius, angle = np.sqrt(-2 * np.log(high)), np.float32(2 * np.pi) * low
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], 1)[:, :size]


def generators(keys: np.ndarray, numbers: np.ndarray, seed: int) -> Iterator[np.random.Generator]:
    """Yield a generator for each draw; see `normal_noise` for the arguments."""
    for key, number in zip(keys.tolist(), numbers.tolist(), strict=True):
        yield np.random.default_rng([seed, key, number])


def _mix(x: np.ndarray) -> np.ndarray:
    """Return 64-bit words in which every bit depends on every bit of `x`."""
    x = (x ^ (x >> np.uint64(30))) * _FACTORS[0]
    x = (x ^ (x >> np.uint64(27))) * _FACTORS[1]
    return np.asarray(x ^ (x >> np.uint64(31)))
