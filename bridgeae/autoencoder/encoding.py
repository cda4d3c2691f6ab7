"""What an autoencoder says of samples, computed in one pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from bridgeae.checks import Shape, check_counts, check_shape
from bridgeae.errors import InputError

Views = Callable[[np.ndarray], np.ndarray]
"""Returns several views (v, n, *sample) of samples (n, *sample)."""

_VALUES_AT_ONCE = 2**19  # values of the samples whose views are in memory together
PORTION = 2048  # samples encoded between two reports of progress


@dataclass(frozen=True, eq=False)
class Encoding:
    """Latents and class probabilities of samples.

    Args:
        z: (n, *latent) float32, for a classifier the mean over the adapter's views.
        plain: (n, *latent) float32, of the samples without views: what a decoder reconstructs from.
        probabilities: (n, k) of a classifier, else None.
        classes: (k,) their columns, else None.
    """

    z: np.ndarray
    plain: np.ndarray
    probabilities: np.ndarray | None = None
    classes: np.ndarray | None = None

    @property
    def predicted(self) -> np.ndarray | None:
        """The most probable class (n,), or None without a classifier."""
        if self.probabilities is None or self.classes is None:
            return None
        predicted: np.ndarray = self.classes[self.probabilities.argmax(1)]
        return predicted

    def select(self, index: np.ndarray) -> Encoding:
        """Return the encoding of the chosen samples."""
        probabilities = None if self.probabilities is None else self.probabilities[index]
        return replace(self, z=self.z[index], plain=self.plain[index], probabilities=probabilities)


def checked_latents(z: Any, shape: Shape) -> np.ndarray:
    """Return latents as ``(n, *shape) float32``. Raises InputError for another shape, or values that are not finite."""
    check_shape("z", np.shape(z), shape)
    latents = np.asarray(z, np.float32)
    if bad := int((~np.isfinite(latents)).any(axis=tuple(range(1, latents.ndim))).sum()):
        raise InputError(f"`z` must be finite: {bad} of {len(latents)} latents hold NaN or infinite values.")
    return latents


def apply(model: Any, x: np.ndarray, batch_size: int) -> Any:
    """Return a model's outputs, batch by batch; `model.predict` copies its input and keeps memory at every call."""
    check_counts(batch_size=batch_size)
    first = model.predict_on_batch(x[:batch_size])
    if len(x) <= batch_size:
        return first
    several = isinstance(first, list)
    outputs = [np.empty((len(x), *part.shape[1:]), part.dtype) for part in (first if several else [first])]
    for k in range(0, len(x), batch_size):
        made = first if k == 0 else model.predict_on_batch(x[k : k + batch_size])
        for output, part in zip(outputs, made if several else [made], strict=True):
            output[k : k + batch_size] = part
    return outputs if several else outputs[0]


def stream(
    make: Callable[[slice], np.ndarray],
    n: int,
    out: Any = None,
    *,
    size: int = PORTION,
    report: Callable[[int, int], None] | None = None,
) -> Any:
    """Return what is made of `n` samples, in portions of `size`: memory holds what is made of one, and all answers.

    Args:
        make: returns the answers to the samples in a slice.
        n: number of samples.
        out: where answers are written and which is returned, such as a numpy memory map, or a function that makes it
            from its shape; None makes an array.
        size: of a portion.
        report: is called after each portion with (done, total).

    Raises:
        InputError: `out` has another shape.
    """
    first = make(slice(0, size))
    shape = n, *first.shape[1:]
    if out is None:
        out = first if n <= size else np.empty(shape, first.dtype)
    elif callable(out):
        out = out(shape)
    elif tuple(out.shape) != shape:
        raise InputError(f"`out` must have shape {shape}, received {tuple(out.shape)}.")
    for k in range(0, n, size):
        part = first if k == 0 else make(slice(k, k + size))
        if part is not out:
            out[k : k + size] = part
        if report is not None:
            report(min(k + size, n), n)
    return out


def encode_views(encoder: Any, x: np.ndarray, views: Views | None, batch_size: int) -> np.ndarray:
    """Return the encoder's outputs, the mean over views if there are any."""
    if views is None:
        return np.asarray(apply(encoder, x, batch_size))
    step = max(1, _VALUES_AT_ONCE // prod(x.shape[1:]))
    parts = (_viewed(views, x[k : k + step]) for k in range(0, len(x), step))
    return np.concatenate([np.mean([apply(encoder, view, batch_size) for view in part], 0) for part in parts])


def _viewed(views: Views, x: np.ndarray) -> np.ndarray:
    found = views(x)
    if np.shape(found)[1:] != x.shape:
        wanted = f"(views, {', '.join(map(str, x.shape))})"
        raise InputError(f"`views` of the adapter must return shape {wanted}, received {np.shape(found)}.")
    return found
