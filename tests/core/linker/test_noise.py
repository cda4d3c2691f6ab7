from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from bridgeae.linker import sample_keys
from bridgeae.linker.noise import generators, normal_noise
from strategies import seeds

X = np.random.default_rng(0).normal(size=(4000, 3)).astype(np.float32)
KEYS = sample_keys(X)
FIRST = np.zeros(len(X), int)


@given(seeds, st.integers(1, 40))
def test_a_key_is_of_the_sample_alone(seed: int, cut: int) -> None:
    order = np.random.default_rng(seed).permutation(60)
    assert (sample_keys(X[order]) == KEYS[order]).all()
    assert (np.concatenate([sample_keys(X[:cut]), sample_keys(X[cut:60])]) == KEYS[:60]).all()
    assert (sample_keys(X[:60].astype(np.float64)) == KEYS[:60]).all()


def test_different_samples_and_copies_of_one_have_different_keys() -> None:
    assert len(np.unique(KEYS)) == len(X)
    copies = sample_keys(np.repeat(X[:2], 5, axis=0))
    assert len(np.unique(copies)) == 10 and (copies[[0, 5]] == KEYS[:2]).all()
    assert (copies[5:8] == sample_keys(np.repeat(X[1:2], 3, axis=0))).all()


def test_noise_is_standard_normal_and_independent() -> None:
    noise = normal_noise(KEYS, FIRST, 0, 7)
    assert noise.shape == (4000, 7) and noise.dtype == np.float32
    assert kstest(noise.ravel(), "norm").pvalue > 0.01
    columns = np.column_stack([noise, normal_noise(KEYS, FIRST + 1, 0, 7), normal_noise(KEYS, FIRST, 1, 7)])
    assert abs(np.corrcoef(columns.T) - np.eye(21)).max() < 0.07  # 4.4 standard errors
    assert abs(np.corrcoef(noise[:-1].ravel(), noise[1:].ravel())[0, 1]) < 0.03


def test_noise_of_every_size_and_seed_is_finite() -> None:
    for size in (1, 2, 5):
        made = normal_noise(KEYS[:3], np.arange(3), 2**70, size)
        assert made.shape == (3, size) and np.isfinite(made).all() and made.std() > 0


def test_generators_differ_by_sample_number_and_seed() -> None:
    def first(key: int, number: int, seed: int) -> float:
        return next(generators(KEYS[key : key + 1], np.array([number]), seed)).normal()

    assert len({first(0, 0, 0), first(1, 0, 0), first(0, 1, 0), first(0, 0, 1)}) == 4
    assert [g.normal() for g in generators(KEYS[:2], np.zeros(2, int), 0)] == [first(0, 0, 0), first(1, 0, 0)]
