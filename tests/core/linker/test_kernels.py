from __future__ import annotations

import numpy as np
import pytest
from sklearn.gaussian_process.kernels import RBF, Matern
from sklearn.kernel_ridge import KernelRidge

from bridgeae.linker import kernels
from bridgeae.linker.kernels import KERNELS, Kernel, choose_kernel, fit_kernel, predict_folds

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 3))
Y = np.column_stack([np.sin(2 * X[:, 0]), X[:, 1] * X[:, 2]]) + 0.05 * RNG.normal(size=(90, 2))
FOLD = np.arange(90) % 5


def test_kernels_are_those_of_scikit_learn() -> None:
    for name, peer in (("gaussian", RBF(1.7)), ("matern", Matern(1.7, nu=2.5)), ("exponential", Matern(1.7, nu=0.5))):
        assert np.allclose(Kernel(name, 1.7, 0.1).of(X, X[:9]), peer(X, X[:9]), atol=1e-6)
    assert np.allclose(Kernel("linear", 2.0, 0.1).of(X, X[:9]), X @ X[:9].T / 4)


@pytest.mark.parametrize("name", KERNELS)
def test_folds_are_predicted_as_if_refitted(name: str) -> None:
    kernel = Kernel(name, 1.3, 0.1)
    made = predict_folds(kernel, X, Y, FOLD)
    assert made is not None
    for f in range(5):
        out = fold = f == FOLD
        peer = KernelRidge(alpha=0.1, kernel="precomputed").fit(kernel.of(X[~out], X[~out]), Y[~out])
        assert np.allclose(made[fold], peer.predict(kernel.of(X[out], X[~out])), atol=1e-6)


@pytest.mark.parametrize("name", KERNELS)
def test_many_pairs_are_regressed_on_landmarks_with_the_same_result(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(name, 1.3, 0.1)
    landmarks, weights, made = fit_kernel(kernel, X, Y, FOLD)
    monkeypatch.setattr(kernels, "_EXACT", 10)
    few_landmarks, few_weights, few_made = fit_kernel(kernel, X, Y, FOLD)
    assert np.allclose(kernel.of(X, few_landmarks) @ few_weights, kernel.of(X, landmarks) @ weights, atol=2e-2)
    assert np.allclose(few_made, made, atol=5e-2)
    monkeypatch.setattr(kernels, "MAX_LANDMARKS", 30)
    assert len(fit_kernel(kernel, X, Y, FOLD)[0]) == (3 if name == "linear" else 30)


def test_a_smooth_map_gets_a_kernel_that_predicts_it() -> None:
    errors = {name: choose_kernel(name, X, Y, FOLD, np.random.default_rng(0))[1] for name in KERNELS}
    assert errors["gaussian"] < 0.25 * errors["linear"]


def test_noise_gets_a_penalty_that_predicts_the_mean() -> None:
    y = RNG.normal(size=(90, 2))
    kernel, error = choose_kernel("linear", X, y - y.mean(0), FOLD, np.random.default_rng(0))
    assert kernel.alpha >= 10 and error < 1.1 * ((y - y.mean(0)) ** 2).sum()


def test_repeated_and_constant_rows_are_taken() -> None:
    x = np.repeat(X[:10], 5, 0)
    for name in KERNELS:
        for rows in (x, x * 0):
            kernel, error = choose_kernel(name, rows, Y[:50], np.repeat(np.arange(10), 5), np.random.default_rng(0))
            assert np.isfinite(error) and np.isfinite(fit_kernel(kernel, rows, Y[:50], FOLD[:50])[1]).all()
