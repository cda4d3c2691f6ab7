"""The JavaScript of the adapter reads pictures as the adapter does."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bridgeae.registry import adapter_options
from bridgeae_images import ImageAdapter
from bridgeae_images.hands import synthetic_hand
from browser import CHROMIUM, Tab, browser
from served import static_site

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]
HANDS = ImageAdapter(size=64, foreground=True, flip=True)
KINDS: dict[str, Any] = {
    "hand.png": {"size": 100},
    "large.png": {"size": 701},
    "photo.jpg": {"size": 1100, "quality": 90},
    "turned.jpg": {"size": 640, "quality": 90, "turn": 6},
    "wide.jpg": {"size": 300, "quality": 90, "wide": 170},
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tab, Path]]:
    folder = tmp_path_factory.mktemp("site")
    for name, text in HANDS.browser_modules().items():
        (folder / name).write_text(text)
    (folder / "index.html").write_text('<!doctype html><html data-ready="yes"><meta charset="utf-8">')
    rng = np.random.default_rng(3)
    for sign, (name, options) in enumerate(KINDS.items()):
        hand = Image.fromarray(synthetic_hand(sign, options["size"], rng))
        if "wide" in options:
            hand = hand.crop((0, 0, options["size"], options["wide"]))
        exif = hand.getexif()
        exif[0x0112] = options.get("turn", 1)
        hand.save(folder / name, quality=options.get("quality"), exif=exif)
    Image.fromarray(rng.integers(0, 256, (90, 90, 3), np.uint8)).save(folder / "noise.png")
    see_through = Image.fromarray(synthetic_hand(2, 80, rng)).convert("RGBA")
    see_through.putalpha(Image.fromarray(np.pad(np.full((40, 40), 255, np.uint8), 20)))
    see_through.save(folder / "masked.png")
    with static_site(folder) as url, browser(tmp_path_factory.mktemp("profile")) as chromium:
        yield Tab(chromium, url), folder


def read(tab: Tab, adapter: ImageAdapter, name: str) -> dict[str, Any]:
    return tab.run(
        f"""(async () => {{
          const {{ adapter }} = await import("./adapter.js"), it = adapter({json.dumps(adapter_options(adapter))});
          const {{ x, notes }} = await it.read(new File([await (await fetch("{name}")).blob()], "{name}"));
          return {{ x: Array.from(x), views: it.views(x).map(v => Array.from(v)), notes, picture: it.picture(x).src }}
        }})()"""
    )


@pytest.mark.parametrize(("name", "most"), [("hand.png", 1e-5), ("large.png", 0.02), ("masked.png", 0.02)])
def test_a_cut_out_is_that_of_the_adapter(site: tuple[Tab, Path], name: str, most: float) -> None:
    made, wanted = read(site[0], HANDS, name), HANDS.read(site[1] / name).x
    np.testing.assert_allclose(made["x"], wanted.ravel(), atol=most)
    np.testing.assert_allclose(np.ravel(made["views"]), HANDS.views(wanted).ravel(), atol=2 * most)
    assert made["notes"] == [] and made["picture"].startswith("data:image/png")


@pytest.mark.parametrize("name", ["photo.jpg", "turned.jpg", "wide.jpg"])
def test_a_jpeg_is_nearly_that_of_the_adapter(site: tuple[Tab, Path], name: str) -> None:
    """Pillow decodes it at a fraction of its size, which a browser cannot; means of its pixels stand for that."""
    gap = np.abs(np.array(read(site[0], HANDS, name)["x"]) - HANDS.read(site[1] / name).x.ravel())
    assert gap.mean() < 0.003 and np.quantile(gap, 0.99) < 0.03


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", ["hand.png", "masked.png", "turned.jpg"])
def test_a_whole_picture_is_that_of_the_adapter(site: tuple[Tab, Path], name: str, channels: int) -> None:
    adapter = ImageAdapter(size=28, channels=channels)
    made, wanted = read(site[0], adapter, name), adapter.read(site[1] / name).x
    np.testing.assert_allclose(made["x"], wanted.ravel(), atol=0.02)
    np.testing.assert_allclose(np.ravel(made["views"]), np.array(made["x"]))


def test_a_picture_without_an_object_is_used_whole_with_a_note(site: tuple[Tab, Path]) -> None:
    made = read(site[0], HANDS, "noise.png")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = HANDS.read(site[1] / "noise.png").x
    np.testing.assert_allclose(made["x"], wanted.ravel(), atol=0.005)
    assert "no object stands out" in made["notes"][0]


def test_what_is_no_picture_is_told(site: tuple[Tab, Path]) -> None:
    script = """(async () => {
      const { adapter } = await import("./adapter.js"), it = adapter({ size: 8, channels: 1 });
      try { await it.read(new File(["no"], "a.png")); } catch (error) { return error.message } })()"""
    assert site[0].run(script) == "a.png is not a picture that this browser reads. Save it as PNG or JPEG."
