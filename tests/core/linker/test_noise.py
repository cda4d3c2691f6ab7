from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from bridgeae.linker.noise import normal_quantile


def test_quantiles_are_those_of_scipy() -> None:
    p = np.concatenate([np.linspace(1e-6, 1 - 1e-6, 9999), [1e-300, 1e-20, 1e-12, 1 - 1e-12, 0.075, 0.925]])
    np.testing.assert_allclose(normal_quantile(p), ndtri(p), rtol=1e-14, atol=1e-14)
