"""Random changes of spectrograms that leave the word as it is."""

import numpy as np


def stretch(x, axis, position):
    """Return spectrograms (n, bands, frames, 1) read at fractional positions (n or 1, length) of an axis."""
    position = np.clip(position, 0, x.shape[axis] - 1)
    low = np.minimum(position.astype(int), x.shape[axis] - 2)
    shape = [len(low), 1, 1, 1]
    shape[axis] = low.shape[1]
    share = (position - low).astype(np.float32).reshape(shape)
    low = np.broadcast_to(low.reshape(shape), (len(x), *shape[1:]))
    return np.take_along_axis(x, low, axis) * (1 - share) + np.take_along_axis(x, low + 1, axis) * share


def augment(x, rng):
    """Return other voices and tempi: bands and time are stretched and shifted, timbre and noise change, and a few
    bands and frames are hidden (SpecAugment, Park et al. 2019)."""
    n, bands, frames, _ = x.shape
    f, t = np.arange(bands), np.arange(frames)

    def uniform(low, high):
        return rng.uniform(low, high, (n, 1)).astype(np.float32)

    made = stretch(x, 1, f * uniform(0.86, 1.14) + bands * uniform(-0.03, 0.03))
    bend = (t / t[-1]) ** np.exp(uniform(-0.3, 0.3))
    made = stretch(made, 2, t[-1] * bend * uniform(0.92, 1.08) + uniform(-3, 3))
    curves = np.cos(np.pi * np.arange(1, 5)[:, None] * (f + 0.5) / bands)
    timbre = rng.normal(0, 0.04, (n, 4)) @ curves
    made = np.maximum(
        made * uniform(0.9, 1.1)[..., None, None] + timbre[..., None, None], uniform(-0.2, 0.2)[..., None, None]
    )
    for axis, positions, most in ((1, f, 5), (2, t, 7)):
        begin = rng.integers(0, len(positions), (n, 1))
        hidden = (positions >= begin) & (positions < begin + rng.integers(0, most, (n, 1)))
        made = np.where(np.expand_dims(hidden, (2, 3) if axis == 1 else (1, 3)), made.mean((1, 2), keepdims=True), made)
    return np.clip(made, 0, 1).astype(np.float32)
