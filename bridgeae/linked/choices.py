"""What a bridge takes where nothing was passed, and what it checks before anything trains."""

from __future__ import annotations

import numpy as np

from bridgeae.autoencoder import Autoencoder, Latents
from bridgeae.checks import check_methods
from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.linker import FlowLinker, RidgeLinker
from bridgeae.pairing import ClassPairing
from bridgeae.protocols import Linker, Pairing
from bridgeae.registry import LINKERS, PAIRINGS, create_pairing


def choose_pairing(pairing: Pairing | str | None, source: Domain, target: Domain) -> Pairing:
    """Return a pairing from an object, a name, or None for pairs of equal class where both sides have labels."""
    if isinstance(pairing, str):
        return create_pairing(pairing)
    if pairing is not None:
        check_methods("pairing", pairing, PAIRINGS.methods)
        return pairing
    if source.labelled.any() and target.labelled.any():
        return ClassPairing()
    raise InputError(
        "`pairing` is needed where a side has no labels: pass GivenPairing() if sample k of one side belongs with "
        "sample k of the other, or give labels to both."
    )


def choose_linker(linker: Linker | None, pairing: Pairing) -> Linker:
    """Return the linker, or the default: one that draws for pairs of equal class, a linear one otherwise."""
    if linker is None:
        return FlowLinker() if isinstance(pairing, ClassPairing) else RidgeLinker()
    check_methods("linker", linker, LINKERS.methods)
    return linker


def choose_autoencoder(autoencoder: Autoencoder | None, domain: Domain) -> Autoencoder:
    """Return the autoencoder, or the default: a dense one, with a classifier where the samples have labels."""
    return autoencoder or Autoencoder(classifier="joint" if len(domain.classes) > 1 else None)


def check_sides(
    source: Autoencoder, target: Autoencoder, linker: Linker, pairing: Pairing, a: Domain, b: Domain
) -> None:
    """Raise InputError if the samples `a` and `b` do not fit their sides, cannot be paired, or cannot be linked."""
    for side, domain in ((source, a), (target, b)):
        side.check(domain)
    if target.encoder is not None and target.decoder is None:
        raise InputError("`target` has no decoder: build its Autoencoder with one.")
    pairing.check(a, b)
    linker.check(_outline(source, a), _outline(target, b))


def _outline(side: Autoencoder, domain: Domain) -> Latents:
    """Return zeros in the shape of a domain's latents, with its labels and groups."""
    shape = len(domain), *side.latent_shape(domain.sample_shape)
    return Latents(np.broadcast_to(np.float32(0), shape), domain.labels, domain.groups, domain.names)  # type: ignore[arg-type]
