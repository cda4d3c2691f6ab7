"""Many translations of one sample: draw target latents, decode them, and draw again what does not look right."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.autoencoder.autoencoder import Autoencoder
from bridgeae.checks import check_counts
from bridgeae.errors import InputError

_REDRAWS = 8  # how often a draw that does not look like its class is replaced
_AGREED = 0.97  # probability of its class from which a draw is good enough


def draw(
    linker: Any, target: Autoencoder, z: np.ndarray, draws: int, rng: np.random.Generator, batch_size: int
) -> np.ndarray:
    """Draw translations of source latents; what does not agree with its class is drawn again, and the best is kept.

    Args:
        linker: one that samples, with `sample` and `agreement`.
        target: the autoencoder that decodes what is drawn, and encodes it again to see whether it agrees.
        z: (n, *source_latent).
        draws: translations of each.
        rng: source of randomness.
        batch_size: samples a step.

    Returns:
        (n, draws, *target_sample) float32.

    Raises:
        InputError: the linker does not sample, or `draws` is less than 1.
    """
    if not callable(getattr(linker, "sample", None)):
        raise InputError(f"`draws` needs a linker that samples, not {type(linker).__name__}: use FlowLinker.")
    check_counts(draws=draws)
    many = np.tile(z, (draws, *[1] * (z.ndim - 1)))

    def draw_again(index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        made = target.decode(linker.sample(many[index], rng), batch_size=batch_size)
        return made, linker.agreement(many[index], target.encode(made, views=False, batch_size=batch_size))

    # one call for each round of draws, since a linker may spread those of a call evenly
    made, agreement = map(np.concatenate, zip(*map(draw_again, np.split(np.arange(len(many)), draws)), strict=True))
    for _ in range(_REDRAWS):
        doubtful = np.flatnonzero(agreement < _AGREED)
        if not len(doubtful):
            break
        again, better = draw_again(doubtful)
        improved = better > agreement[doubtful]
        made[doubtful[improved]], agreement[doubtful[improved]] = again[improved], better[improved]
    return np.asarray(made.reshape(draws, len(z), *made.shape[1:]).swapaxes(0, 1))
