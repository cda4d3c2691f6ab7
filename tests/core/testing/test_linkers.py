"""The bundled linkers pass, and each check names what is broken in just one way."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridgeae import AnchorLinker, ClassPairing, Domain, FlowLinker, NetworkLinker, RidgeLinker
from bridgeae.errors import InputError
from bridgeae.saving import State
from bridgeae.testing import ContractError, check_linker, linker_checks

NOISE = np.random.default_rng()
QUICK = {"epochs": 1, "pairs": 256}
SAVED = "saved_in_a_bridge_it_survives_in_another_process"


@pytest.fixture(scope="module")
def sides(waves: Domain, tiles: Domain) -> tuple:
    return waves, tiles, ClassPairing().fit(waves, tiles)


@pytest.mark.parametrize(
    ("linker", "options"),
    [
        (RidgeLinker(), {}),
        (AnchorLinker(), {"pairs": 500}),
        (NetworkLinker(), {"epochs": 1, "steps": 3}),
        (FlowLinker(units=16), {"epochs": 1, "steps": 3}),
        pytest.param(FlowLinker("latent", units=16), {"epochs": 1, "steps": 3}, marks=pytest.mark.slow),
    ],
    ids=["ridge", "anchors", "network", "flow of classes", "flow of latents"],
)
def test_the_linkers_keep_their_promises(linker: Any, options: dict, sides: tuple) -> None:
    assert SAVED in [check.__name__ for check in linker_checks(linker, *sides)]
    check_linker(linker, *sides, **options)


class Unready(RidgeLinker):
    def predict(self, z: np.ndarray) -> np.ndarray:
        return super().predict(z) if hasattr(self, "coef_") else z


class FitsInCheck(RidgeLinker):
    def check(self, source: Domain, target: Domain) -> None:
        super().fit(source, target, ClassPairing().fit(source, target))


class DrawsInCheck(RidgeLinker):
    def check(self, source: Domain, target: Domain) -> None:
        np.random.random()  # noqa: NPY002


class ChecksNothing(RidgeLinker):
    def fit(self, source: Domain, target: Domain, *rest: Any, **options: Any) -> Any:
        if source.labels is None:
            raise InputError("`source` needs labels.")
        return super().fit(source, target, *rest, **options)


class Silent(RidgeLinker):
    def fit(self, *args: Any, **options: Any) -> Any:
        super().fit(*args, **options)


class Unseeded(RidgeLinker):
    def fit(self, *args: Any, **options: Any) -> Any:
        return super().fit(*args, **options | {"seed": int(NOISE.integers(1e6))})


class KnowsNoProgress(RidgeLinker):
    def fit(self, source: Any, target: Any, pairing: Any, *, seed: int = 0, refresh: Any = None) -> Any:
        return super().fit(source, target, pairing, seed=seed, refresh=refresh, epochs=1)


class Misuses(RidgeLinker):
    """Calls `refresh` without the generator."""

    def fit(self, *args: Any, refresh: Any = None, **options: Any) -> Any:
        return super().fit(*args, refresh=refresh and (lambda rng: refresh()), **options)


class Shapeless(RidgeLinker):
    def predict(self, z: np.ndarray) -> np.ndarray:
        return super().predict(z[..., 0] if np.ndim(z) > 2 else z)


class Forgetful(RidgeLinker):
    def get_state(self) -> State:
        state = super().get_state()
        return State(state.values, arrays=state.arrays | {"intercept": 0 * state.arrays["intercept"]})


class Stateless(RidgeLinker):
    get_state: Any = None


def predicting(change: Any) -> Any:
    class Broken(RidgeLinker):
        def predict(self, z: np.ndarray) -> np.ndarray:
            return change(super().predict(z), z)

    return Broken()


def in_place(made: np.ndarray, z: np.ndarray) -> np.ndarray:
    z += 1
    return made


MAPS, ALONE = "predict_returns_target_latents", "predict_takes_each_latent_alone"
BROKEN = [
    (Unready(), {"check_fits_nothing", "predict_before_fit_is_refused"}, "errors.NotFittedError, it raised nothing"),
    (FitsInCheck(), {"check_fits_nothing"}, "`predict` after `check` alone must raise .*NotFittedError"),
    (DrawsInCheck(), {"check_fits_nothing"}, "`check` must not touch numpy's global generator"),
    (ChecksNothing(), {"check_refuses_what_fit_refuses"}, "must refuse samples without labels, .* raised InputError"),
    (Silent(), {"fit_returns_self"}, "`fit` must return self"),
    (Unseeded(), {"fit_depends_on_seed_and_latents_alone"}, "the same `seed` and the same latents"),
    (Misuses(), {"fit_depends_on_seed_and_latents_alone"}, "TypeError: .* missing 1 required .* 'rng'"),
    (predicting(lambda y, z: y[:, :2]), {MAPS}, r"must return \(90, 6, 6, 1\) float32"),
    (predicting(lambda y, z: y.astype(float)), {MAPS}, "float32, received .* float64"),
    (predicting(lambda y, z: y * np.float32("nan")), {MAPS}, "must return finite values"),
    (predicting(in_place), {MAPS}, "must leave its input as it was"),
    (predicting(lambda y, z: y + np.float32(1e-6 * NOISE.normal())), {MAPS}, "must give equal answers"),
    (predicting(lambda y, z: y - y.mean(0)), {ALONE}, "must not depend on what else is predicted"),
    (Shapeless(), {"predict_refuses_a_wrong_shape"}, "a wrong shape must raise .*InputError, it raised nothing"),
    (Forgetful(), {"state_restores_the_linker"}, "a linker from its saved state must give the same latents as before"),
    (Stateless(), {"state_restores_the_linker"}, "TypeError: 'NoneType' object is not callable"),
]


@pytest.mark.parametrize(("linker", "names", "message"), BROKEN)
def test_a_linker_broken_in_one_way_is_found_by_name(
    linker: Any, names: set, message: str, sides: tuple, broken: Any
) -> None:
    found = broken(linker_checks(linker, *sides, **QUICK))
    assert set(found) == names
    assert all(re.search(message, text) for text in found.values())


def test_a_linker_whose_fit_takes_no_progress_is_found(sides: tuple, broken: Any) -> None:
    found = broken(linker_checks(KnowsNoProgress(), *sides))
    assert "unexpected keyword argument 'progress'" in found["fit_takes_seed_progress_and_refresh"]


class Sampling(RidgeLinker):
    """Draws by adding noise."""

    def sample(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        made = self.predict(z)
        return made + rng.normal(size=made.shape).astype(np.float32)

    def agreement(self, z: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        return np.ones(len(z))


def sampling(**changes: Any) -> Any:
    return type("Broken", (Sampling,), changes)()


def test_a_sampling_linker_passes(sides: tuple) -> None:
    check_linker(Sampling(), *sides, **QUICK)


class FromNoise(Sampling):
    """Draws by adding noise, of all latents at once."""

    noise_size = 36

    def from_noise(self, z: np.ndarray, noise: np.ndarray) -> np.ndarray:
        made = self.predict(z)
        return made + noise.reshape(made.shape)


def test_a_linker_that_draws_from_noise_is_checked_too(sides: tuple, broken: Any) -> None:
    check_linker(FromNoise(), *sides, **QUICK)
    alike = type("Broken", (FromNoise,), {"from_noise": lambda s, z, noise: s.predict(z) + noise.mean()})()
    found = broken(linker_checks(alike, *sides, **QUICK))
    assert list(found) == ["from_noise_takes_each_row_alone"]
    assert "`from_noise` must not depend on what else is drawn" in found["from_noise_takes_each_row_alone"]


DRAWS, STATE = "sample_returns_target_latents", "state_restores_the_linker"


@pytest.mark.parametrize(
    ("changes", "names", "message"),
    [
        ({"sample": lambda s, z, rng: s.predict(z)[0]}, {DRAWS, "sample_varies"}, r"\(90, 6, 6, 1\)|other draws"),
        ({"sample": lambda s, z, rng: Sampling.sample(s, z, NOISE)}, {DRAWS, STATE}, "equal answers|the same draws"),
        ({"sample": lambda s, z, rng: s.predict(z)}, {"sample_varies"}, "another generator state must give other"),
        ({"agreement": lambda s, z, drawn: 1.0}, {"agreement_returns_probabilities"}, r"return \(90,\), .* float"),
        ({"agreement": lambda s, z, y: 2 * np.ones(len(z))}, {"agreement_returns_probabilities"}, r"\[0, 1\].* 2.0"),
        ({"agreement": None}, {"agreement_returns_probabilities"}, "'NoneType' object is not callable"),
    ],
)
def test_a_sampling_linker_broken_in_one_way_is_found_by_name(
    changes: dict, names: set, message: str, sides: tuple, broken: Any
) -> None:
    found = broken(linker_checks(sampling(**changes), *sides, **QUICK))
    assert set(found) == names
    assert all(re.search(message, text) for text in found.values())


# ---- installed linkers -----------------------------------------------------------------------------------------------

MODULE = '''
from bridgeae import RidgeLinker

KEPT = []  # in this process alone


class Absent(RidgeLinker):
    """Keeps in its module what belongs into its state."""

    def fit(self, *args, **options):
        super().fit(*args, **options)
        KEPT.append(1)
        return self

    def predict(self, z):
        return super().predict(z) + len(KEPT[:1])
'''


@pytest.mark.slow
def test_an_installed_linker_that_works_in_this_process_alone_is_found_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sides: tuple, broken: Any
) -> None:
    information = tmp_path / "absent-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: absent\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[bridgeae.linkers]\nabsent = absent_linker:Absent\n")
    (tmp_path / "absent_linker.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    from absent_linker import Absent  # type: ignore[import-not-found]

    found = broken(linker_checks(Absent(), *sides, **QUICK))
    assert set(found) == {SAVED}
    assert "a linker loaded in another process must give the same latents as before" in found[SAVED]
    del sys.modules["absent_linker"]


def test_a_linker_that_is_not_installed_is_checked_in_this_process_alone(sides: tuple) -> None:
    assert SAVED not in [check.__name__ for check in linker_checks(Sampling(), *sides)]


def test_check_linker_lists_all_that_is_broken(sides: tuple) -> None:
    class Poor(Silent, Shapeless): ...

    with pytest.raises(ContractError, match=r"Poor breaks 2 of \d+ promises:\n- fit_returns_self.*\n- predict_refuses"):
        check_linker(Poor(), *sides, **QUICK)
