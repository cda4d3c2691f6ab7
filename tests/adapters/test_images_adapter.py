import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bridgeae.errors import InputError
from bridgeae.protocols import Adapter
from bridgeae_images import ImageAdapter
from bridgeae_images.foreground import object_box

GREY, COLOUR = ImageAdapter(size=28, channels=1), ImageAdapter(size=64, flip=True)
CUT_OUT = ImageAdapter(size=64, foreground=True, flip=True)
ADAPTERS = pytest.mark.parametrize(
    "adapter",
    [GREY, COLOUR, CUT_OUT, ImageAdapter(size=33, convolutions=1), ImageAdapter(size=8)],
    ids=lambda a: str(a.sample_shape),
)


def samples(adapter, n=3, seed=0):
    return np.random.default_rng(seed).random((n, *adapter.sample_shape), np.float32)


@ADAPTERS
def test_is_an_adapter(adapter):
    assert isinstance(adapter, Adapter)


@ADAPTERS
def test_networks_have_the_latent_and_the_sample_shape(adapter):
    encoder, decoder = adapter.networks((5,))
    x = samples(adapter)
    z = encoder(x)
    assert z.shape == (3, 5)
    back = np.asarray(decoder(z))
    assert back.shape == x.shape
    assert 0 <= back.min() <= back.max() <= 1


@pytest.mark.parametrize("shape", [(), (4, 2), (None, 3), (0,)])
def test_networks_refuse_latents_that_are_no_vectors(shape):
    with pytest.raises(InputError, match="`latent_shape` must be"):
        GREY.networks(shape)


@ADAPTERS
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_augment_depends_on_the_generator_alone(adapter, seed):
    x = samples(adapter, seed=seed)
    before = x.copy()
    first, second = (adapter.augment(x, np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(x, before)
    assert first.shape == x.shape
    assert first.dtype == np.float32
    assert -1e-6 <= first.min() <= first.max() <= 1 + 1e-6
    assert not np.allclose(first, x)


def test_augment_changes_each_image_differently():
    x = np.repeat(samples(COLOUR, 1), 2, 0)
    a, b = COLOUR.augment(x, np.random.default_rng(0))
    assert not np.allclose(a, b)


def test_augment_keeps_colours_inside_the_mask():
    x = CUT_OUT.read("drawn:hands?n=6").x
    changed = CUT_OUT.augment(x, np.random.default_rng(0))
    assert (changed[..., :3].max(-1) <= changed[..., 3] + 1e-6).all()


def test_views_centre_a_cut_out_object_at_three_sizes_and_mirror_it():
    x = np.zeros((2, 64, 64, 4), np.float32)
    x[0, 10:50, 5:30] = x[1, 40:50, 40:60] = 1
    views = CUT_OUT.views(x)
    assert views.shape == (6, *x.shape)
    np.testing.assert_array_equal(views[3:], views[:3, :, :, ::-1])
    for view, fill in zip(views, (0.4, 0.5, 0.6), strict=False):
        boxes = np.array([object_box(mask) for mask in view[..., -1]]) / 64
        np.testing.assert_allclose(np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]), fill, atol=0.04)
        np.testing.assert_allclose(boxes[:, :2] + boxes[:, 2:], 1, atol=0.04)


def test_views_of_whole_images_are_the_images_or_softer_ones():
    x = samples(GREY)
    np.testing.assert_array_equal(GREY.views(x), x[None])
    x = samples(CUT_OUT)
    x[..., -1] = 1
    view = CUT_OUT.views(x)[1]
    np.testing.assert_allclose(view[..., -1], 1, atol=1e-5)
    np.testing.assert_allclose(view.mean((1, 2)), x.mean((1, 2)), atol=0.02)
    assert np.abs(np.diff(view, axis=1)).sum() < 0.9 * np.abs(np.diff(x, axis=1)).sum()


@ADAPTERS
def test_written_images_are_read_back(adapter, tmp_path):
    x = samples(adapter)
    if adapter.foreground:
        x[..., :3] *= x[..., 3:]
    adapter.write(x, tmp_path / "photos")
    np.testing.assert_allclose(adapter.read(tmp_path / "photos").x, x, atol=0.01)
    adapter.write(x[:1], tmp_path / "one.png")
    np.testing.assert_allclose(adapter.read(tmp_path / "one.png").x, x[:1], atol=0.01)


def test_a_sample_with_a_whole_mask_is_read_back_as_it_is(tmp_path):
    x = CUT_OUT.read("drawn:hands?n=1").x
    x = np.concatenate([np.where(x[..., 3:], x[..., :3], 0.8), np.ones_like(x[..., 3:])], -1)
    CUT_OUT.write(x, tmp_path / "whole.png")
    np.testing.assert_allclose(CUT_OUT.read(tmp_path / "whole.png").x, x, atol=0.01)


def test_several_images_make_a_contact_sheet(tmp_path):
    GREY.write(samples(GREY, 5), tmp_path / "sheet.png")
    assert Image.open(tmp_path / "sheet.png").size == (3 * 88 + 4, 2 * 88 + 4)


def test_write_refuses_other_shapes_and_formats(tmp_path):
    with pytest.raises(InputError, match=r"`x` must have shape \(n, 28, 28, 1\)"):
        GREY.write(samples(COLOUR), tmp_path / "a.png")
    with pytest.raises(InputError, match=r"must end in \.png"):
        GREY.write(samples(GREY), tmp_path / "a.jpg")


@ADAPTERS
def test_draws_a_sample_into_axes(adapter):
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    adapter.draw(samples(adapter)[0], axes)
    assert axes.images[0].get_array().shape == (adapter.size, adapter.size, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 4}, "`size` must be at least 8"),
        ({"channels": 2}, "`channels` 1 or 3"),
        ({"channels": 1, "foreground": True}, "needs channels=3"),
        ({"zoom": (1.2, 0.8)}, "`zoom` must be"),
        ({"convolutions": 0}, "`convolutions` must be"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        ImageAdapter(**options)
