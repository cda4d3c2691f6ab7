"""Sounds become log-mel spectrograms of a fixed size, and spectrograms become sounds."""

import numpy as np
from scipy.signal import lfilter

WINDOW, HOP = 256, 64  # samples of a frame, and between frames of a sound that is written
RANGE, SILENCE = 60.0, 40.0  # decibels shown below the loudest, and below which a word has not begun or has ended
EMPHASIS, PITCH = 0.9, 115  # pre-emphasis of high frequencies; hertz of the voice that speaks


def mel_edges(bands, rate):
    """Return frequencies (bands + 2,) in hertz, equally far apart in mel: each band's centre between its edges."""
    mel = np.linspace(*2595 * np.log10(1 + np.array([60, rate / 2]) / 700), bands + 2)
    return 700 * (10 ** (mel / 2595) - 1)


def mel_bands(bands, rate):
    """Return triangular filters (bands, WINDOW // 2 + 1) whose centres are equally far apart in mel."""
    edges = mel_edges(bands, rate)
    f = np.arange(WINDOW // 2 + 1) * rate / WINDOW
    rise, fall = ((f - edges[:-2, None]) / np.diff(edges)[:-1, None], (edges[2:, None] - f) / np.diff(edges)[1:, None])
    filters = np.clip(np.minimum(rise, fall), 0, None)
    filters[filters.sum(1) == 0, np.abs(f - edges[1:-1, None]).argmin(1)[filters.sum(1) == 0]] = 1
    return filters / filters.sum(1, keepdims=True)


def spectrogram(x, filters, frames):
    """Return a word (bands, frames) in [0, 1]: cut out of its silence, evenly sampled in time, 0 at `RANGE` below."""
    x = lfilter([1, -EMPHASIS], [1], x)
    power = np.convolve(x**2, np.ones(160) / 160, "same")
    loud = np.flatnonzero(power > power.max() * 10 ** (-SILENCE / 10))
    x = np.pad(x[loud[0] : loud[-1] + 1], max(0, WINDOW - np.ptp(loud)) // 2 + 1)
    starts = np.linspace(0, len(x) - WINDOW, frames).astype(int)
    spectra = np.abs(np.fft.rfft(x[starts[:, None] + np.arange(WINDOW)] * np.hanning(WINDOW))) ** 2
    energy = filters @ spectra.T
    return np.clip(1 + 10 * np.log10(energy / energy.max() + 1e-10) / RANGE, 0, 1)


def sound(spectrum, filters, rate, rounds=20):
    """Return the sound of a spectrogram: a buzz where it is voiced, noise where it hisses, shaped by its bands.

    The phase is refined as Griffin and Lim (1984) do, towards the amplitudes of that sound.
    """
    energy = 10 ** ((np.asarray(spectrum, float) - 1) * RANGE / 10)
    spread = filters.T @ energy / np.maximum(filters.sum(0)[:, None], 1e-9)
    frames = energy.shape[1]
    at = np.arange(frames)[:, None] * HOP + np.arange(WINDOW)
    window = np.hanning(WINDOW)
    overlap = np.maximum(np.bincount(at.ravel(), np.tile(window**2, frames)), 1e-2)

    def analyse(y):
        return np.fft.rfft(y[at] * window).T

    def synthesise(z):
        return np.bincount(at.ravel(), (np.fft.irfft(z.T, WINDOW) * window).ravel()) / overlap

    rng = np.random.default_rng(0)
    buzz = rng.normal(0, 0.02, at.max() + 1)
    buzz[:: rate // PITCH] += 1
    low, high = energy[: len(energy) // 3].sum(0), energy[len(energy) // 2 :].sum(0)
    voiced = np.clip(1.5 * low / (low + high + 1e-9), 0, 1)
    sources = [analyse(y) for y in (buzz, rng.normal(size=len(buzz)))]
    sources = [z / np.sqrt(np.mean(np.abs(z) ** 2, 0)) for z in sources]
    z = np.sqrt(spread) * (np.sqrt(voiced) * sources[0] + np.sqrt(1 - voiced) * sources[1])
    amplitude, y = np.abs(z), synthesise(z)
    for _ in range(rounds):
        z = analyse(y)
        y = synthesise(amplitude * z / np.maximum(np.abs(z), 1e-9))
    y = lfilter([1], [1, -EMPHASIS], y)
    return 0.9 * y / np.abs(y).max()
