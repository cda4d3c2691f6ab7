"""The contract of linkers."""

from __future__ import annotations

import inspect
from copy import deepcopy
from dataclasses import replace
from functools import cached_property
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bridgeae.autoencoder import Latents
from bridgeae.domain import Domain
from bridgeae.errors import InputError, NotFittedError
from bridgeae.progress import Progress
from bridgeae.protocols import Linker, Pairing
from bridgeae.registry import LINKERS
from bridgeae.saving import read_bundle, write_bundle
from bridgeae.testing import assertions as kit
from bridgeae.testing.assertions import Check
from bridgeae.testing.bridges import answers, must_survive


def check_linker(linker: Linker, source: Domain, target: Domain, pairing: Pairing, **fit_options: Any) -> None:
    """Check all that a linker promises, and what a `SamplingLinker` promises where it has `sample`.

    A linker that is installed is also saved as a bridge saves it, and loaded in another process.

    Args:
        linker: before its `fit`.
        source: latents of the source side.
        target: latents of the target side.
        pairing: fitted on the two.
        fit_options: run length and the like, for the linker's `fit`.

    Raises:
        ContractError: promises are broken.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, GivenPairing, RidgeLinker
        >>> from bridgeae.testing import check_linker
        >>> a, b = Domain(np.eye(6)), Domain(np.ones((6, 2)))
        >>> check_linker(RidgeLinker(), a, b, GivenPairing().fit(a, b), epochs=1)
    """
    kit.run_checks(linker, linker_checks(linker, source, target, pairing, **fit_options))


def linker_checks(linker: Linker, source: Domain, target: Domain, pairing: Pairing, **fit_options: Any) -> list[Check]:
    """Return the checks that `check_linker` runs, for `parametrize_with_checks`.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, GivenPairing, RidgeLinker
        >>> from bridgeae.testing import linker_checks
        >>> side = Domain(np.zeros((6, 2)))
        >>> [check.__name__ for check in linker_checks(RidgeLinker(), side, side, GivenPairing())][:1]
        ['check_fits_nothing']
    """
    without = [] if hasattr(linker, "sample") else ["sample", "agreement"]
    without += [] if hasattr(linker, "from_noise") else ["from"]
    without += [] if LINKERS.name_of(type(linker)) else ["saved"]
    return kit.checks_of(LinkerContract(linker, source, target, pairing, fit_options), without=without)


class LinkerContract:
    """What a linker promises; see `bridgeae.protocols.Linker` and `bridgeae.protocols.SamplingLinker`."""

    def __init__(self, linker: Linker, source: Domain, target: Domain, pairing: Pairing, options: Any) -> None:
        self._linker, self._pairing, self._options = linker, pairing, options
        self._sides = [Latents(side.x, side.labels, side.groups, side.names) for side in (source, target)]
        self._shape = len(source), *target.sample_shape

    def check_fits_nothing(self) -> None:
        linker = deepcopy(self._linker)
        with kit.global_generator_untouched("`check`"):
            linker.check(*(replace(side, x=np.zeros_like(side.x)) for side in self._sides))
        with kit.must_raise(NotFittedError, "`predict` after `check` alone"):
            linker.predict(self._z)

    def check_refuses_what_fit_refuses(self) -> None:
        kit.must_refuse_early(self._linker, self._fit, *self._sides)

    def fit_takes_seed_progress_and_refresh(self) -> None:
        inspect.signature(self._linker.fit).bind(*self._sides, self._pairing, seed=0, progress=None, refresh=None)

    def fit_returns_self(self) -> None:
        kit.promise(self._fitted is self._returned, "`fit` must return self.")

    def fit_depends_on_seed_and_latents_alone(self) -> None:
        linker = deepcopy(self._linker)
        self._fit(linker, *self._sides, refresh=lambda rng: self._z)
        same = kit.close(self._fitted.predict(self._z), linker.predict(self._z))
        kit.promise(same, "`fit`: the same `seed` and the same latents must give the same linker.")

    def predict_before_fit_is_refused(self) -> None:
        with kit.must_raise(NotFittedError, "`predict` before `fit`"):
            deepcopy(self._linker).predict(self._z)

    def predict_returns_target_latents(self) -> None:
        kit.must_map("predict", self._fitted.predict, self._z, self._shape)

    def predict_takes_each_latent_alone(self) -> None:
        same = kit.close(self._fitted.predict(self._z)[:1], self._fitted.predict(self._z[:1]))
        kit.promise(same, "`predict` must not depend on what else is predicted.")

    def predict_refuses_a_wrong_shape(self) -> None:
        linker = self._fitted
        with kit.must_raise(InputError, "`predict` of latents of a wrong shape"):
            linker.predict(self._z[:2, ..., None])

    def sample_returns_target_latents(self) -> None:
        kit.must_map("sample", self._draw, self._z, self._shape)

    def sample_varies(self) -> None:
        same = np.array_equal(self._draw(self._z), self._draw(self._z, seed=1))
        kit.promise(not same, "`sample`: another generator state must give other draws.")

    def from_noise_takes_each_row_alone(self) -> None:
        linker, z = self._fitted, self._z
        noise = np.random.default_rng(0).standard_normal((len(z), linker.noise_size), np.float32)
        made = linker.from_noise(z, noise)
        kit.must_be("`from_noise` must return", made, self._shape)
        same = kit.close(made[:1], linker.from_noise(z[:1], noise[:1]))
        kit.promise(same, "`from_noise` must not depend on what else is drawn.")

    def agreement_returns_probabilities(self) -> None:
        made = self._fitted.agreement(self._z, self._draw(self._z))
        kit.must_be("`agreement` must return", made, self._shape[:1])
        low, high = made.min(), made.max()
        kit.promise(0 <= low <= high <= 1, f"`agreement` must lie in [0, 1], received {low}..{high}.")

    def state_restores_the_linker(self) -> None:
        with TemporaryDirectory() as scratch:
            write_bundle(f"{scratch}/model", self._fitted.get_state())
            loaded = self._fitted.from_state(read_bundle(f"{scratch}/model"))
        kit.must_agree(answers(self._fitted, self._z), answers(loaded, self._z), "a linker from its saved state")

    def saved_in_a_bridge_it_survives_in_another_process(self) -> None:
        must_survive(self._fitted, self._z)

    @property
    def _z(self) -> np.ndarray:
        return self._sides[0].x.copy()

    def _fit(self, linker: Linker, source: Domain, target: Domain, **options: Any) -> Linker:
        always = {"seed": 3, "progress": Progress(quiet=True), "refresh": None}
        return linker.fit(source, target, self._pairing, **always | self._options | options)

    def _draw(self, z: np.ndarray, *, seed: int = 0) -> Any:
        return self._fitted.sample(z, np.random.default_rng(seed))

    @cached_property
    def _fitted(self) -> Any:
        linker = deepcopy(self._linker)
        self._returned = self._fit(linker, *self._sides)
        return linker
