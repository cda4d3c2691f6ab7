"""`bridgeae.testing.check_adapter` checks the promises of every adapter; these are the promises of images alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from matplotlib.figure import Figure
from PIL import Image

from bridgeae.errors import InputError
from bridgeae_images import ImageAdapter
from bridgeae_images.foreground import object_box
from strategies import seeds

GREY, COLOUR = ImageAdapter(size=28, channels=1), ImageAdapter(size=64, flip=True)
CUT_OUT = ImageAdapter(size=64, foreground=True, flip=True)
ADAPTERS = pytest.mark.parametrize(
    "adapter",
    [GREY, COLOUR, CUT_OUT, ImageAdapter(size=33, convolutions=1), ImageAdapter(size=8)],
    ids=lambda a: str(a.sample_shape),
)


def samples(adapter: ImageAdapter, n: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((n, *adapter.sample_shape), np.float32)


@pytest.mark.parametrize("shape", [(), (4, 2), (None, 3), (0,)])
def test_networks_refuse_latents_that_are_no_vectors(shape: tuple[int | None, ...]) -> None:
    with pytest.raises(InputError, match=r"`latent_shape` must be \(length,\)"):
        GREY.networks(shape)


@ADAPTERS
@settings(max_examples=5, deadline=None)
@given(seed=seeds)
def test_augment_depends_on_the_generator_alone(adapter: ImageAdapter, seed: int) -> None:
    x = samples(adapter, seed=seed)
    before = x.copy()
    first, second = (adapter.augment(x, np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(x, before)
    assert first.shape == x.shape and first.dtype == np.float32
    assert -1e-6 <= first.min() <= first.max() <= 1 + 1e-6
    assert not np.allclose(first, x)


def test_augment_changes_each_image_differently() -> None:
    x = np.repeat(samples(COLOUR, 1), 2, 0)
    a, b = COLOUR.augment(x, np.random.default_rng(0))
    assert not np.allclose(a, b)


def test_augment_keeps_colours_inside_the_mask() -> None:
    x = CUT_OUT.read("drawn:hands?n=6").x
    changed = CUT_OUT.augment(x, np.random.default_rng(0))
    assert (changed[..., :3].max(-1) <= changed[..., 3] + 1e-6).all()


def test_views_centre_a_cut_out_object_at_three_sizes_and_mirror_it() -> None:
    x = np.zeros((2, 64, 64, 4), np.float32)
    x[0, 10:50, 5:30] = x[1, 40:50, 40:60] = 1
    views = CUT_OUT.views(x)
    assert views.shape == (6, *x.shape)
    np.testing.assert_array_equal(views[3:], views[:3, :, :, ::-1])
    for view, fill in zip(views, (0.4, 0.5, 0.6), strict=False):
        boxes = np.array([object_box(mask) for mask in view[..., -1]]) / 64
        np.testing.assert_allclose(np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]), fill, atol=0.04)
        np.testing.assert_allclose(boxes[:, :2] + boxes[:, 2:], 1, atol=0.04)


def test_views_of_whole_images_are_the_images_or_softer_ones() -> None:
    x = samples(GREY)
    np.testing.assert_array_equal(GREY.views(x), x[None])
    x = samples(CUT_OUT)
    x[..., -1] = 1
    view = CUT_OUT.views(x)[1]
    np.testing.assert_allclose(view[..., -1], 1, atol=1e-5)
    np.testing.assert_allclose(view.mean((1, 2)), x.mean((1, 2)), atol=0.02)
    assert np.abs(np.diff(view, axis=1)).sum() < 0.9 * np.abs(np.diff(x, axis=1)).sum()


@ADAPTERS
def test_written_images_are_read_back(adapter: ImageAdapter, tmp_path: Path) -> None:
    x = samples(adapter)
    if adapter.foreground:
        x[..., :3] *= x[..., 3:]
    adapter.write(x, tmp_path / "photos")
    np.testing.assert_allclose(adapter.read(tmp_path / "photos").x, x, atol=0.01)
    adapter.write(x[:1], tmp_path / "one.png")
    np.testing.assert_allclose(adapter.read(tmp_path / "one.png").x, x[:1], atol=0.01)


def test_a_sample_is_called_by_its_file_and_stays_with_its_repeats(tmp_path: Path) -> None:
    COLOUR.write(samples(COLOUR, 2), tmp_path / "photos")
    domain = COLOUR.read(f"{tmp_path / 'photos'}?repeat=2")
    assert domain.names is not None and domain.names.tolist() == ["0000.png", "0001.png"] * 2
    assert domain.groups is not None and domain.groups.tolist() == domain.names.tolist()
    assert COLOUR.read("drawn:hands?n=2").names is None


def test_a_sample_with_a_full_mask_is_read_back_as_it_is(tmp_path: Path) -> None:
    x = CUT_OUT.read("drawn:hands?n=1").x
    x = np.concatenate([np.where(x[..., 3:], x[..., :3], 0.8), np.ones_like(x[..., 3:])], -1)
    CUT_OUT.write(x, tmp_path / "whole.png")
    np.testing.assert_allclose(CUT_OUT.read(tmp_path / "whole.png").x, x, atol=0.01)


def test_a_picture_without_an_object_is_used_whole_with_a_warning(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(128, 20, (80, 80, 3))
    Image.fromarray(noise.clip(0, 255).astype(np.uint8)).save(tmp_path / "wall.png")
    with pytest.warns(UserWarning, match="no object stands out .* in 1 of 1 pictures"):
        x = CUT_OUT.read(tmp_path / "wall.png").x
    assert (x[..., 3] == 1).all()
    np.testing.assert_allclose(x[..., :3], ImageAdapter(size=64).read(tmp_path / "wall.png").x)


def test_values_outside_of_the_range_are_clipped_when_written(tmp_path: Path) -> None:
    x = np.full((1, 28, 28, 1), 2, np.float32)
    x[:, :14], x[:, 14:20] = -1, np.nan
    GREY.write(x, tmp_path / "a.png")
    again = GREY.read(tmp_path / "a.png").x
    assert (again[:, :20] == 0).all() and (again[:, 20:] == 1).all()


@pytest.mark.parametrize("shape", [(2, 64, 64, 3), (28, 28, 1), (0, 28, 28, 1)])
def test_write_refuses_other_shapes(shape: tuple[int, ...], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"`x` must have shape \(n, 28, 28, 1\), received \("):
        GREY.write(np.zeros(shape), tmp_path / "a.png")


@ADAPTERS
def test_draws_a_sample_into_axes(adapter: ImageAdapter) -> None:
    axes = Figure().subplots()
    adapter.draw(samples(adapter)[0], axes)
    assert axes.images[0].get_array().shape == (adapter.size, adapter.size, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 4}, "`size` must be at least 8"),
        ({"channels": 2}, "`channels` 1 or 3"),
        ({"channels": 1, "foreground": True}, "needs channels=3, received 1"),
        ({"zoom": (1.2, 0.8)}, "`zoom` must be"),
        ({"zoom": (1.0,)}, "`zoom` must be"),
        ({"convolutions": 0}, "`convolutions` must be"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ImageAdapter(**options)


def test_a_page_asks_for_grey_pictures_by_drawing() -> None:
    assert ImageAdapter(size=8, channels=1).inputs == ("drawing", "camera")
    assert ImageAdapter(size=8, foreground=True).inputs == ("camera",)
    assert ImageAdapter.suffixes[0] == ".png"  # which `write` takes


def test_pixels_are_those_that_are_drawn() -> None:
    adapter = ImageAdapter(size=8, foreground=True)
    sample = np.zeros((8, 8, 4), np.float32)
    sample[2:5, 2:5] = (1, 0.5, 0, 1)
    pixels = adapter.pixels(sample)
    assert pixels.shape == (8, 8, 3) and pixels.dtype == np.uint8
    assert pixels[3, 3].tolist() == [255, 128, 0] and pixels[0, 0].tolist() == [236] * 3
