"""Kernel ridge regression whose errors on left-out folds cost no refit, and whose memory stays bounded.

With G = K + alpha I, the errors of a model that never saw fold F are (G^-1)_FF^-1 (G^-1 y)_F: one inverse gives those
of all folds. For many pairs the regression is one on at most `MAX_LANDMARKS` of them (Nystroem; Williams and Seeger
2000).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KERNELS = ("linear", "gaussian", "matern", "exponential")
"""Linear ridge regression; Gaussian, Matern 5/2 and exponential (Matern 1/2) kernels of the Euclidean distance."""

MAX_LANDMARKS = 4000
_EXACT = 2000  # pairs up to which one inverse gives the errors of all folds
_SCREENED = 400  # pairs on which width and penalty are chosen
_WIDTHS = (0.2, 0.35, 0.6, 1.0, 2.0, 4.0, 8.0, 16.0)  # relative to the median distance of two samples
_ALPHAS = tuple(10.0 ** (k / 2) for k in range(-10, 9))
_START = {"linear": (3, 10), "gaussian": (2, 8), "matern": (3, 8), "exponential": (3, 7)}
_BLOCK = 2000  # rows of a kernel in memory at once


@dataclass(frozen=True)
class Kernel:
    """A kernel with its width and the penalty of the regression.

    Args:
        name: one of `KERNELS`.
        width: distance at which it falls off; that of a linear one divides the samples.
        alpha: penalty.
    """

    name: str
    width: float
    alpha: float

    def of(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return the kernel (n, m) of rows (n, d) and (m, d)."""
        if self.name == "linear":
            return np.asarray(a @ b.T / self.width**2)
        squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
        r2 = np.maximum(squares, 0, out=squares) / self.width**2
        if self.name == "gaussian":
            return np.asarray(np.exp(-r2 / 2))
        r = np.sqrt(r2 if self.name == "exponential" else 5 * r2)
        return np.asarray(np.exp(-r) * (1.0 if self.name == "exponential" else 1 + r + r2 * (5 / 3)))


def choose_kernel(
    name: str, x: np.ndarray, y: np.ndarray, fold: np.ndarray, rng: np.random.Generator
) -> tuple[Kernel, float]:
    """Return the kernel of that name whose width and penalty predict left-out folds best, and its squared error.

    A walk over a grid that stops where no neighbour is better, on up to 400 pairs.

    Args:
        name: one of `KERNELS`.
        x: (n, d) float64, centred.
        y: (n, d') float64, centred.
        fold: (n,) the fold of each pair.
        rng: chooses the pairs.
    """
    few = np.sort(rng.permutation(len(x))[:_SCREENED])
    x, y, fold = x[few], y[few], fold[few]
    distance = np.sqrt(_median_square(x))
    tried: dict[tuple[int, int], float] = {}

    def kernel(at: tuple[int, int]) -> Kernel:
        width = np.sqrt(np.mean((x**2).sum(1))) if name == "linear" else _WIDTHS[at[0]] * distance
        return Kernel(name, float(max(width, 1e-12)), _ALPHAS[at[1]])

    def error(at: tuple[int, int]) -> float:
        inside = 0 <= at[0] < len(_WIDTHS) and 0 <= at[1] < len(_ALPHAS)
        if at not in tried:
            tried[at] = _error(kernel(at), x, y, fold) if inside else np.inf
        return tried[at]

    best, steps = _START[name], ((0, 2), (0, -2), (0, 1), (0, -1))
    steps += () if name == "linear" else ((1, 0), (-1, 0), (1, -2), (-1, 2), (1, -1), (-1, 1))  # type: ignore[assignment]
    while True:
        near = [(best[0] + a, best[1] + b) for a, b in steps]
        better = min(near, key=error)
        if error(better) >= error(best):
            return kernel(best), error(best)
        best = better


def predict_folds(kernel: Kernel, x: np.ndarray, y: np.ndarray, fold: np.ndarray) -> np.ndarray | None:
    """Return the prediction (n, d') of each pair by a model that never saw its fold; None where G is singular."""
    inverse = _inverse(kernel.of(x, x), kernel.alpha)
    return None if inverse is None else _left_out(inverse, inverse @ y, y, fold)


