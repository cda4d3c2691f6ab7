"""The interfaces that meet in bridgeae. Each docstring is the specification: write to it, test against it.

Nothing has to inherit from these classes: having the methods is enough (PEP 544). `bridgeae.testing` checks them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, runtime_checkable

from bridgeae.checks import Shape
from bridgeae.domain import Domain

if TYPE_CHECKING:
    import numpy as np

Augment = Callable[["np.ndarray", "np.random.Generator"], "np.ndarray"]
"""Returns a randomly changed view of a batch: ``(x, rng) -> x`` of the same shape and dtype; `x` stays as it is."""

Refresh = Callable[["np.random.Generator"], "np.ndarray"]
"""Returns the source latents of freshly augmented source samples, in the order of the source."""


@runtime_checkable
class Encoder(Protocol):
    """Maps samples to latents; a Keras model with one input and one output is one.

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

    Promises: `read` then `write` then `read` gives the same samples up to the format's precision, or to what `lossy`
    says; `networks` gives an encoder whose output and a decoder whose input have exactly `latent_shape`, and whose
    samples have the shape that `read` gives; all errors are `bridgeae.errors.BridgeError`s.

    Optional methods and attributes, used where present:

    - ``augment(x, rng) -> x``: a random change that keeps the meaning, ``(n, *sample)`` in and out.
    - ``views(x) -> (v, n, *sample)``: several views of the same samples, over whose latents the mean is taken.
    - ``pixels(sample) -> (height, width, 1 or 3) uint8``: one sample as a picture, which is shown sooner than a plot.
    - ``draw(sample, axes)``: plots one sample, ``(*sample)``, into a matplotlib Axes.
    - ``aspect``: width of a plotted sample by its height; 1 where absent.
    - ``sample_shape``: shape of one sample, shown by `bridgeae adapters`.
    - ``noun``: what samples are called in files that hold several of them ("images"); "samples" where absent.
    - ``lossy``: True where a format keeps less than the samples: `write` is repeatable, and what it wrote is
      recognised.
    - ``any_unit``: True where samples may have any unit, so that an `Autoencoder` standardises them.
    - ``suffixes``: endings of the files that a page may send to `read`, any where absent. `write` takes the first, and
      a plain translation has it.
    - ``inputs``: ways beside a file in which a page may ask: "camera", "drawing", "recording" or "text".
    - ``browser_modules() -> {name: text}``: JavaScript for pages without a server; "adapter.js" is that of the adapter.
    - ``for_file(path) -> Adapter``: the adapter with the options that it reads off a training file, such as its
      columns.

    A `write` that takes ``names (n,)`` as well writes many samples to one file.
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

    Promises: the same generator state gives the same pairs; memory does not grow with the number drawn.

    A pairing that finds the labels of a side before anything trains has two more methods. ``outline(source, target)``
    returns both sides with any labels in the place of those to be found. ``find_labels(source, target, *, sides,
    augment, progress)`` returns both sides with labels: `sides` are the two autoencoders, `augment` is that of source
    samples, and `progress` is where to show it.
    """

    def check(self, source: Domain, target: Domain) -> None:
        """Raise `InputError` if these samples cannot be paired. Called before anything trains, and quick."""
        ...

    def fit(self, source: Domain, target: Domain) -> Self:
        """Learn from the latents (`x`), labels and groups of both sides which belong together. Called once."""
        ...

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(i, j)``: two int64 arrays (size,) that index the source and the target."""
        ...


@runtime_checkable
class Linker(Protocol):
    """Maps source latents to target latents.

    An installed linker is found by its name in the entry-point group ``bridgeae.linkers``. Only such a linker can be
    saved within a bridge, since `load` builds it from that name.
    """

    def check(self, source: Domain, target: Domain) -> None:
        """Raise `InputError` if these two sides can never be linked. Called before anything trains.

        Both Domains have labels, groups and the shape of the latents; the latents themselves are zeros.
        """
        ...

    def fit(self, source: Domain, target: Domain, pairing: Pairing, *_: Any, **options: Any) -> Self:
        """Learn from the latents of both sides and a fitted pairing.

        The Domains are `bridgeae.autoencoder.Latents`: their `head` is the side's own classifier of latents, or None.
        Options are the linker's own, and three that a bridge always passes: `seed` of everything random, `progress`
        (where to show it), and `refresh`, which returns the latents of freshly augmented source samples, or None.
        """
        ...

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Map ``(n, *source_latent)`` to ``(n, *target_latent)``, float32, the same answer every time."""
        ...

    def get_state(self) -> Any:
        """Return a `bridgeae.saving.State` from which `from_state` builds this linker again."""
        ...

    @classmethod
    def from_state(cls, state: Any) -> Self:
        """Build a fitted linker from what `get_state` returned."""
        ...


@runtime_checkable
class SamplingLinker(Linker, Protocol):
    """A linker that also draws target latents at random: several answers to one question.

    A bridge calls `sample` with one latent at a time, and a generator that depends on the sample, the seed and the
    number of the draw: what is drawn for a sample never depends on the samples beside it. One that starts from normal
    noise is called with many latents at once, if it is a `FromNoise` too.
    """

    def sample(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw one target latent ``(n, *target_latent) float32`` for each source latent."""
        ...

    def agreement(self, z: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Return the probability ``(n,)`` that drawn latents have the class of their source; 1 without classes."""
        ...


@runtime_checkable
class FromNoise(Protocol):
    """What a `SamplingLinker` offers to draw for many latents at once."""

    noise_size: int
    """How many values of standard normal noise a draw starts from."""

    def from_noise(self, z: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Return the target latents ``(n, *target_latent) float32`` that noise ``(n, noise_size)`` becomes.

        Row k depends on row k of both alone.
        """
        ...
