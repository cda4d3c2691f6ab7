from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from bridgeae_images.augment import blur
from bridgeae_images.morphology import box_mean, components, depth, dilated, gaussian_mean, local_range, wide_mean


def masks(height: int, width: int, seed: int, smooth: float) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(height, width))
    return ndimage.gaussian_filter(noise, smooth) > 0


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99), st.sampled_from([0.3, 1.0, 4.0]))
def test_masks_are_treated_as_scipy_does(height: int, width: int, seed: int, smooth: float) -> None:
    mask = masks(height, width, seed, smooth)
    assert np.array_equal(dilated(mask), ndimage.binary_dilation(mask))
    part, count = components(mask)
    wanted, number = ndimage.label(mask)
    assert count == number and np.array_equal(part, wanted)
    distance = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    np.testing.assert_allclose(depth(mask), distance, atol=1e-9)


def test_full_and_empty_masks_have_one_component_and_none() -> None:
    assert components(np.ones((3, 4), bool))[1] == 1 and components(np.zeros((3, 4), bool))[1] == 0
    assert not depth(np.zeros((3, 4), bool)).any()


@given(st.integers(2, 30), st.integers(1, 4), st.integers(0, 99), st.floats(0.01, 0.2))
def test_means_and_blurs_are_those_of_scipy(size: int, channels: int, seed: int, std: float) -> None:
    x = np.random.default_rng(seed).random((3, size, size, channels)).astype(np.float32)
    np.testing.assert_allclose(box_mean(x[0]), ndimage.uniform_filter(x[0], (3, 3, 0)), atol=1e-7)
    sigma = std * size
    wanted = ndimage.gaussian_filter(x, (0, sigma, sigma, 0), mode="nearest")
    np.testing.assert_allclose(blur(x, std), wanted, atol=1e-6)


@given(st.integers(12, 40), st.integers(12, 40), st.integers(1, 12), st.integers(0, 99), st.floats(0.3, 2.5))
def test_windows_of_an_image_are_those_of_scipy(height: int, width: int, size: int, seed: int, sigma: float) -> None:
    x = np.random.default_rng(seed).random((height, width))
    np.testing.assert_allclose(gaussian_mean(x, sigma), ndimage.gaussian_filter(x, sigma), atol=1e-12)
    np.testing.assert_allclose(wide_mean(x, size), ndimage.uniform_filter(x, size), atol=1e-12)
    flat = ndimage.uniform_filter(x, size, mode="nearest")
    np.testing.assert_allclose(wide_mean(x, size, "edge"), flat, atol=1e-12)
    assert np.array_equal(local_range(x), ndimage.maximum_filter(x, 3) - ndimage.minimum_filter(x, 3))
