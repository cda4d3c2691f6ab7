"""Where images come from: files, folders, archives, and sets that are known by name."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from io import BytesIO
from pathlib import Path, PurePath, PurePosixPath
from typing import IO, Any

import numpy as np
from PIL import Image

from bridgeae.errors import FileFormatError, InputError, MissingFileError
from bridgeae_images.builtin import load_named
from bridgeae_images.photo import FORMATS, load

_LARGEST_ENTRY, _LARGEST_ARCHIVE = 100 * 2**20, 8 * 2**30  # bytes unpacked; more is taken for a zip bomb
_HALVES = ("train", "test", "all")


@dataclass(frozen=True)
class Query:
    """What a path asks for: where, and the options behind its question mark.

    half: "train", "test" or "all"; classes: names of those to keep, or None for all; n: how many at most (drawn at
    random from `seed`), or None for all; seed: for that, and for drawn hands; repeat: how many times all of that, so
    that a pass over a small set is as long as over a large one.
    """

    where: str
    half: str | None = None
    classes: tuple[str, ...] | None = None
    n: int | None = None
    seed: int = 0
    repeat: int = 1


@dataclass(frozen=True)
class Pictures:
    """Images as found: in memory, ``images (n, height, width[, channels]) uint8``; or files to be opened one by one."""

    labels: np.ndarray | None = None
    images: np.ndarray | None = None
    names: np.ndarray | None = None
    opened: Callable[[np.ndarray], Iterator[IO[bytes] | Path]] | None = None

    def __len__(self) -> int:
        return len(self.images if self.images is not None else self.names)  # type: ignore[arg-type]


def parse(path: str | Path) -> Query:
    """Take ``place?half=test&classes=0-5&n=100&seed=1`` apart. Raises `InputError` for a wrong option."""
    where, _, tail = str(path).partition("?")
    if os.path.exists(path):
        where, tail = str(path), ""
    found: dict[str, Any] = {}
    for part in filter(None, tail.split("&")):
        key, _, value = part.partition("=")
        if key not in (known := ("half", "classes", "n", "seed", "repeat")):
            near = get_close_matches(key, known, 1)
            raise InputError(
                f"`path` has the unknown option {key!r} in {str(path)!r}; known are {', '.join(known)}."
                + (f" Did you mean {near[0]!r}?" if near else "")
            )
        found[key] = value
    if found.get("half", "all") not in _HALVES:
        raise InputError(f"`path`: half must be one of {', '.join(_HALVES)}, received {found['half']!r}.")
    for key, least in (("n", 1), ("seed", 0), ("repeat", 1)):
        if key in found:
            if not found[key].isdecimal() or int(found[key]) < least:
                raise InputError(f"`path`: {key} must be a whole number, {least} or more, received {found[key]!r}.")
            found[key] = int(found[key])
    if "classes" in found:
        found["classes"] = _class_names(found["classes"])
    return Query(where, **found)


def _class_names(text: str) -> tuple[str, ...]:
    names: list[str] = []
    for part in text.split(","):
        span = re.fullmatch(r"(\d+)-(\d+)", part)
        names += [str(k) for k in range(int(span[1]), int(span[2]) + 1)] if span else [part]
    return tuple(names)


def choose(found: Pictures, query: Query) -> np.ndarray:
    """Return the indices, in file order, of the samples that a query keeps; `InputError` if none is."""
    index = np.arange(len(found))
    if query.classes is not None:
        if found.labels is None:
            raise InputError(f"`path` {query.where!r} has no classes to choose from: leave `classes` out.")
        index = index[np.isin(found.labels.astype(str), query.classes)]
        if not len(index):
            present = ", ".join(map(str, np.unique(found.labels)))
            raise InputError(f"`path` {query.where!r} has no class {', '.join(query.classes)}; it has {present}.")
    if query.n is not None and query.n < len(index):
        index = np.sort(np.random.default_rng(query.seed).choice(index, query.n, replace=False))
    return np.tile(index, query.repeat)


def pictures(found: Pictures, index: np.ndarray, size: int) -> Iterator[Image.Image]:
    """Yield the chosen pictures one by one; files are opened, upright, at no less than `size` pixels where they can."""
    if found.images is not None:
        for pixels in found.images[index]:
            yield Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)
    else:
        assert found.opened is not None and found.names is not None
        for k, file in zip(index, found.opened(index), strict=True):
            yield load(file, str(found.names[k]), size)


def find(query: Query) -> Pictures:
    """Find the images that a query names.

    Raises:
        MissingFileError: nothing is there.
        FileFormatError: what is there is damaged, or of no known kind.
    """
    path = Path(query.where)
    exists = os.path.exists(path)  # Path.exists raises for names that are too long, or may not be looked up
    if re.fullmatch(r"[a-z]{2,}:\w+", query.where) and not exists:
        images, labels = load_named(query)
        return Pictures(labels, images)
    if not exists:
        raise MissingFileError(f"`path` {query.where!r} does not exist. Check the spelling, or pass its full path.")
    kind = path.suffix.lower()
    if query.half is not None and kind != ".npz":
        raise InputError(f"`path`: half applies to .npz files and to named sets only, not to {query.where!r}.")
    if path.is_dir():
        return _folder(path)
    readers = {".npz": _keras_npz, ".h5": _signs_h5, ".hdf5": _signs_h5, ".zip": _archive}
    if kind in readers:
        return readers[kind](path, query.half or "train")
    return _files(path.parent, [path.name])


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """Say of whatever goes wrong inside that a file is damaged: zip, npz and HDF5 raise a dozen kinds of errors."""
    try:
        yield
    except FileFormatError:
        raise
    except Exception as error:
        raise FileFormatError(f"{what} ({error}). Download, copy or pack it again.") from None


def _keras_npz(path: Path, half: str) -> Pictures:
    with _readable(f"{path} cannot be read as .npz"), np.load(path, allow_pickle=False) as data:
        wanted = ["train", "test"] if half == "all" else [half]
        missing = [f"{k}_{h}" for h in wanted for k in "xy" if f"{k}_{h}" not in data]
        if missing:
            raise FileFormatError(
                f"{path} lacks {', '.join(missing)}; it holds {', '.join(data.files) or 'nothing'}. "
                "Expected is Keras' format: x_train, y_train, x_test, y_test."
            )
        labels, images = zip(*(_labelled(data[f"x_{h}"], data[f"y_{h}"], path) for h in wanted), strict=True)
        return Pictures(np.concatenate(labels), np.concatenate(images))


def _signs_h5(path: Path, _: str) -> Pictures:
    import h5py

    with _readable(f"{path} cannot be read as HDF5"), h5py.File(path, "r") as data:
        for half in ("train", "test"):
            x, y = data.get(f"{half}_set_x"), data.get(f"{half}_set_y")
            if isinstance(x, h5py.Dataset) and isinstance(y, h5py.Dataset):
                return Pictures(*_labelled(np.asarray(x), np.asarray(y), path))
        raise FileFormatError(
            f"{path} must hold the arrays train_set_x and train_set_y, or test_set_x and test_set_y; it holds "
            f"{', '.join(f'{k} ({type(v).__name__.lower()})' for k, v in data.items()) or 'nothing'}."
        )


def _labelled(x: np.ndarray, y: np.ndarray, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Check that there is one label an image; return the labels (n,), and the images as bytes."""
    labels, images = np.atleast_1d(y.squeeze()), as_bytes(x, path)
    if labels.shape != (len(images),):
        raise FileFormatError(
            f"{path}: expected one label for each of {len(images)} images, found labels of shape {y.shape}. Save them "
            "as whole numbers, in the order of the images."
        )
    return labels, images


