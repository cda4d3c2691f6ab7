"""The adapter between image files and bridgeae."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib import resources
from math import prod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image

from bridgeae import Domain
from bridgeae.checks import check_limit
from bridgeae.errors import InputError
from bridgeae.protocols import Shape
from bridgeae_images import augment, networks, png, sources
from bridgeae_images.foreground import object_box
from bridgeae_images.photo import FORMATS, cut_out, square
from bridgeae_images.query import choose, parse

VIEW_FILLS = (0.4, 0.5, 0.6)  # shares of the image's side that a centred object takes in `views`
VIEW_BLUR = 0.008  # standard deviation in sides; without it, a knuckle at the edge of a sharp photo looks like a finger
TRAINING_FILLS = (0.55, 0.9)  # range of the same share in `augment`, before `zoom`
CENTRED_SHARE = 0.5  # of the objects, in `augment`
BEND_STD = 0.05  # standard deviation of the elastic displacements, in half sides


class ImageAdapter:
    """Read, write, draw and augment square images, and build networks for them.

    Args:
        size: side of a sample in pixels, at least 8.
        channels: 1 for grey, 3 for colour.
        foreground: cut an object out of a plain background, and add its mask as one more channel. Where no object
            stands out, the whole picture is used with a mask of ones, and a warning says so. A picture with
            transparent parts already is cut out, and keeps its mask.
        flip: whether `augment` and `views` may mirror images.
        rotation: largest angle of `augment` in either direction, degrees.
        zoom: smallest and largest magnification of `augment`.
        convolutions: number of convolutions at each resolution of the encoder. 1 is faster, 2 classifies better.

    Raises:
        InputError: an option is out of range.

    Example:
        >>> domain = ImageAdapter(size=28, channels=1).read("sklearn:digits?half=test&classes=0-5")
        >>> domain.x.shape
        (196, 28, 28, 1)
    """

    name: ClassVar[str] = "images"
    noun: ClassVar[str] = "images"
    suffixes: ClassVar[tuple[str, ...]] = (*FORMATS, ".zip")

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        foreground: bool = False,
        flip: bool = False,
        rotation: float = 15.0,
        zoom: Sequence[float] = (0.85, 1.1),
        convolutions: int = 2,
    ) -> None:
        if size < 8 or channels not in (1, 3):
            raise InputError(f"`size` must be at least 8 and `channels` 1 or 3, received {size} and {channels}.")
        if foreground and channels != 3:
            raise InputError(f"`foreground` finds the object by its colour: it needs channels=3, received {channels}.")
        if len(zoom) != 2 or not 0 < zoom[0] <= zoom[1]:
            raise InputError(f"`zoom` must be the smallest and the largest magnification, received {zoom}.")
        if convolutions < 1:
            raise InputError(f"`convolutions` must be at least 1, received {convolutions}.")
        self.size, self.channels, self.foreground = size, channels, foreground
        self.flip, self.rotation, self.zoom, self.convolutions = flip, rotation, tuple(zoom), convolutions

    @property
    def sample_shape(self) -> tuple[int, int, int]:
        """Shape of one sample: (size, size, channels), with one channel more for the mask of `foreground`."""
        return self.size, self.size, self.channels + self.foreground

    @property
    def inputs(self) -> tuple[str, ...]:
        """Ways beside a file in which a page may ask: grey images are drawn, others come from the camera."""
        return ("drawing", "camera") if self.channels == 1 else ("camera",)

    def read(self, path: str | Path) -> Domain:
        """Read images.

        Args:
            path: one picture; a folder or .zip of pictures, flat or with a folder for each class; Keras' `mnist.npz`;
                a SIGNS .h5 file; or a named set: "keras:mnist", "keras:fashion_mnist", "keras:cifar10",
                "sklearn:digits", "drawn:hands". Options may follow a question mark:
                "mnist.npz?half=test&classes=0-5&n=1000&seed=1&repeat=3" reads up to 1000 test digits 0 to 5, chosen
                at random, three times over. `bridgeae_images.query` describes each option.

        Returns:
            Domain with x (n, size, size, channels) float32 in [0, 1]. With `foreground` the colours are those of the
            object, on black, and the last channel is its mask. Labels are the classes, as whole numbers if all are;
            names, and groups too, are the file names of pictures.

        Raises:
            MissingFileError: the file does not exist, cannot be opened, or cannot be downloaded.
            FileFormatError: the file is damaged, holds no images, or does not have one label for each image.
            InputError: an option is unknown, out of range, or keeps no sample.
        """
        query = parse(path)
        pictures = sources.find(query)
        index = choose(pictures, query)
        asked = 4 * len(index) * prod(self.sample_shape)
        check_limit("memory_bytes", asked, f"`path` has {len(index):,} samples of this `size`", error=InputError)
        x, whole = np.empty((len(index), *self.sample_shape), np.float32), 0
        for k, picture in enumerate(sources.opened(pictures, index, self.size)):
            x[k], found = self._to_sample(picture)
            whole += not found
        if whole:
            warnings.warn(
                f"{query.place}: no object stands out from a plain background in {whole} of {len(index)} pictures; "
                "these are used whole.",
                stacklevel=2,
            )
        labels = None if pictures.labels is None else pictures.labels[index]
        names = None if pictures.names is None else pictures.names[index]
        return Domain(x, labels, groups=names, names=names)

    def _to_sample(self, picture: Image.Image) -> tuple[np.ndarray, bool]:
        """Return a sample, and False if `foreground` found no object in the picture."""
        return cut_out(picture, self.size) if self.foreground else (square(picture, self.size, self.channels), True)

    def write(self, x: np.ndarray, path: str | Path) -> None:
        """Write images as PNG.

        Args:
            x: (n, size, size, channels) float, clipped to [0, 1]; the mask of a `foreground` becomes transparency.
            path: a file name that ends in .png, for one image or a contact sheet of several; or a folder, a name
                without an ending, for 0000.png, 0001.png and so on.

        Raises:
            InputError: the samples have another shape, or `path` has another ending.
        """
        png.write(self._as_bytes(x), Path(path))

    def pixels(self, sample: np.ndarray) -> np.ndarray:
        """Return one image (size, size, channels) as pixels (size, size, 3) uint8; see `draw`."""
        return png.to_rgb(self._as_bytes(sample[None])[0])

    def draw(self, sample: np.ndarray, axes: Any) -> None:
        """Show one image (size, size, channels) in a matplotlib Axes; a cut-out object is put on light grey."""
        axes.imshow(self.pixels(sample), interpolation="bilinear")
        axes.set_axis_off()

    def browser_modules(self) -> dict[str, str]:
        """Return the JavaScript that reads and shows images on a page without a server; see `bridgeae.serve`."""
        folder = resources.files(__package__) / "browser"
        return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".js")}

    def networks(self, latent_shape: Shape) -> tuple[Any, Any]:
        """Build a convolutional (encoder, decoder), untrained, for latents of shape (length,)."""
        if len(latent_shape) != 1 or not latent_shape[0] or latent_shape[0] < 1:
            raise InputError(f"`latent_shape` must be (length,) for images, received {tuple(latent_shape)}.")
        return networks.build(self.sample_shape, latent_shape[0], self.convolutions)

    def augment(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return randomly changed copies of images.

        Each image is shifted, sheared, zoomed, rotated and mirrored; then brightness, contrast, tint and tone change.
        A cut-out object is also bent; inside its mask it is sharpened or blurred, gets a dark outline, or loses its
        texture. Half of the objects are centred first, as `views` shows them.

        Args:
            x: (n, size, size, channels) float32 in [0, 1].
            rng: source of randomness; the same state gives the same images.

        Returns:
            (n, size, size, channels) float32 in [0, 1].
        """
        maps = augment.sample_affine(len(x), rng, rotation=self.rotation, zoom=self.zoom, flip=self.flip)
        if not self.foreground:
            return augment.jitter_colour(augment.warp(x, maps), rng)
        centred = np.flatnonzero(rng.random(len(x)) < CENTRED_SHARE)
        fill = rng.uniform(*TRAINING_FILLS, len(centred))
        maps[centred] = augment.compose(maps[centred], self._centring_maps(x[centred], [fill])[0])
        bend = rng.normal(0, BEND_STD, (len(x), 2, 5, 5))
        return augment.jitter_cut_out(augment.warp(x, maps, padding="constant", bend=bend), rng)

    def views(self, x: np.ndarray) -> np.ndarray:
        """Return several views (v, n, size, size, channels) of the same images, whose encodings may be averaged.

        A cut-out object is centred by its body, without the limb that leads to it, slightly blurred, and shown at three
        sizes. `flip` adds the mirror image of each view.
        """
        shown = len(VIEW_FILLS) if self.foreground else 1
        views = np.empty((shown * (1 + self.flip), *x.shape), np.float32)
        if not self.foreground:
            views[0] = x
        else:
            for view, maps in zip(views, self._centring_maps(x, VIEW_FILLS), strict=False):
                view[:] = augment.blur(augment.warp(x, maps, padding="constant"), VIEW_BLUR)
        if self.flip:
            views[shown:] = views[:shown, :, :, ::-1]
        return views

    def _centring_maps(self, x: np.ndarray, fills: Sequence[float | np.ndarray]) -> np.ndarray:
        """Return maps (k, n, 2, 3) that centre each object at k shares of the image's side, each one or (n,).

        An image without an object, whose mask is full or empty, is left as it is.
        """
        boxes = np.array([object_box(mask) for mask in x[..., -1]], float).reshape(-1, 4)
        whole = (boxes == (0, 0, self.size, self.size)).all(1)
        maps = np.stack([augment.centring_maps(boxes, self.size, fill) for fill in fills])
        return np.where(whole[:, None, None], np.eye(2, 3), maps)

    def _as_bytes(self, x: np.ndarray) -> np.ndarray:
        """Return samples as uint8; raise if they have another shape."""
        if np.shape(x)[1:] != self.sample_shape or not len(x):
            raise InputError(
                f"`x` must have shape (n, {', '.join(map(str, self.sample_shape))}), received {np.shape(x)}."
            )
        return np.round(np.clip(np.nan_to_num(np.asarray(x)), 0, 1) * 255).astype(np.uint8)
