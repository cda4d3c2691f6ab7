"""Spoken digits become handwritten ones, and back.

python examples/spoken_digits/run.py [--data DIR] [--out DIR] [--seed N] [--smoke]

Without --data it makes words of its own, and takes scikit-learn's digits. --data is a folder below which lie
fsdd_four.zip, four speakers of the Free Spoken Digit Dataset, and mnist.npz.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
from judging import Judge, cepstra, plain, spectra, waves
from speech import SpeechAdapter
from voices import made_words
from words import below, recordings

from bridgeae import Autoencoder, Domain, LinkedAutoencoder
from bridgeae.evaluation import share
from bridgeae.progress import Progress
from bridgeae.runs import save_grid
from bridgeae_images import ImageAdapter

QUIET = Progress(quiet=True)


class Study:
    """Both modalities, the judges, and the figures that are measured."""

    def __init__(self, options, scratch):
        self.options, self.scratch, self.figures = options, scratch, options.figures
        self.short = options.smoke or options.data is None
        self.speech = SpeechAdapter()
        folder = recordings(options.data, scratch / "recordings")
        self.folder, self.words, self.test = folder, *(self.speech.read(folder / part) for part in ("train", "test"))
        self.images = ImageAdapter(size=16 if options.data is None else 28, channels=1, convolutions=1)
        self.digits, self.real = (self._digits(half) for half in ("train", "test"))
        self.judge = Judge(plain, self.real.x[:4500], self.real.labels[:4500])

    def _digits(self, half):
        if self.options.data is None:
            return self.images.read(f"sklearn:digits?classes=0-3&half={half}")
        return self.images.read(f"{below(self.options.data, 'mnist.npz')}?half={half}&n=5000")

    def ears(self, words):
        """Return an encoder of words that learned their classes from other voices, made ones too, tempi and noise."""
        keras.utils.set_random_seed(self.options.seed)
        encoder, _ = self.speech.networks((64,))
        side = Autoencoder(encoder, None, classifier="first", label_smoothing=0.1, adapter=self.speech)
        return side.fit(
            words if self.options.data is None else self._with_made(words),
            epochs=self._epochs(40, 20),
            learning_rate=3e-3,
            augment=self.speech.augment,
            seed=self.options.seed,
            progress=QUIET,
        )

    def _with_made(self, words):
        """Return real words and 900 that a synthesiser speaks, each in a voice of its own."""
        x, labels = made_words(90, *words.sample_shape[:2], self.speech.rate, self.options.seed)
        return Domain(np.concatenate([words.x, x]), np.concatenate([words.labels, labels]))

    def voice(self):
        """Return an autoencoder of words."""
        keras.utils.set_random_seed(self.options.seed)
        side = Autoencoder(
            *self.speech.networks((64,)), classifier="joint", classifier_weight=0.02, adapter=self.speech
        )
        return side.fit(self.words, epochs=self._epochs(30, 12), seed=self.options.seed, progress=QUIET)

    def eyes(self):
        """Return an autoencoder of pictures of digits."""
        keras.utils.set_random_seed(self.options.seed)
        side = Autoencoder(*self.images.networks((32,)), classifier="joint", adapter=self.images)
        return side.fit(
            self.digits,
            epochs=self._epochs(6, 20),
            batch_size=16 if self.short else None,
            seed=self.options.seed,
            progress=QUIET,
        )

    def _epochs(self, long, short):
        return short if self.short else long

    def link(self, source, target, a, b):
        """Return a bridge over two trained sides."""
        run = {"epochs": 2} if self.short else {}
        return LinkedAutoencoder(source, target).fit(a, b, seed=self.options.seed, linker_options=run, progress=QUIET)

    def measure(self, name, right):
        """Record and print the share of right answers."""
        self.figures[name] = figure = share(right)
        print(f"{name}: {figure['accuracy']:.3f} ({figure['right']} of {figure['n']})", flush=True)
        self.record()

    def pictures(self, name, bridge, words):
        """Measure the pictures that words become: fixed answers, and one draw each."""
        made = {"fixed": bridge.translate(words), "drawn": bridge.translate(words, draws=1, seed=0)[:, 0]}
        for how, pictures in made.items():
            self.measure(f"{name}, {how}", self.judge(pictures) == words.labels)

    def heard(self, name, words, labels):
        """Write words as wav files, and measure what judges of real recordings hear in them."""
        folder = self.scratch / name.replace(" ", "_").replace(",", "")
        self.speech.write(words, folder)
        sounds, _ = waves(folder)
        for what, judge in self.hearing.items():
            self.measure(f"{name}, heard by {what}", judge(sounds) == labels)

    def forward(self, eyes):
        """Measure words of known speakers, and of each speaker whom the bridge never heard."""
        known = self.link(self.ears(self.words), eyes, self.words, self.digits)
        self.pictures("speech to digits", known, self.test)
        for speaker in np.unique(self.words.groups)[: 1 if self.short else None]:
            others, own = (
                self.words.select(self.words.groups != speaker),
                self.words.select(self.words.groups == speaker),
            )
            bridge = self.link(self.ears(others), eyes, others, self.digits)
            self.pictures(f"{speaker} never heard", bridge, own)
            adapted = bridge.adapted(own.x, share=0, even_classes=True).translate(own)
            self.measure(f"{speaker} never heard, adapted", self.judge(adapted) == own.labels)

    def backward(self, eyes):
        """Measure the words that digits become, after writing and reading wav files."""
        sounds, labels = waves(self.folder / "train")
        kinds = {"cepstra": cepstra, "spectra": spectra}
        self.hearing = {name: Judge(features, sounds, labels.astype(int)) for name, features in kinds.items()}
        sounds, labels = waves(self.folder / "test")
        for what, judge in self.hearing.items():
            self.measure(f"real recordings, heard by {what}", judge(sounds) == labels.astype(int))
        voice, digits = self.voice(), self.real.select(slice(-60 if self.short else -300, None))
        back = self.link(eyes, voice, self.digits, self.words)
        self.heard("written again", self.test.x, self.test.labels)
        self.heard("reconstructed", voice.reconstruct(self.test), self.test.labels)
        self.heard("digits to speech, fixed", back.translate(digits), digits.labels)
        drawn = back.translate(digits, draws=1, seed=0)[:, 0]
        self.heard("digits to speech, drawn", drawn, digits.labels)
        self.speech.write(drawn[:20], self.options.out / "spoken")
        self.show(digits, drawn, back.source)

    def show(self, digits, spoken, eyes):
        """Write a picture: a digit of each class as the bridge sees it, and the word that it becomes."""
        k = np.array([np.flatnonzero(digits.labels == c)[0] for c in np.unique(self.words.labels)])
        parts = (self.images, eyes.reconstruct(digits.x[k])), (self.speech, spoken[k])
        save_grid([[(adapter, sample, "") for sample in x] for adapter, x in parts], self.options.out / "spoken.png")

    def record(self):
        """Write all figures so far."""
        never, adapted = (
            [f["accuracy"] for name, f in self.figures.items() if name.endswith(f"never heard, {how}")]
            for how in ("fixed", "adapted")
        )
        results = {
            "command": "python examples/spoken_digits/run.py --data DIR --out DIR",
            "seed": self.options.seed,
            "smoke": self.short,
            "cpu_s": round(time.process_time()),
            "never_heard_mean": float(np.mean(never)) if never else None,
            "never_heard_adapted_mean": float(np.mean(adapted)) if adapted else None,
            "table": table(self.figures),
            "figures": self.figures,
        }
        (self.options.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")


def table(figures):
    """Return the figures as the lines of a Markdown table."""
    lines = ["| what | right | of | share | 95 % interval |", "|---|---|---|---|---|"]
    for name, f in figures.items():
        low, high = f["interval"]
        lines.append(f"| {name} | {f['right']} | {f['n']} | {f['accuracy']:.3f} | {low:.3f} to {high:.3f} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder below which lie fsdd_four.zip and mnist.npz")
    parser.add_argument("--out", type=Path, default=Path("runs/spoken_digits"), help="folder for what it makes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--parts", default="backward,forward", help="forward alone keeps what was measured in --out")
    parser.add_argument("--smoke", action="store_true", help="a quick check, a few epochs")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    before = options.out / "results.json"
    partly = options.parts != parser.get_default("parts") and before.is_file()
    options.figures = json.loads(before.read_text())["figures"] if partly else {}
    with tempfile.TemporaryDirectory() as scratch:
        study = Study(options, Path(scratch))
        eyes = study.eyes()
        for part in options.parts.split(","):
            {"backward": study.backward, "forward": study.forward}[part](eyes)
    print("\n".join(table(study.figures)))
    print(f"wrote results.json, spoken/, spoken.png in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