def as_bytes(x: np.ndarray, path: str | Path) -> np.ndarray:
    """Check that `x` is images (n, height, width[, 1 or 3]), bytes or floats in [0, 1]; return bytes."""
    shaped = x.ndim == 3 or (x.ndim == 4 and x.shape[-1] in (1, 3))
    numbers = x.dtype.kind in "buif"
    if not shaped or not numbers or not x.size or (x.dtype != np.uint8 and not 0 <= x.min() <= x.max() <= 1):
        raise FileFormatError(
            f"{path}: expected images (n, height, width[, 1 or 3]) as uint8 or floats in [0, 1], found shape {x.shape} "
            f"of {x.dtype}."
        )
    return x if x.dtype == np.uint8 else np.round(x * 255).astype(np.uint8)


def _folder(path: Path) -> Pictures:
    files = [f.relative_to(path) for f in sorted(path.rglob("*")) if f.is_file()]
    found = _files(path, [f.as_posix() for f in files if _is_picture(f)])
    return replace(found, labels=_classes(found.names, path))


def _files(folder: Path, names: list[str]) -> Pictures:
    return Pictures(names=np.array(names), opened=lambda index: (folder / names[k] for k in index))


def _archive(path: Path, _: str) -> Pictures:
    """List a zip; its pictures are unpacked one at a time, in memory, and never beyond their limits."""
    with _readable(f"{path} cannot be read as .zip"), zipfile.ZipFile(path) as archive:
        entries = [e for e in archive.infolist() if not e.is_dir() and _is_picture(PurePosixPath(e.filename))]
    size = sum(e.file_size for e in entries)
    if size > _LARGEST_ARCHIVE or any(e.file_size > _LARGEST_ENTRY for e in entries):
        raise FileFormatError(
            f"{path} would unpack to {size >> 20} MiB; refused is more than {_LARGEST_ARCHIVE >> 30} GiB, or more than "
            f"{_LARGEST_ENTRY >> 20} MiB in one picture. Unpack it yourself and pass the folder."
        )
    entries.sort(key=lambda e: e.filename)

    def opened(index: np.ndarray) -> Iterator[IO[bytes]]:
        with _readable(f"{path} cannot be read as .zip"), zipfile.ZipFile(path) as archive:
            for k in index:
                with _readable(f"{path}: {entries[k].filename!r} cannot be unpacked"):
                    unpacked = BytesIO(archive.read(entries[k]))
                yield unpacked

    names = np.array([e.filename for e in entries])
    return Pictures(_classes(names, path), names=names, opened=opened)


def _is_picture(file: PurePath) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in file.parts)
    return file.suffix.lower() in FORMATS and not hidden


def _classes(names: np.ndarray | None, path: Path) -> np.ndarray | None:
    """Take each picture's folder as its class, whole numbers if all are; None for pictures that lie flat."""
    if names is None or not len(names):
        raise FileFormatError(f"{path} holds no pictures. Looked for {', '.join(FORMATS)}, in folders too.")
    folders = np.array([PurePosixPath(name).parent.name for name in names])
    distinct = np.unique(folders)
    whole = all(name.isdecimal() and len(name) < 19 for name in distinct)  # longer ones do not fit 64 bits
    if len(distinct) == 1 and not whole:
        return None  # all in one place: a flat collection, or one in a wrapper folder
    if "" in distinct:
        stray = str(names[folders == ""][0])
        raise FileFormatError(
            f"{path} holds pictures both in class folders and outside of them, {stray!r} for one. "
            "Put each into the folder of its class."
        )
    return folders.astype(np.int64) if whole else folders
