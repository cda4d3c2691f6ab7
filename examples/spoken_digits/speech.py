"""An adapter for spoken words, as a stranger would write it."""

import wave
from pathlib import Path

import keras
import numpy as np
from keras import layers
from spectrogram import mel_bands, sound, spectrogram
from warping import augment, stretch

from bridgeae import Domain
from bridgeae.errors import FileFormatError, InputError, MissingFileError


class SpeechAdapter:
    """Read, write and augment spoken words in wav files that are called CLASS_SPEAKER_NUMBER.wav."""

    name, noun, lossy = "speech", "words", True
    suffixes, inputs = (".wav",), ("recording",)  # what the page of `bridgeae serve` offers

    def __init__(self, *, rate=8000, bands=40, frames=48):
        self.rate, self.bands, self.frames = rate, bands, frames
        self.sample_shape, self._filters = (bands, frames, 1), mel_bands(bands, rate)

    def read(self, path):
        files = sorted(Path(path).glob("*.wav")) if Path(path).is_dir() else [Path(path)]
        if not files or not files[0].is_file():
            raise MissingFileError(f"`path` {path}: there is no wav file.")
        words = np.stack([spectrogram(self._samples(file), self._filters, self.frames) for file in files])
        parts = [(*file.stem.split("_"), "", "")[:2] for file in files]
        labels = [int(label) if label.isdecimal() else -1 for label, _ in parts]
        speakers = [speaker or "unknown" for _, speaker in parts]
        return Domain(words[..., None], labels, groups=speakers, names=[file.name for file in files])

    def _samples(self, file):
        try:
            with wave.open(str(file)) as recording:
                found = recording.getnchannels(), recording.getsampwidth(), recording.getframerate()
                x = np.frombuffer(recording.readframes(recording.getnframes()), np.int8)
        except (wave.Error, EOFError) as error:
            raise FileFormatError(f"`path` {file} is no wav file: {error}.") from None
        if found != (1, 2, self.rate):
            raise FileFormatError(f"`path` {file}: expected mono, 2 bytes, {self.rate} Hz, found {found}. Convert it.")
        if not (x := x.view("<i2") / 32768).any():
            raise FileFormatError(f"`path` {file} holds no sound. Leave it out.")
        return x

    def write(self, x, path):
        if np.shape(x)[1:] != self.sample_shape:
            raise InputError(f"`x` must have shape (n, {self.bands}, {self.frames}, 1), received {np.shape(x)}.")
        single = Path(path).suffix == ".wav" and len(x) == 1
        for k, word in enumerate(np.clip(x, 0, 1)):
            file = Path(path) if single else Path(path, f"word_{k:04d}.wav")
            file.parent.mkdir(parents=True, exist_ok=True)
            with wave.open(str(file), "wb") as recording:
                recording.setparams((1, 2, self.rate, 0, "NONE", ""))
                recording.writeframes((sound(word[..., 0], self._filters, self.rate) * 32767).astype("<i2").tobytes())

    def networks(self, latent_shape):
        if len(latent_shape) != 1 or not latent_shape[0]:
            raise InputError(f"`latent_shape` must be (length,) for words, received {latent_shape}.")
        words = keras.Input(self.sample_shape)
        channel = layers.Rescaling(0.6)(layers.AveragePooling2D((1, self.frames))(words))  # microphone and voice
        h = layers.AveragePooling2D((3, 2))(layers.Subtract()([words, channel]))  # no harmonics: pitch is no content
        for width, stride in ((24, 1), (48, 2), (64, 2)):
            h = layers.Conv2D(width, 3, strides=stride, padding="same", use_bias=False)(h)
            h = layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(h))
        latent = layers.Dense(*latent_shape)(layers.Dropout(0.3)(layers.Flatten()(h)))
        z = keras.Input(latent_shape)
        made = layers.Dense(self.bands * self.frames, "sigmoid")(layers.Dense(256, "relu")(z))
        return keras.Model(words, latent), keras.Model(z, layers.Reshape(self.sample_shape)(made))

    def augment(self, x, rng):
        return augment(x, rng)

    def views(self, x):
        return np.stack([stretch(x, 1, np.arange(self.bands)[None] * scale) for scale in (0.88, 1.0, 1.12)])

    def draw(self, sample, axes):
        axes.imshow(sample[..., 0], origin="lower", aspect="auto", cmap="magma", vmin=0, vmax=1)
        axes.set_axis_off()
