"""How good translations of given pairs are: near the true sample, in its direction, and told apart from others.

Intervals are percentile bootstrap intervals of 95 % over the test pairs (Efron 1979); draws and training are kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.autoencoder.reconstruction import r2
from bridgeae.evaluation.baselines import Baselines

DRAWS = 19
"""Draws of a sample, so that their 1st to 19th hold 90 % of the truth, and their 5th to 15th 50 %."""
RECALL_AT = (1, 5, 10)
MEASURES = ("r2", "r2_uniform", "cosine", "foscttm", *(f"recall@{k}" for k in RECALL_AT))
"""Measures of one set of answers; each has an `<name>_interval`."""

_RESAMPLES = 400
_MAX_RETRIEVED = 2000  # test pairs among which a sample is looked for


def evaluate_pairs(
    source: np.ndarray,
    made: np.ndarray,
    true: np.ndarray,
    baselines: Baselines,
    draws: np.ndarray | None = None,
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure translations beside the true target samples, and baselines beside them.

    Args:
        source: (n, *sample) test samples.
        made: (n, *target_sample) their translations.
        true: (n, *target_sample) the target samples that belong with them.
        baselines: fitted on the training pairs.
        draws: (n, 19, *target_sample) of a linker that samples, or None.
        seed: of the bootstrap, and of the choice of 2,000 pairs for retrieval.

    Returns:
        `n`; the `MEASURES` of `made` with intervals; `retrieval_n`; `baselines`, the same measures of each by name;
        with `draws` also `drawn`, see `measure_draws`.
    """
    found = measure(made, true, baselines, seed=seed)
    others = {name: measure(x, true, baselines, seed=seed) for name, x in baselines.predict(source).items()}
    figures = {"n": len(true), **found, "baselines": others}
    return figures if draws is None else figures | {"drawn": measure_draws(draws, made, true, baselines, seed=seed)}


def measure(made: np.ndarray, true: np.ndarray, baselines: Baselines, *, seed: int = 0) -> dict[str, Any]:
    """Return the `MEASURES` of answers (n, *target_sample), each with its interval.

    `r2` weighs values by their variance and `r2_uniform` is the mean over values; neither counts a value that never
    varies. `cosine` is that of the deviations from the target's training mean. `foscttm` is the share of samples that
    are closer than the true one, over both directions, ties counted half (Liu et al. 2019), and `recall@k` says how
    often the true sample is among the k nearest. Distances are in standardised units, among `retrieval_n` samples.
    """
    rng = np.random.default_rng(seed)
    resampled = rng.multinomial(len(true), np.full(len(true), 1 / len(true)), _RESAMPLES)
    weighted, uniform = r2(true, made)
    figures: dict[str, Any] = {"r2": weighted, "r2_uniform": uniform}
    spread = _r2_of(made, true, resampled)
    figures |= {f"{name}_interval": _interval(values) for name, values in zip(figures, spread, strict=True)}
    chosen = np.sort(rng.permutation(len(true))[:_MAX_RETRIEVED])
    parts = {"cosine": _cosine(made - baselines.mean, true - baselines.mean)}
    parts |= retrieval(baselines.standardise(made[chosen]), baselines.standardise(true[chosen]))
    for name, each in parts.items():
        counts = resampled if len(each) == len(true) else resampled[:, chosen]
        figures[name] = float(each.mean())
        figures[f"{name}_interval"] = _interval(counts @ each / np.maximum(counts.sum(1), 1))
    return figures | {"retrieval_n": len(chosen)}


def retrieval(made: np.ndarray, true: np.ndarray) -> dict[str, np.ndarray]:
    """Return `foscttm` and `recall@k` of each pair (n,), from vectors (n, d) of answers and true samples."""
    a, b = made.astype(np.float64), true.astype(np.float64)
    distance = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    own = np.diag(distance)
    noise = 1e-10 * max(float(np.abs(distance).max()), 1e-300)  # of rounding: below it distances are equal
    n = len(own)
    found = {}
    for axis, of in ((1, own[:, None]), (0, own)):
        closer = (distance < of - noise).sum(axis)
        ties = (np.abs(distance - of) <= noise).sum(axis) - 1
        found[axis] = closer, ties
    shares = [(closer + ties / 2) / max(n - 1, 1) for closer, ties in found.values()]
    closer, ties = found[1]
    # a tie is decided by chance
    recalls = {f"recall@{k}": np.clip((k - closer) / (ties + 1), 0, 1) for k in RECALL_AT}
    return {"foscttm": (shares[0] + shares[1]) / 2, **recalls}


