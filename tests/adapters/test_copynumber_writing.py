"""Segments and profiles into files: to the letter, atomically, and back."""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridgeae.errors import FileFormatError, InputError, MissingFileError, OutputExistsError
from bridgeae_copynumber import Profile, Segments, read, read_segments, write
from bridgeae_copynumber.io.write import save

ANY_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

names = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters='"'), min_size=1, max_size=8)
floats = st.floats(-20, 20, width=32)


@st.composite
def profiles_of_any_kind(draw):
    out = []
    for sample in draw(st.lists(names, min_size=1, max_size=3, unique=True)):
        chrom, start, end = [], [], []
        for name in draw(st.lists(names, min_size=1, max_size=3, unique=True)):
            gaps = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10**9)), min_size=1, max_size=5))
            at = 0
            for gap, width in gaps:
                chrom.append(name)
                start.append(at + gap)
                end.append(at + gap + width)
                at += gap + width
        log2 = draw(st.lists(floats | st.just(float("nan")), min_size=len(chrom), max_size=len(chrom)))
        out.append(Profile(sample, chrom, start, end, log2))
    return out


@st.composite
def segments_of_any_kind(draw):
    rows = draw(
        st.lists(
            st.tuples(names, names, st.integers(0, 10**9), st.integers(1, 10**9), st.integers(1, 10**6), floats)
            | st.tuples(names, names, st.just(0), st.just(1), st.just(1), floats),
            min_size=1,
            max_size=6,
        )
    )
    sample, chrom, start, width, n_bins, mean = map(list, zip(*rows, strict=True))
    end = [a + b for a, b in zip(start, width, strict=True)]
    confidence = draw(st.lists(st.floats(0, 1, width=32), min_size=len(rows), max_size=len(rows)))
    states = draw(st.none() | st.lists(st.integers(0, 9), min_size=len(rows), max_size=len(rows)))
    return Segments(sample, chrom, start, end, n_bins, mean, confidence, states)


@ANY_FOLDER
@given(profiles_of_any_kind())
def test_profiles_come_back_as_they_were(tmp_path, profiles):
    write(profiles, tmp_path / "p.tsv", overwrite=True)
    back = read(tmp_path / "p.tsv")
    assert [p.sample for p in back] == [p.sample for p in profiles]
    for a, b in zip(back, profiles, strict=True):
        for column in ("chrom", "start", "end", "log2"):
            np.testing.assert_array_equal(getattr(a, column), getattr(b, column))


@ANY_FOLDER
@given(segments_of_any_kind())
def test_segments_come_back_as_they_were(tmp_path, segments):
    write(segments, tmp_path / "s.tsv", overwrite=True)
    back = read_segments(tmp_path / "s.tsv")
    for column in ("sample", "chrom", "start", "end", "n_bins", "mean", "confidence"):
        np.testing.assert_array_equal(getattr(back, column), getattr(segments, column))
    assert (back.copy_number is None) == (segments.copy_number is None)


@ANY_FOLDER
@given(segments_of_any_kind())
def test_seg_files_keep_everything_but_decimals(tmp_path, segments):
    write(segments, tmp_path / "s.seg", overwrite=True)
    back = read_segments(tmp_path / "s.seg")
    for column in ("sample", "chrom", "start", "end", "n_bins"):
        np.testing.assert_array_equal(getattr(back, column), getattr(segments, column))
    np.testing.assert_allclose(back.mean, segments.mean, atol=6e-5)


