from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bridgeae import ClassPairing, Domain, FlowLinker, GivenPairing
from bridgeae.errors import BundleError, InputError, NotFittedError
from bridgeae.protocols import SamplingLinker
from bridgeae.saving import State

QUICK = {"epochs": 4, "steps": 100, "learning_rate": 5e-3}
Sides = tuple[Domain, Domain]


@pytest.fixture(scope="module")
def sides() -> Sides:
    rng, labels = np.random.default_rng(0), np.arange(300) % 3
    centres = np.array([[0.0, 0.0], [20.0, 0.0], [0.0, 20.0]])
    source = Domain(rng.normal(size=(300, 4)) + 6 * np.eye(4)[labels], labels=labels)
    return source, Domain(centres[labels] + rng.normal(size=(300, 2)) * [1.0, 3.0], labels=labels)


@pytest.fixture(scope="module")
def linker(sides: Sides) -> FlowLinker:
    return FlowLinker(units=64).fit(*sides, ClassPairing().fit(*sides), **QUICK)


def test_it_is_a_sampling_linker(linker: FlowLinker) -> None:
    assert isinstance(linker, SamplingLinker)


def test_draws_have_the_mean_and_the_spread_of_their_class(sides: Sides, linker: FlowLinker) -> None:
    source, target = sides
    drawn = linker.sample(np.repeat(source.x, 5, 0), np.random.default_rng(1))
    labels = np.repeat(source.known_labels(), 5)
    for c in range(3):
        mine, real = drawn[labels == c], target.x[target.labels == c]
        assert np.allclose(mine.mean(0), real.mean(0), atol=1.0)
        assert mine.std(0) == pytest.approx(real.std(0), rel=0.4)


def test_prediction_is_fixed_and_typical_of_the_class(sides: Sides, linker: FlowLinker) -> None:
    source, target = sides
    made = linker.predict(source.x)
    assert (made == linker.predict(source.x)).all()
    for c in range(3):
        assert np.allclose(made[source.labels == c].mean(0), target.x[target.labels == c].mean(0), atol=2.0)


def test_the_same_generator_gives_the_same_draws(sides: Sides, linker: FlowLinker) -> None:
    first, second = (linker.sample(sides[0].x[:9], np.random.default_rng(3)) for _ in range(2))
    assert (first == second).all()
    assert (first != linker.sample(sides[0].x[:9], np.random.default_rng(4))).any()


def test_what_noise_becomes_does_not_depend_on_what_else_is_drawn(sides: Sides, linker: FlowLinker) -> None:
    z, noise = sides[0].x[:9], np.random.default_rng(0).standard_normal((9, linker.noise_size))
    together = linker.from_noise(z, noise)
    assert np.allclose(together[3:5], linker.from_noise(z[3:5], noise[3:5]), atol=1e-4)
    assert np.ptp(together[sides[0].labels[:9] == 0], axis=0).min() > 0


def test_agreement_tells_the_classes_apart(sides: Sides, linker: FlowLinker) -> None:
    source, target = sides
    assert (linker.agreement(source.x, target.x) > 0.5).mean() > 0.98
    assert (linker.agreement(source.x, np.roll(target.x, 1, axis=0)) > 0.5).mean() < 0.02


def test_given_pairs_are_conditioned_on_the_latent() -> None:
    z = np.random.default_rng(0).uniform(-2, 2, size=(800, 1)).astype(np.float32)
    source, target = Domain(z), Domain(3 * z + np.random.default_rng(1).normal(scale=0.2, size=z.shape))
    linker = FlowLinker("latent", units=64).fit(source, target, GivenPairing().fit(source, target), **QUICK)
    drawn = linker.sample(z, np.random.default_rng(2))
    assert np.corrcoef(drawn[:, 0], target.x[:, 0])[0, 1] > 0.97
    assert (linker.agreement(z, drawn) == 1).all()