def measure_draws(
    draws: np.ndarray, made: np.ndarray, true: np.ndarray, baselines: Baselines, *, seed: int = 0
) -> dict[str, Any]:
    """Return how well 19 draws (n, 19, *target_sample) of each sample tell what the truth may be.

    Returns:
        `energy`: the energy score (Gneiting and Raftery 2007), in standardised units, less is better; `energy_fixed` of
        the fixed answer and `energy_marginal` of target samples at random stand beside it. `coverage_50` and
        `coverage_90`: the share of true values within the central intervals of the draws. `diversity`: the spread of
        the draws of a sample, relative to that of the truth around their mean; 1 is as varied. All with intervals.
    """
    rng = np.random.default_rng(seed)
    n = len(true)
    y, fixed = baselines.standardise(true), baselines.standardise(made)
    drawn = np.stack([baselines.standardise(draws[:, k]) for k in range(draws.shape[1])], 1)
    known = baselines.target_
    other = known[rng.integers(len(known), size=(n, DRAWS))]
    each = {
        "energy": _energy(drawn, y),
        "energy_fixed": np.linalg.norm(fixed - y, axis=1),
        "energy_marginal": _energy(other, y),
    }
    varies = y.std(0) > 1e-6
    order = np.sort(drawn[:, :, varies], 1)
    for level, k in (("coverage_50", 4), ("coverage_90", 0)):
        inside = (order[:, k] <= y[:, varies]) & (y[:, varies] <= order[:, DRAWS - 1 - k])
        each[level] = inside.mean(1)
    figures: dict[str, Any] = {"n": n, "draws": DRAWS}
    resampled = rng.multinomial(n, np.full(n, 1 / n), _RESAMPLES)
    for name, values in each.items():
        figures |= {name: float(values.mean()), f"{name}_interval": _interval(resampled @ values / n)}
    variance = drawn[:, :, varies].var(1, ddof=1).sum(1)
    error = ((y - drawn.mean(1))[:, varies] ** 2).sum(1) / (1 + 1 / DRAWS)
    figures["diversity"] = float(np.sqrt(variance.sum() / max(error.sum(), 1e-300)))
    ratio = np.sqrt(resampled @ variance / np.maximum(resampled @ error, 1e-300))
    return figures | {"diversity_interval": _interval(ratio)}


def _energy(drawn: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the energy score (n,) of draws (n, m, d), with the unbiased distance between two draws."""
    m = drawn.shape[1]
    apart = sum(np.linalg.norm(drawn[:, k + 1 :] - drawn[:, k : k + 1], axis=2).sum(1) for k in range(m - 1))
    return np.asarray(np.linalg.norm(drawn - y[:, None], axis=2).mean(1) - apart / (m * (m - 1)))


def _cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the cosine (n,) of each row of one array with that of another; 0 where one is zero."""
    a, b = (part.reshape(len(part), -1).astype(np.float64) for part in (a, b))
    length = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray((a * b).sum(1) / np.where(length > 1e-12 * max(float(length.max()), 1e-300), length, np.inf))


def _r2_of(made: np.ndarray, true: np.ndarray, resampled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both R2 of resampled pairs, from how often each pair is in a resample (b, n)."""
    y, x = (part.reshape(len(part), -1).astype(np.float64) for part in (true, made))
    y, x = y - y.mean(0), x - y.mean(0)
    n = len(y)
    error, square, sums = ((resampled @ part) for part in ((x - y) ** 2, y**2, y))
    spread = np.maximum(square - sums**2 / n, 0)
    varies = y.var(0) > 1e-12 * max(float(y.var(0).max()), 1e-300)
    if not varies.any():
        return (np.zeros(len(resampled)),) * 2
    error, spread = error[:, varies], spread[:, varies]
    # a value that hardly varies may be constant in a resample
    known = spread > 1e-9 * square[:, varies].max(0)
    uniform = np.where(known, 1 - error / np.where(known, spread, 1), np.nan)
    return 1 - error.sum(1) / np.maximum(spread.sum(1), 1e-300), np.nanmean(uniform, 1)


def _interval(values: np.ndarray) -> list[float]:
    low, high = np.nanquantile(values, (0.025, 0.975))
    return [float(low), float(high)]
