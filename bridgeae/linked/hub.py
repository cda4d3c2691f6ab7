"""Several domains, linked through one in the centre."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bridgeae.autoencoder import Autoencoder
from bridgeae.checks import check_choice, check_fitted
from bridgeae.domain import Data
from bridgeae.errors import InputError
from bridgeae.linked.linked import LinkedAutoencoder
from bridgeae.pairing import ClassPairing
from bridgeae.protocols import Pairing


class Hub:
    """Connect n domains through one of them: n - 1 two-way links serve all n (n - 1) directions.

    Args:
        sides: the autoencoder of each domain, by name; those not fitted yet are trained by `fit`.
        centre: the domain all others are linked with; the one with the richest latents.
        linker: makes a linker; called twice a domain, once for the way in and once for the way out. None leaves the
            choice to `LinkedAutoencoder`.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Autoencoder, Domain, Hub, RidgeLinker
        >>> labels = np.arange(60) % 3
        >>> data = {name: Domain(np.random.default_rng(k).normal(labels[:, None], 0.1, (60, k)), labels)
        ...         for k, name in enumerate(["ages", "words", "tones"], start=4)}
        >>> hub = Hub({name: Autoencoder() for name in data}, centre="words", linker=RidgeLinker).fit(data)
        >>> hub.bridge("ages", "tones").translate(data["ages"].x[:2]).shape
        (2, 6)
    """

    def __init__(
        self, sides: Mapping[str, Autoencoder], *, centre: str, linker: Callable[[], Any] | None = None
    ) -> None:
        if centre not in sides or len(sides) < 2:
            raise InputError(f"`centre` must be one of at least two `sides`, received {centre!r} and {list(sides)}.")
        self.sides, self.centre, self.linker = dict(sides), centre, linker

    def fit(
        self,
        data: Mapping[str, Data],
        *,
        pairing: Callable[[], Pairing] = ClassPairing,
        **options: Any,
    ) -> Hub:
        """Link every domain with the centre, both ways; unfitted sides are trained first.

        Args:
            data: the samples of each domain, by name.
            pairing: makes the pairing of a domain and the centre.
            options: for `LinkedAutoencoder.fit`: linker_options, seed, progress.
        """
        if set(data) != set(self.sides):
            raise InputError(f"`data` must name the domains {sorted(self.sides)}, received {sorted(data)}.")
        hub, middle = self.sides[self.centre], data[self.centre]
        self.inward_: dict[str, LinkedAutoencoder] = {}
        self.outward_: dict[str, LinkedAutoencoder] = {}
        for name, side in self.sides.items():
            if name != self.centre:
                there, back = (self.linker() if self.linker else None for _ in range(2))
                inward, outward = LinkedAutoencoder(side, hub, there), LinkedAutoencoder(hub, side, back)
                self.inward_[name] = inward.fit(data[name], middle, pairing=pairing(), **options)
                self.outward_[name] = outward.fit(middle, data[name], pairing=pairing(), **options)
        return self

    def bridge(self, source: str, target: str) -> LinkedAutoencoder:
        """Return the bridge from one domain to another, through the centre where neither is the centre."""
        check_fitted(self, "inward_", call="fit(data)")
        check_choice("source", source, self.sides)
        check_choice("target", target, self.sides)
        if source == target:
            raise InputError(f"`source` and `target` are both {source!r}: use its autoencoder to reconstruct.")
        if source == self.centre:
            return self.outward_[target]
        inward = self.inward_[source]
        return inward if target == self.centre else inward.then(self.outward_[target])
