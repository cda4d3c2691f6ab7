from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridgeae.errors import InputError
from bridgeae.evaluation import class_spread, confusion, equal_parts, frechet_distance, share, wilson_interval
from strategies import seeds

class_labels = st.lists(st.integers(0, 3), min_size=1, max_size=30).map(np.array)


@given(st.integers(1, 500), st.data())
def test_wilson_interval_holds_the_share(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    low, high = wilson_interval(successes, n)
    assert -1e-12 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1 + 1e-12


def test_wilson_interval_of_a_known_case() -> None:
    assert wilson_interval(117, 120) == pytest.approx((0.9291, 0.9915), abs=1e-4)


@pytest.mark.parametrize(("successes", "n"), [(3, 2), (-1, 2), (0, 0)])
def test_impossible_counts_are_refused(successes: int, n: int) -> None:
    with pytest.raises(InputError, match="`successes` must lie in"):
        wilson_interval(successes, n)


def test_a_share_has_its_counts_and_interval_and_none_of_nothing() -> None:
    counted = share(np.arange(120) < 117)
    assert (counted["n"], counted["right"], counted["accuracy"]) == (120, 117, 0.975)
    assert counted["interval"] == pytest.approx([0.9291, 0.9915], abs=1e-4)
    assert share(np.array([], bool)) == {"n": 0}


@given(seeds)
def test_frechet_distance_is_zero_for_the_same_and_the_shift_squared_for_a_shift(seed: int) -> None:
    a = np.random.default_rng(seed).normal(size=(200, 3))
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(a, a + np.array([1, 2, 0])) == pytest.approx(5, rel=1e-6)
    assert frechet_distance(a, a + 1) == pytest.approx(frechet_distance(a + 1, a), rel=1e-9)


def test_frechet_distance_agrees_with_the_matrix_root() -> None:
    from scipy.linalg import sqrtm

    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(300, 4)) @ rng.normal(size=(4, 4)), rng.normal(size=(200, 4))
    ca, cb = np.cov(a.T), np.cov(b.T)
    want = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca + cb - 2 * sqrtm(ca @ cb).real)
    assert frechet_distance(a, b) == pytest.approx(want, rel=1e-6)


def test_class_spread_is_zero_for_a_lookup_table_and_grows_with_variation() -> None:
    labels = np.arange(60) % 3
    table = labels[:, None] * np.ones((60, 5))
    noise = np.random.default_rng(0).normal(size=table.shape)
    assert class_spread(table, labels) == 0
    spread = class_spread(table + noise, labels)
    assert spread is not None and class_spread(table + 2 * noise, labels) == pytest.approx(2 * spread)
    for unit in (1e-36, 1e36):  # whose squares no float32 holds
        far = (table + noise).astype(np.float32) * np.float32(unit)
        assert class_spread(far, labels) == pytest.approx(unit * spread, rel=1e-5)


def test_too_few_samples_have_no_spread() -> None:
    x = np.random.default_rng(0).normal(size=(3, 2))
    assert class_spread(x, np.arange(3)) is None
    assert frechet_distance(x[:1], x) is None and frechet_distance(x, x[:1]) is None


@given(class_labels, class_labels, seeds)
def test_translations_and_their_twins_are_equal_in_number_and_apart_from_the_reference(
    labels: np.ndarray, real: np.ndarray, seed: int
) -> None:
    assume(np.isin(labels, real).all())
    chosen, twins, reference = equal_parts(labels, real, np.random.default_rng(seed))
    assert sorted(labels[chosen]) == sorted(real[twins])  # as many of each class
    assert len(set(chosen)) == len(chosen) and len(set(twins)) == len(twins)
    assert not set(twins) & set(reference)
    assert set(twins) | set(reference) == set(np.flatnonzero(np.isin(real, labels)))
    for c in np.unique(labels):
        assert (real[twins] == c).sum() == min((labels == c).sum(), (real == c).sum() // 2)


def test_a_class_without_real_samples_is_refused() -> None:
    with pytest.raises(InputError, match="class 7 has no real sample"):
        equal_parts(np.array([7]), np.array([1, 2]), np.random.default_rng(0))


def test_confusion_counts_true_classes_in_rows() -> None:
    table = confusion(np.array([0, 0, 2]), np.array([0, 2, 2]), np.array([0, 2]))
    assert table.tolist() == [[1, 1], [0, 1]]
