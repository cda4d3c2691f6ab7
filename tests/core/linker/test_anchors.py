from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings

from bridgeae import AnchorLinker, ClassPairing, Domain, GivenPairing, LinkedAutoencoder, RidgeLinker
from bridgeae.autoencoder import lossless_autoencoder
from bridgeae.errors import InputError, NotFittedError
from bridgeae.progress import Progress
from strategies import seeds

QUIET = Progress(quiet=True)


def two_views(seed: int, n: int = 400) -> tuple[Domain, Domain]:
    """Noisy views of three hidden values, in more values each."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 3))
    a, b = (hidden @ rng.normal(size=(3, d)) + 0.3 * rng.normal(size=(n, d)) for d in (8, 6))
    return Domain(5 + 100 * a), Domain(b)


def fitted(sides: tuple[Domain, Domain], pairs: int, **options: object) -> AnchorLinker:
    known = np.arange(pairs)
    return AnchorLinker(**options).fit(*sides, GivenPairing(known, known).fit(*sides), progress=QUIET)  # type: ignore


def r2(made: np.ndarray, want: np.ndarray) -> float:
    return float(1 - ((made - want) ** 2).sum() / ((want - want.mean(0)) ** 2).sum())


@given(seeds)
@settings(max_examples=5, deadline=None)
def test_few_pairs_and_many_singles_carry_over_what_both_sides_share(seed: int) -> None:
    sides = two_views(seed)
    assert r2(fitted(sides, 40).predict(sides[0].x)[40:], sides[1].x[40:]) > 0.6


def test_a_source_sample_of_a_known_pair_is_answered_with_its_partner() -> None:
    source, target = two_views(0)
    made = fitted((source, target), 30).predict(source.x)
    assert np.allclose(made[:30], target.x[:30], atol=1e-5)
    assert (np.abs(made[30:] - target.x[30:]).max(1) > 1e-3).mean() > 0.9  # the others are guesses


def test_pairs_that_share_a_class_are_not_taken_as_known_matches() -> None:
    labels = np.arange(200) % 2
    rng = np.random.default_rng(0)
    source, target = (Domain(rng.normal(size=(200, 3)) + 4 * labels[:, None], labels) for _ in range(2))
    linker = AnchorLinker().fit(source, target, ClassPairing().fit(source, target), progress=QUIET)
    assert len(linker.known_[0]) == 0
    assert ((linker.predict(source.x).mean(1) > 2) == labels).mean() > 0.95


def test_directions_are_learned_where_the_length_of_rows_is_noise() -> None:
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(400, 2))
    length = np.exp(1.5 * rng.normal(size=(2, 400, 1)))
    sides = tuple(Domain(length[k] * (hidden @ rng.normal(size=(2, 5)) + 1)) for k in (0, 1))
    linker = fitted(sides, 60)  # type: ignore[arg-type]
    ridge = RidgeLinker().fit(*sides, GivenPairing(range(60), range(60)).fit(*sides))
    made, linear, want = (
        z / np.linalg.norm(z, axis=1, keepdims=True)
        for z in (linker.predict(sides[0].x)[60:], ridge.predict(sides[0].x)[60:], sides[1].x[60:])
    )
    assert linker.chosen_["view"] != "plain"
    assert r2(made, want) > r2(linear, want) + 0.1


def test_match_holds_known_pairs_together_and_shares_out_the_rest() -> None:
    source, target = two_views(1, 120)
    plan = fitted((source, target), 30).match(source.x, target.x)
    assert plan.shape == (120, 120) and plan.sum() == pytest.approx(1, abs=1e-3)
    assert np.allclose(plan.sum(0), 1 / 120, rtol=0.05) and np.allclose(plan.sum(1), 1 / 120, rtol=0.05)
    assert np.allclose(np.diag(plan)[:30], 1 / 120, rtol=0.05)
    rank = (plan[30:] > np.diag(plan)[30:, None]).mean()
    assert rank < 0.1


def test_samples_of_a_kind_that_the_target_lacks_have_low_confidence() -> None:
    rng = np.random.default_rng(0)
    labels, centres = np.arange(400) % 4, np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9]])
    source, target = (centres[labels] + rng.normal(size=(400, 3)) for _ in range(2))
    there = np.flatnonzero(labels != 3)
    pairs = GivenPairing(there[:60], np.arange(60))
    sides = Domain(source), Domain(target[there])
    linker = AnchorLinker(partial=True).fit(*sides, pairs.fit(*sides), progress=QUIET)
    confidence = linker.confidence(source)
    assert (confidence[labels == 3] < 0.05).mean() > 0.9 > 0.1 > (confidence[there] < 0.05).mean()
    mass = linker.match(*(side.x for side in sides)).sum(1)
    assert mass[labels == 3].mean() < 0.9 * mass[there].mean()
    with pytest.warns(UserWarning, match=r"of 400 source samples probably have no counterpart"):
        linker.predict(source)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        linker.predict(source[there])


def test_few_samples_that_have_a_counterpart_have_low_confidence() -> None:
    shares = []
    for seed in (0, 3):
        rng = np.random.default_rng(seed)
        z = 2 * rng.normal(size=(6, 5))[rng.integers(6, size=900)] + 0.5 * rng.normal(size=(900, 5))
        x = np.tanh(z @ rng.normal(size=(5, 20)) / 2) + 0.05 * rng.normal(size=(900, 20))
        y = np.exp(z @ rng.normal(size=(5, 12)) * 0.3) + 0.05 * rng.normal(size=(900, 12))
        source, target = Domain(x[:700]), Domain(y[:700])
        linker = AnchorLinker().fit(source, target, GivenPairing(range(300), range(300)).fit(source, target))
        shares.append((linker.confidence(np.float32(x[700:])) < 0.05).mean())
    assert np.mean(shares) < 0.1  # the promise is 5 %


def test_a_bridge_refuses_samples_without_a_counterpart() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    x[150:] += 30
    source, target = Domain(x), Domain(x[:150] @ rng.normal(size=(3, 4)))
    sides = lossless_autoencoder(source), lossless_autoencoder(target)
    pairing = GivenPairing(np.arange(60), np.arange(60))
    bridge = LinkedAutoencoder(*sides, AnchorLinker(partial=True)).fit(source, target, pairing=pairing, progress=QUIET)
    made, confidence = bridge.translate(x, return_confidence=True, min_confidence=0.05)
    refused = np.isnan(made).all(1)
    assert (refused == (confidence < 0.05)).all()
    assert refused[150:].all() and refused[:150].mean() < 0.2


def test_shuffled_pairs_score_like_chance() -> None:
    sides = two_views(2)
    shuffled = GivenPairing(range(60), np.random.default_rng(0).permutation(60)).fit(*sides)
    assert AnchorLinker().fit(*sides, shuffled, progress=QUIET).score_ > 0.3 > 3 * fitted(sides, 60).score_


def test_five_pairs_are_the_least() -> None:
    sides = two_views(0)
    assert fitted(sides, 5).predict(sides[0].x).shape == (400, 6)
    with pytest.raises(InputError, match="`pairing` gives 4 distinct pairs, an AnchorLinker needs 5 or more"):
        fitted(sides, 4)
    few = two_views(0, 4)
    with pytest.raises(InputError, match="`source` has 4 samples, an AnchorLinker needs 5 pairs or more"):
        AnchorLinker().check(*few)


def test_an_unfitted_linker_and_wrong_shapes_are_refused() -> None:
    sides = two_views(0)
    with pytest.raises(NotFittedError, match="this AnchorLinker is not fitted"):
        AnchorLinker().predict(sides[0].x)
    with pytest.raises(InputError, match=r"`target` must have shape \(n, 6\)"):
        fitted(sides, 20).match(sides[0].x, sides[0].x)
    with pytest.raises(InputError, match="`bank` must be at least 1"):
        AnchorLinker(bank=0)


@pytest.mark.filterwarnings("ignore")
def test_constant_sides_and_copies_are_survived() -> None:
    source, target = Domain(np.ones((20, 3))), Domain(np.repeat(np.eye(2), 10, 0))
    linker = fitted((source, target), 10)
    assert np.isfinite(linker.predict(source.x)).all() and np.isfinite(linker.match(source.x, target.x)).all()


def test_a_bridge_takes_it_by_name() -> None:
    source, target = two_views(3, 100)
    pairing = GivenPairing(range(50), range(50))
    options = {"epochs": 1}
    bridge = LinkedAutoencoder(linker="anchors")
    bridge.fit(source.x, target.x, pairing=pairing, source_options=options, target_options=options, progress=QUIET)
    assert bridge.translate(source.x).shape == target.x.shape
