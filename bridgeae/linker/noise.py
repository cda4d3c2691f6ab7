"""Normal noise that covers its distribution evenly."""

from __future__ import annotations

import numpy as np

# coefficients of Wichura's algorithm AS 241, highest power first: near the middle, in the tails, and far out
_MIDDLE = (
    (
        2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
        13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
    ),
    (
        5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
        5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0,
    ),
)  # fmt: skip
_TAIL = (
    (
        7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
        3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
    ),
    (
        1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
        0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0,
    ),
)  # fmt: skip
_FAR = (
    (
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
        0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
    ),
    (
        2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
        0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0,
    ),
)  # fmt: skip


def normal_quantile(p: np.ndarray) -> np.ndarray:
    """Return the quantiles of the standard normal distribution at probabilities in (0, 1) (AS 241, Wichura 1988).

    `scipy.special.ndtri` does the same; scipy is not needed to run a model.
    """
    q = np.asarray(p, np.float64) - 0.5
    r = np.sqrt(-np.log(np.minimum(p, 1 - p)))
    middle, far = np.abs(q) <= 0.425, r > 5
    tail = np.where(far, _ratio(_FAR, r - 5), _ratio(_TAIL, r - 1.6))
    return np.where(middle, q * _ratio(_MIDDLE, 0.180625 - q * q), np.copysign(tail, q))


def latin_hypercube_normal(n: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw standard normal noise (n, size) with one value of each column in each n-th of the distribution.

    A Latin hypercube (McKay et al. 1979); `scipy.stats.qmc` does the same, and takes 2.6 seconds to import.
    """
    ranks = rng.permuted(np.tile(np.arange(n), (size, 1)), axis=1).T
    return normal_quantile((ranks + rng.uniform(1e-6, 1 - 1e-6, (n, size))) / n)


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: np.ndarray) -> np.ndarray:
    above, below = (np.polyval(part, x) for part in coefficients)
    return np.asarray(above / below)
