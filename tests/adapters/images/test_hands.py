from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from bridgeae_images.foreground import foreground
from bridgeae_images.hands import synthetic_hand


def hand(sign: int, seed: int, size: int = 64) -> np.ndarray:
    return synthetic_hand(sign, size, np.random.default_rng(seed))


@pytest.mark.parametrize("size", [32, 64])
def test_a_hand_is_a_colour_picture_that_depends_on_the_generator_alone(size: int) -> None:
    first, again, other = (hand(3, seed, size) for seed in (1, 1, 2))
    assert first.shape == (size, size, 3) and first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("sign", range(6))
def test_a_hand_stands_out_from_its_wall(sign: int) -> None:
    found = [foreground(hand(sign, seed).astype(np.float32) / 255) for seed in range(8)]
    assert all(mask is not None and 0.05 < (mask > 0.5).mean() < 0.6 for mask in found)


def fingertips(sign: int, seed: int) -> int:
    """Count the thin parts of a hand: what an opening by a disc a little wider than a finger removes."""
    mask = foreground(hand(sign, seed, 128).astype(np.float32) / 255)
    assert mask is not None
    y, x = np.mgrid[-10:11, -10:11]
    thin = (mask > 0.5) & ~ndimage.binary_opening(mask > 0.5, x**2 + y**2 <= 100)
    parts, count = ndimage.label(thin)
    return int((np.bincount(parts.ravel())[1:] > 60).sum()) if count else 0


def test_signs_with_more_fingers_have_more_thin_parts() -> None:
    means = [np.mean([fingertips(sign, seed) for seed in range(8)]) for sign in (1, 2, 4)]
    assert means[0] < means[1] < means[2]
