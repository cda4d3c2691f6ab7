"""AnnData files: kept whole, and refused when unsorted, damaged, or not the ones the profiles came from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from adapters.copynumber.samples import one_segment_a_bin
from bridgeae.errors import FileFormatError, InputError, MissingFileError
from bridgeae_copynumber import Profile, Segments, read, write

anndata = pytest.importorskip("anndata")
pandas = pytest.importorskip("pandas")

BINS = {"chrom": ["2", "1", "1", "2"], "start": [10, 10, 0, 0], "end": [20, 20, 10, 10]}
X = np.array([[0.0, 1.0, -1.0, 2.0], [0.5, -0.5, 0.0, -2.0]], np.float32)


def put(folder: Path, x: Any = X, cells: tuple[str, ...] = ("Z", "Y"), **bins: Any) -> Path:
    index = [f"b{k}" for k in range(4)]
    var, obs = pandas.DataFrame(BINS | bins, index=index), pandas.DataFrame(index=list(cells))
    data = anndata.AnnData(x, var=var, obs=obs, layers={"copy": X[: len(cells)]})
    data.write_h5ad(folder / "in.h5ad")
    return folder / "in.h5ad"


@pytest.mark.parametrize("base", [0, 1])
def test_values_of_sorted_profiles_go_to_their_bins_in_the_file(tmp_path: Path, base: int) -> None:
    starts = [s + base for s in BINS["start"]]  # neighbours 1 base apart: 1-based and closed
    source = put(tmp_path, start=starts)
    profiles = read(source, sort=True)[::-1]
    assert profiles[0].start.tolist() == [0, 10, 0, 10]
    assert any("1-based" in note for note in profiles[0].notes) == bool(base)
    write(one_segment_a_bin(profiles), tmp_path / "out.h5ad", profiles=profiles, source=source)
    np.testing.assert_array_equal(anndata.read_h5ad(tmp_path / "out.h5ad").layers["segments"], X)


def test_probes_that_share_a_position_keep_their_values(tmp_path: Path) -> None:
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
def test_a_source_that_is_not_the_file_read_is_refused(
    tmp_path: Path, change: Callable[[Path], object], error: type[Exception], message: str
) -> None:
    source = put(tmp_path)
    profiles = read(source, sort=True)
    change(source)
    with pytest.raises(error, match=message):
        write(one_segment_a_bin(profiles), tmp_path / "out.h5ad", profiles=profiles, source=source)
    assert not (tmp_path / "out.h5ad").exists()


@pytest.mark.parametrize("sign", [":", "-"])
def test_bins_may_be_named_by_their_places(tmp_path: Path, sign: str) -> None:
    data = anndata.read_h5ad(put(tmp_path))
    index = [f"chr{c}{sign}{a + 1}-{b}" for c, a, b in zip(*BINS.values(), strict=True)]
    data.var = pandas.DataFrame({"gc": [0.4] * 4}, index=index)
    data.write_h5ad(tmp_path / "in.h5ad")
    first = read(tmp_path / "in.h5ad", sort=True)[0]
    assert (first.chrom.tolist(), first.start.tolist()) == (["chr2", "chr2", "chr1", "chr1"], [0, 10, 0, 10])
    np.testing.assert_array_equal(first.log2, X[0][[3, 0, 2, 1]])


@pytest.mark.parametrize("kind", ["csr_matrix", "csc_matrix"])
def test_sparse_matrices_with_damaged_indices_are_refused(tmp_path: Path, kind: str) -> None:
    import scipy.sparse

    path = put(tmp_path, getattr(scipy.sparse, kind)(X))
    with h5py.File(path, "r+") as file:
        index = file["X/indices"][:]
        index[0] = 4 if kind == "csr_matrix" else 2  # the first of the next row or column, if nobody looks
        file["X/indices"][:] = index
    with pytest.raises(FileFormatError, match=r"not a readable \.h5ad file: the sparse \.X has an index outside"):
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
def test_bad_anndata_is_refused_with_a_reason(tmp_path: Path, parts: dict[str, Any], message: str) -> None:
    with pytest.raises(FileFormatError, match=message):
        read(put(tmp_path, **parts), sort=True)


def test_a_file_that_points_outside_itself_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path)
    data = bytearray(path.read_bytes())
    data[48:56] = b"\xaa" * 8  # an address no file can have
    path.write_bytes(data)
    with pytest.raises(FileFormatError, match=r"not a readable \.h5ad file"):
        read(path)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_odd_names_and_signalling_nans_are_read(tmp_path: Path) -> None:
    path = put(tmp_path, X.astype(np.float64))
    with h5py.File(path, "r+") as file:
        file["var"][b"\xff\xfe"] = np.zeros(4)
        file["X"][0, :1] = np.array([0x7FF0000000000001]).view(np.float64)  # a signalling NaN
    assert read(path, sort=True)[0].missing.sum() == 1


@pytest.mark.parametrize("sparse", [False, True])
def test_anndata_in_and_out_keeps_what_was_there(tmp_path: Path, sparse: bool) -> None:
    from scipy.sparse import csr_matrix

    x = np.array([[0.1, -0.2, 0], [0.5, 0.5, -1]], np.float32)
    var = pandas.DataFrame({"chromosome": pandas.Categorical(["1", "1", "X"]), "Start": [0, 5, 0], "End": [5, 10, 5]})
    var.index = ["a", "b", "c"]
    data = anndata.AnnData(
        csr_matrix(x) if sparse else x, var=var, obs=pandas.DataFrame({"q": [1, 2]}, index=["Z", "Y"])
    )
    data.write_h5ad(tmp_path / "in.h5ad")
    profiles = read(tmp_path / "in.h5ad")
    assert [p.sample for p in profiles] == ["Z", "Y"]
    np.testing.assert_array_equal(np.stack([p.log2 for p in profiles]), x)
    assert profiles[0].chrom.tolist() == ["1", "1", "X"]

    found = Segments(["Z", "Z", "Y", "Y"], ["1", "X"] * 2, [0, 0] * 2, [10, 5] * 2, [2, 1] * 2, [1, 2, 3, 4], [1] * 4)
    write(found, tmp_path / "out.h5ad", profiles=profiles, source=tmp_path / "in.h5ad")
    write(found, tmp_path / "fresh.h5ad", profiles=profiles)
    for name in ("out.h5ad", "fresh.h5ad"):
        back = anndata.read_h5ad(tmp_path / name)
        assert back.layers["segments"].tolist() == [[1, 1, 2], [3, 3, 4]]
        assert back.uns["segments"]["n_bins"].tolist() == [2, 1, 2, 1]
    write(found.select(slice(2)), tmp_path / "one.h5ad", profiles=profiles[0])
    assert anndata.read_h5ad(tmp_path / "one.h5ad").layers["segments"].tolist() == [[1, 1, 2]]
    assert anndata.read_h5ad(tmp_path / "out.h5ad").obs["q"].tolist() == [1, 2]

    del data.var["Start"]
    data.write_h5ad(tmp_path / "bad.h5ad")
    with pytest.raises(FileFormatError, match=r"must have chrom, start and end in \.var"):
        read(tmp_path / "bad.h5ad")


def test_missing_categories_are_refused_as_chromosomes_only(tmp_path: Path) -> None:
    var = pandas.DataFrame({"chrom": ["1", "1", "2", "2"], "start": [0, 10, 0, 10], "end": [10, 20, 10, 20]})
    var["band"] = pandas.Categorical(["p", None, "q", "q"])
    for name, chrom in (("good", ["1", "1", "2", "2"]), ("bad", ["1", None, "2", "2"])):
        var["chrom"] = pandas.Categorical(chrom)
        anndata.AnnData(np.zeros((1, 4)), var=var.set_index(np.arange(4).astype(str))).write_h5ad(
            tmp_path / f"{name}.h5ad"
        )
    assert read(tmp_path / "good.h5ad")[0].chrom.tolist() == ["1", "1", "2", "2"]
    with pytest.raises(FileFormatError, match=r"chrom in \.var must name a chromosome"):
        read(tmp_path / "bad.h5ad")


@pytest.mark.parametrize("kept", [True, False])
def test_many_cells_written_in_portions_are_all_there(tmp_path: Path, kept: bool) -> None:
    rng, names = np.random.default_rng(0), [f"cell{k}" for k in range(150)]  # more than two portions
    var = pandas.DataFrame({"chrom": ["1", "1", "2"], "start": [0, 5, 0], "end": [5, 10, 5]}, index=list("abc"))
    x = rng.normal(size=(150, 3)).astype(np.float32)
    data = anndata.AnnData(x, var=var, obs=pandas.DataFrame({"q": np.arange(150.0)}, index=names))
    data.layers["segments"] = data.layers["copies"] = np.zeros((150, 3), np.float32)  # of an earlier run
    data.write_h5ad(tmp_path / "in.h5ad")
    profiles = read(tmp_path / "in.h5ad", scale="log2")
    found = one_segment_a_bin(profiles)
    facts = [{"sample": name, "noise": 0.1, "sex": "male", "solutions": ()} for name in names[:100]]
    facts[0]["q"] = 7.5
    source = tmp_path / "in.h5ad" if kept else None
    write(found, tmp_path / "out.h5ad", profiles=profiles, source=source, samples=facts)
    back = anndata.read_h5ad(tmp_path / "out.h5ad")
    assert list(back.obs_names) == names and list(back.layers) == ["segments"]
    np.testing.assert_array_equal(back.layers["segments"], x)
    np.testing.assert_array_equal(back.X, x)
    assert back.uns["segments"]["sample"].tolist() == found.sample.tolist()
    np.testing.assert_array_equal(back.uns["segments"]["mean"], found.mean)
    assert back.uns["segments"].index.tolist() == list(range(len(found)))
    assert back.obs["noise"].notna().sum() == 100 and back.obs["sex"].astype(str).tolist()[98:101] == [
        "male",
        "male",
        "nan",
    ]
    assert back.obs["q"].iloc[0] == 7.5 and back.obs["q"].notna().sum() == (150 if kept else 1)


def test_cells_of_other_bins_are_refused_and_no_file_is_left(tmp_path: Path) -> None:
    bins = {"chrom": ["1", "1"], "start": [0, 5], "log2": [0.0, 1.0]}
    profiles = [Profile("a", end=[5, 10], **bins), Profile("b", end=[5, 11], **bins)]
    with pytest.raises(InputError, match=r"`profiles` must have equal bins for format h5ad, but b differs from a"):
        write(one_segment_a_bin(profiles), tmp_path / "out.h5ad", profiles=profiles)
    assert not list(tmp_path.iterdir())
