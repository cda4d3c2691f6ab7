from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgeae.autoencoder.framing import alike, framed_alike, jiggled


def blobs(size: int, width: float, background: float = 0.0, n: int = 6) -> np.ndarray:
    """Bright Gaussian spots near the centre of pictures, whose width is a share of the side."""
    place = (np.arange(size) + 0.5) / size - 0.5
    shifts = np.random.default_rng(0).uniform(-0.02, 0.02, (n, 2))
    across, down = (np.exp(-((place - shift[:, None]) ** 2) / (2 * width**2)) for shift in shifts.T)
    return (background + down[:, :, None] * across[:, None, :]).astype(np.float32)[..., None]


def spread(x: np.ndarray) -> float:
    weight = (x - x.min()).mean((0, 2, 3))
    place = (np.arange(len(weight)) + 0.5) / len(weight)
    weight = weight / weight.sum()
    return float(np.sqrt(weight @ (place - weight @ place) ** 2))


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ((28, 28), (16, 16), True),
        ((28, 28, 1), (16, 20, 1), True),
        ((28, 28, 1), (28, 28, 3), False),
        ((90, 1), (120, 1), True),
        ((9,), (9,), True),
        ((9,), (10,), False),
        ((9, 9), (9,), False),
    ],
)
def test_samples_of_one_kind_have_as_many_axes_and_channels(a: tuple, b: tuple, same: bool) -> None:
    assert alike(a, b) is same


@pytest.mark.parametrize("background", [0.0, 0.4])
def test_objects_get_one_size_and_the_shape_of_the_first_side(background: float) -> None:
    x, other = framed_alike(blobs(24, 0.08, background), blobs(16, 0.13, background))
    assert x.shape == other.shape == (6, 24, 24, 1) and other.dtype == np.float32
    assert spread(other) == pytest.approx(spread(x), rel=0.1)
    assert other[:, 0, 0].mean() == pytest.approx(background, abs=0.01)


def test_the_side_with_the_larger_objects_is_zoomed_out() -> None:
    large = blobs(24, 0.13)
    x, other = framed_alike(large, blobs(24, 0.08))
    assert spread(x) == pytest.approx(spread(other), rel=0.1) and spread(x) < 0.8 * spread(large)


@settings(max_examples=10)
@given(st.sampled_from([(5,), (8, 1), (6, 6), (6, 6, 3)]))
def test_samples_that_are_framed_alike_stay_as_they_are(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=(7, *shape)).astype(np.float32)
    for made in framed_alike(x, x[::-1]):
        assert made.shape == x.shape
    assert (framed_alike(x, x)[1] == x).all()


def test_pictures_without_a_plain_background_are_only_resized() -> None:
    ramp = np.tile(np.linspace(0, 1, 16, dtype=np.float32), (5, 16, 1))
    _, other = framed_alike(np.tile(np.linspace(0, 1, 32, dtype=np.float32), (5, 32, 1)), ramp)
    assert other.shape == (5, 32, 32) and np.abs(np.diff(other[0, 5])).max() < 0.05


@pytest.mark.parametrize("shape", [(5,), (9, 1), (8, 6), (8, 6, 3)])
def test_jiggling_moves_what_is_on_a_grid_a_little(shape: tuple[int, ...]) -> None:
    x = np.linspace(0, 1, 4 * int(np.prod(shape)), dtype=np.float32).reshape(4, *shape)
    before = x.copy()
    one, same, other = (jiggled(x, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.shape == x.shape and one.dtype == np.float32 and (x == before).all()
    assert (one == same).all()
    assert (one == other).all() == (len(shape) == 1)
    assert np.abs(one - x).mean() < 0.1
