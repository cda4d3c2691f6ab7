"""Values that stand for missing ones become NaN, and real zeros and losses stay."""

from __future__ import annotations

import numpy as np

from bridgeae_copynumber.io.missing import shared_zeros, without_gaps, without_marks


def counts(seed: int = 0, n: int = 1000, depth: float = 50) -> np.ndarray:
    return np.random.default_rng(seed).poisson(depth, n).astype(float)


def test_minus_one_among_counts_is_missing_and_said() -> None:
    value = counts()
    value[[3, 500]] = -1
    (read,), notes = without_marks([value], "counts", "counts")
    assert np.flatnonzero(np.isnan(read)).tolist() == [3, 500]
    assert notes == ("2 of the counts are -1 and were read as missing: nothing else lies below 0",)


def test_minus_one_among_log2_ratios_or_other_negatives_stays() -> None:
    value = counts()
    value[3] = -1
    assert without_marks([value], "values", "log2")[0][0][3] == -1
    value[4] = -2
    (read,), notes = without_marks([value], "counts", "counts")
    assert read[3] == -1 and notes == ()


def test_a_long_run_without_reads_is_a_gap() -> None:
    value = counts()
    value[100:130] = 0
    read, number = without_gaps(value, None)
    assert number == 30 and np.isnan(read[100:130]).all() and not np.isnan(read[:100]).any()


def test_scattered_zeros_of_shallow_counts_are_no_gaps() -> None:
    value = counts(depth=0.7)
    read, number = without_gaps(value, None)
    assert number == 0 and (read == value).all()


def test_a_run_that_one_sample_of_four_lacks_is_a_deletion() -> None:
    values = [counts(seed) for seed in range(4)]
    for value in values:
        value[200:220] = 0
    values[0][600:620] = 0
    shared = shared_zeros(values)
    assert shared is not None and shared.sum() == 20
    read, number = without_gaps(values[0], shared)
    assert number == 20 and np.isnan(read[200:220]).all() and (read[600:620] == 0).all()


def test_two_samples_are_too_few_to_tell() -> None:
    assert shared_zeros([counts(0), counts(1)]) is None
    assert shared_zeros([counts(0), counts(1), counts(2, n=10)]) is None
