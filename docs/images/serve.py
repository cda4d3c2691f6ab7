"""Show docs/images/serve.png: the page of `bridgeae serve` with a drawn hand.

python docs/images/serve.py [MODEL]

MODEL is a bridge that reads photos of hands; the packaged one where it is left out. Needs Chromium.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from bridgeae import LinkedAutoencoder
from bridgeae.serve import BridgePage, PageServer
from bridgeae_images.hands import synthetic_hand

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))
from browser import Tab, browser  # noqa: E402

SIGNS, WIDTH, HEIGHT = (5, 1, 2, 4, 3), 1280, 1180


def hands(folder: Path, seed: int = 11) -> list[Path]:
    """Draw hands, each into a file."""
    rng = np.random.default_rng(seed)
    paths = [folder / f"hand-{sign}.png" for sign in SIGNS]
    for sign, path in zip(SIGNS, paths, strict=True):
        Image.fromarray(synthetic_hand(sign, 256, rng)).save(path)
    return paths


def main(model: str = "hand-signs") -> None:
    page = BridgePage(LinkedAutoencoder.load(model), "Hand signs")
    with TemporaryDirectory() as scratch, PageServer(page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with browser(Path(scratch, "profile")) as chromium:
            tab = Tab(chromium, server.url, WIDTH, HEIGHT)
            tab.choose("#file", *hands(Path(scratch)))
            answered = f"document.querySelectorAll('#asked button').length === {len(SIGNS)}"
            tab.wait(f"{answered} && document.querySelector('#map svg text') && document.querySelector('#moved img')")
            tab.wait("!document.body.classList.contains('busy')")
            tab.screenshot(HERE / "serve.png")
        server.shutdown()
    with Image.open(HERE / "serve.png") as picture:
        picture.convert("RGB").quantize(128).save(HERE / "serve.png", optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
