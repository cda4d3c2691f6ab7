"""Plot the steps of the hand-sign tutorial, of hands that a program draws and of scikit-learn's digits.

bridgeae fit examples/mnist_signs/run.yaml --data DIR --out runs/hand_signs
python docs/images/hand_signs_steps.py runs/hand_signs/model
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw
from sklearn.datasets import load_digits

from bridgeae import Autoencoder, Domain, LinkedAutoencoder
from bridgeae.networks import dense_networks
from bridgeae_images.hands import synthetic_hand

HERE = Path(__file__).parent
GREY = "#808890"  # reads on white and on black
SHOWN = 8


def grid(rows: Sequence[tuple[str, Sequence[np.ndarray]]], name: str, captions: Sequence[str] = ()) -> None:
    """Plot rows of images, each row with a title, on a transparent ground."""
    columns = max(len(images) for _, images in rows)
    figure = Figure(figsize=(columns + 1.6, len(rows) * 1.08 + 0.25 * bool(captions)), dpi=72)
    axes = figure.subplots(len(rows), columns, squeeze=False)
    figure.subplots_adjust(1.6 / (columns + 1.6), 0, 1, 1 - 0.25 * bool(captions) / figure.get_figheight(), 0.06, 0.06)
    for row, (title, images) in zip(axes, rows, strict=True):
        for ax in row:
            ax.set_axis_off()
        for ax, image in zip(row, images, strict=False):
            ax.imshow(np.clip(image, 0, 1).squeeze(), cmap="gray", vmin=0, vmax=1, interpolation="bilinear")
        box = row[0].get_position()
        figure.text(0, (box.y0 + box.y1) / 2, title, color=GREY, va="center", fontsize=10)
    for ax, caption in zip(axes[0], captions, strict=False):
        ax.set_title(caption, color=GREY, fontsize=10, pad=3)
    save(figure, name)


def save(figure: Figure, name: str) -> None:
    """Write a picture of few colours, in which a page loads fast."""
    path = HERE / f"step_{name}.png"
    figure.savefig(path, transparent=True)
    Image.open(path).quantize(200, method=Image.Quantize.FASTOCTREE).save(path, optimize=True)


def rgb(x: np.ndarray) -> np.ndarray:
    """Return hands without their mask, on light grey."""
    if x.shape[-1] == 4:
        return x[..., :3] * x[..., 3:] + 0.92 * (1 - x[..., 3:])
    return x


def photos(bridge: LinkedAutoencoder) -> Domain:
    """Return new hands, six of each sign in turn."""
    found = bridge.source.adapter.read("drawn:hands?n=240&seed=7")
    order = np.argsort(np.tile(np.arange(40), 6)[np.argsort(np.argsort(found.labels, kind="stable"))], kind="stable")
    return found.select(order)


def denoise(digits: Domain) -> None:
    """Plot digits, the same with noise, and what a denoising autoencoder makes of them."""

    def noisy(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return x + rng.normal(scale=0.3, size=x.shape).astype(np.float32)

    train, test = digits.split(0.8, seed=0)
    side = Autoencoder(*dense_networks((8, 8), (24,)), corrupt=noisy).fit(train, epochs=60)
    x = test.x[:SHOWN]
    bad = noisy(x, np.random.default_rng(0))
    grid([("digit", x), ("with noise", bad), ("denoised", side.decode(side.encode(bad)))], "3_denoised")


def manifold(digits: Domain) -> None:
    """Plot the latents of a variational autoencoder of two dimensions, and the digits that a walk over them decodes."""
    train, test = digits.split(0.8, seed=0)
    encoder, decoder = dense_networks((8, 8), (2,))
    side = Autoencoder(encoder, decoder, variational=0.02, classifier="joint", classifier_weight=0.1)
    side.fit(train, epochs=80)
    z = side.encode(test.x)
    figure = Figure(figsize=(9.6, 4.4), dpi=72)
    left, right = figure.subplots(1, 2)
    figure.subplots_adjust(0.05, 0.07, 0.99, 0.99, 0.08)
    for c in range(10):
        points = z[test.labels == c]
        left.scatter(*points.T, s=14, marker="os^Dv*PXph"[c], label=str(c), linewidths=0)
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "boxstyle": "circle,pad=0.15"}
        left.text(*np.median(points, 0), str(c), weight="bold", fontsize=11, ha="center", va="center", bbox=box)
    left.tick_params(colors=GREY, labelsize=8)
    left.spines[:].set_color(GREY)
    left.patch.set_alpha(0)
    low, high = np.quantile(z, 0.03, axis=0), np.quantile(z, 0.97, axis=0)
    left.set(xlim=np.quantile(z[:, 0], [0.01, 0.99]), ylim=np.quantile(z[:, 1], [0.01, 0.99]))
    steps = 13
    points = np.stack(np.meshgrid(np.linspace(low[0], high[0], steps), np.linspace(high[1], low[1], steps)), -1)
    tiles = side.decode(points.reshape(-1, 2).astype(np.float32)).reshape(steps, steps, 8, 8)
    right.imshow(tiles.swapaxes(1, 2).reshape(steps * 8, -1), cmap="gray", vmin=0, vmax=1, interpolation="bilinear")
    right.set_axis_off()
    save(figure, "4_manifold")


def own_photo(bridge: LinkedAutoencoder) -> None:
    """Plot two large pictures, of a hand and of a house: what is cut out, and the answer if it is trusted."""
    house = Image.new("RGB", (240, 240), (222, 224, 226))
    pen = ImageDraw.Draw(house)
    pen.rectangle((60, 110, 180, 200), fill=(150, 60, 50))
    pen.polygon(((45, 110), (120, 45), (195, 110)), fill=(60, 60, 80))
    hand = Image.fromarray(synthetic_hand(5, 240, np.random.default_rng(2))[..., :3])
    figure = Figure(figsize=(7.2, 4.6), dpi=72)
    with TemporaryDirectory() as folder:
        for k, (name, picture) in enumerate((("a hand", hand), ("a house", house))):
            picture.save(path := Path(folder) / "picture.png")
            x = bridge.source.adapter.read(str(path)).x
            made, sure = bridge.translate(x, return_confidence=True)
            trusted = sure[0] >= 0.5
            verdict = "trusted" if trusted else "not trusted, no answer"
            figure.text(0.01, 0.95 - 0.5 * k, f"{name}: confidence {sure[0]:.2f}, {verdict}", color=GREY, fontsize=11)
            images = [np.asarray(picture) / 255, rgb(x[0]), *made[: int(trusted)]]
            for j, image in enumerate(images):
                ax = figure.add_axes((0.01 + 0.28 * j, 0.5 - 0.5 * k, 0.27, 0.43))
                ax.imshow(np.clip(image, 0, 1).squeeze(), cmap="gray", vmin=0, vmax=1, interpolation="bilinear")
                ax.set_axis_off()
    save(figure, "6_own_photo")


def main(folder: str) -> None:
    """Plot all steps."""
    bridge = LinkedAutoencoder.load(folder, runtime="keras")
    hands, rng = photos(bridge), np.random.default_rng(0)
    x = hands.x[:SHOWN]
    views = [rgb(bridge.source.adapter.augment(x, rng)) for _ in range(3)]
    grid([("drawn hand", rgb(x)), *((f"view {k}", view) for k, view in enumerate(views, 1))], "1_augmented")
    read = bridge.source.predict(hands.x)
    wrong = np.flatnonzero(read != hands.labels)[:SHOWN]
    print("misread:", int((read != hands.labels).sum()), "of", len(hands))
    if len(wrong):
        captions = [f"{hands.labels[k]} as {read[k]}" for k in wrong]
        grid([("misread", rgb(hands.x[wrong]))], "2_misread", captions)
    digits = load_digits()
    domain = Domain(digits.images / 16, labels=digits.target)
    denoise(domain)
    manifold(domain)
    draws = bridge.translate(x, draws=4, seed=0)
    rows = [("drawn hand", rgb(x)), ("fixed answer", bridge.translate(x))]
    grid([*rows, *((f"draw {k + 1}", draws[:, k]) for k in range(4))], "5_linked")
    own_photo(bridge)


if __name__ == "__main__":
    main(sys.argv[1])
