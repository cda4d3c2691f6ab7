"""Trained models that come with an installed distribution, by name: ours and those of strangers alike."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from bridgeae.errors import BundleError, InputError, MissingFileError
from bridgeae.registry.registry import MODELS, distribution


@dataclass(frozen=True)
class PackagedModel:
    """Say where a trained model of a distribution lies, for its entry point in the group ``bridgeae.models``.

    Two files lie beside it. NAME.json holds its `sha256`, hexadecimal: of the file, or of a folder's manifest.json,
    which lists those of all other files. The card NAME.md says what the model does, its data and their licences, its
    figures and limits; its first line is a heading, which `bridgeae models` shows.

    Args:
        path: a model folder that `save` wrote, or a single file of a format of the distribution's own.

    Example:
        >>> from bridgeae.registry import packaged_model
        >>> packaged_model("segment-caller").path.name
        'segment_caller.onnx'
    """

    path: Path

    def checked(self) -> Path:
        """Return the path once the model is found to be the one that the distribution describes.

        Raises:
            MissingFileError: it is not there.
            BundleError: its sha256 differs.
        """
        file = self.path / "manifest.json" if self.path.is_dir() else self.path
        if not file.is_file():
            raise MissingFileError(f"the packaged model {self.path} is not there: install its distribution again.")
        if hashlib.sha256(file.read_bytes()).hexdigest() != self.sha256:
            raise BundleError(f"{file} was changed: its sha256 is not as packaged. Install its distribution again.")
        return self.path

    @property
    def sha256(self) -> str:
        """What the sha256 has to be."""
        return str(json.loads(self.path.with_suffix(".json").read_text(encoding="utf-8"))["sha256"])

    @property
    def card(self) -> str:
        """The card, as Markdown."""
        return self.path.with_suffix(".md").read_text(encoding="utf-8")

    @property
    def size(self) -> int:
        """Bytes of the file, or of all files in the folder."""
        files = self.path.rglob("*") if self.path.is_dir() else [self.path]
        return sum(file.stat().st_size for file in files if file.is_file())

    @property
    def title(self) -> str:
        """The card's first line, without the mark of a heading."""
        return self.card.partition("\n")[0].lstrip("# ").strip()


def packaged_model(name: str) -> PackagedModel:
    """Return the packaged model of that name. Raises InputError where none is installed, or where it is no model."""
    model = MODELS.load(name)
    if not isinstance(model, PackagedModel):
        raise InputError(f"model {name!r} is no `PackagedModel`, received {type(model).__name__}: update its package.")
    return model


def model_folder(folder: str | Path) -> Path:
    """Return a model folder, where `folder` is its path, that of a run, or the name of a packaged model.

    A path that exists is never taken for a name. Packaged models are checked.

    Raises:
        MissingFileError, BundleError: the packaged model of that name is not as it was packaged, or is no bridge.
    """
    path, name = Path(folder), str(folder)
    if path.exists() or name not in MODELS.entries():
        of_run = path / "model"
        return of_run if (of_run / "manifest.json").is_file() and not (path / "manifest.json").is_file() else path
    found = packaged_model(name).checked()
    if not found.is_dir():
        raise BundleError(f"{name!r} is a model of another kind, no bridge: `bridgeae models {name}` shows its use.")
    return found


def model_table() -> list[tuple[str, str, str, str, str]]:
    """List name, distribution, size, sha256 and title (or the error) of each packaged model."""
    rows = []
    for name, entry in MODELS.entries().items():
        try:
            model = packaged_model(name)
            size, digest, title = f"{model.size / 1e6:.1f} MB", model.sha256[:12], model.title
        except (InputError, OSError, ValueError, KeyError) as error:
            size, digest, title = "", "", f"broken: {error}"
        rows.append((name, " ".join(distribution(entry)), size, digest, title))
    return rows
