from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgeae_images import augment
from strategies import seeds

IDENTITY = np.eye(2, 3)


def images(n: int = 3, size: int = 16, channels: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((n, size, size, channels), np.float32)


def cut_outs(n: int = 4, size: int = 32) -> np.ndarray:
    x = images(n, size, 4)
    x[..., 3] = 0
    x[:, 8:24, 6:20, 3] = 1
    x[..., :3] *= x[..., 3:]
    return x


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_the_identity_map_changes_nothing(channels: int) -> None:
    x = images(5, channels=channels)
    np.testing.assert_allclose(augment.warp(x, np.tile(IDENTITY, (5, 1, 1))), x, atol=1e-5)


def test_a_map_leads_from_output_to_input() -> None:
    x = images(1)
    right = np.array([[[1, 0, 2 / 16], [0, 1, 0]]])  # a pixel is 2 / size units wide
    np.testing.assert_allclose(augment.warp(x, right)[:, :, :-1], x[:, :, 1:], atol=1e-5)
    mirror = np.array([[[-1, 0, 0], [0, 1, 0]]])
    np.testing.assert_allclose(augment.warp(x, mirror), x[:, :, ::-1], atol=1e-5)


@pytest.mark.parametrize(("padding", "outside"), [("edge", 1), ("constant", 0)])
def test_padding_decides_what_lies_outside(padding: str, outside: int) -> None:
    far = np.array([[[1, 0, 4], [0, 1, 0]]])
    x = np.ones((1, 8, 8, 1), np.float32)
    np.testing.assert_allclose(augment.warp(x, far, padding=padding), outside, atol=0.002)


def test_an_even_bend_is_a_shift() -> None:
    x = images(1)
    bend = np.zeros((1, 2, 5, 5))
    bend[:, 0] = 2 / 16
    bent = augment.warp(x, IDENTITY[None], bend=bend)
    np.testing.assert_allclose(bent[:, :, :-1], x[:, :, 1:], atol=1e-5)


@given(seeds)
@settings(max_examples=10)
def test_composed_maps_do_what_one_after_the_other_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inner, outer = rng.normal(size=(2, 4, 2, 3))
    points = rng.normal(size=(4, 2, 1))

    def through(maps: np.ndarray, p: np.ndarray) -> np.ndarray:
        return maps[:, :, :2] @ p + maps[:, :, 2:]

    both = through(augment.compose(inner, outer), points)
    np.testing.assert_allclose(both, through(outer, through(inner, points)), atol=1e-9)


@given(st.floats(0.2, 1), st.tuples(*[st.integers(0, 14)] * 2), st.tuples(*[st.integers(1, 16)] * 2))
@settings(max_examples=20)
def test_centring_maps_send_the_middle_of_a_box_to_the_centre(
    fill: float, corner: tuple[int, int], extent: tuple[int, int]
) -> None:
    (top, left), (height, width) = corner, extent
    box = np.array([[top, left, top + height, left + width]], float)
    maps = augment.centring_maps(box, 32, np.array([fill]))
    np.testing.assert_allclose(maps[0, :, 2], [(2 * left + width) / 32 - 1, (2 * top + height) / 32 - 1])
    edge = maps[0, :, :2] @ [fill, fill] + maps[0, :, 2]  # the edge of the box after scaling
    assert max(edge - maps[0, :, 2]) == pytest.approx(max(height, width) / 32)


@given(seeds)
@settings(max_examples=10)
def test_affine_maps_stay_within_their_limits(seed: int) -> None:
    maps = augment.sample_affine(200, np.random.default_rng(seed), rotation=0, zoom=(1, 1), flip=True)
    assert np.abs(maps[:, :, 2]).max() <= 2 * augment.MAX_SHIFT
    assert (np.sign(np.linalg.det(maps[:, :, :2])) < 0).mean() == pytest.approx(0.5, abs=0.2)
    again = augment.sample_affine(200, np.random.default_rng(seed), rotation=0, zoom=(1, 1), flip=True)
    np.testing.assert_array_equal(maps, again)
    kept = augment.sample_affine(200, np.random.default_rng(seed), rotation=30, zoom=(0.8, 1.2), flip=False)
    assert (np.linalg.det(kept[:, :, :2]) > 0).all()


def test_colours_change_with_the_generator_and_stay_in_range() -> None:
    x = np.repeat(images(1), 3, 0)
    first, again, other = (augment.jitter_colour(x, np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other) and not np.allclose(first[0], first[1])
    assert 0 <= first.min() <= first.max() <= 1
    grey = augment.jitter_colour(np.full((1, 8, 8, 1), 0.5, np.float32), np.random.default_rng(0))
    assert np.ptp(grey) < 1e-6


def test_a_cut_out_object_changes_inside_its_mask_alone() -> None:
    x = cut_outs(12)
    changed = augment.jitter_cut_out(x, np.random.default_rng(0))
    np.testing.assert_array_equal(changed[..., 3], x[..., 3])
    assert (changed[x[..., 3] == 0] == 0).all()
    assert 0 <= changed.min() <= changed.max() <= 1
    assert (np.abs(changed - x).max((1, 2, 3)) > 0.05).all()


def test_a_part_of_the_objects_loses_its_texture() -> None:
    changed = augment.jitter_cut_out(cut_outs(200), np.random.default_rng(0))
    flat = changed[:, 10:22, 8:18, :3].std((1, 2)).max(1) < 1e-6
    assert flat.mean() == pytest.approx(augment.FLAT_SHARE, abs=0.1)


def test_blur_keeps_the_mean_and_lowers_the_contrast() -> None:
    x = images(2, 32)
    blurred = augment.blur(x, 0.05)
    np.testing.assert_allclose(blurred.mean((1, 2)), x.mean((1, 2)), atol=0.02)
    assert (blurred.std((1, 2)) < 0.5 * x.std((1, 2))).all()
    np.testing.assert_allclose(augment.blur(np.ones_like(x), 0.05), 1, atol=1e-5)