TWO = Segments(["S1", "S1"], ["chr1", "chrX"], [0, 0], [200, 100], [2, 1], [-0.05, 0.58], [0.8, 1], [2, 3])


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (
            "seg",
            "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\nS1\tchr1\t1\t200\t2\t-0.0500\nS1\tchrX\t1\t100\t1\t0.5800\n",
        ),
        (
            "cns",
            "chromosome\tstart\tend\tgene\tlog2\tcn\tprobes\n"
            "chr1\t0\t200\t-\t-0.0500\t2\t2\nchrX\t0\t100\t-\t0.5800\t3\t1\n",
        ),
        ("bed", "chr1\t0\t200\tS1|-0.0500\t800\nchrX\t0\t100\tS1|0.5800\t1000\n"),
        (
            "tsv",
            "sample\tchrom\tstart\tend\tnum_mark\tmean\tconfidence\tcopy_number\n"
            "S1\tchr1\t0\t200\t2\t-0.05\t0.8\t2\nS1\tchrX\t0\t100\t1\t0.58\t1.0\t3\n",
        ),
    ],
)
def test_each_text_format_to_the_letter(tmp_path, ending, text):
    write(TWO, tmp_path / f"S1.{ending}")
    assert (tmp_path / f"S1.{ending}").read_text() == text


def test_nothing_is_overwritten_unasked_and_nothing_is_left_behind(tmp_path):
    path = tmp_path / "out.seg"
    path.write_text("mine")
    with pytest.raises(OutputExistsError, match=r"out\.seg exists"):
        write(TWO, path)
    assert path.read_text() == "mine"
    write(TWO, path, overwrite=True)
    assert path.read_text().startswith("ID\t")
    with pytest.raises(InputError, match="double quotes"):
        write(Segments(['a"b'], ["1"], [0], [1], [1], [0], [1]), path, overwrite=True)
    assert path.read_text().startswith("ID\t")
    assert os.listdir(tmp_path) == ["out.seg"]


def test_devices_are_written_to_and_links_followed(tmp_path):
    write(TWO, "/dev/null", format="seg")
    assert not os.path.isfile("/dev/null")
    (tmp_path / "old.seg").write_text("old")
    (tmp_path / "link.seg").symlink_to(tmp_path / "old.seg")
    write(TWO, tmp_path / "link.seg", overwrite=True)
    assert (tmp_path / "link.seg").is_symlink()
    assert (tmp_path / "old.seg").read_text().startswith("ID\t")


def test_what_the_system_refuses_is_explained(tmp_path):
    def full(_):
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match=r"out\.seg cannot be written: No space left"):
        save(tmp_path / "out.seg", full, overwrite=False)
    assert not os.listdir(tmp_path)


def test_unwritable_requests_are_explained(tmp_path):
    with pytest.raises(InputError, match="`data` must be one `Profile` or several, received str"):
        write("bins.tsv", tmp_path / "out.tsv")
    with pytest.raises(InputError, match="`format` must be given"):
        write(TWO, tmp_path / "out.xyz")
    with pytest.raises(InputError, match="`format` must be one of"):
        write(TWO, tmp_path / "out.seg", format="gff")
    with pytest.raises(MissingFileError, match=r"the folder .* is not there"):
        write(TWO, tmp_path / "no" / "out.seg")
    with pytest.raises(OutputExistsError, match="is a folder"):
        write(TWO, tmp_path, format="seg", overwrite=True)
    with pytest.raises(InputError, match="cns holds one sample, received 2"):
        write(Segments.concatenate([TWO, Segments(["b"], ["1"], [0], [1], [1], [0], [1])]), tmp_path / "a.cns")
    with pytest.raises(InputError, match="must be tsv for profiles"):
        write(Profile("S", ["1"], [0], [1], [0]), tmp_path / "p.seg")
    with pytest.raises(InputError, match="`profiles` must be given"):
        write(TWO, tmp_path / "a.h5ad")


# --- AnnData ---


@pytest.mark.parametrize("sparse", [False, True])
def test_anndata_in_and_out_keeps_what_was_there(tmp_path, sparse):
    anndata = pytest.importorskip("anndata")
    pandas = pytest.importorskip("pandas")
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


def test_missing_categories_are_refused_as_chromosomes_only(tmp_path):
    anndata = pytest.importorskip("anndata")
    import pandas

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
