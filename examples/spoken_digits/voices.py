"""English digits in made voices: spectrograms of a formant synthesiser (Klatt 1980), for training.

A few speakers do not show how voices differ. Each made word has a vocal tract, an accent, a tempo, a timbre and a
loudness of its own.
"""

import numpy as np
from spectrogram import RANGE, mel_edges
from warping import curves

DIGITS = (
    *("Z I R O1 O2", "W V1 N", "T H U1 U2", "TH R IY", "F AO R2"),
    *("F A1 A2 V", "S I - K S", "S E V V2 N", "E1 E2 - T", "N A1 A2 N"),
)
PHONES = {  # milliseconds; three formants in hertz; decibels of voice and of noise; centre and width of the noise
    "Z": (90, 250, 1700, 2600, -12, -28, 4300, 900),
    "S": (120, 300, 1700, 2600, -90, -24, 4300, 900),
    "TH": (90, 300, 1400, 2600, -90, -36, 4000, 2500),
    "F": (100, 300, 1200, 2400, -90, -34, 3500, 3000),
    "V": (70, 300, 1200, 2400, -12, -38, 3500, 3000),
    "-": (60, 300, 1700, 2600, -90, -90, 4000, 2000),
    "T": (30, 350, 1800, 2700, -90, -24, 3700, 1400),
    "H": (40, 350, 1700, 2600, -90, -30, 3000, 2000),
    "K": (35, 350, 1900, 2500, -90, -24, 2100, 700),
    "W": (70, 320, 700, 2300, -8, -90, 4000, 2000),
    "R": (80, 400, 1250, 1700, -5, -90, 4000, 2000),
    "R2": (90, 470, 1100, 1800, -4, -90, 4000, 2000),
    "N": (100, 250, 1350, 2400, -10, -90, 4000, 2000),
    "IY": (170, 290, 2250, 2950, -2, -90, 4000, 2000),
    "I": (100, 400, 1950, 2550, -1, -90, 4000, 2000),
    "E": (110, 560, 1780, 2500, 0, -90, 4000, 2000),
    "E1": (100, 480, 1950, 2550, 0, -90, 4000, 2000),
    "E2": (100, 350, 2150, 2700, -3, -90, 4000, 2000),
    "V1": (120, 640, 1220, 2450, 0, -90, 4000, 2000),
    "V2": (70, 500, 1400, 2450, -4, -90, 4000, 2000),
    "A1": (120, 730, 1200, 2500, 0, -90, 4000, 2000),
    "A2": (100, 420, 1950, 2600, -3, -90, 4000, 2000),
    "AO": (150, 520, 870, 2450, 0, -90, 4000, 2000),
    "O1": (90, 520, 1000, 2400, 0, -90, 4000, 2000),
    "O2": (90, 390, 800, 2300, -3, -90, 4000, 2000),
    "U1": (80, 330, 1350, 2300, -2, -90, 4000, 2000),
    "U2": (130, 320, 950, 2250, -3, -90, 4000, 2000),
}
FINE = 5  # steps of a frame in which tracks are drawn


def made_words(each, bands, frames, rate, seed=0):
    """Return made words (10 each, bands, frames, 1) float32 in [0, 1] and their digits; RANGE decibels are shown."""
    rng, f = np.random.default_rng(seed), mel_edges(bands, rate)[1:-1]
    labels = np.repeat(np.arange(10), each)
    decibels = np.stack([_word(digit, f, frames, rng) for digit in labels])
    words = np.clip(1 + (decibels - decibels.max((1, 2), keepdims=True)) / RANGE, 0, 1)
    return words[..., None].astype(np.float32), labels


def _word(digit, f, frames, rng):
    """Return the power (bands, frames) of one word in decibels, at the frequencies `f`."""
    names = DIGITS[digit].split()
    if names[-1] == "T" and rng.random() < 0.3:  # not released
        names = names[:-2]
    phones = np.array([PHONES[name] for name in names], float)
    n, length = len(phones), phones[:, 0] * np.exp(rng.normal(0, 0.3, len(phones)))
    if names[0][0] not in "AEIOU":  # a weak first consonant is cut off with the silence
        length[0] *= rng.uniform(0.1, 1)
    tract = np.exp(rng.uniform(-0.16, 0.16))
    accent = rng.normal(0, 0.05, (n, 3)) + rng.normal(0, 0.03, 3)
    formants = _tracks(phones[:, 1:4] * tract * np.exp(accent), length, frames, rng.uniform(70, 140))
    level = phones[:, 4:6] + rng.normal(0, (3, 4), (n, 2)) + rng.normal(0, (0, 5))
    voice, noise = (_tracks(10 ** (level[:, [k]] / 20), length, frames, smooth) for k, smooth in ((0, 25), (1, 18)))
    place = phones[:, 6:] * np.exp(rng.normal(0, (0.07, 0.2)))
    centre, width = np.split(_tracks(place, length, frames, 40), 2, 1)
    fourth = np.full((frames, 1), 3500 * tract * np.exp(rng.normal(0, 0.04)))
    octaves = np.log2(np.maximum(f, 800) / 800), np.log2(np.minimum(f, 500) / 500)
    tilt = rng.uniform(-4, 5) * octaves[0] + rng.uniform(1, 7) * octaves[1]
    end = -rng.uniform(0, 75) * np.clip(np.linspace(0, 1, frames) - rng.uniform(0.35, 0.9), 0, 1)
    buzz = voice**2 / 30 * _resonances(np.hstack([formants, fourth]), f, rng) * 10 ** ((tilt + end[:, None]) / 10)
    hiss = noise**2 * (np.exp(-(((f - centre) / width) ** 2) / 2) + 0.02)
    return (10 * np.log10(buzz + hiss + 1e-12)).T + curves(rng, 1, 3, frames, 2.0)


def _tracks(values, length, frames, smooth):
    """Return what glides (frames, d) from phone to phone: values (phones, d), lengths and smoothing in milliseconds."""
    steps = frames * FINE
    phone = np.searchsorted(np.cumsum(length) / length.sum() * steps, np.arange(steps) + 0.5)
    window = np.hanning((max(1, int(smooth / length.sum() * steps)) | 1) + 2)[1:-1]
    held = np.pad(values[np.minimum(phone, len(values) - 1)], ((len(window) // 2,) * 2, (0, 0)), "edge")
    smoothed = [np.convolve(column, window / window.sum(), "valid") for column in held.T]
    return np.transpose(smoothed).reshape(frames, FINE, -1).mean(1)


def _resonances(formants, f, rng):
    """Return the power (frames, bands) that a tract passes: a product of resonances, as wide as the bands at least."""
    width = np.hypot(np.array([80, 110, 170, 250]) * np.exp(rng.normal(0, 0.2, 4)), 0.06 * f[:, None] + 30)
    squares = formants[:, None] ** 2
    return np.prod(squares**2 / ((squares - f[:, None] ** 2) ** 2 + (f[:, None] * width) ** 2), -1)
