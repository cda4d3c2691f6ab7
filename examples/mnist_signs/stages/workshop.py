"""Data, trained parts and results that the stages share."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from bridgeae import Autoencoder, Domain, Progress
from bridgeae.errors import MissingFileError
from bridgeae.saving import State, read_bundle, write_bundle
from bridgeae_images import ImageAdapter
from stages import networks

DIGITS = ImageAdapter(size=28, channels=1)
SIGNS = ImageAdapter(size=64, channels=3, flip=True)
HANDS = ImageAdapter(size=32, channels=3, foreground=True, flip=True, rotation=20, zoom=(0.7, 1.15))
PLACES = {  # adapter, file below --data, named set that replaces a missing file
    "mnist": (DIGITS, "mnist.npz?half={half}", "sklearn:digits?half={half}"),
    "digits": (DIGITS, "mnist.npz?half={half}&classes=0-5", "sklearn:digits?half={half}&classes=0-5"),
    "small": (DIGITS, "sklearn:digits?half={half}&classes=0-5", "sklearn:digits?half={half}&classes=0-5"),
    "signs": (SIGNS, "{half}_signs.h5", "drawn:hands?n=600&half={half}"),
    "hands": (HANDS, "{half}_signs.h5", "drawn:hands?n=600&half={half}"),
}


class Workshop:
    """Read data once, train each shared part once and keep it in a folder, and write results after each stage.

    Args:
        data: folder of mnist.npz, train_signs.h5 and test_signs.h5. Scikit-learn's digits and synthetic hands replace
            missing files; the results record it.
        out: output folder.
        smoke: a quick check on few samples, with one epoch.
        log: called with one line for each part, table row and stage.
    """

    def __init__(self, data: Path, out: Path, *, smoke: bool = False, log: Callable[[str], None] = print) -> None:
        self.data, self.out, self.smoke, self.log = data, out, smoke, log
        self._domains: dict[tuple[str, str], Domain] = {}
        self._parts: dict[tuple[str, int], Autoencoder] = {}
        self._parts_cpu_s = 0.0  # CPU seconds of the parts that were trained in the present stage
        out.mkdir(parents=True, exist_ok=True)
        self._file = out / "studies.json"
        self.results: dict[str, Any] = json.loads(self._file.read_text()) if self._file.exists() else {}
        if self.results.get("smoke", smoke) != smoke:
            raise SystemExit(f"{out} holds results of {'a full' if smoke else 'a smoke'} run: choose another --out.")

    # ---- data -----------------------------------------------------------------------------------------------------

    def read(self, name: str, half: str) -> Domain:
        """Read the "train" or "test" half of a set.

        Args:
            name: "mnist", all its digits; "digits", 0 to 5; "small", scikit-learn's; "signs", whole photos; "hands",
                photos with hands cut out.
            half: "train" or "test".
        """
        if (name, half) not in self._domains:
            adapter, *places = PLACES[name]
            for place in places:
                where = place.format(half=half)
                try:
                    domain = adapter.read(where if ":" in where.split("/")[0] else self.data / where)
                except MissingFileError:
                    continue
                break
            found = {"n": len(domain), "from": where}
            if (known := self.results.setdefault("data", {}).setdefault(f"{name} {half}", found)) != found:
                raise SystemExit(
                    f"{self.out} holds parts trained on {known['from']}, not {where}: choose another --out."
                )
            self._domains[name, half] = few_per_class(domain, 20) if self.smoke else domain
        return self._domains[name, half]

    # ---- parts ----------------------------------------------------------------------------------------------------

    def fit(self, autoencoder: Autoencoder, domain: Domain, **options: Any) -> Autoencoder:
        """Fit an autoencoder; for one epoch in a smoke run."""
        if self.smoke:
            options |= {"epochs": 1, "classifier_epochs": 1}
        return autoencoder.fit(domain, progress=Progress(), **options)

    def part(self, name: str, seed: int, make: Callable[[int], Autoencoder]) -> Autoencoder:
        """Return a trained autoencoder that several stages use: from memory, from its folder, or by training it."""
        if (name, seed) in self._parts:
            return self._parts[name, seed]
        folder = self.out / "parts" / f"{name}-{seed}"
        if folder.exists():
            made = Autoencoder.from_state(read_bundle(folder, runtime="keras"))
        else:
            began = time.process_time()
            keras.utils.set_random_seed(seed)
            made = make(seed)
            spent = time.process_time() - began
            self._parts_cpu_s += spent
            write_bundle(folder, made.get_state())
            self.results.setdefault("parts", {})[f"{name}, seed {seed}"] = {"cpu_s": round(spent, 1)}
            self._write({"smoke": self.smoke})
            self.log(f"  part {name}, seed {seed}: {spent:.0f} CPU s")
        self._parts[name, seed] = made
        return made

    def network(self, name: str, make: Callable[[], keras.Model]) -> keras.Model:
        """Return a copy of a trained network, from its folder or by training it."""
        folder = self.out / "parts" / name
        if not folder.exists():
            began = time.process_time()
            write_bundle(folder, State(networks={"network": make()}))
            spent = time.process_time() - began
            self._parts_cpu_s += spent
            self.results.setdefault("parts", {})[name] = {"cpu_s": round(spent, 1)}
            self._write({"smoke": self.smoke})
            self.log(f"  part {name}: {spent:.0f} CPU s")
        return read_bundle(folder, runtime="keras").networks["network"]

    def digit_judge(self) -> Autoencoder:
        """Return a classifier of MNIST's ten digits, trained apart from all other parts."""
        return self.part(
            "digit judge", 100, lambda s: self._fit_judge("mnist", s, epochs=3, batch_size=128, learning_rate=3e-3)
        )

    def small_judge(self) -> Autoencoder:
        """Return a classifier of scikit-learn's digits, trained apart from all other parts."""
        return self.part(
            "small judge", 100, lambda s: self._fit_judge("small", s, epochs=40, batch_size=32, learning_rate=2e-3)
        )

    def _fit_judge(self, name: str, seed: int, **run: Any) -> Autoencoder:
        side = Autoencoder(networks.digit_encoder(128), classifier="first", adapter=DIGITS)
        return self.fit(side, self.read(name, "train"), augment=DIGITS.augment, seed=seed, **run)

    def sign_judge(self) -> Autoencoder:
        """Return a classifier of hand signs trained apart, with another network, on the same training photos."""

        def make(seed: int) -> Autoencoder:
            encoder = networks.sign_encoder(96, widths=(24, 48, 96))
            return self._fit_signs(Autoencoder(encoder, classifier="first", adapter=SIGNS, label_smoothing=0.1), seed)

        return self.part("sign judge", 100, make)

    def signs(self, seed: int = 0) -> Autoencoder:
        """Return the sign side: an encoder trained as a classifier and frozen, and its decoder."""

        def make(seed: int) -> Autoencoder:
            encoder, decoder = networks.sign_encoder(128), networks.sign_decoder(128)
            loss = networks.latent_cycle_loss(encoder)
            options: dict[str, Any] = {"classifier": "first", "label_smoothing": 0.1, "loss": loss, "adapter": SIGNS}
            return self._fit_signs(Autoencoder(encoder, decoder, **options), seed)

        return self.part("signs", seed, make)

    def sign_maps(self, seed: int = 0) -> Autoencoder:
        """Return a plain autoencoder of the photos whose latent is a feature map."""

        def make(seed: int) -> Autoencoder:
            side = Autoencoder(*networks.map_networks(8), adapter=SIGNS)
            run = {"batch_size": 32, "learning_rate": 4e-3, "augment": SIGNS.augment, "seed": seed}
            return self.fit(side, self.read("signs", "train"), epochs=30, **run)

        return self.part("sign maps", seed, make)

    def _fit_signs(self, side: Autoencoder, seed: int) -> Autoencoder:
        run = {"batch_size": 32, "learning_rate": 2e-3, "augment": SIGNS.augment, "seed": seed}
        run |= {
            "classifier_epochs": 40,
            "epochs": 30,
            "augment_decoder": False,
        }  # augmented photos would blur the decoder
        return self.fit(side, self.read("signs", "train"), **run)

    def digits(self, seed: int = 0) -> Autoencoder:
        """Return the digit side: a variational autoencoder of the digits 0 to 5 with a classifier on its latents."""
        return self.part("digits", seed, lambda s: self._fit_digits("digits", s, epochs=6))

    def small_digits(self, seed: int = 0) -> Autoencoder:
        """Return the same for scikit-learn's digits."""
        return self.part("small digits", seed, lambda s: self._fit_digits("small", s, epochs=60))

    def _fit_digits(self, name: str, seed: int, *, epochs: int) -> Autoencoder:
        nets = networks.digit_encoder(16), networks.digit_decoder(16)
        side = Autoencoder(
            *nets, classifier="joint", classifier_weight=0.1, variational=0.25, loss="bce", adapter=DIGITS
        )
        return self.fit(side, self.read(name, "train"), epochs=epochs, batch_size=64, learning_rate=3e-3, seed=seed)

    # ---- results --------------------------------------------------------------------------------------------------

    def run(self, stage: str, function: Callable[[Workshop], Any]) -> None:
        """Run a stage, log its cost, and write its results."""
        began, wall, self._parts_cpu_s = time.process_time(), time.monotonic(), 0.0
        self.log(f"{stage}:")
        found = function(self)
        cpu = time.process_time() - began - self._parts_cpu_s
        costs = {"cpu_s": round(cpu, 1), "parts_cpu_s": round(self._parts_cpu_s, 1)}
        self._write({"smoke": self.smoke, stage: {**costs, **found}})
        self.log(f"{stage}: {cpu:.0f} CPU s, {self._parts_cpu_s:.0f} more for parts, {time.monotonic() - wall:.0f} s")

    def _write(self, found: dict[str, Any]) -> None:
        """Merge results into the file, which another process may have changed in the meantime."""
        results = json.loads(self._file.read_text()) if self._file.exists() else {}
        for key in ("data", "parts"):
            results[key] = results.get(key, {}) | self.results.get(key, {})
        self.results = results | found
        self._file.write_text(json.dumps(self.results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def row(self, **cells: Any) -> dict[str, Any]:
        """Log one row of a table and return it."""
        cells_text = [f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {_short(v)}" for k, v in cells.items()]
        self.log("  " + ", ".join(cells_text))
        return cells


def mean_share(shares: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the mean accuracy over seeds or draws, with its 95 % t interval, all values, and n of each."""
    from scipy.stats import t

    values = np.array([s["accuracy"] for s in shares])
    half = t.ppf(0.975, max(len(values) - 1, 1)) * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0
    return {
        "n": shares[0]["n"],
        "runs": len(values),
        "accuracy": float(values.mean()),
        "interval": [round(float(values.mean() - half), 4), round(float(min(1, values.mean() + half)), 4)],
        "each": [round(float(v), 4) for v in values],
    }


def indices_per_class(domain: Domain, a_class: int, seed: int = 0) -> np.ndarray:
    """Return the indices of `a_class` random samples of each class, class by class."""
    rng, labels = np.random.default_rng(seed), np.asarray(domain.labels)
    groups = [np.flatnonzero(labels == c) for c in domain.classes]
    return np.concatenate([np.sort(rng.permutation(g)[:a_class]) for g in groups])


def few_per_class(domain: Domain, a_class: int) -> Domain:
    """Return `a_class` samples of each class, in their order."""
    return domain.select(np.sort(indices_per_class(domain, a_class)))


def _short(value: Any) -> str:
    if isinstance(value, dict) and "accuracy" in value:
        return f"{value['accuracy']:.3f} [{value['interval'][0]:.3f}, {value['interval'][1]:.3f}]"
    return str(value)
