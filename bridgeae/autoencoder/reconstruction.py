"""How well an autoencoder reconstructs samples, in their own units."""

from __future__ import annotations

import warnings
from math import prod
from typing import Any

import numpy as np

from bridgeae.domain import Domain, some_of

_MAX_SAMPLES = 512
_MAX_VALUES = 2**21


class ReconstructionWarning(UserWarning):
    """A side reconstructs its samples worse than their mean would."""


def r2(true: np.ndarray, made: np.ndarray) -> tuple[float, float]:
    """Return the variance-weighted R2, and the uniform one: the mean over the values that vary.

    Args:
        true: (n, *sample).
        made: (n, *sample) their predictions.

    Returns:
        Both 1 where no value varies and all are met.
    """
    a, b = (part.reshape(len(part), -1).astype(np.float64) for part in (true, made))
    error, spread = ((a - b) ** 2).sum(0), ((a - a.mean(0)) ** 2).sum(0)
    varies = spread > 1e-12 * max(float(spread.max()), 1e-300)
    if not varies.any():
        return (1.0, 1.0) if error.sum() == 0 else (0.0, 0.0)
    return 1 - float(error.sum() / spread.sum()), 1 - float((error[varies] / spread[varies]).mean())


def measure_reconstruction(side: Any, domain: Domain) -> dict[str, float] | None:
    """Return `n`, `r2`, `r2_uniform` and `mse` of reconstructed samples, in their own units, and warn below the mean.

    None without a decoder.

    Args:
        side: a fitted autoencoder.
        domain: its training samples, of which up to 512 are reconstructed.
    """
    if side.decoder is None:
        return None
    count = max(16, min(_MAX_SAMPLES, _MAX_VALUES // prod(domain.sample_shape)))
    x = some_of(domain.x, count)
    made = side.reconstruct(x)
    weighted, uniform = r2(x, made)
    of_unit = uniform if side.scaling_ is not None and side.scaling_.kind == "feature" else weighted
    if of_unit < 0 and isinstance(side.loss, str):
        warnings.warn(_advice(side, of_unit), ReconstructionWarning, stacklevel=4)
    error = float(np.mean((x.astype(np.float64) - made) ** 2))
    return {"n": len(x), "r2": weighted, "r2_uniform": uniform, "mse": error}


def _advice(side: Any, score: float) -> str:
    raw = side.scaling_ is None or side.scaling_.kind == "none"
    advice = (
        'its samples are not standardised: pass Autoencoder(standardise="feature") or "one", unless their unit is '
        "about 1 already; or train it longer (`epochs`)"
        if raw
        else "train it longer (`epochs`), take a smaller `learning_rate`, or look for outliers in the samples"
    )
    return (
        f"this autoencoder reconstructs its own training samples worse than their mean does (R2 {score:.2f}), so that "
        f"nothing it decodes can be trusted: {advice}."
    )
