"""Noise as real copy-number profiles have it.

Heavy tails, outliers alone and in pairs, autocorrelation, bins of unequal variance, residuals resampled from real
profiles, and waves that follow GC content and mappability.
"""

from __future__ import annotations

import numpy as np


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Sample a number whose logarithm is uniform between those of `low` and `high`."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def sample_noise(
    rng: np.random.Generator,
    n: int,
    tails: float | None,
    autocorrelation: float | None,
    outliers: float | None,
    residuals: np.ndarray | None,
) -> np.ndarray:
    """Sample noise of about unit robust deviation, (n,) float64; parameters that are None are sampled too.

    See `simulate_array` for the parameters.
    """
    if residuals is not None:
        noise = _windows(rng, residuals, n)
    else:
        tails = rng.choice([3, 4, 6, np.inf, np.inf, np.inf]) if tails is None else tails
        autocorrelation = rng.choice([0, 0, 0, 0, rng.uniform(0, 0.7)]) if autocorrelation is None else autocorrelation
        noise = rng.standard_normal(n) if np.isinf(tails) else rng.standard_t(tails, n)
        noise = correlated(noise, autocorrelation)
        if rng.random() < 0.3:
            noise *= np.exp(rng.uniform(0, 0.4) * rng.standard_normal(n))
    outliers = rng.choice([0, 0.0005, 0.002, 0.006]) if outliers is None else outliers
    off = rng.random(n) < outliers
    shift = off * rng.choice([-1, 1], n) * rng.uniform(4, 15, n)
    pairs = off & (rng.random(n) < 0.12)
    shift[1:] += (shift * pairs * rng.random(n))[:-1]  # two of equal size would be a short event
    return noise + shift


def correlated(noise: np.ndarray, rho: float) -> np.ndarray:
    """Return white noise with an AR(1) autocorrelation `rho` and the same variance."""
    if rho == 0:
        return noise
    memory = max(int(np.ceil(np.log(1e-3) / np.log(rho))), 1)
    return np.sqrt(1 - rho**2) * np.convolve(noise, rho ** np.arange(memory))[: len(noise)]


def sample_wave(rng: np.random.Generator, lengths: np.ndarray, tracks: np.ndarray | None) -> np.ndarray:
    """Sample a smooth bias of unit deviation, (n,) float64: a mixture of windows of real tracks, or smoothed noise."""
    n = int(lengths.sum())
    width = int(log_uniform(rng, 8, 400)) if tracks is None else int(rng.integers(1, 12))
    if tracks is None:
        wave = rng.standard_normal(n + width)
    else:
        step = int(rng.integers(1, 6))
        wave = np.sum([rng.standard_normal() * _windows(rng, t[None, ::step], n + width) for t in tracks], axis=0)
    total = np.cumsum(np.concatenate([[0.0], np.asarray(wave, float)]))
    wave = (total[width:] - total[:-width])[:n]
    return (wave - wave.mean()) / (wave.std() + 1e-9)


def _windows(rng: np.random.Generator, rows: np.ndarray, n: int) -> np.ndarray:
    """Sample n neighbouring values of a random row, or shorter windows end to end where rows are too short."""
    parts: list[np.ndarray] = []
    while (filled := sum(map(len, parts))) < n:
        row = rows[rng.integers(len(rows))]
        at = rng.integers(max(len(row) - (n - filled), 0) + 1)
        part = row[at : at + n - filled]
        parts.append(part[::-1] if rng.random() < 0.5 else part)
    return np.concatenate(parts).astype(float)
