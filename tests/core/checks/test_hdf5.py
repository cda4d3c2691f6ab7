"""HDF5 files whose values lie elsewhere, or that make much of nothing, are refused before anything is read."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from bridgeae.checks import check_hdf5
from bridgeae.errors import FileFormatError
from hostile import hdf5_files


@pytest.mark.parametrize("name", hdf5_files.PUTS)
def test_a_hostile_file_is_refused(name: str, tmp_path: Path) -> None:
    wanted = "in another file|is a link|would unpack to|exceeds the limit"
    with h5py.File(hdf5_files.signs(name, tmp_path)) as file, pytest.raises(FileFormatError, match=wanted):
        check_hdf5(file, "x")


def test_an_honest_file_passes_with_groups_in_circles_and_names_that_are_no_text(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a/b"] = np.random.default_rng(0).random((100, 100))
        file["a/up"] = file["/"]
        file["none"] = h5py.Empty("f4")
        file[b"\xff\xfe"] = np.arange(3)
        file["words"] = ["one", "two"]
        file.create_dataset("packed", data=np.zeros((1000, 1000)), compression="gzip")
        check_hdf5(file, "x")
