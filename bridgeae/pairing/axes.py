"""Principal axes of latents."""

from __future__ import annotations

import numpy as np


def principal_axes(z: np.ndarray, count: int) -> np.ndarray:
    """Return the scores (n, count) of centred latents (n, *latent) on their first principal axes."""
    z = z.reshape(len(z), -1) - z.reshape(len(z), -1).mean(0)
    return np.asarray(z @ np.linalg.svd(z.T @ z)[0][:, :count])
