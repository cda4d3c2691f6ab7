import numpy as np
import pytest
from PIL import Image, ImageDraw

from bridgeae_images import ImageAdapter
from bridgeae_images.foreground import foreground, object_box

CUT_OUT = ImageAdapter(size=64, foreground=True)


def scene(colour, wall=(200, 200, 205), stem=True):
    """A disc with a stem that runs into the lower border, on a wall with a shadow."""
    picture = Image.new("RGB", (120, 100), wall)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((15, 15, 60, 60), tuple(int(v * 0.6) for v in wall))  # the shadow
    pen.ellipse((45, 20, 85, 60), colour)
    if stem:
        pen.rectangle((52, 50, 78, 99), colour)
    return picture


@pytest.mark.parametrize("colour", [(190, 130, 100), (60, 35, 20), (40, 90, 200), (30, 140, 50)])
def test_finds_objects_of_any_colour_and_no_shadow(colour):
    mask = foreground(np.asarray(scene(colour), np.float32) / 255)
    truth = (np.asarray(scene(colour)) == colour).all(-1)
    assert (mask[truth] > 0.5).mean() > 0.9
    assert (mask[~truth] > 0.5).mean() < 0.02


def test_box_leaves_out_the_limb():
    mask = foreground(np.asarray(scene((190, 130, 100)), np.float32) / 255)
    top, left, bottom, right = object_box(mask)
    assert abs(top - 20) <= 2
    assert abs(left - 45) <= 2
    assert abs(right - 86) <= 2
    assert 58 <= bottom <= 72


def test_box_keeps_an_object_that_touches_nothing():
    mask = foreground(np.asarray(scene((190, 130, 100), stem=False), np.float32) / 255)
    np.testing.assert_allclose(object_box(mask), (20, 45, 61, 86), atol=2)


@pytest.mark.parametrize("size", [(64, 64), (120, 100)])
@pytest.mark.parametrize(("mode", "options"), [("RGBA", {}), ("P", {"transparency": 255}), ("LA", {})])
@pytest.mark.filterwarnings("ignore:.*no object stands out")
def test_an_alpha_channel_that_is_opaque_is_no_mask(tmp_path, size, mode, options):
    photo = scene((190, 130, 100)).resize(size).quantize(100)
    photo.convert("L" if mode == "LA" else "P").save(tmp_path / "plain.png")
    photo.convert(mode).save(tmp_path / "alpha.png", **options)
    assert Image.open(tmp_path / "alpha.png").has_transparency_data
    plain, alpha = (CUT_OUT.read(tmp_path / f"{name}.png").x for name in ("plain", "alpha"))
    np.testing.assert_array_equal(alpha, plain)
    assert mode == "LA" or alpha[..., 3].mean() < 0.5


def test_a_picture_with_transparency_brings_its_own_mask(tmp_path):
    photo = scene((190, 130, 100)).convert("RGBA")
    photo.putalpha(Image.fromarray(np.pad(np.full((40, 40), 255, np.uint8), ((30, 30), (10, 70)))))
    photo.save(tmp_path / "a.png")
    mask = CUT_OUT.read(tmp_path / "a.png").x[0, ..., 3]
    assert mask.mean() == pytest.approx(0.25, abs=0.02)


def test_a_small_object_fills_half_of_the_sample_wherever_it_is(tmp_path):
    far = Image.new("RGB", (300, 240), (200, 200, 205))
    far.paste(scene((190, 130, 100), stem=False).resize((60, 50)), (200, 20))
    far.save(tmp_path / "far.png")
    mask = CUT_OUT.read(tmp_path / "far.png").x[0, ..., 3] > 0.5
    for axis in (0, 1):
        inside = np.flatnonzero(mask.any(axis))
        assert 28 <= inside[-1] + 1 - inside[0] <= 36


def test_a_large_object_is_seen_in_its_whole_square_photo(tmp_path):
    photo = scene((190, 130, 100)).crop((15, 0, 115, 100))
    photo.save(tmp_path / "a.png")
    x = CUT_OUT.read(tmp_path / "a.png").x[0]
    near = photo.crop((20, 10, 80, 70))
    near.save(tmp_path / "b.png")
    assert (CUT_OUT.read(tmp_path / "b.png").x[0, ..., 3] > 0.5).mean() > (x[..., 3] > 0.5).mean() * 1.5
    assert x[..., 3][-1].max() > 0.5


@pytest.mark.parametrize("grain", [0.0, 20.0])
def test_whole_picture_is_used_where_nothing_stands_out(tmp_path, grain):
    noise = np.random.default_rng(0).normal(0, grain, (80, 80, 3)) + 128
    Image.fromarray(noise.clip(0, 255).astype(np.uint8)).save(tmp_path / "wall.png")
    with pytest.warns(UserWarning, match="no object stands out .* in 1 of 1 pictures"):
        x = CUT_OUT.read(tmp_path / "wall.png").x
    assert (x[..., 3] == 1).all()
    np.testing.assert_allclose(x[..., :3], ImageAdapter(size=64).read(tmp_path / "wall.png").x)
