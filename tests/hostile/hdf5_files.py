"""HDF5 files that read other files, or that make much of nothing. A name in an adapter's format is given by `key`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Put = Callable[[h5py.File, str, tuple[int, ...], Path], Any]


def _other(folder: Path, shape: tuple[int, ...]) -> Path:
    path = folder / "other.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.zeros(shape, "u1")
    return path


def external_storage(file: h5py.File, key: str, shape: tuple[int, ...], folder: Path) -> None:
    size = int(np.prod(shape))
    (raw := folder / "secret.raw").write_bytes(bytes(size))
    file.create_dataset(key, shape, "u1", external=[(str(raw), 0, size)])


def external_link(file: h5py.File, key: str, shape: tuple[int, ...], folder: Path) -> None:
    file[key] = h5py.ExternalLink(str(_other(folder, shape)), "/x")


def soft_link(file: h5py.File, key: str, shape: tuple[int, ...], folder: Path) -> None:
    file["behind"], file[key] = np.zeros(shape, "u1"), h5py.SoftLink("/behind")


def self_link(file: h5py.File, key: str, shape: tuple[int, ...], folder: Path) -> None:
    file[key] = h5py.SoftLink(f"/{key}")


def virtual(file: h5py.File, key: str, shape: tuple[int, ...], folder: Path) -> None:
    layout = h5py.VirtualLayout(shape, "u1")
    layout[:] = h5py.VirtualSource(str(_other(folder, shape)), "x", shape)
    file.create_virtual_dataset(key, layout)


def virtual_of_itself(file: h5py.File, key: str, shape: tuple[int, ...], folder: Path) -> None:
    layout = h5py.VirtualLayout(shape, "u1")
    layout[:] = h5py.VirtualSource(".", key, shape)
    file.create_virtual_dataset(key, layout)


def fill(file: h5py.File, key: str, shape: tuple[int, ...], folder: Path) -> None:
    file.create_dataset(key, (10**6, *shape[1:]), "f8", chunks=(1, *shape[1:]), compression="gzip")


def great_chunk(file: h5py.File, key: str, shape: tuple[int, ...], folder: Path) -> None:
    chunk = (10**9 // int(np.prod(shape[1:])), *shape[1:])
    file.create_dataset(key, shape, "u1", chunks=chunk, maxshape=(None, *shape[1:]), compression="gzip")


def many_objects(file: h5py.File, key: str, shape: tuple[int, ...], folder: Path) -> None:
    for k in range(25_000):
        file.create_group(f"g{k}")
    file[key] = np.zeros(shape, "u1")


PUTS: dict[str, Put] = {
    f.__name__: f
    for f in (
        external_storage,
        external_link,
        soft_link,
        self_link,
        virtual,
        virtual_of_itself,
        fill,
        great_chunk,
        many_objects,
    )
}


def signs(name: str, folder: Path) -> Path:
    """Return a file in the format of the SIGNS pictures."""
    with h5py.File(path := folder / f"{name}.h5", "w", libver="latest") as file:
        PUTS[name](file, "train_set_x", (6, 24, 24, 3), folder)
        file["train_set_y"] = np.arange(6)
    return path


def cells(name: str, folder: Path, n: int = 300) -> Path:
    """Return an AnnData file of 4 cells and n bins whose X is hostile."""
    with h5py.File(path := folder / f"{name}.h5ad", "w", libver="latest") as file:
        PUTS[name](file, "X", (4, n), folder)
        _frames(file, 4, n)
    return path


def sparse_bomb(folder: Path, n: int = 200_000) -> Path:
    with h5py.File(path := folder / "sparse_bomb.h5ad", "w") as file:
        group = file.create_group("X")
        group.attrs["encoding-type"], group.attrs["encoding-version"] = "csr_matrix", "0.1.0"
        group.attrs["shape"] = (n, n)
        group["data"], group["indices"] = np.zeros(0), np.zeros(0, int)
        group.create_dataset("indptr", data=np.zeros(n + 1, int), compression="gzip")
        _frames(file, 4, 300)
    return path


def _frames(file: h5py.File, cells: int, n: int) -> None:
    for key, size in (("obs", cells), ("var", n)):
        frame = file.create_group(key)
        frame.attrs["_index"], frame.attrs["encoding-type"] = "_index", "dataframe"
        frame.attrs["encoding-version"], frame.attrs["column-order"] = "0.2.0", ["chrom", "start", "end"] * (size == n)
        frame["_index"] = np.array([f"{key}{k}" for k in range(size)], "S")
    file["var/chrom"] = np.array(["chr1"] * n, "S")
    file["var/start"], file["var/end"] = np.arange(n) * 1000, np.arange(n) * 1000 + 1000
