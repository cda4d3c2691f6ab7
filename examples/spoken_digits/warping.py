"""Random changes of spectrograms that leave the word as it is."""

import numpy as np

DECADES = 6 * np.log(10)  # natural logarithm of the power between 0 and 1 in a spectrogram 60 decibels deep


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
    """Return the words in other voices, tempi, rooms and noise, with a few bands and frames hidden."""
    return hide(in_noise(other_tempo(other_voice(x, rng), rng), rng), rng).astype(np.float32)


def other_voice(x, rng):
    """Return words of another vocal tract (Jaitly and Hinton 2013) and timbre."""
    n, bands, *_ = x.shape
    scale = np.exp(rng.uniform(-0.18, 0.18, (n, 1)))
    shift = bands * rng.uniform(-0.03, 0.03, (n, 1)) + curves(rng, n, 3, bands, 0.5)
    timbre = curves(rng, n, 5, bands, 0.06)[:, :, None, None]
    return 1 + (stretch(x, 1, np.arange(bands) * scale + shift) - 1) * rng.uniform(0.9, 1.1, (n, 1, 1, 1)) + timbre


def other_tempo(x, rng):
    """Return words whose sounds last longer or shorter, and that begin and end elsewhere, in silence or cut short."""
    n, _, frames, _ = x.shape
    position = np.cumsum(np.exp(curves(rng, n, 3, frames, np.array([0.45, 0.36, 0.27]))), 1)
    position = (position - position[:, :1]) / (position[:, -1:] - position[:, :1])
    begin, end = rng.uniform(-0.2, 0.08, (n, 1)), 1 + rng.uniform(-0.08, 0.2, (n, 1))
    position = (frames - 1) * (begin + (end - begin) * position)
    silent = (position < -1) | (position > frames)
    return stretch(x, 2, position) - 0.3 * silent[:, None, :, None]


def in_noise(x, rng):
    """Return words in noise of a random level and colour; powers add."""
    n, bands, *_ = x.shape
    tilt = (np.arange(bands) / bands - 0.5) * rng.uniform(-0.1, 0.4, (n, 1))
    level = rng.uniform(-0.3, 0.5, (n, 1)) + tilt + curves(rng, n, 3, bands, 0.04)
    noise = level[:, :, None, None] + rng.normal(0, 0.05, x.shape)
    return np.clip(np.logaddexp(x * DECADES, noise * DECADES) / DECADES, 0, 1)


def hide(x, rng):
    """Return words of which a few bands and frames are hidden (SpecAugment, Park et al. 2019)."""
    mean = x.mean((1, 2), keepdims=True)
    for axis, most in ((1, 7), (2, 9)):
        places = np.arange(x.shape[axis])
        begin = rng.integers(-(most // 2), len(places), (len(x), 1))
        hidden = (places >= begin) & (places < begin + rng.integers(0, most, (len(x), 1)))
        x = np.where(np.expand_dims(hidden, (2, 3) if axis == 1 else (1, 3)), mean, x)
    return x


def curves(rng, n, waves, length, deviation):
    """Return smooth random curves (n, length): sums of a few cosines."""
    cosines = np.cos(np.pi * np.arange(1, waves + 1)[:, None] * (np.arange(length) + 0.5) / length)
    return rng.normal(0, 1, (n, waves)) * deviation @ cosines
