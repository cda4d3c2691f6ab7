"""What the page of a bridge says: answers, draws, classes, trust, and the target's latents."""

from __future__ import annotations

import mimetypes
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.evaluation import Reading
from bridgeae.linked import LinkedAutoencoder
from bridgeae.linker import sample_keys
from bridgeae.protocols import SamplingLinker
from bridgeae.serve.pages import Description
from bridgeae.serve.pictures import data_url, pictures
from bridgeae.serve.trust import trust
from bridgeae.serve.uploads import endings

DRAWS = 8
MAX_SAMPLES = 24  # of a file with several
_MAX_LATENT = 4096  # values of a latent whose map is shown
_CLOUD = 24  # draws of a class, in the map
_NEIGHBOURS = 96  # around a latent, where a model has no classes
_SPREAD = 0.5  # of the neighbours, in standard deviations of the latent's own values
_MAX_FILE = 2**20  # bytes of an answer's file


class BridgePage:
    """Answer the page of a bridge whose sides have adapters.

    Args:
        bridge: a fitted one.
        title: its name on the page.
        card: its card, Markdown.

    Raises:
        InputError: a side has no adapter, so that no file can be read or no answer shown.
    """

    def __init__(self, bridge: LinkedAutoencoder, title: str, card: str = "") -> None:
        for name, side in (("source", bridge.source), ("target", bridge.target)):
            if side.adapter is None:
                raise InputError(f"the bridge has no adapter on its {name} side, so a page can show no samples of it.")
        self._bridge, self._title, self._card = bridge, title, card
        self._reads, self._makes = bridge.source.adapter, bridge.target.adapter
        self._samples = isinstance(bridge.linker, SamplingLinker)
        self._shapes: tuple[tuple[int, ...], tuple[int, ...]] | None = None
        self._cloud: dict[str, Any] | None = None

    def describe(self) -> Description:
        """Return what the page is made of; see `Description`."""
        nouns = [str(getattr(adapter, "noun", "samples")) for adapter in (self._reads, self._makes)]
        return {
            "title": self._title,
            "about": f"Reads {nouns[0]} and answers with {nouns[1]}.",
            "card": self._card,
            "noun": nouns[0],
            "inputs": list(getattr(self._reads, "inputs", ())),
            "suffixes": endings(self._reads),
            "rate": int(getattr(self._reads, "rate", 16000)),
            "draws": DRAWS if self._samples else 0,
            "movable": True,
            "answer_aspect": float(getattr(self._makes, "aspect", 1)),
        }

    def answer(self, path: Path, seed: int) -> dict[str, Any]:
        """Return what the bridge says of the samples in a file, of the first 24 at most."""
        with _collected() as notes:
            domain = self._reads.read(path)  # type: ignore[union-attr]
        if len(domain) > MAX_SAMPLES:
            notes.append(f"The file holds {len(domain)} samples. The first {MAX_SAMPLES} are shown.")
            domain = domain.select(slice(MAX_SAMPLES))
        reading, latent = self._read(domain, seed)
        names = [path.name] if len(domain) == 1 or domain.names is None else domain.names.tolist()
        names = names if len(names) == len(domain) else [f"{path.name}, {k + 1}" for k in range(len(domain))]
        read, fixed = pictures(self._reads, domain.x), pictures(self._makes, reading.fixed)
        return {
            "notes": [note.replace(str(path), path.name) for note in notes],
            "samples": [
                {"name": names[k], "read": read[k], "answer": fixed[k], "classes": _classes(reading, k)}
                | {"trust": trust(self._bridge, reading, k), "file": self._file(reading.fixed[k : k + 1])}
                | {"source_latent": _flat(reading.encoding.z[k]), "latent": _flat(latent[k])}
                | self._draws(reading, k)
                for k in range(len(domain))
            ],
        }

    def decode(self, z: np.ndarray) -> dict[str, Any]:
        """Return the picture of a target latent ``(d,)``. Raises InputError for another number of values."""
        return dict(pictures(self._makes, self._bridge.target.decode(self._batch(z, 1)))[0])

    def cloud(self, z: np.ndarray) -> dict[str, Any]:
        """Return target latents to show a map of.

        They are draws of each class where the model knows classes and draws, and otherwise what the neighbours of
        a source latent become.

        Args:
            z: (d,) the source latent.
        """
        source, bridge = self._batch(z, 0), self._bridge
        if not self._samples or bridge.confidence_ is None:
            noise = np.random.default_rng(0).normal(0, _SPREAD * source.std() + 1e-6, (_NEIGHBOURS, *source.shape[1:]))
            return self._neighbours((source + noise).astype(np.float32))
        if self._cloud is None:
            self._cloud = self.class_cloud()
        return self._cloud

    def _neighbours(self, z: np.ndarray) -> dict[str, Any]:
        """Return what source latents (n, *latent) become: a draw each where the linker samples."""
        bridge, target = self._bridge, self._bridge.target
        if not self._samples:
            return {"latents": [_flat(row) for row in bridge.linker.predict(z)], "labels": None, "fixed": False}
        made = bridge.translate_latents(z, draws=1)[:, 0]
        labels = None if target.classes_ is None else [str(label) for label in target.predict(made)]
        return {"latents": [_flat(row) for row in target.encode(made, views=False)], "labels": labels, "fixed": False}

    def class_cloud(self) -> dict[str, Any]:
        """Return draws of each class of a calibrated bridge that draws, from the mean source latents of the classes."""
        source, target, known = self._bridge.source, self._bridge.target, self._bridge.confidence_
        assert known is not None
        shape = source.latent_shape(tuple(source.encoder.input_shape[1:]))  # type: ignore[union-attr]
        made = self._bridge.translate_latents(known.means_.reshape(-1, *shape), draws=_CLOUD, seed=0)
        made = made.reshape(-1, *made.shape[2:])
        named = target.classes_ is not None
        labels = target.predict(made) if named else np.repeat(np.asarray(source.classes_), _CLOUD)
        latents = [_flat(row) for row in target.encode(made, views=False)]
        return {"latents": latents, "labels": [str(label) for label in labels], "fixed": True}

    def _read(self, domain: Domain, seed: int) -> tuple[Reading, np.ndarray]:
        """Return what `LinkedAutoencoder.reading` does, and the target latents of the fixed answers."""
        bridge = self._bridge
        encoding = bridge.source.encoding(domain)
        latent = bridge.linker.predict(encoding.z)
        options: dict[str, Any] = {"draws": DRAWS, "seed": seed, "keys": sample_keys(domain.x)}
        draws = bridge.translate_latents(encoding.z, **options) if self._samples else None
        known = bridge.confidence_ if encoding.probabilities is not None else None
        confidence = None if known is None else known.score(encoding.z, np.asarray(encoding.probabilities))
        self._shapes = encoding.z.shape[1:], latent.shape[1:]
        return Reading(domain, encoding, bridge.target.decode(latent), draws, confidence, seed), latent

    def _draws(self, reading: Reading, k: int) -> dict[str, Any]:
        if reading.draws is None:
            return {"draws": [], "draw_latents": []}
        latents = self._bridge.target.encode(reading.draws[k], views=False)
        return {"draws": pictures(self._makes, reading.draws[k]), "draw_latents": [_flat(row) for row in latents]}

    def _file(self, x: np.ndarray) -> dict[str, str] | None:
        """Return one answer in the target's own format, where its adapter declares an ending."""
        ending = next(iter(endings(self._makes)), None)
        if ending is None:
            return None
        with TemporaryDirectory(prefix="bridgeae-") as folder:
            path = Path(folder, f"answer{ending}")
            self._makes.write(x, path)  # type: ignore[union-attr]
            content = path.read_bytes() if path.is_file() and path.stat().st_size <= _MAX_FILE else None
        kind = mimetypes.guess_type(f"answer{ending}")[0] or "application/octet-stream"
        kind = "audio/wav" if kind == "audio/x-wav" else kind
        return None if content is None else {"name": f"answer{ending}", "src": data_url(content, kind)}

    def _batch(self, z: np.ndarray, side: int) -> np.ndarray:
        """Return a flat latent of the source (0) or target (1) as a batch of one. Raises InputError for another."""
        if self._shapes is None:
            raise InputError("let the model read a file first.")
        shape = self._shapes[side]
        if z.shape != (prod(shape),) or not np.isfinite(z).all():
            raise InputError(f"`z` must hold {prod(shape)} finite numbers, received {z.size}.")
        return z.astype(np.float32).reshape(1, *shape)


def _flat(z: np.ndarray) -> list[float] | None:
    """Return a latent as numbers; None for one that is too long to send."""
    return np.round(z.reshape(-1).astype(float), 6).tolist() if z.size <= _MAX_LATENT else None


def _classes(reading: Reading, k: int) -> list[dict[str, Any]]:
    probabilities, classes = reading.encoding.probabilities, reading.encoding.classes
    if probabilities is None or classes is None:
        return []
    return [{"name": str(c), "p": round(float(p), 4)} for c, p in zip(classes, probabilities[k], strict=True)]


@contextmanager
def _collected() -> Iterator[list[str]]:
    """Yield a list that fills with what is warned inside."""
    notes: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, *rest: notes.append(str(message))
        yield notes
