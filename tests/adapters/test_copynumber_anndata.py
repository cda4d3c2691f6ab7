"""AnnData files that are unsorted, damaged, or not the ones the profiles came from."""

import h5py
import numpy as np
import pytest

from bridgeae.errors import FileFormatError, InputError, MissingFileError
from bridgeae_copynumber import Segments, read, write

anndata = pytest.importorskip("anndata")
pandas = pytest.importorskip("pandas")

BINS = {"chrom": ["2", "1", "1", "2"], "start": [10, 10, 0, 0], "end": [20, 20, 10, 10]}
X = np.array([[0.0, 1.0, -1.0, 2.0], [0.5, -0.5, 0.0, -2.0]], np.float32)


def put(folder, x=X, cells=("Z", "Y"), **bins):
    index = [f"b{k}" for k in range(4)]
    var, obs = pandas.DataFrame(BINS | bins, index=index), pandas.DataFrame(index=list(cells))
    data = anndata.AnnData(x, var=var, obs=obs, layers={"copy": X[: len(cells)]})
    data.write_h5ad(folder / "in.h5ad")
    return folder / "in.h5ad"


def one_segment_a_bin(profiles):
    parts = [Segments([p.sample] * len(p), p.chrom, p.start, p.end, [1] * len(p), p.log2, p.log2) for p in profiles]
    return Segments.concatenate(parts)


@pytest.mark.parametrize("base", [0, 1])
def test_values_of_sorted_profiles_go_to_their_bins_in_the_file(tmp_path, base):
    starts = [s + base for s in BINS["start"]]  # neighbours 1 base apart: 1-based and closed
    source = put(tmp_path, start=starts)
    profiles = read(source, sort=True)[::-1]
    assert profiles[0].start.tolist() == [0, 10, 0, 10]
    assert any("1-based" in note for note in profiles[0].notes) == bool(base)
    write(one_segment_a_bin(profiles), tmp_path / "out.h5ad", profiles=profiles, source=source)
    np.testing.assert_array_equal(anndata.read_h5ad(tmp_path / "out.h5ad").layers["segments"], X)


def test_probes_that_share_a_position_keep_their_values(tmp_path):
    source = put(tmp_path, chrom=["1"] * 4, start=[8, 5, 5, 5], end=[9, 6, 6, 6], cells=["Z"], x=X[:1])
    with pytest.raises(InputError, match="duplicated bins"):
        read(source, sort=True)
    source = put(tmp_path, chrom=["1"] * 4, start=[8, 5, 5, 6], end=[9, 6, 6, 7], cells=["Z"], x=X[:1])
    profiles = read(source, sort=True)
    write(one_segment_a_bin(profiles), tmp_path / "out.h5ad", profiles=profiles, source=source)
    np.testing.assert_array_equal(anndata.read_h5ad(tmp_path / "out.h5ad").layers["segments"], X[:1])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda path: path.unlink(), MissingFileError, "`source` .* is not there"),
        (lambda path: path.write_text("chrom"), FileFormatError, r"`source` .* is not a readable \.h5ad"),
        (lambda path: put(path.parent, end=[19, 20, 10, 10]), InputError, "`source` .* has other cells or bins"),
        (lambda path: put(path.parent, cells=("Z", "other")), InputError, "`source` .* has other cells or bins"),
    ],
    ids=["absent", "text", "bins", "cells"],
)
def test_a_source_that_is_not_the_file_read_is_refused(tmp_path, change, error, message):
    source = put(tmp_path)
    profiles = read(source, sort=True)
    change(source)
    with pytest.raises(error, match=message):
        write(one_segment_a_bin(profiles), tmp_path / "out.h5ad", profiles=profiles, source=source)
    assert not (tmp_path / "out.h5ad").exists()


@pytest.mark.parametrize("kind", ["csr_matrix", "csc_matrix"])
def test_sparse_matrices_with_damaged_indices_are_refused(tmp_path, kind):
    import scipy.sparse

    path = put(tmp_path, getattr(scipy.sparse, kind)(X))
    with h5py.File(path, "r+") as file:
        index = file["X/indices"][:]
        index[0] = 4 if kind == "csr_matrix" else 2  # the first of the next row or column, if nobody looks
        file["X/indices"][:] = index
    with pytest.raises(FileFormatError, match=r"not a readable \.h5ad file: indices must be"):
        read(path, sort=True)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"start": [0.5, 10, 0, 0]}, "start and end in .var must be whole numbers"),
        ({"end": [20, 20, float("nan"), 10]}, "start and end in .var must be whole numbers"),
        ({"end": ["20", "20", "10", "x"]}, "start and end in .var must be whole numbers"),
        ({"x": X[:0], "cells": ()}, "holds no cells"),
        ({"x": None}, r"no \.X \(layers present: copy; copy one of them to \.X\)"),
    ],
    ids=["half", "missing", "text", "no cells", "no X"],
)
def test_bad_anndata_is_refused_in_plain_words(tmp_path, parts, message):
    with pytest.raises(FileFormatError, match=message):
        read(put(tmp_path, **parts), sort=True)


def test_a_file_that_points_outside_itself_is_refused(tmp_path):
    path = put(tmp_path)
    data = bytearray(path.read_bytes())
    data[48:56] = b"\xaa" * 8  # an address no file can have
    path.write_bytes(data)
    with pytest.raises(FileFormatError, match=r"not a readable \.h5ad file"):
        read(path)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_names_and_numbers_that_mean_nothing_do_no_harm(tmp_path):
    path = put(tmp_path, X.astype(np.float64))
    with h5py.File(path, "r+") as file:
        file["var"][b"\xff\xfe"] = np.zeros(4)
        file["X"][0, :1] = np.array([0x7FF0000000000001]).view(np.float64)  # a signalling NaN
    assert read(path, sort=True)[0].missing.sum() == 1
