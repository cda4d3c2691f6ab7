"""The contract of pairings."""

from __future__ import annotations

import tracemalloc
from copy import deepcopy
from functools import cached_property

import numpy as np

from bridgeae.autoencoder import Latents
from bridgeae.domain import Domain
from bridgeae.errors import NotFittedError
from bridgeae.protocols import Pairing
from bridgeae.testing import assertions as kit

_MAX_KEPT = 100_000  # bytes, after many draws


def check_pairing(pairing: Pairing, source: Domain, target: Domain) -> None:
    """Check all that a pairing promises.

    Args:
        pairing: before its `fit`.
        source: samples or latents of the source side, with all that the pairing needs; it has to allow several pairs.
        target: of the target side.

    Raises:
        ContractError: promises are broken.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, GivenPairing
        >>> from bridgeae.testing import check_pairing
        >>> check_pairing(GivenPairing(), Domain(np.zeros((9, 2))), Domain(np.zeros((9, 3))))
    """
    kit.run_checks(pairing, pairing_checks(pairing, source, target))


def pairing_checks(pairing: Pairing, source: Domain, target: Domain) -> list[kit.Check]:
    """Return the checks that `check_pairing` runs, for `parametrize_with_checks`.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, GivenPairing
        >>> from bridgeae.testing import pairing_checks
        >>> side = Domain(np.zeros((6, 2)))
        >>> [check.__name__ for check in pairing_checks(GivenPairing(), side, side)][:1]
        ['check_fits_nothing']
    """
    return kit.checks_of(PairingContract(pairing, source, target))


class PairingContract:
    """What a pairing promises; see `bridgeae.protocols.Pairing`."""

    def __init__(self, pairing: Pairing, source: Domain, target: Domain) -> None:
        self._pairing, self._sides = pairing, (source, target)

    def check_fits_nothing(self) -> None:
        pairing = self._checked()
        with kit.must_raise(NotFittedError, "`sample` after `check` alone"):
            pairing.sample(1, np.random.default_rng(0))

    def check_refuses_what_fit_refuses(self) -> None:
        source, target = self._sides
        one = "one sample on each side", source.select([0]), target.select([0])
        other = "another number of samples", source.select(slice(1, None)), target
        kit.must_refuse_early(self._pairing, _fit, source, target, one, other)

    def check_leaves_generators_alone(self) -> None:
        with kit.global_generator_untouched("`check`"):
            pairing = self._checked()
            pairing.check(*self._sides)  # a second time
        _fit(pairing, *self._sides)
        same = np.array_equal(self._draw(1), pairing.sample(64, np.random.default_rng(1)))
        kit.promise(same, "`check` must not change the pairs that are drawn.")

    def fit_returns_self(self) -> None:
        kit.promise(self._fitted is self._returned, "`fit` must return self.")

    def sample_before_fit_is_refused(self) -> None:
        with kit.must_raise(NotFittedError, "`sample` before `fit`"):
            deepcopy(self._pairing).sample(1, np.random.default_rng(0))

    def sample_returns_indices(self) -> None:
        for size in (1, 7, 1000):
            for name, index, side in zip("ij", self._draw(0, size), self._sides, strict=True):
                kit.must_be(f"`sample({size}, rng)`: `{name}` must be", index, (size,), "int64")
                low, high, last = index.min(), index.max(), len(side) - 1
                words = f"`sample`: `{name}` must lie in 0..{last}, received {low}..{high}."
                kit.promise(0 <= low <= high <= last, words)

    def sample_depends_on_the_generator_alone(self) -> None:
        with kit.global_generator_untouched("`sample`"):
            one, same, other = map(self._draw, (1, 1, 2))
        kit.promise(np.array_equal(one, same), "`sample`: the same generator state must give the same pairs.")
        kit.promise(not np.array_equal(one, other), "`sample`: another generator state must give other pairs.")

    def sample_keeps_nothing(self) -> None:
        self._draw(3, 1000)
        tracemalloc.start()
        try:
            for _ in range(100):
                self._draw(3, 1000)
            kept = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
        kit.promise(kept < _MAX_KEPT, "`sample` must keep nothing: memory grew with the draws.")

    def _draw(self, seed: int, size: int = 64) -> tuple[np.ndarray, np.ndarray]:
        return self._fitted.sample(size, np.random.default_rng(seed))

    def _checked(self) -> Pairing:
        pairing = deepcopy(self._pairing)
        pairing.check(*self._sides)
        return pairing

    @cached_property
    def _fitted(self) -> Pairing:
        pairing = self._checked()
        self._returned = _fit(pairing, *self._sides)
        return pairing


def _fit(pairing: Pairing, *sides: Domain) -> Pairing:
    """Fit to the samples in the place of their latents, in a shape of their own."""
    latents = []
    for side in sides:
        flat = side.x.reshape(len(side), -1)
        z = np.column_stack([flat, flat[:, :1]])
        latents.append(Latents(z, side.labels, side.groups, side.names))
    return pairing.fit(*latents)
