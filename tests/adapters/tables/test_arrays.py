from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from bridgeae import StoredSamples
from bridgeae.errors import BridgeError, FileFormatError
from bridgeae_tables import TableAdapter

X = np.arange(12.0).reshape(4, 3)


def test_a_matrix_alone_is_the_samples(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    assert TableAdapter().read(tmp_path / "x.npy").x.tolist() == X.tolist()


def test_keys_of_an_archive_have_the_roles_of_their_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=X, labels=list("abab"), names=list("wxyz"), groups=[1, 1, 2, 2], other=X)
    domain = TableAdapter().read(tmp_path / "x.npz")
    assert domain.x.tolist() == X.tolist() and domain.known_labels().tolist() == list("abab")
    assert domain.names is not None and domain.groups is not None and domain.groups.tolist() == [1, 1, 2, 2]


def test_another_key_is_asked_for(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=X, pca=X[:, :2], kind=[1, 2, 1, 2])
    domain = TableAdapter().read(f"{tmp_path / 'x.npz'}?x=pca&label=kind")
    assert domain.sample_shape == (2,) and domain.known_labels().tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize(
    ("arrays", "query", "message"),
    [
        ({"a": X, "b": X}, "", r"holds a \(4, 3\), b \(4, 3\). Say which is the matrix: x.npz\?x=KEY"),
        ({"embedding": X}, "?x=embeding", "has no key 'embeding'. Did you mean `embedding`"),
        ({"x": X.reshape(2, 2, 3)}, "", r"expected a table of numbers \(rows, columns\), found shape \(2, 2, 3\)"),
        ({"x": np.where(X == 7, np.nan, X)}, "", "row 3, column '2': no finite number, as 1 of 12 values"),
        ({"x": X, "columns": ["a"]}, "", "'columns' has 1 names for 3 columns"),
        ({"x": X[:0]}, "", "holds 0 rows of 3 numbers"),
        ({"x": X}, "?label=kind", "lacks the column 'kind' named as `label`. It has none"),
    ],
)
def test_archives_that_are_no_table_are_refused(arrays: dict, query: str, message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(BridgeError, match=message):
        TableAdapter().read(f"{tmp_path / 'x.npz'}{query}")


def test_arrays_of_an_hdf5_file_have_the_roles_of_their_names(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"], file["labels"], file["groups"], file["columns"] = X, list("abab"), [1, 1, 2, 2], list("pqr")
    domain = TableAdapter().read(f"{tmp_path / 'x.h5'}?drop=q")
    assert isinstance(domain.x, np.ndarray) and domain.x.tolist() == X[:, [0, 2]].tolist()
    assert domain.known_labels().tolist() == list("abab") and domain.groups is not None


@pytest.mark.parametrize("name", ["x.npy", "x.h5"])
def test_a_large_matrix_stays_on_disk(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgeae_tables.arrays._LARGE_BYTES", 40)
    TableAdapter(columns=3).write(X, tmp_path / name)
    domain = TableAdapter(columns=3).read(tmp_path / name)
    assert isinstance(domain.x, StoredSamples) and domain.x[:].tolist() == X.tolist()
    few = TableAdapter().read(f"{tmp_path / name}?n=2&seed=1")
    monkeypatch.undo()
    assert few.x[:].tolist() == TableAdapter().read(f"{tmp_path / name}?n=2&seed=1").x.tolist()


@pytest.mark.parametrize("name", ["x.npy", "x.h5"])
def test_a_large_matrix_with_missing_values_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridgeae_tables.arrays._LARGE_BYTES", 40)
    TableAdapter().write(np.where(X == 7, np.nan, X), tmp_path / name)
    with pytest.raises(FileFormatError, match=rf"{name}: `x` must be finite: 1 of 4 samples"):
        TableAdapter().read(tmp_path / name)
    (tmp_path / name).write_bytes(b"x" * 100)
    with pytest.raises(FileFormatError, match="cannot be read as"):
        TableAdapter().read(tmp_path / name)