def test_target_samples_without_a_shared_class_are_never_drawn() -> None:
    """Of the target's samples most are unlabelled, or of a class that the source lacks, and lie far away."""
    rng, labels = np.random.default_rng(0), np.arange(160) % 2
    source = Domain(rng.normal(size=(160, 2)) + 6 * labels[:, None], labels)
    known = np.where(np.arange(160) < 80, labels, np.where(np.arange(160) < 120, -1, 7))
    far = 60.0 * ((known == -1) - 1.0 * (known == 7))
    target = Domain(rng.normal(size=(160, 2)) + 6 * labels[:, None] + far[:, None], known)
    linker = FlowLinker(units=32).fit(source, target, GivenPairing().fit(source, target), **QUICK)
    assert abs(linker.sample(source.x, rng) - 6 * labels[:, None]).max() < 20


def test_without_shared_classes_it_names_the_other_condition() -> None:
    side = Domain(np.random.default_rng(0).normal(size=(60, 2)))
    with pytest.raises(InputError, match=r'Label both sides alike, or pass condition="latent" for given pairs\.'):
        FlowLinker().check(side, side)


def test_a_pairing_that_draws_no_shared_class_at_all_still_trains() -> None:
    labels = np.arange(60) % 2
    side = Domain(np.random.default_rng(0).normal(size=(60, 2)) + 6 * labels[:, None], labels)
    hidden = Domain(side.x, np.where(np.arange(60) < 4, labels, -1))
    unlabelled = np.arange(4, 60)
    pairing = GivenPairing(unlabelled, unlabelled).fit(side, hidden)
    linker = FlowLinker(units=16).fit(side, hidden, pairing, epochs=1, steps=2, batch_size=4)
    assert np.isfinite(linker.predict(side.x)).all()


def test_a_draw_that_looks_like_a_class_of_the_target_alone_does_not_agree() -> None:
    """Fours that look like nines: the source has no nines, but the target's classifier knows them."""
    rng, labels = np.random.default_rng(0), np.arange(120) % 4
    target = Domain(rng.normal(size=(120, 2)) + 9 * np.eye(4)[labels][:, :2] + 9 * (labels == 3)[:, None], labels)
    shared = target.select(labels < 2)
    pairing = ClassPairing(missing="drop").fit(shared, target)
    linker = FlowLinker(units=16).fit(shared, target, pairing, epochs=1, steps=2)
    stranger = np.resize(target.x[labels == 3], shared.x.shape)
    assert (linker.agreement(shared.x, shared.x) > 0.5).mean() > 0.95
    assert (linker.agreement(shared.x, stranger) < 0.5).all()
    again = FlowLinker.from_state(linker.get_state())
    assert (again.agreement(shared.x, stranger) == linker.agreement(shared.x, stranger)).all()


@pytest.mark.parametrize("options", [{"steps": 0}, {"batch_size": 0}, {"steps": 1.5}, {"epochs": 0}], ids=str)
def test_run_lengths_are_checked(options: dict[str, Any]) -> None:
    side = Domain(np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2)
    with pytest.raises(InputError, match=f"`{next(iter(options))}` must be at least 1"):
        FlowLinker().fit(side, side, GivenPairing().fit(side, side), **options)


def test_use_before_fit_bad_options_and_other_shapes_are_refused(linker: FlowLinker) -> None:
    for use in (lambda f, z: f.predict(z), lambda f, z: f.sample(z, np.random.default_rng(0))):
        with pytest.raises(NotFittedError, match="this FlowLinker is not fitted"):
            use(FlowLinker(), np.zeros((1, 2)))
        with pytest.raises(InputError, match=r"`z` must have shape \(n, 4\)"):
            use(linker, np.zeros((1, 2)))
    with pytest.raises(InputError, match='`condition` must be one of "class", "latent", received \'label\''):
        FlowLinker("label")
    with pytest.raises(InputError, match="`units` must be at least 1"):
        FlowLinker(units=0)


def test_a_state_that_does_not_fit_together_is_refused(linker: FlowLinker) -> None:
    state = linker.get_state()
    with pytest.raises(BundleError, match=r"make sizes \(3, 3\), but the linker's are \(2, 3\)"):
        FlowLinker.from_state(State(state.values | {"shapes": [[4], [3]]}, state.networks, state.arrays))
