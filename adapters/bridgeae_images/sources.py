"""Images from files: pictures, folders and .zip archives of pictures, Keras' .npz, SIGNS .h5."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path, PurePath, PurePosixPath
from typing import IO

import numpy as np
from PIL import Image

from bridgeae.checks import check_hdf5, check_inside, check_limit, check_ordinary, check_zip
from bridgeae.errors import BridgeError, FileFormatError, InputError, MissingFileError
from bridgeae_images.named_sets import read_named
from bridgeae_images.photo import FORMATS, read_picture
from bridgeae_images.query import Pictures, Query


def find(query: Query) -> Pictures:
    """Return the pictures at a query's place, before its options choose among them.

    Raises:
        MissingFileError: the place does not exist, or cannot be downloaded.
        FileFormatError: the file is damaged, or of an unknown kind.
        InputError: no named set has that name, or `half` is given for a place without halves.
    """
    if query.others and query.place != "drawn:hands":
        raise InputError(f"`path`: others applies to drawn:hands only, not to {query.place!r}.")
    path = Path(query.place)
    exists = os.path.exists(path)  # Path.exists raises for names that are too long, or in folders without access
    if re.fullmatch(r"[a-z]{2,}:\w+", query.place) and not exists:
        return read_named(query)
    if not exists:
        raise MissingFileError(f"`path` {query.place!r} does not exist. Check the spelling, or pass its full path.")
    kind = path.suffix.lower()
    if query.half is not None and kind != ".npz":
        raise InputError(f"`path`: half applies to .npz files and to named sets only, not to {query.place!r}.")
    if path.is_dir():
        return _folder(path)
    check_ordinary(path)
    readers = {".npz": _keras_npz, ".h5": _signs_h5, ".hdf5": _signs_h5, ".zip": _archive}
    if kind in readers:
        return readers[kind](path, query.half or "train")
    return _files(path.parent, [path.name])


def opened(pictures: Pictures, index: np.ndarray, size: int) -> Iterator[Image.Image]:
    """Yield the pictures at some indices, one by one, upright.

    Args:
        pictures: the result of `find`.
        index: (k,) their indices.
        size: a JPEG may be decoded at a fraction of its size, but with no side below this many pixels.
    """
    if pictures.images is not None:
        for pixels in (pictures.images[k] for k in index):  # a copy of the chosen ones would cost memory
            yield Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)
    else:
        assert pictures.open_files is not None and pictures.names is not None
        for k, file in zip(index, pictures.open_files(index), strict=True):
            yield read_picture(file, str(pictures.names[k]), size)


@contextmanager
def _damage_reported(problem: str) -> Iterator[None]:
    """Raise any error inside as `FileFormatError`: damaged zip, npz and HDF5 files raise a dozen kinds."""
    try:
        yield
    except BridgeError:
        raise
    except Exception as error:
        raise FileFormatError(f"{problem} ({error}). Download, copy or pack it again.") from None


def _keras_npz(path: Path, half: str) -> Pictures:
    with _damage_reported(f"{path} cannot be read as .npz"):
        check_zip(path)
    with _damage_reported(f"{path} cannot be read as .npz"), np.load(path, allow_pickle=False) as data:
        wanted = ["train", "test"] if half == "all" else [half]
        missing = [f"{k}_{h}" for h in wanted for k in "xy" if f"{k}_{h}" not in data]
        if missing:
            raise FileFormatError(
                f"{path} lacks {', '.join(missing)}; it holds {', '.join(data.files) or 'nothing'}. "
                "Expected is Keras' format: x_train, y_train, x_test, y_test."
            )
        labels, images = zip(*(_labelled(data[f"x_{h}"], data[f"y_{h}"], path) for h in wanted), strict=True)
        if len(wanted) == 1:
            return Pictures(labels[0], images[0])
        return Pictures(np.concatenate(labels), np.concatenate(images))


def _signs_h5(path: Path, _: str) -> Pictures:
    import h5py

    with _damage_reported(f"{path} cannot be read as HDF5"), h5py.File(path, "r") as data:
        check_hdf5(data, str(path))
        for half in ("train", "test"):
            x, y = data.get(f"{half}_set_x"), data.get(f"{half}_set_y")
            if isinstance(x, h5py.Dataset) and isinstance(y, h5py.Dataset):
                return Pictures(*_labelled(np.asarray(x), np.asarray(y), path))
        raise FileFormatError(
            f"{path} must hold the arrays train_set_x and train_set_y, or test_set_x and test_set_y; it holds "
            f"{', '.join(f'{k} ({type(v).__name__.lower()})' for k, v in data.items()) or 'nothing'}."
        )


def _labelled(x: np.ndarray, y: np.ndarray, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return labels (n,) and images (n, height, width[, channels]) uint8; raise unless each image has one label."""
    labels, images = np.atleast_1d(y.squeeze()), _as_bytes(x, path)
    if labels.shape != (len(images),):
        raise FileFormatError(
            f"{path}: expected one label for each of {len(images)} images, found labels of shape {y.shape}. Save them "
            "as whole numbers, in the order of the images."
        )
    return labels, images


