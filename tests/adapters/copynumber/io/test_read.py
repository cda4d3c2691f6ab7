"""Files in: every format, every kind of damage."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.copynumber.samples import ANY_FOLDER, HEAD, TABLE, put
from bridgeae.errors import BridgeError, FileFormatError, InputError
from bridgeae_copynumber import Profile, read, read_segments
from bridgeae_copynumber.io import read_centromeres

REAL = Path(os.environ.get("BRIDGEAE_TEST_DATA", "nowhere")) / "copy_number"
needs_data = pytest.mark.skipif(not REAL.is_dir(), reason="needs real files: set BRIDGEAE_TEST_DATA")


def columns(profile: Profile) -> tuple[list[str], list[int], list[int], list[float]]:
    return profile.chrom.tolist(), profile.start.tolist(), profile.end.tolist(), profile.log2.round(4).tolist()


WANTED = (["chr1", "chr1", "chrX"], [0, 100, 0], [100, 200, 100])
BEDGRAPH = "track type=bedGraph name=x\nchr1\t0\t100\t0.1\nchr1\t100\t200\t-0.2\nchrX\t0\t100\t0.3\n"
WIG = "fixedStep chrom=chr1 start=1 step=100 span=100\n0.1\n-0.2\nfixedStep chrom=chrX start=1 step=100\n0.3\n"
GATK = "@HD\tVN:1.6\nCONTIG\tSTART\tEND\tLOG2_COPY_RATIO\nchr1\t1\t100\t0.1\nchr1\t101\t200\t-0.2\nchrX\t1\t100\t0.3\n"
CNR = (
    "chromosome\tstart\tend\tgene\tlog2\tdepth\tweight\nchr1\t0\t100\tA,B\t0.1\t5\t1\nchr1\t100\t200\t-\t-0.2\t5\t1\n"
    "chrX\t0\t100\t-\t0.3\t5\t1\n"
)
SEG = (
    "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\nS1\tchr1\t1\t100\t1\t0.1\nS1\tchr1\t101\t200\t1\t-0.2\n"
    "S1\tchrX\t1\t100\t1\t0.3\n"
)
SAME = {
    "cnr": CNR,
    "bedgraph": BEDGRAPH,
    "bedgraph, blanks": BEDGRAPH.replace("\t", "  "),
    "wig": WIG,
    "seg": SEG,
    "gatk": GATK,
    "csv": CNR.replace(",B", "").replace("\t", ","),
    "quoted": CNR.replace("chr1", '"chr1"').replace("A,B", '"A,B"'),
    "quoted separators": CNR.replace(",", ";").replace("\t", ",").replace("A;B", '"A,""B"'),
    "blanks after separators": "Chr, Start, Stop, logR, Sample\n"
    "chr1, 0, 100, 0.1, S1\nchr1, 100, 200, -0.2, S1\nchrX, 0, 100, 0.3, S1\n",
    "blanks after separators, quoted": CNR.replace("\t", ", ").replace("A,B", '"A,B"'),
    "a blank line before wig": "\n" + WIG,
    "carriage returns": CNR.replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + CNR,
    "header after #": "#" + CNR,
    "row names": "".join(f"{k}\t{line}\n" if k else line + "\n" for k, line in enumerate(CNR.splitlines())),
    "no last line end": CNR.rstrip(),
    "long": "Sample,Chr,Start,Stop,logR\nS1,chr1,0,100,0.1\nS1,chr1,100,200,-0.2\nS1,chrX,0,100,0.3\n",
    "wide": "Chromosome\tStart\tEnd\tgene\tS1\nchr1\t0\t100\tA\t0.1\nchr1\t100\t200\tB\t-0.2\nchrX\t0\t100\tC\t0.3\n",
    "kilobases": "chrom\tstart_kb\tend_kb\tlog2\nchr1\t0\t0.1\t0.1\nchr1\t0.1\t0.2\t-0.2\nchrX\t0\t0.1\t0.3\n",
    "GenomeStudio": CNR.replace("log2", "Log R Ratio").replace("depth", "B Allele Freq"),
    "R's numbers": CNR.replace("\t100\t", "\t1e+02\t"),
}


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("kind", SAME)
def test_every_format_gives_the_same_bins(tmp_path: Path, kind: str, zipped: bool) -> None:
    data = SAME[kind].encode()
    (profile,) = read(put(tmp_path, gzip.compress(data) if zipped else data))
    assert profile.sample == "S1"
    assert columns(profile) == (*WANTED, [np.float32(v).round(4) for v in (0.1, -0.2, 0.3)])


def test_wide_tables_have_a_sample_a_column_and_skip_text(tmp_path: Path) -> None:
    text = "chrom\tpos\tclone\tcomment\tA\tβ.1\n1\t1\tx\tNA\t0\t1\n1\t2\ty\tbad\tNA\t-1\n"
    a, b = read(put(tmp_path, text))
    assert (a.sample, b.sample) == ("A", "β.1")
    assert a.missing.tolist() == [False, True]
    assert "columns left out, as they hold no sample: clone, comment" in a.notes
    assert "1 of 2 bins have no value" in " ".join(a.notes)


def test_columns_beside_the_value_are_noted_as_left_out(tmp_path: Path) -> None:
    (p,) = read(put(tmp_path, "chrom\tpos\tT1\tcopy\tgene\tT3\n1\t1\t0\t-1\tG\t0\n"))
    assert p.notes == ("columns left out, as column 'copy' holds the values: T1, T3",)


def test_bedgraph_may_begin_with_a_missing_value(tmp_path: Path) -> None:
    for missing in ("NA", "."):
        (p,) = read(put(tmp_path, f"1\t0\t5\t{missing}\n1\t5\t9\t-1\n"))
        assert p.missing.tolist() == [True, False]


def test_samples_may_have_any_name(tmp_path: Path) -> None:
    assert [p.sample for p in read(put(tmp_path, "chrom\tpos\t患者\t+\tÅ 1\n1\t1\t0\t1\t-1\n"))] == ["患者", "+", "Å 1"]


def test_long_tables_may_interleave_samples(tmp_path: Path) -> None:
    text = "cell\tchrom\tstart\tend\tlog2\n" + "".join(f"{c}\t1\t{k}\t{k + 1}\t-{k}\n" for k in range(3) for c in "ba")
    assert [(p.sample, p.log2.tolist()) for p in read(put(tmp_path, text))] == [("b", [0, -1, -2]), ("a", [0, -1, -2])]
    assert [p.sample for p in read(put(tmp_path, text), samples=["a"])] == ["a"]
    with pytest.raises(InputError, match=r"`samples` asks for 'c', but .* holds b, a"):
        read(put(tmp_path, text), samples=["c"])


def test_sorting_on_request_only(tmp_path: Path) -> None:
    path = put(tmp_path, "chrom\tstart\tend\tlog2\n2\t10\t20\t1\n1\t0\t5\t2\n2\t0\t10\t-3\n")
    with pytest.raises(InputError, match="comes back"):
        read(path)
    (p,) = read(path, sort=True)
    assert columns(p) == (["2", "2", "1"], [0, 10, 0], [10, 20, 5], [-3, 1, 2])


@pytest.mark.parametrize("shared", [1, 4])
def test_sorting_does_not_merge_two_copies_of_a_sample(tmp_path: Path, shared: int) -> None:
    rows = [f"S\t1\t{k}\t-1\n" for k in (4, 3, 2, 1)]
    path = put(tmp_path, "sample\tchrom\tpos\tlog2\n" + "".join(rows + rows[:shared]))
    if shared == 4:
        with pytest.raises(InputError, match="duplicated bins: sample S, 4 of 8 lie where another does"):
            read(path, sort=True)
    else:  # probes may share a position
        assert read(path, sort=True)[0].start.tolist() == [0, 1, 2, 3, 3]


def test_missing_bins_and_empty_chromosomes_are_kept_and_reported(tmp_path: Path) -> None:
    (p,) = read(put(tmp_path, TABLE + "chrY\t0\t5\t\nchrY\t5\t9\t.\n"))
    assert len(p) == 5
    assert p.missing.tolist() == [False, False, True, True, True]
    assert "3 of 5 bins have no value" in p.notes[0]
    assert "no values at all on chromosome chrX, chrY" in p.notes[1]


def test_one_bin_chromosomes_and_constant_signals_read(tmp_path: Path) -> None:
    (p,) = read(put(tmp_path, HEAD + "".join(f"{c}\t0\t5\t0\n" for c in range(30))))
    assert len(p.names) == 30


BAD = {
    "too large a number": (HEAD + "1\t0\t5\t1e300\n", InputError, "infinite values"),
    "missing start": (HEAD + "1\tNA\t5\t0\n", FileFormatError, "whole positions .* 'NA' on line 2"),
    "huge start": (HEAD + "1\t1e300\t2e300\t0\n", FileFormatError, "whole positions"),
    "no chromosome": (HEAD + "\t0\t5\t0\n", FileFormatError, "must name a chromosome"),
    "no such column": ("chrom\tbegin_x\tvalue\n1\t0\t0\n", FileFormatError, "no column for start .*'begin_x'"),
    "no value column": ("chrom\tstart\tend\n1\t0\t5\n", FileFormatError, "no column for log2"),
    "sample, no value": ("sample\tchrom\tstart\tend\tx\nS\t1\t0\t5\t1\n", FileFormatError, "none named for the value"),
    "no sample name": ("sample\tchrom\tstart\tend\tlog2\n\t1\t0\t5\t1\n", FileFormatError, "line 2 names no sample"),
    "wrong file": ("Dear all,\nthis is a letter.\n", FileFormatError, "fields|no column"),
    "a FASTA file": (">chr1\nACGTACGT\n", FileFormatError, "is a FASTA file"),
    "no header": ("1\t0\t5\t3\t7\n1\t5\t9\t3\t7\n", FileFormatError, "has no header line"),
    "damaged h5ad": (b"\x89HDF\r\n\x1a\n" + b"x" * 99, FileFormatError, "not a readable .h5ad"),
    "duplicated columns": ("chrom\tpos\tA\tA\n1\t1\t0\t-1\n", FileFormatError, "two columns for sample 'A'"),
    "duplicated sample": (HEAD + "1\t0\t5\t0\n2\t0\t5\t0\n" * 2, InputError, "comes back"),
    "duplicated bin": (HEAD + "1\t0\t5\t0\n1\t0\t5\t0\n", InputError, "duplicated bins"),
    "unsorted": (HEAD + "1\t5\t9\t0\n1\t0\t5\t0\n", InputError, "unsorted bins"),
    "overlapping": (HEAD + "1\t0\t9\t0\n1\t2\t11\t0\n", InputError, "overlapping bins"),
    "infinite": (HEAD + "1\t0\t5\tinf\n", InputError, "infinite values"),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.filterwarnings("error")
def test_bad_tables_are_refused_with_a_reason(tmp_path: Path, kind: str) -> None:
    text, error, message = BAD[kind]
    with pytest.raises(error, match=message):
        read(put(tmp_path, text))


FRAGMENTS = [
    *"chrom chr1 start end log2 ratio sample track fixedStep 1 0.5 -2 NA nan inf 1e9".split(),
    *'\t\t,\n\n "#-\ré@\x1c;',
]
fragments = st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join)
table_rows = st.lists(
    st.lists(st.sampled_from(["1", "2", "0", "5", "x", "", "NA", "-1", "9.5", "inf", "1_0", "1e400"]), max_size=6),
    max_size=8,
)


def attempt(reader: Callable[[Path], Any], path: Path) -> Any:
    """Return what a file holds, or nothing where it is refused in words."""
    try:
        return reader(path)
    except BridgeError as error:
        assert len(str(error)) > 20  # noqa: PT017


@ANY_FOLDER
@given(st.one_of(st.binary(max_size=200), fragments.map(str.encode), st.text(max_size=80).map(str.encode)))
def test_no_bytes_break_the_readers(tmp_path: Path, data: bytes) -> None:
    for reader in (read, read_segments, read_centromeres):
        found = attempt(reader, put(tmp_path, data))
        assert found is None or len(found)


@ANY_FOLDER
@given(table_rows, st.sampled_from(["\t", ",", " "]), st.sampled_from(["", "gzip", "damaged"]))
@example([list("110519"), ["1", "1", "5", "9.5", "NA", "1"]], "\t", "")
@example([list("110519"), [*list("2105-"), "1"], list("22051x")], ",", "gzip")
@example([list("110519")], " ", "")
@example([list("110519")], "\t", "gzip")
@example([list("110519")], "\t", "damaged")
def test_no_table_breaks_the_readers(tmp_path: Path, rows: list[list[str]], separator: str, packing: str) -> None:
    head = separator.join(["sample", "chrom", "start", "end", "log2", "num_mark"])
    data = "\n".join([head, *(separator.join(r) for r in rows)]).encode()
    data = gzip.compress(data)[: -3 if packing == "damaged" else None] if packing else data
    profiles, segments = (attempt(reader, put(tmp_path, data)) for reader in (read, read_segments))
    if packing == "damaged":
        assert profiles is segments is None
    if profiles is not None:  # a bin a row, with its value or none
        known = [p.log2[~p.missing] for p in profiles]
        assert 0 < sum(map(len, profiles)) <= len(rows) and np.isfinite(np.concatenate(known)).all()
    if segments is not None:
        assert 0 < len(segments) <= len(rows)
    if rows == [list("110519")] and packing != "damaged":
        assert columns(profiles[0]) == (["1"], [0], [5], [1]) and segments.n_bins.tolist() == [9]


@needs_data
@pytest.mark.parametrize(
    "pattern", ["bench/*.gz", "raw/*/*profiles*.gz", "raw/unlabelled/*.gz", "raw/unlabelled/*/*.cnr"]
)
def test_real_files_read(pattern: str) -> None:
    files = sorted(REAL.glob(pattern))
    assert files
    for path in files:
        profiles = read(path, sort=path.parent.name == "coriell15")
        assert profiles, path
        assert all(np.isfinite(p.log2[~p.missing]).all() for p in profiles), path


@needs_data
def test_real_segments_read() -> None:
    counts = [len(read_segments(path)) for path in REAL.glob("raw/*/*/*.cns")]
    assert min(counts) > 10
