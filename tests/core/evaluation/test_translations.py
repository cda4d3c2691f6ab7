from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from bridgeae import Autoencoder, Domain, LinkedAutoencoder
from bridgeae.errors import InputError
from bridgeae.evaluation import accuracy, evaluate_translations, likeness
from strategies import seeds


def real_samples(seed: int, n: int = 300, shift: float = 0.0) -> Domain:
    """Draw samples of three classes from one fixed distribution, in random order."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % 3)
    return Domain(rng.normal(4.0 * np.eye(3, 4)[labels] + shift, 1.0), labels)


def measured(made: Domain, real: Domain, seed: int = 0) -> dict[str, float]:
    return likeness(made.x, made.x, made.known_labels(), real, real.x, seed)


def test_translations_that_are_real_samples_lie_at_the_floor() -> None:
    """Over seeds the two are equal; neither is the better one systematically."""
    figures = [measured(real_samples(2 * k), real_samples(2 * k + 1), seed=k) for k in range(30)]
    frechet, floor = (np.array([f[name] for f in figures]) for name in ("frechet", "frechet_floor"))
    assert frechet.mean() == pytest.approx(floor.mean(), rel=0.2)
    assert 8 < (frechet > floor).sum() < 22
    assert np.mean([f["diversity"] for f in figures]) == pytest.approx(1, abs=0.05)


@given(seeds)
def test_the_floor_depends_on_the_real_samples_alone_and_what_is_not_like_them_lies_above(seed: int) -> None:
    real, near, far = real_samples(seed), real_samples(seed + 1), real_samples(seed + 1, shift=1.5)
    at, above = measured(near, real, seed), measured(far, real, seed)
    assert at["frechet_floor"] == above["frechet_floor"]
    assert above["frechet"] > 5 * above["frechet_floor"] and above["frechet"] > at["frechet"]


def test_the_number_of_translations_does_not_move_a_perfect_bridge_off_the_floor() -> None:
    for n in (30, 90, 900):
        figures = [measured(real_samples(2 * k, n), real_samples(2 * k + 1), seed=k) for k in range(20)]
        ratio = np.mean([f["frechet"] for f in figures]) / np.mean([f["frechet_floor"] for f in figures])
        assert 0.7 < ratio < 1.4, n


def test_a_lookup_table_is_not_varied() -> None:
    real = real_samples(0)
    table = Domain(4.0 * np.eye(3, 4)[real.known_labels()], real.labels)
    assert measured(table, real)["diversity"] == 0


@pytest.mark.parametrize(
    ("made", "real"),
    [([0], [0] * 9), ([0] * 9, [0]), ([0] * 9, [0] * 3), ([0, 1] * 9, [0, 1]), ([0, 1] * 9, [0, 0, 0, 1])],
)
def test_too_few_samples_have_neither_distance_nor_floor(made: list[int], real: list[int]) -> None:
    rng = np.random.default_rng(0)
    few, many = (Domain(rng.normal(size=(len(labels), 2)), labels) for labels in (made, real))
    assert measured(few, many) == {"diversity": None, "frechet": None, "frechet_floor": None}


def test_accuracy_counts_what_the_judge_reads_as_the_class_of_the_source() -> None:
    truth = np.array(["a", "a", "b", "b"])
    figures = accuracy(np.zeros((4, 2)), truth, lambda x: np.array(["a", "b", "b", "c"]))
    assert (figures["n"], figures["right"]) == (4, 2)
    assert figures["classes"] == ["a", "b", "c"]
    assert figures["confusion"] == [[1, 1, 0], [0, 1, 1], [0, 0, 0]]


def test_a_judge_of_another_kind_of_labels_is_refused() -> None:
    with pytest.raises(InputError, match=r"`source` and `judge` share no class: \[0, 1\] and \['0', '1'\]"):
        accuracy(np.zeros((2, 2)), np.arange(2), lambda x: np.array(["0", "1"]))


def test_known_latents_of_real_samples_give_the_same_figures(bridge: LinkedAutoencoder, tiles: Domain) -> None:
    made, truth = tiles.x[::2], tiles.known_labels()[::2]
    options = {"target": bridge.target, "judge": None, "real": tiles, "seed": 3}
    figures = evaluate_translations(made, truth, **options)  # type: ignore[arg-type]
    known = evaluate_translations(made, truth, z_real=bridge.target.encode(tiles), **options)  # type: ignore[arg-type]
    assert figures == known and figures["accuracy"] > 0.9


def test_a_target_without_classifier_needs_a_judge(tiles: Domain) -> None:
    with pytest.raises(InputError, match="`judge` is needed"):
        evaluate_translations(tiles.x, tiles.known_labels(), Autoencoder(), None, None)
