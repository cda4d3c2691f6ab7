"""The adapter that carries images between files and bridgeae."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image

from bridgeae import Domain
from bridgeae.errors import InputError
from bridgeae.protocols import Shape
from bridgeae_images import augment, drawings, networks, sources
from bridgeae_images.foreground import object_box
from bridgeae_images.photo import cut_out, square

_FILLS = (0.4, 0.5, 0.6)  # shares of the image that an object takes in the views
_SOFT = 0.008  # blur of the views, in sides: in sharper photos of strangers a knuckle at the edge passes for a finger
_CENTRED = (0.55, 0.9)  # the same in training, before `zoom`
_BEND = 0.05  # standard deviation of the elastic displacements of cut-out objects, in half sizes


class ImageAdapter:
    """Read, write, draw and augment square images, and build networks for them.

    Args:
        size: side of a sample in pixels, at least 8.
        channels: 1 for grey, 3 for colour.
        foreground: cut an object out of a plain background and add its mask as one more channel; where no object stands
            out the whole picture is used, with a mask of ones, and a warning says so. A picture that is transparent in
            part has been cut out already.
        flip: whether `augment` and `views` may mirror images.
        rotation: largest angle of `augment` either way, degrees.
        zoom: smallest and largest magnification of `augment`.
        convolutions: how many the encoder has each time it halves a map; 1 is light, 2 recognises better.

    Raises:
        InputError: an option is out of range.

    Example:
        >>> domain = ImageAdapter(size=28, channels=1).read("sklearn:digits?half=test&classes=0-5")
        >>> domain.x.shape
        (196, 28, 28, 1)
    """

    name: ClassVar[str] = "images"
    noun: ClassVar[str] = "images"

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
            raise InputError("`foreground` is told from the background by its colour: it needs channels=3.")
        if len(zoom) != 2 or not 0 < zoom[0] <= zoom[1]:
            raise InputError(f"`zoom` must be the smallest and the largest magnification, received {zoom}.")
        self.size, self.channels, self.foreground = size, channels, foreground
        if convolutions < 1:
            raise InputError(f"`convolutions` must be at least 1, received {convolutions}.")
        self.flip, self.rotation, self.zoom, self.convolutions = flip, rotation, tuple(zoom), convolutions

    @property
    def sample_shape(self) -> tuple[int, int, int]:
        """Shape of one sample."""
        return self.size, self.size, self.channels + self.foreground

    def read(self, path: str | Path) -> Domain:
        """Read images.

        Args:
            path: one picture; a folder or .zip of pictures, in a folder per class or flat; Keras' `mnist.npz`; a SIGNS
                .h5 file; or a set by name: "keras:mnist", "sklearn:digits", "drawn:hands". Options may follow a
                question mark: "mnist.npz?half=test&classes=0-5&n=1000&seed=1" (half: train, test or all;
                repeat=3: everything three times, which makes a pass over few samples longer).

        Returns:
            Domain with x (n, size, size, channels) float32 in [0, 1]; with `foreground` the colours are those of the
            object, black around it, and the last channel is its mask. Labels are the classes, whole numbers where all
            are; groups are the file names of pictures.

        Raises:
            MissingFileError: nothing is there, it may not be read, or it cannot be downloaded.
            FileFormatError: it is damaged, holds no images, or not one label for each.
            InputError: an option behind the question mark is unknown, out of range, or leaves no sample.
        """
        query = sources.parse(path)
        found = sources.find(query)
        index = sources.choose(found, query)
        x, missed = np.empty((len(index), *self.sample_shape), np.float32), 0
        for k, image in enumerate(sources.pictures(found, index, self.size)):
            x[k], whole = self._sample(image)
            missed += not whole
        if missed:
            warnings.warn(
                f"{query.where}: no object stands out from a plain background in {missed} of {len(index)} pictures; "
                "these are used whole.",
                stacklevel=2,
            )
        pick = lambda column: None if column is None else column[index]  # noqa: E731
        return Domain(x, pick(found.labels), pick(found.names))

    def _sample(self, image: Image.Image) -> tuple[np.ndarray, bool]:
        return cut_out(image, self.size) if self.foreground else (square(image, self.size, self.channels), True)

    def write(self, x: np.ndarray, path: str | Path) -> None:
        """Write images as PNG.

        Args:
            x: (n, size, size, channels) float in [0, 1], clipped to it; a foreground's mask becomes transparency.
            path: a file name ending in .png for one image, or for several side by side as a contact sheet; a name
                without an ending is a folder that gets 0000.png, 0001.png and so on.

        Raises:
            InputError: the samples have another shape, or `path` another ending.
        """
        drawings.write(self._checked(x), Path(path))

    def draw(self, sample: np.ndarray, axes: Any) -> None:
        """Show one image (size, size, channels) in a matplotlib Axes; what is cut out lies on light grey."""
        axes.imshow(drawings.opaque(self._checked(sample[None])[0]), interpolation="bilinear")
        axes.set_axis_off()

    def networks(self, latent_shape: Shape) -> tuple[Any, Any]:
        """Build a convolutional (encoder, decoder), untrained, for latents of shape (length,)."""
        if len(latent_shape) != 1 or not latent_shape[0] or latent_shape[0] < 1:
            raise InputError(f"`latent_shape` must be (length,) for images, received {tuple(latent_shape)}.")
        return networks.build(self.sample_shape, latent_shape[0], self.convolutions)

    def augment(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Change each image at random: shift, shear, zoom, rotate, mirror; then light, contrast, tint and tone.

        A cut-out object is also bent, and sharpened, blurred, outlined or left without texture inside its mask; half of
        them are centred first, as `views` will show them.

        Args:
            x: (n, size, size, channels) float32 in [0, 1].
            rng: the same state gives the same images.
        """
        maps = augment.affine(len(x), rng, rotation=self.rotation, zoom=self.zoom, flip=self.flip)
        if not self.foreground:
            return augment.relight(augment.warp(x, maps), rng)
        some = np.flatnonzero(rng.random(len(x)) < 0.5)
        fill = rng.uniform(*_CENTRED, len(some))
        maps[some] = augment.compose(maps[some], self._centred(x[some], fill))
        bend = rng.normal(0, _BEND, (len(x), 2, 5, 5))
        return augment.retouch(augment.warp(x, maps, around="constant", bend=bend), rng)

    def views(self, x: np.ndarray) -> np.ndarray:
        """Return looks at the same images (v, n, size, size, channels) over which encodings may be averaged.

        A cut-out object is centred, softened a little and shown at three sizes, without regard to a limb that leads to
        it; `flip` adds mirrored looks.
        """
        looks = [x]
        if self.foreground:
            framed = [self._centred(x, np.full(len(x), fill)) for fill in _FILLS]
            looks = [augment.soften(augment.warp(x, maps, around="constant"), _SOFT) for maps in framed]
        if self.flip:
            looks += [look[:, :, ::-1] for look in looks]
        return np.stack(looks)

    def _centred(self, x: np.ndarray, fill: np.ndarray) -> np.ndarray:
        """Return maps (n, 2, 3) that centre each object at its share `fill` of the image; whole images stay put."""
        boxes = np.array([object_box(mask) for mask in x[..., -1]], float).reshape(-1, 4)
        whole = (boxes == (0, 0, self.size, self.size)).all(1)
        return np.where(whole[:, None, None], np.eye(2, 3), augment.framing(boxes, self.size, fill))

    def _checked(self, x: np.ndarray) -> np.ndarray:
        """Check samples and return them as bytes."""
        if np.shape(x)[1:] != self.sample_shape or not len(x):
            raise InputError(
                f"`x` must have shape (n, {', '.join(map(str, self.sample_shape))}), received {np.shape(x)}."
            )
        return np.round(np.clip(np.nan_to_num(np.asarray(x)), 0, 1) * 255).astype(np.uint8)
