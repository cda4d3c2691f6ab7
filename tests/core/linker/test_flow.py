from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridgeae import ClassPairing, Domain, FlowLinker, GivenPairing, LinkedAutoencoder
from bridgeae.errors import InputError, NotFittedError

QUICK = {"epochs": 4, "steps": 100, "learning_rate": 5e-3}


@pytest.fixture(scope="module")
def sides() -> tuple[Domain, Domain]:
    rng, labels = np.random.default_rng(0), np.arange(300) % 3
    centres = np.array([[0.0, 0.0], [20.0, 0.0], [0.0, 20.0]])
    source = Domain(rng.normal(size=(300, 4)) + 6 * np.eye(4)[labels], labels=labels)
    return source, Domain(centres[labels] + rng.normal(size=(300, 2)) * [1.0, 3.0], labels=labels)


@pytest.fixture(scope="module")
def linker(sides: tuple[Domain, Domain]) -> FlowLinker:
    return FlowLinker(units=64).fit(*sides, ClassPairing().fit(*sides), **QUICK)


def test_draws_have_the_mean_and_the_spread_of_their_class(sides: tuple[Domain, Domain], linker: FlowLinker) -> None:
    source, target = sides
    drawn = linker.sample(np.repeat(source.x, 5, 0), np.random.default_rng(1))
    labels = np.repeat(source.labels, 5)
    for c in range(3):
        mine, real = drawn[labels == c], target.x[target.labels == c]
        assert np.allclose(mine.mean(0), real.mean(0), atol=1.0)
        assert mine.std(0) == pytest.approx(real.std(0), rel=0.4)


def test_prediction_is_fixed_and_typical_of_the_class(sides: tuple[Domain, Domain], linker: FlowLinker) -> None:
    source, target = sides
    made = linker.predict(source.x)
    assert (made == linker.predict(source.x)).all()
    for c in range(3):
        assert np.allclose(made[source.labels == c].mean(0), target.x[target.labels == c].mean(0), atol=2.0)


def test_same_generator_same_draws(sides: tuple[Domain, Domain], linker: FlowLinker) -> None:
    first, second = (linker.sample(sides[0].x[:9], np.random.default_rng(3)) for _ in range(2))
    assert (first == second).all()
    assert (first != linker.sample(sides[0].x[:9], np.random.default_rng(4))).any()


def test_draws_of_a_call_are_spread_evenly(sides: tuple[Domain, Domain], linker: FlowLinker) -> None:
    source = sides[0]
    some = np.sort(np.random.default_rng(0).permutation(300)[:24])

    def alone(g: np.random.Generator) -> np.ndarray:
        return np.concatenate([linker.sample(source.x[[k]], g) for k in some]).mean(0)

    together = np.array([linker.sample(source.x[some], np.random.default_rng(k)).mean(0) for k in range(10)])
    apart = np.array([alone(np.random.default_rng(k)) for k in range(10)])
    assert (together.std(0) < 0.5 * apart.std(0)).all()


def test_agreement_tells_the_classes_apart(sides: tuple[Domain, Domain], linker: FlowLinker) -> None:
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


def test_target_samples_without_a_class_are_never_drawn() -> None:
    rng, labels = np.random.default_rng(0), np.arange(60) % 2
    side = Domain(rng.normal(size=(60, 2)) + 5 * labels[:, None], labels=labels)
    hidden = Domain(side.x, np.where(np.arange(60) < 50, -1, labels))
    linker = FlowLinker(units=16).fit(side, hidden, GivenPairing().fit(side, hidden), epochs=1, steps=3, batch_size=4)
    assert linker.history_["loss"][-1] < 100


def test_a_flow_by_class_needs_two_shared_classes() -> None:
    z, labels = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
    a = Domain(z, labels)
    for b in (Domain(z), Domain(z, labels * 0), Domain(z, labels + 5), Domain(z, labels.astype(str))):
        with pytest.raises(InputError, match=r"two classes that both sides have: `source` has \[0, 1\], `target`"):
            FlowLinker().fit(a, b, GivenPairing().fit(a, b))


@pytest.mark.parametrize("options", [{"steps": 0}, {"batch_size": 0}, {"steps": 1.5}], ids=str)
def test_run_lengths_are_checked(options: dict) -> None:
    side = Domain(np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2)
    with pytest.raises(InputError, match=f"`{next(iter(options))}` must be at least 1"):
        FlowLinker().fit(side, side, GivenPairing().fit(side, side), **options)


def test_two_classes_are_enough() -> None:
    labels = np.arange(60) % 2
    side = Domain(np.random.default_rng(0).normal(size=(60, 2)) + 5 * labels[:, None], labels=labels)
    linker = FlowLinker(units=16).fit(side, side, ClassPairing().fit(side, side), epochs=1, steps=2)
    assert (linker.agreement(side.x, side.x) > 0.5).all()


def test_a_bridge_draws_and_survives_saving(
    bridge: LinkedAutoencoder, waves: Domain, tiles: Domain, tmp_path: Path
) -> None:
    drawing = LinkedAutoencoder(bridge.source, bridge.target, FlowLinker(units=32))
    drawing.fit(waves, tiles, linker_options={"epochs": 3, "steps": 60})
    draws = drawing.translate(waves.x[:9], draws=4, seed=1)
    assert draws.shape == (9, 4, 6, 6, 1)
    assert draws.std(1).max() > 0
    assert (drawing.target.predict(draws.reshape(36, 6, 6, 1)) == np.repeat(waves.labels[:9], 4)).mean() > 0.9
    drawing.save(tmp_path / "model")
    again = LinkedAutoencoder.load(tmp_path / "model").translate(waves.x[:9], draws=4, seed=1)
    assert np.allclose(draws, again, atol=1e-5)
    for count in (0, 2.5, True):
        with pytest.raises(InputError, match="`draws` must be at least 1"):
            drawing.translate(waves.x, draws=count)  # type: ignore[call-overload]


def test_use_before_fit_and_bad_options_are_refused() -> None:
    with pytest.raises(NotFittedError, match="must come first"):
        FlowLinker().predict(np.zeros((1, 2)))
    with pytest.raises(InputError, match="`condition` must be"):
        FlowLinker("label")


def test_a_draw_that_looks_like_a_class_of_the_target_alone_does_not_agree() -> None:
    """Fours that look like nines: the source has no nines, but the target's classifier knows them."""
    rng, labels = np.random.default_rng(0), np.arange(120) % 4
    target = Domain(rng.normal(size=(120, 2)) + 9 * np.eye(4)[labels][:, :2] + 9 * (labels == 3)[:, None], labels)
    shared = target.select(labels < 2)
    linker = FlowLinker().fit(shared, target, ClassPairing(missing="drop").fit(shared, target), **QUICK)
    stranger = np.resize(target.x[labels == 3], shared.x.shape)
    assert (linker.agreement(shared.x, shared.x) > 0.5).mean() > 0.95
    assert (linker.agreement(shared.x, stranger) < 0.5).all()
    again = FlowLinker.from_state(*linker.get_state())
    assert (again.agreement(shared.x, stranger) == linker.agreement(shared.x, stranger)).all()
    assert again.classes_.tolist() == [0, 1]