def _as_bytes(x: np.ndarray, path: Path) -> np.ndarray:
    """Return images (n, height, width[, 1 or 3]) as uint8; raise unless they are uint8 or floats in [0, 1]."""
    shaped = x.ndim == 3 or (x.ndim == 4 and x.shape[-1] in (1, 3))
    numbers = x.dtype.kind in "buif"
    if not shaped or not numbers or not x.size or (x.dtype != np.uint8 and not 0 <= x.min() <= x.max() <= 1):
        raise FileFormatError(
            f"{path}: expected images (n, height, width[, 1 or 3]) as uint8 or floats in [0, 1], found shape {x.shape} "
            f"of {x.dtype}."
        )
    return x if x.dtype == np.uint8 else np.round(x * 255).astype(np.uint8)


def _folder(path: Path) -> Pictures:
    files = [f for f in sorted(path.rglob("*")) if _is_picture(f.relative_to(path)) and f.is_file()]
    for file in files:
        if file.is_symlink():
            check_inside(file, path)
    pictures = _files(path, [f.relative_to(path).as_posix() for f in files])
    return replace(pictures, labels=_class_folders(pictures.names, path))


def _files(folder: Path, names: list[str]) -> Pictures:
    return Pictures(names=np.array(names), open_files=lambda index: (folder / names[k] for k in index))


def _archive(path: Path, _: str) -> Pictures:
    """List the pictures of a .zip; each is later unpacked in memory, one at a time, within the size limits."""
    with _damage_reported(f"{path} cannot be read as .zip"):
        entries = [entry for entry in check_zip(path) if _is_picture(PurePosixPath(entry.filename))]
    if entries:
        largest = max(entries, key=lambda e: e.file_size)
        check_limit("entry_bytes", largest.file_size, f"{path}: {largest.filename!r}")
    entries.sort(key=lambda e: e.filename)

    def unpacked(index: np.ndarray) -> Iterator[IO[bytes]]:
        with _damage_reported(f"{path} cannot be read as .zip"), zipfile.ZipFile(path) as archive:
            for k in index:
                problem = f"{path}: {entries[k].filename!r} cannot be unpacked"
                with _damage_reported(problem), archive.open(entries[k]) as packed:
                    content = BytesIO(packed.read(entries[k].file_size))  # `archive.read` may give more than declared
                yield content

    names = np.array([e.filename for e in entries])
    return Pictures(_class_folders(names, path), names=names, open_files=unpacked)


def _is_picture(file: PurePath) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in file.parts)
    return file.suffix.lower() in FORMATS and not hidden


def _class_folders(names: np.ndarray | None, path: Path) -> np.ndarray | None:
    """Return each picture's folder as its class, as whole numbers if all are; None if all are in one folder."""
    if names is None or not len(names):
        raise FileFormatError(f"{path} holds no pictures. Looked for {', '.join(FORMATS)}, in folders too.")
    folders = np.array([PurePosixPath(name).parent.name for name in names])
    distinct = np.unique(folders)
    whole = all(name.isdecimal() and len(name) < 19 for name in distinct)  # longer ones do not fit 64 bits
    if len(distinct) == 1 and not whole:
        return None
    if "" in distinct:
        stray = str(names[folders == ""][0])
        raise FileFormatError(
            f"{path} holds pictures both inside and outside of class folders, such as {stray!r}. "
            "Put each picture into the folder of its class."
        )
    return folders.astype(np.int64) if whole else folders
