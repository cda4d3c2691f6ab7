"""The recordings: real ones where they are, otherwise words that this module makes."""

import wave
import zipfile
from pathlib import Path

import numpy as np

RATE = 8000
WORDS = [((300, 870), (300, 2200)), ((700, 1100), (700, 1100)), ((500, 1800), (300, 800)), ((300, 2200), (650, 1000))]
"""First and second formant in hertz at the beginning and at the end of each made word."""
SPEAKERS = {"ann": (190, 1.12), "ben": (120, 1.0), "cid": (95, 0.92)}  # pitch in hertz, and scale of the formants


def speak(word, speaker, rng):
    """Return a made word: a buzz of a pitch, through two formants that glide, with silence around it."""
    pitch, scale = SPEAKERS[speaker]
    n = int(rng.integers(2400, 3600))
    pitch, glide = pitch * rng.normal(1, 0.03), np.linspace(0, 1, n)
    begin, end = (np.array(formants) * scale * rng.normal(1, 0.03, 2) for formants in WORDS[word])
    phase = np.arange(n) * pitch / RATE
    x = np.zeros(n)
    for harmonic in range(1, int(3600 / pitch)):
        nearness = [
            np.exp(-(((harmonic * pitch - a - (b - a) * glide) / 150) ** 2)) for a, b in zip(begin, end, strict=True)
        ]
        x += np.sum(nearness, 0) * np.sin(2 * np.pi * harmonic * phase)
    x *= np.sin(np.pi * glide) ** 0.3 * rng.uniform(0.1, 0.3)
    x = np.pad(x, rng.integers(100, 800, 2))
    return x + rng.normal(0, 1e-4, len(x))


def make_recordings(folder, repeats, seed):
    """Write `repeats` wav files of each word by each speaker, called WORD_SPEAKER_NUMBER.wav."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for word in range(len(WORDS)):
        for speaker in SPEAKERS:
            for k in range(repeats):
                with wave.open(str(folder / f"{word}_{speaker}_{k}.wav"), "wb") as file:
                    file.setparams((1, 2, RATE, 0, "NONE", ""))
                    file.writeframes((np.clip(speak(word, speaker, rng), -1, 1) * 32767).astype("<i2").tobytes())


def recordings(data, scratch):
    """Return a folder that holds train/ and test/: `fsdd_four.zip` below `data`, or made words where `data` is None."""
    if data is None:
        make_recordings(scratch / "train", 16, seed=0)
        make_recordings(scratch / "test", 4, seed=1)
        return scratch
    with zipfile.ZipFile(below(data, "fsdd_four.zip")) as archive:
        archive.extractall(scratch)
    return scratch


def below(data, name):
    """Return the file of that name in a folder or in those inside it."""
    found = next(Path(data).rglob(name), None)
    if found is None:
        raise SystemExit(f"--data {data} holds no {name}")
    return found