def fit_kernel(
    kernel: Kernel, x: np.ndarray, y: np.ndarray, fold: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fit a kernel ridge regression.

    Returns:
        (landmarks, weights, made): ``kernel.of(z, landmarks) @ weights`` predicts, and `made` (n, d') is what
        `predict_folds` returns, for many pairs from the moments of each fold.
    """
    if len(x) <= _EXACT and (inverse := _inverse(kernel.of(x, x), kernel.alpha)) is not None:
        weights = inverse @ y
        return x, weights, _left_out(inverse, weights, y, fold)
    landmarks, made = _landmarks(kernel, x), np.empty_like(y)
    moments = {f: _moments(kernel, x[fold == f], y[fold == f], landmarks) for f in np.unique(fold)}
    gram, cross = (sum((held[k] for held in moments.values()), np.zeros(())) for k in (0, 1))
    for f, (own_gram, own_cross) in moments.items():
        weights = _solve(kernel, landmarks, gram - own_gram, cross - own_cross)
        left_out = np.flatnonzero(fold == f)
        for part in np.split(left_out, range(_BLOCK, len(left_out), _BLOCK)):
            made[part] = kernel.of(x[part], landmarks) @ weights
    return landmarks, _solve(kernel, landmarks, gram, cross), made


def _left_out(inverse: np.ndarray, weights: np.ndarray, y: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Return what models that never saw a pair's fold predict (n, d'), from G^-1 and G^-1 y."""
    made = np.empty_like(y)
    for f in np.unique(fold):
        out = np.flatnonzero(fold == f)
        made[out] = y[out] - np.linalg.solve(inverse[np.ix_(out, out)], weights[out])
    return made


def _landmarks(kernel: Kernel, x: np.ndarray) -> np.ndarray:
    if kernel.name == "linear" and x.shape[1] < len(x):
        return kernel.width * np.eye(x.shape[1])  # whose kernel features are the samples: ordinary ridge regression
    return x[np.sort(np.random.default_rng(0).permutation(len(x))[:MAX_LANDMARKS])]


def _moments(kernel: Kernel, x: np.ndarray, y: np.ndarray, landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the Gram matrix (m, m) of kernel features and their products (m, d') with y, block by block."""
    gram, cross = np.zeros((len(landmarks),) * 2), np.zeros((len(landmarks), y.shape[1]))
    marks = landmarks.astype(np.float32)
    for k in range(0, len(x), _BLOCK):
        part = kernel.of(x[k : k + _BLOCK].astype(np.float32), marks)
        gram += part.T @ part
        cross += part.T @ y[k : k + _BLOCK].astype(np.float32)
    return gram, cross


def _solve(kernel: Kernel, landmarks: np.ndarray, gram: np.ndarray, cross: np.ndarray) -> np.ndarray:
    """Return the weights (m, d') of landmarks; what float32 rounds off is made up by a larger penalty."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    penalised = gram + kernel.alpha * kernel.of(landmarks, landmarks)
    unit = float(np.trace(gram)) / len(gram) or 1.0
    for penalty in (1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2):
        penalised[np.diag_indices(len(gram))] += penalty * unit
        try:
            return np.asarray(cho_solve(cho_factor(penalised, lower=True), cross))
        except LinAlgError:
            continue
    return np.zeros(cross.shape)  # the mean


def _inverse(gram: np.ndarray, alpha: float) -> np.ndarray | None:
    """Return the inverse of a kernel matrix plus alpha, or None where it is not positive definite."""
    from scipy.linalg.lapack import dpotrf, dpotri

    gram = np.array(gram, np.float64)
    gram[np.diag_indices(len(gram))] += alpha + 1e-10 * np.trace(gram) / len(gram)
    factor, failed = dpotrf(gram, lower=1)
    if failed:
        return None
    inverse = np.tril(dpotri(factor, lower=1)[0])
    return np.asarray(inverse + np.tril(inverse, -1).T)


def _error(kernel: Kernel, x: np.ndarray, y: np.ndarray, fold: np.ndarray) -> float:
    made = predict_folds(kernel, x, y, fold)
    return np.inf if made is None else float(((made - y) ** 2).sum())


def _median_square(x: np.ndarray) -> float:
    """Return the median squared distance of two different samples."""
    squares = (x**2).sum(1)[:, None] + (x**2).sum(1) - 2 * x @ x.T
    apart = squares[np.triu_indices(len(x), 1)]
    apart = apart[apart > 1e-12 * max(float(apart.max()), 1e-300)] if len(apart) else apart
    return float(np.median(apart)) if len(apart) else 1.0
