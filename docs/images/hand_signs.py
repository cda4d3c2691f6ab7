"""Plot docs/images/hand_signs.png: drawn hands, what the packaged bridge takes them for, and what it answers.

python docs/images/hand_signs.py

The first two hands of each sign are shown, whatever the bridge makes of them.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from bridgeae import LinkedAutoencoder
from bridgeae_images import ImageAdapter

PATH = Path(__file__).with_name("hand_signs.png")
SIGNS, EACH, DRAWS, SEED = 6, 2, 4, 2
GREY, RED = "#808890", "#dc4450"  # both read on white and on black


def main() -> None:
    bridge = LinkedAutoencoder.load("hand-signs")
    hands = ImageAdapter(size=64, channels=3, foreground=True).read(f"drawn:hands?n={SIGNS * EACH}&seed={SEED}")
    reading = bridge.reading(hands, draws=DRAWS, seed=0)
    assert reading.draws is not None and reading.confidence is not None and reading.encoding.predicted is not None
    across = 2 + DRAWS
    figure = plt.figure(figsize=(12, 6.6), dpi=110)
    grid = figure.subplots(SIGNS, EACH * across, gridspec_kw={"wspace": 0.06, "hspace": 0.45})
    for k, (label, read, trust) in enumerate(
        zip(hands.known_labels(), reading.encoding.predicted, reading.confidence, strict=True)
    ):
        axes = grid[label, (k // SIGNS) * across :][:across]
        axes[0].imshow(np.clip(hands.x[k], 0, 1))
        axes[0].set_title(f"shows {label}", fontsize=9, color=GREY)
        axes[1].set_title(f"read as {read}", fontsize=9, color=GREY if read == label else RED)
        axes[2].set_title(f"confidence {trust:.2f}", fontsize=9, loc="left", color=GREY)
        for ax, digit in zip(axes[1:], [reading.fixed[k], *reading.draws[k]], strict=True):
            ax.imshow(digit[..., 0], cmap="gray", vmin=0, vmax=1)
        for ax in axes:
            ax.set_axis_off()
    figure.savefig(PATH, bbox_inches="tight", pad_inches=0.08, transparent=True)


if __name__ == "__main__":
    main()
