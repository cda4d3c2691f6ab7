"""Judges that share nothing with the bridge: support-vector machines on features of their own."""

import wave
from pathlib import Path

import numpy as np
from scipy.fft import dct
from sklearn.svm import SVC
from spectrogram import mel_bands


def waves(folder):
    """Return sounds and classes of the wav files in a folder."""
    sounds, labels = [], []
    for file in sorted(Path(folder).glob("*.wav")):
        with wave.open(str(file)) as recording:
            sounds.append(np.frombuffer(recording.readframes(recording.getnframes()), "<i2") / 32768)
        labels.append(file.name.split("_")[0])
    return sounds, np.array(labels)


def frames_of(x, length, count):
    """Return `count` frames (count, length) of a sound, from where it is louder than 45 dB below its loudest."""
    power = np.convolve(x**2, np.ones(200) / 200, "same")
    loud = np.flatnonzero(power > power.max() * 10**-4.5)
    x = np.pad(x[loud[0] : loud[-1] + 1], length)
    return x[np.linspace(0, len(x) - length, count).astype(int)[:, None] + np.arange(length)] * np.hamming(length)


def cepstra(x):
    """Return 14 mel-frequency cepstral coefficients of 30 frames of 25 ms, and their differences."""
    energy = np.abs(np.fft.rfft(frames_of(x, 200, 30), 256)) ** 2 @ mel_bands(26, 8000).T
    c = dct(np.log(energy + 1e-7 * energy.max()), norm="ortho")[:, :14]
    c[:, 0] -= c[:, 0].mean()
    return np.concatenate([c.ravel(), np.diff(c, axis=0).ravel()])


def spectra(x):
    """Return the log spectrum of 40 frames of 32 ms at 128 frequencies, 80 dB deep."""
    power = np.abs(np.fft.rfft(frames_of(x, 256, 40)))[:, 1:] ** 2
    return np.clip(1 + np.log10(power / power.max() + 1e-9) / 8, 0, 1).ravel()


def plain(picture):
    """Return the pixels of a picture."""
    return np.ravel(picture)


class Judge:
    """A classifier of real samples by one kind of features."""

    def __init__(self, features, samples, labels):
        self.features = features
        self.machine = SVC(C=10).fit([features(sample) for sample in samples], labels)

    def __call__(self, samples):
        return self.machine.predict([self.features(sample) for sample in samples])
