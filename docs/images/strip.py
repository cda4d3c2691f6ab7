"""Plot docs/images/strip.png, the picture of the README: hands and their digits, a genome and its segments.

python docs/images/strip.py

The hands are drawn and the tumour is simulated: no data of anybody is in the picture.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import SubFigure
from PIL import Image

from bridgeae import LinkedAutoencoder
from bridgeae_copynumber import Profile, segment
from bridgeae_copynumber.training import chromosome_bins, simulate_array
from bridgeae_images import ImageAdapter

PATH = Path(__file__).with_name("strip.png")
HANDS, SIGNS, DRAWS = 60, (5, 2, 3, 4), 4
MEGABASES, COLOURS, LEVEL = 0.5, {"gain": "#c44e1d", "loss": "#1f77b4", "even": "#222222"}, 0.15


def show_hands(part: SubFigure, seed: int = 7) -> None:
    """Show a hand a row: the largest drawing of each sign, and draws of its digit."""
    bridge = LinkedAutoencoder.load("hand-signs")
    hands = ImageAdapter(size=64, channels=3, foreground=True).read(f"drawn:hands?n={HANDS}&seed={seed}")
    area = (hands.x.min(-1) < 0.85).mean((1, 2))  # the background is light
    x = np.stack([hands.x[np.where(hands.labels == sign, area, 0).argmax()] for sign in SIGNS])
    digits = bridge.translate(x, draws=DRAWS, seed=0)
    for row, axes in enumerate(part.subplots(len(SIGNS), DRAWS + 1)):
        axes[0].imshow(np.clip(x[row], 0, 1))
        for ax, digit in zip(axes[1:], digits[row], strict=True):
            ax.imshow(digit[..., 0], cmap="gray", vmin=0, vmax=1)
        for ax in axes:
            ax.set_axis_off()


def show_genome(part: SubFigure, seed: int = 4) -> None:
    """Show a simulated tumour: bins as points, segments as lines."""
    bins = chromosome_bins(MEGABASES)[:22]
    size = int(MEGABASES * 1e6)
    start = np.concatenate([np.arange(n) for n in bins]) * size
    drawn = simulate_array(np.random.default_rng(seed), bins, purity=0.8)
    names = np.repeat([f"chr{k}" for k in range(1, 23)], bins)
    profile = Profile("tumour", names, start, start + size, drawn.log2)
    ax = part.subplots()
    ax.plot(profile.log2, ".", color="0.75", ms=1.5, rasterized=True)
    at = dict(zip(zip(profile.chrom.tolist(), profile.start.tolist(), strict=True), range(len(profile)), strict=True))
    found = segment(profile)
    for chrom, begin, count, mean in zip(found.chrom, found.start, found.n_bins, found.mean, strict=True):
        first = at[chrom, int(begin)]
        colour = COLOURS["gain" if mean > LEVEL else "loss" if mean < -LEVEL else "even"]
        ax.plot([first, first + count], [mean, mean], color=colour, lw=2.5, solid_capstyle="butt")
    for edge in np.cumsum(bins)[:-1]:
        ax.axvline(edge, color="0.9", lw=0.6, zorder=0)
    ax.set(xlim=(0, len(profile)), ylim=(-2, 2), ylabel="log2 ratio", xlabel="chromosomes 1 to 22")
    ax.set_xticks([])
    ax.spines[["top", "right"]].set_visible(False)


def main() -> None:
    figure = plt.figure(figsize=(12, 3.4), dpi=133, layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 1.9])
    show_hands(left)
    show_genome(right)
    figure.savefig(PATH)
    with Image.open(PATH) as picture:
        picture.convert("RGB").quantize(128).save(PATH, optimize=True)


if __name__ == "__main__":
    main()
