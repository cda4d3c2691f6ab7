"""The interfaces that meet in bridgeae. Each docstring is the specification: write to it, test against it.

Nothing has to inherit from these classes: having the methods is enough (PEP 544).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from bridgeae.checks import Shape

if TYPE_CHECKING:
    import numpy as np

    from bridgeae.domain import Domain

Augment = Callable[["np.ndarray", "np.random.Generator"], "np.ndarray"]
"""Draws a changed view of a batch: ``(x, rng) -> x`` of the same shape and dtype, `x` itself untouched."""


@runtime_checkable
class Encoder(Protocol):
    """Maps samples to latents; a Keras model is one.

    Promises: called with ``x (n, *sample) float32`` it returns ``z (n, *latent) float32``; `input_shape` and
    `output_shape` include the leading None of the batch.
    """

    input_shape: Any
    output_shape: Any

    def __call__(self, x: Any, training: bool | None = None) -> Any: ...


@runtime_checkable
class Decoder(Protocol):
    """Maps latents ``(n, *latent)`` back to samples ``(n, *sample)``; a Keras model is one."""

    input_shape: Any
    output_shape: Any

    def __call__(self, z: Any, training: bool | None = None) -> Any: ...


@runtime_checkable
class Adapter(Protocol):
    """Carries one modality between files and `Domain`s. Stateless: options are fixed by the constructor.

    Promises: `read` then `write` then `read` gives the same samples up to the format's precision; `networks` gives
    an encoder whose output and a decoder whose input have exactly `latent_shape`, and whose samples have the shape
    that `read` gives; all errors are `bridgeae.errors.BridgeError`s.

    Optional methods, used where present:
        augment(x, rng) -> x: a random change that leaves the meaning, ``(n, *sample)`` in and out.
        views(x) -> (v, n, *sample): several looks at the same samples, over whose encodings the mean is taken.
        draw(sample, axes): one sample, ``(*sample)``, into a matplotlib Axes.
        aspect: width of a drawn sample by its height; 1 where absent.
        sample_shape: shape of one sample, shown by `bridgeae adapters`.
        noun: what samples are called in files that hold several of them ("images"); "samples" where absent.
    """

    name: ClassVar[str]

    def read(self, path: str | Path) -> Domain:
        """Read a file, or a folder, into a Domain. Raises `MissingFileError` or `FileFormatError`."""
        ...

    def write(self, x: np.ndarray, path: str | Path) -> None:
        """Write samples ``(n, *sample)`` in the modality's own format."""
        ...

    def networks(self, latent_shape: Shape) -> tuple[Any, Any]:
        """Build an untrained (encoder, decoder) for samples of this adapter and latents of `latent_shape`."""
        ...


@runtime_checkable
class Pairing(Protocol):
    """Decides which source sample belongs with which target sample, by drawing index pairs.

    `fit` looks at the latents and labels of both sides (two Domains whose `x` are latents) and returns self;
    `sample(size, rng)` then returns ``(i, j)``, two int64 arrays of length `size` that index the source and the
    target. Promises: the same generator state gives the same pairs; memory does not grow with the number drawn.
    """

    def fit(self, source: Domain, target: Domain) -> Pairing: ...

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]: ...


@runtime_checkable
class Linker(Protocol):
    """Maps source latents to target latents.

    ``fit(source, target, pairing, *, seed, refresh, progress, **run_length)`` gets both sides' latents as Domains and a
    fitted pairing, and returns self. ``predict(z)`` maps ``(n, *source_latent)`` to ``(n, *target_latent)``, float32
    numpy arrays, the same answer every time.
    """

    fit: Callable[..., Any]

    def predict(self, z: np.ndarray) -> np.ndarray: ...
