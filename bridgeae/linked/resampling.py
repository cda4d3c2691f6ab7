"""Draws that look like their class: decode what is drawn, encode it again, and replace what does not agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.autoencoder import Autoencoder
from bridgeae.checks import check_counts
from bridgeae.errors import InputError
from bridgeae.protocols import SamplingLinker

_MAX_REDRAWS = 8  # rounds in which draws below `_MIN_AGREEMENT` are replaced
_MIN_AGREEMENT = 0.97  # probability of its class from which a draw is kept


def draw(
    linker: Any, target: Autoencoder, z: np.ndarray, draws: int, rng: np.random.Generator, batch_size: int
) -> np.ndarray:
    """Draw translations of source latents; a draw that does not agree with its class is replaced by a better one.

    Args:
        linker: a `SamplingLinker`.
        target: the autoencoder that decodes draws, and encodes them again for `agreement`.
        z: (n, *source_latent).
        draws: translations of each.
        rng: source of randomness.
        batch_size: samples a step.

    Returns:
        (n, draws, *target_sample) float32.

    Raises:
        InputError: the linker does not sample, or `draws` is less than 1.
    """
    if not isinstance(linker, SamplingLinker):
        raise InputError(f"`draws` needs a linker that samples, not {type(linker).__name__}: use FlowLinker.")
    check_counts(draws=draws)
    many = np.tile(z, (draws, *[1] * (z.ndim - 1)))

    def sample(index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        made = target.decode(linker.sample(many[index], rng), batch_size=batch_size)
        return made, linker.agreement(many[index], target.encode(made, views=False, batch_size=batch_size))

    # one call for each round of draws, since a linker may spread those of a call evenly
    made, agreement = map(np.concatenate, zip(*map(sample, np.split(np.arange(len(many)), draws)), strict=True))
    for _ in range(_MAX_REDRAWS):
        doubtful = np.flatnonzero(agreement < _MIN_AGREEMENT)
        if not len(doubtful):
            break
        again, better = sample(doubtful)
        improved = better > agreement[doubtful]
        made[doubtful[improved]], agreement[doubtful[improved]] = again[improved], better[improved]
    return np.asarray(made.reshape(draws, len(z), *made.shape[1:]).swapaxes(0, 1))
