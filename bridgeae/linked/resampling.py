"""Draws that look like their class: decode what is drawn, encode it again, and replace what does not agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.autoencoder import Autoencoder
from bridgeae.checks import check_counts, check_seed
from bridgeae.errors import InputError
from bridgeae.linker.noise import generators, normal_noise
from bridgeae.protocols import FromNoise, SamplingLinker

_MAX_REDRAWS = 8  # rounds in which draws below `_MIN_AGREEMENT` are replaced
_MIN_AGREEMENT = 0.97  # probability of its class from which a draw is kept


def draw(
    linker: Any, target: Autoencoder, z: np.ndarray, keys: np.ndarray, draws: int, seed: int, batch_size: int
) -> np.ndarray:
    """Draw translations of source latents; a draw that does not agree with its class is replaced by a better one.

    Args:
        linker: a `SamplingLinker`.
        target: the autoencoder that decodes draws, and encodes them again for `agreement`.
        z: (n, *source_latent).
        keys: (n,) uint64 of the samples; see `bridgeae.linker.noise.sample_keys`.
        draws: translations of each.
        seed: with its key and the number of the draw it decides each draw.
        batch_size: samples a step.

    Returns:
        (n, draws, *target_sample) float32.

    Raises:
        InputError: the linker does not sample, `draws` is less than 1, or `seed` is negative.
    """
    if not isinstance(linker, SamplingLinker):
        raise InputError(f"`draws` needs a linker that samples, not {type(linker).__name__}: use FlowLinker.")
    check_counts(draws=draws)
    check_seed(seed)
    many, keys = np.repeat(z, draws, axis=0), np.repeat(keys, draws)
    numbers = np.tile(np.arange(draws) * (1 + _MAX_REDRAWS), len(z))  # those between are for draws anew

    def sample(index: np.ndarray, anew: int) -> tuple[np.ndarray, np.ndarray]:
        latents = _latents(linker, many[index], keys[index], numbers[index] + anew, seed)
        made = target.decode(latents, batch_size=batch_size)
        return made, linker.agreement(many[index], target.encode(made, views=False, batch_size=batch_size))

    made, agreement = sample(np.arange(len(many)), 0)
    for anew in range(1, 1 + _MAX_REDRAWS):
        doubtful = np.flatnonzero(agreement < _MIN_AGREEMENT)
        if not len(doubtful):
            break
        again, better = sample(doubtful, anew)
        improved = better > agreement[doubtful]
        made[doubtful[improved]], agreement[doubtful[improved]] = again[improved], better[improved]
    return np.asarray(made.reshape(len(z), draws, *made.shape[1:]))


def _latents(linker: Any, z: np.ndarray, keys: np.ndarray, numbers: np.ndarray, seed: int) -> np.ndarray:
    """Return a drawn target latent for each source latent, which depends on nothing else in the call."""
    if isinstance(linker, FromNoise):
        return linker.from_noise(z, normal_noise(keys, numbers, seed, linker.noise_size))
    drawn = [linker.sample(z[k : k + 1], rng) for k, rng in enumerate(generators(keys, numbers, seed))]
    return np.concatenate(drawn)
