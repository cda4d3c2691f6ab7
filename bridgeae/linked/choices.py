"""What a bridge takes where nothing was passed, and what it checks before anything trains."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from bridgeae.autoencoder import Autoencoder, Latents, lossless_autoencoder
from bridgeae.autoencoder.encoding import PORTION, stream
from bridgeae.checks import check_methods
from bridgeae.domain import Domain, StoredSamples
from bridgeae.errors import InputError
from bridgeae.evaluation import Baselines
from bridgeae.linked.one_sided import OneSidedPairing
from bridgeae.linker import AutoLinker, FlowLinker, RidgeLinker
from bridgeae.pairing import ClassPairing, GivenPairing
from bridgeae.pairing.rows import rows_belong_together
from bridgeae.protocols import Augment, Linker, Pairing, Refresh
from bridgeae.registry import LINKERS, PAIRINGS, create_pairing


class PairingWarning(UserWarning):
    """The samples show a pairing that nobody named."""


_ROWS_PAIRED = (
    "sample k of `source` has the label of sample k of `target`, and shares more with it than the class: they are "
    'paired row by row. Pass pairing="given" to say so, or pairing="class" to pair by class alone.'
)
_MIN_PAIRS = 5


def choose_pairing(pairing: Pairing | str | None, source: Domain, target: Domain) -> Pairing:
    """Return a pairing from an object, a name, or None for pairs of equal class where both sides have labels."""
    if isinstance(pairing, str):
        return create_pairing(pairing)
    if pairing is not None:
        check_methods("pairing", pairing, PAIRINGS.methods)
        return pairing
    if source.labelled.any() and target.labelled.any():
        if not rows_belong_together(source, target):
            return ClassPairing()
        warnings.warn(_ROWS_PAIRED, PairingWarning, stacklevel=3)
        return GivenPairing()
    raise InputError(
        "`pairing` is needed where a side has no labels: pass GivenPairing() if sample k of one side belongs with "
        'sample k of the other, "one-sided" to find the classes of the other side, or give labels to both.'
    )


def choose_linker(linker: Linker | None, pairing: Pairing | None) -> Linker:
    """Return the linker, or the default.

    For pairs of equal class it is one that draws, for given pairs one that chooses, and a linear one otherwise.
    """
    if linker is None:
        kinds: dict[type, type] = {ClassPairing: FlowLinker, OneSidedPairing: FlowLinker, GivenPairing: AutoLinker}
        default: Linker = kinds.get(type(pairing), RidgeLinker)()
        return default
    check_methods("linker", linker, LINKERS.methods)
    return linker


def keeps_everything(linker: Linker) -> bool:
    """Return whether a linker chooses how to predict: by default its sides lose nothing, as a bottleneck costs more."""
    return isinstance(linker, AutoLinker)


def choose_autoencoder(
    autoencoder: Autoencoder | None, domain: Domain, linker: Linker, options: Mapping[str, Any] | None = None
) -> Autoencoder:
    """Return the autoencoder, or the default, with a classifier where the samples have labels.

    It is a dense one to train; but one that loses nothing for a linker that `keeps_everything`. `options` for its `fit`
    ask for one to train. Raises InputError for anything else than an Autoencoder.
    """
    if autoencoder is not None:
        if not isinstance(autoencoder, Autoencoder):
            kind = type(autoencoder).__name__
            raise InputError(f"each side must be an Autoencoder, received {kind}: pass Autoencoder(encoder, decoder).")
        return autoencoder
    if keeps_everything(linker) and not options:
        return lossless_autoencoder(domain)
    return Autoencoder(classifier="joint" if len(domain.classes) > 1 else None)


def outlined(pairing: Pairing | None, a: Domain, b: Domain) -> tuple[Domain, Domain]:
    """Return the samples with a label each where the pairing will find those of a side, else as they are."""
    outline = getattr(pairing, "outline", None)
    return (a, b) if outline is None else outline(a, b)


def check_sides(
    source: Autoencoder, target: Autoencoder, linker: Linker, pairing: Pairing, a: Domain, b: Domain
) -> None:
    """Raise InputError if the samples `a` and `b` do not fit their sides, cannot be paired, or cannot be linked."""
    samples = a, b
    a, b = outlined(pairing, a, b)
    for side, domain in ((source, a), (target, b)):
        side.check(domain)
    if target.encoder is not None and target.decoder is None:
        raise InputError("`target` has no decoder: build its Autoencoder with one.")
    pairing.check(*samples)
    if isinstance(pairing, GivenPairing):
        _check_given_pairs(pairing, a, b)
    linker.check(_outline(source, a), _outline(target, b))


def fit_baselines(pairing: Pairing, a: Domain, b: Domain, seed: int) -> Baselines | None:
    """Return what a bridge of given pairs is measured beside; None for other pairings. `pairing` is fitted."""
    if not isinstance(pairing, GivenPairing):
        return None
    return Baselines().fit(a.x[pairing.source_], b.x[pairing.target_], seed=seed)


def refresher(side: Autoencoder, domain: Domain, augment: Augment | None) -> Refresh | None:
    """Return what encodes freshly augmented samples; those on disk a portion at a time."""
    if augment is None:
        return None

    def refresh(rng: np.random.Generator) -> np.ndarray:
        x, size = domain.x, PORTION if isinstance(domain.x, StoredSamples) else len(domain)
        return np.asarray(stream(lambda part: side.encode(augment(x[part], rng)), len(x), size=size))

    return refresh


def _check_given_pairs(pairing: GivenPairing, a: Domain, b: Domain) -> None:
    """Raise InputError for fewer than 5 different pairs, and for a side that never varies."""
    i, j = pairing.pairs(a, b)
    if pairing.source_index is None and len(i) < max(len(a), len(b)):
        alone = f"{len(a) - len(i)} samples of `source` and {len(b) - len(i)} of `target`"
        warnings.warn(
            f"{len(i)} samples are paired by name; {alone} teach their own side.", PairingWarning, stacklevel=5
        )
    if (count := len(np.unique(np.stack([i, j]), axis=1).T)) < _MIN_PAIRS:
        raise InputError(f"given pairs must be {_MIN_PAIRS} or more different ones, received {count}.")
    for name, samples in (("source", a.x[i]), ("target", b.x[j])):
        if (samples == samples[0]).all():
            raise InputError(
                f"all {len(samples)} paired samples of `{name}` are equal: there is nothing to learn from them."
            )


def _outline(side: Autoencoder, domain: Domain) -> Latents:
    """Return zeros in the shape of a domain's latents, with its labels and groups."""
    shape = len(domain), *side.latent_shape(domain.sample_shape)
    return Latents(np.broadcast_to(np.float32(0), shape), domain.labels, domain.groups, domain.names)  # type: ignore[arg-type]
