from __future__ import annotations

import numpy as np
import pytest

from bridgeae_images.foreground import foreground, object_box
from image_files import SKIN, as_floats, scene


@pytest.mark.parametrize("colour", [SKIN, (60, 35, 20), (40, 90, 200), (30, 140, 50)])
def test_finds_objects_of_any_colour_and_no_shadow(colour: tuple[int, int, int]) -> None:
    mask = foreground(as_floats(scene(colour)))
    truth = (np.asarray(scene(colour)) == colour).all(-1)
    assert mask is not None and mask.dtype == np.float32
    assert (mask[truth] > 0.5).mean() > 0.9
    assert (mask[~truth] > 0.5).mean() < 0.02


@pytest.mark.parametrize("grain", [0.0, 20.0])
def test_finds_nothing_in_a_plain_wall_or_in_noise(grain: float) -> None:
    noise = np.random.default_rng(0).normal(0, grain, (80, 80, 3)) + 128
    assert foreground(np.float32(noise.clip(0, 255) / 255)) is None


def test_box_leaves_out_the_limb() -> None:
    mask = foreground(as_floats(scene()))
    assert mask is not None
    top, left, bottom, right = object_box(mask)
    np.testing.assert_allclose((top, left, right), (20, 45, 86), atol=2)
    assert 58 <= bottom <= 72


def test_box_keeps_an_object_that_touches_nothing() -> None:
    mask = foreground(as_floats(scene(stem=False)))
    assert mask is not None
    np.testing.assert_allclose(object_box(mask), (20, 45, 61, 86), atol=2)


@pytest.mark.parametrize("value", [0, 1])
def test_an_empty_or_full_mask_has_the_whole_photo_for_a_box(value: int) -> None:
    assert object_box(np.full((30, 40), value, np.float32)) == (0, 0, 30, 40)
