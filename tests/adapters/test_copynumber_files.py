"""Files in: every format, every kind of damage."""

import gzip
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bridgeae.errors import BridgeError, FileFormatError, InputError, MissingFileError
from bridgeae_copynumber import Segments, read, read_segments, write
from bridgeae_copynumber.io.regions import read_centromeres

REAL = Path(__file__).parents[3] / "shared" / "data" / "copy_number"
ANY_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
TABLE = "chrom\tstart\tend\tlog2\nchr1\t0\t100\t0.1\nchr1\t100\t200\t-0.2\nchrX\t0\t100\tNA\n"


def put(folder, text, name="S1.tsv"):
    path = Path(folder) / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def columns(profile):
    return profile.chrom.tolist(), profile.start.tolist(), profile.end.tolist(), profile.log2.round(4).tolist()


# --- formats ---

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
def test_every_format_gives_the_same_bins(tmp_path, kind, zipped):
    data = SAME[kind].encode()
    (profile,) = read(put(tmp_path, gzip.compress(data) if zipped else data))
    assert profile.sample == "S1"
    assert columns(profile) == (*WANTED, [np.float32(v).round(4) for v in (0.1, -0.2, 0.3)])


def test_positions_alone_count_from_one_and_bin_numbers_from_zero(tmp_path):
    (probe,) = read(put(tmp_path, "chrom\tPosition\tlog2\n1\t5\t0\n1\t5\t1\n1\t9\t-1\n"))
    assert (probe.start.tolist(), probe.end.tolist()) == ([4, 4, 8], [5, 5, 9])
    (number,) = read(put(tmp_path, "chrom\tbin\tlog2\n1\t5\t0\n1\t6\t1\n"))
    assert number.start.tolist() == [5, 6]


def test_wide_tables_have_a_sample_a_column_and_skip_text(tmp_path):
    text = "chrom\tpos\tclone\tcomment\tA\tβ.1\n1\t1\tx\tNA\t0\t1\n1\t2\ty\tbad\tNA\t-1\n"
    a, b = read(put(tmp_path, text))
    assert (a.sample, b.sample) == ("A", "β.1")
    assert a.missing.tolist() == [False, True]
    assert "columns left out, as they hold no sample: clone, comment" in a.notes
    assert "1 of 2 bins have no value" in " ".join(a.notes)


def test_columns_beside_the_value_are_said_to_be_left_out(tmp_path):
    (p,) = read(put(tmp_path, "chrom\tpos\tT1\tcopy\tgene\tT3\n1\t1\t0\t-1\tG\t0\n"))
    assert p.notes == ("columns left out, as column 'copy' holds the values: T1, T3",)


def test_bedgraph_may_begin_with_a_missing_value(tmp_path):
    for missing in ("NA", "."):
        (p,) = read(put(tmp_path, f"1\t0\t5\t{missing}\n1\t5\t9\t-1\n"))
        assert p.missing.tolist() == [True, False]


def test_samples_may_have_any_name(tmp_path):
    assert [p.sample for p in read(put(tmp_path, "chrom\tpos\t患者\t+\tÅ 1\n1\t1\t0\t1\t-1\n"))] == ["患者", "+", "Å 1"]


def test_long_tables_may_interleave_samples(tmp_path):
    text = "cell\tchrom\tstart\tend\tlog2\n" + "".join(f"{c}\t1\t{k}\t{k + 1}\t-{k}\n" for k in range(3) for c in "ba")
    assert [(p.sample, p.log2.tolist()) for p in read(put(tmp_path, text))] == [("b", [0, -1, -2]), ("a", [0, -1, -2])]
    assert [p.sample for p in read(put(tmp_path, text), samples=["a"])] == ["a"]
    with pytest.raises(InputError, match=r"`samples` asks for 'c', but .* holds b, a"):
        read(put(tmp_path, text), samples=["c"])


@pytest.mark.parametrize("name", ["chr1", "1", "X", "Ⅳ", "scaffold_12|x", "NA", "MT"])
def test_chromosome_names_are_kept_as_given(tmp_path, name):
    (p,) = read(put(tmp_path, f"chrom\tstart\tend\tlog2\n{name}\t0\t9\t-1\n"))
    assert p.names.tolist() == [name]


def test_sorting_on_request_only(tmp_path):
    path = put(tmp_path, "chrom\tstart\tend\tlog2\n2\t10\t20\t1\n1\t0\t5\t2\n2\t0\t10\t-3\n")
    with pytest.raises(InputError, match="comes back"):
        read(path)
    (p,) = read(path, sort=True)
    assert columns(p) == (["2", "2", "1"], [0, 10, 0], [10, 20, 5], [-3, 1, 2])


@pytest.mark.parametrize("shared", [1, 4])
def test_sorting_does_not_merge_a_sample_that_is_there_twice(tmp_path, shared):
    rows = [f"S\t1\t{k}\t-1\n" for k in (4, 3, 2, 1)]
    path = put(tmp_path, "sample\tchrom\tpos\tlog2\n" + "".join(rows + rows[:shared]))
    if shared == 4:
        with pytest.raises(InputError, match="duplicated bins: sample S, 4 of 8 lie where another does"):
            read(path, sort=True)
    else:  # probes may share a position
        assert read(path, sort=True)[0].start.tolist() == [0, 1, 2, 3, 3]


# --- 0-based or 1-based ---

ONE_APART = ["1\t11\t20\t0", "1\t21\t30\t-1", "1\t31\t40\t1", "1\t41\t50\t0"]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [2, 0, 3, 1], [0, 0, 1, 1, 2, 2, 3, 3]])
def test_one_based_tables_are_told_whatever_their_order(tmp_path, order):
    rows = [f"{'ab'[k % 2 * (len(order) > 4)]}\t{ONE_APART[i]}\n" for k, i in enumerate(order)]
    for p in read(put(tmp_path, "sample\tchrom\tstart\tend\tlog2\n" + "".join(rows)), sort=True):
        assert p.start.tolist() == [10, 20, 30, 40]
        assert any("1-based and closed" in note for note in p.notes)


def test_tables_of_cnvkit_and_our_own_are_never_taken_for_one_based(tmp_path):
    rows = [row.split("\t") for row in ONE_APART]
    cnr = "chromosome\tstart\tend\tgene\tlog2\n" + "".join("\t".join([*r[:3], "-", r[3]]) + "\n" for r in rows)
    (p,) = read(put(tmp_path, cnr))
    assert (p.start.tolist(), p.notes) == ([11, 21, 31, 41], ())
    segments = Segments(["S1"] * 4, p.chrom, p.start, p.end, [1] * 4, [0.0] * 4, [1.0] * 4)
    for name in ("S1.tsv", "S1.cns"):
        write(segments, tmp_path / name, overwrite=True)
        assert read_segments(tmp_path / name).start.tolist() == [11, 21, 31, 41]


# --- log2 or ratio ---


def one_column(name, values):
    return f"chrom\tstart\tend\t{name}\n" + "".join(f"1\t{k}\t{k + 1}\t{v}\n" for k, v in enumerate(values))


@pytest.mark.parametrize(
    ("name", "values", "log2", "note"),
    [
        ("log2", [0, 1, -1], [0, 1, -1], ""),
        ("value", [0, 1, -1], [0, 1, -1], ""),
        ("ratio", [1, 2, 0.5], [0, 1, -1], ""),
        ("value", [1, 2, 0.5], [0, 1, -1], "read as copy ratios"),
        ("value", [2, 4, 1, 2], [0, 1, -1, 0], "read as copy numbers"),
        ("counts", [10, 20, 10], [0, 1, 0], "not corrected for GC"),
        ("reads", [10, 0, 10], [0, np.log2(0.05), 0], "1 of the .* were raised"),
        ("copy_ratio", [0, 1, -1], [0, 1, -1], "called a ratio|read as log2"),
        ("log2", [1, 1.1, 0.9], [1, 1.1, 0.9], "never negative"),
        ("ratio", [1, 0, 2], [0, np.log2(0.05), 1], "1 of the .* were raised"),
        ("value", [1, 2, -0.01], [0, 1, np.log2(0.05)], "read as copy ratios .*lowest -0.01, median 1.*give the scale"),
        ("ratio", [1, 2, -0.01], [0, 1, np.log2(0.05)], "read as copy ratios .*lowest -0.01"),
        ("value", [1, 2, -0.5], [1, 2, -0.5], "read as log2 ratios .*lowest -0.5, median 1.*give the scale"),
        ("log2", [1, 2, -0.01], [1, 2, -0.01], "hardly ever negative"),
        ("log2", [1, 2, -0.5], [1, 2, -0.5], ""),
    ],
)
def test_scale_is_told_by_name_and_values_and_said(tmp_path, name, values, log2, note):
    (p,) = read(put(tmp_path, one_column(name, values)))
    np.testing.assert_allclose(p.log2, log2, atol=1e-6)
    assert bool(p.notes) == bool(note)
    assert not note or any(re.search(note, n) for n in p.notes)


def test_scale_can_be_given_and_a_negative_ratio_is_refused(tmp_path):
    (p,) = read(put(tmp_path, one_column("log2", [1, 2, 4])), scale="ratio")
    assert p.log2.tolist() == [0, 1, 2]
    (p,) = read(put(tmp_path, one_column("value", [1, 2, -0.5])), scale="ratio")
    assert p.log2.tolist() == [0, 1, np.float32(np.log2(0.05))]
    with pytest.raises(InputError, match="`scale` is ratio, but values of column 'ratio' go down to -1"):
        read(put(tmp_path, one_column("ratio", [1, -1])), scale="ratio")
    with pytest.raises(InputError, match="`scale` must be one of log2, ratio"):
        read(put(tmp_path, one_column("log2", [1])), scale="ln")


def test_a_file_may_mix_scales(tmp_path):
    values = {"A": [0, 0.5, -1], "B": [1, 2, 0.5], "C": [0.9, 1, -0.01]}
    wide = "chrom\tpos\tA\tB\tC\n" + "".join(f"1\t{k + 1}\t{a}\t{b}\t{c}\n" for k, (a, b, c) in
                                            enumerate(zip(*values.values(), strict=True)))  # fmt: skip
    long = "sample\tchrom\tpos\tvalue\n" + "".join(
        f"{name}\t1\t{k + 1}\t{v}\n" for name, column in values.items() for k, v in enumerate(column)
    )
    for text in (wide, long):
        a, b, c = read(put(tmp_path, text))
        assert (a.log2.tolist(), b.log2.tolist(), c.log2[1]) == ([0, 0.5, -1], [0, 1, -1], 0)
        assert any(re.search(r"\(of B, C\) were read as copy ratios", note) for note in a.notes)
        assert [p.log2.tolist() for p in read(put(tmp_path, text), samples=["B"])] == [[0, 1, -1]]


def test_samples_that_look_odd_have_the_scale_of_the_others(tmp_path):
    rows = ["1\t1\t1\t2\t0.3", "1.1\t1\t0.9\t2.1\t0.2", "0.5\t1\t1\t1.9\t0.4"]  # gained and lost nearly everywhere
    text = "chrom\tpos\tA\tB\tC\tD\tE\n" + "".join(f"1\t{k}\t{row}\n" for k, row in enumerate(rows, 1))
    *_, gained, lost = read(put(tmp_path, text))
    np.testing.assert_allclose(gained.log2, np.log2([2, 2.1, 1.9]), rtol=1e-6)
    np.testing.assert_allclose(lost.log2, np.log2([0.3, 0.2, 0.4]), rtol=1e-6)


# --- bad input ---

HEAD = "chrom\tstart\tend\tlog2\n"
BAD = {
    "empty": ("", FileFormatError, "is empty"),
    "blank": (" \n\n", FileFormatError, "is empty"),
    "header only": (HEAD, FileFormatError, "a header and no rows"),
    "comments only": ("# a\n# b\n", FileFormatError, "comment lines only"),
    "text for a value": (HEAD + "1\t0\t5\t0\n1\t5\t9\thigh\n", FileFormatError, "column 'log2' .* 'high' on line 3"),
    "text for a start": (HEAD + "1\tzero\t5\t0\n", FileFormatError, "column 'start' .* 'zero' on line 2"),
    "decimal comma": (HEAD + "1\t0\t5\t0,5\n", FileFormatError, "Use a point"),
    "decimal comma, wide": (
        "chrom\tpos\tA\tB\n1\t1\t0,5\t0.5\n",
        FileFormatError,
        "'A' must .* '0,5' on line 2.*point",
    ),
    "two stray quotes": (
        HEAD + '"1\t0\t5\t0\n1\t5\t9\t0\n"1\t9\t12\t0\n',
        FileFormatError,
        "several lines, from line 2 on",
    ),
    "one stray quote": (
        HEAD + '1\t0\t5\t0\n"1\t5\t9\t0\n1\t9\t12\t0\n',
        FileFormatError,
        "several lines, from line 3 on",
    ),
    "too large a number": (HEAD + "1\t0\t5\t1e300\n", InputError, "infinite values"),
    "missing start": (HEAD + "1\tNA\t5\t0\n", FileFormatError, "whole positions .* 'NA' on line 2"),
    "huge start": (HEAD + "1\t1e300\t2e300\t0\n", FileFormatError, "whole positions"),
    "no chromosome": (HEAD + "\t0\t5\t0\n", FileFormatError, "must name a chromosome"),
    "no such column": ("chrom\tbegin_x\tvalue\n1\t0\t0\n", FileFormatError, "no column for start .*'begin_x'"),
    "no value column": ("chrom\tstart\tend\n1\t0\t5\n", FileFormatError, "no column for log2"),
    "sample, no value": ("sample\tchrom\tstart\tend\tx\nS\t1\t0\t5\t1\n", FileFormatError, "none named for the value"),
    "no sample name": ("sample\tchrom\tstart\tend\tlog2\n\t1\t0\t5\t1\n", FileFormatError, "line 2 names no sample"),
    "wrong file": ("Dear all,\nthis is a letter.\n", FileFormatError, "fields|no column"),
    "a FASTA file": (">chr1\nACGTACGT\n", FileFormatError, "no column for chrom"),
    "ragged": (HEAD + "1\t0\t5\n", FileFormatError, "line 2 has 3 fields, expected 4"),
    "cut off": (HEAD + "1\t0\t5\t1\n1\t5", FileFormatError, "line 3 has 2 fields"),
    "no header": ("1\t0\t5\t3\t7\n1\t5\t9\t3\t7\n", FileFormatError, "has no header line"),
    "binary": (b"\x00\x01\x02junk\n\xff", FileFormatError, "is binary"),
    "latin-1": ("chrom\tstart\tend\tlog2\nä\t0\t5\t1\n".encode("latin-1"), FileFormatError, "not UTF-8"),
    "utf-16": (TABLE.encode("utf-16"), FileFormatError, "is binary"),
    "truncated gzip": (gzip.compress(TABLE.encode() * 50, mtime=0)[:-20], FileFormatError, "truncated or damaged gzip"),
    "gzip of nothing": (gzip.compress(b"", mtime=0), FileFormatError, "is empty"),
    "damaged h5ad": (b"\x89HDF\r\n\x1a\n" + b"x" * 99, FileFormatError, "not a readable .h5ad"),
    "duplicated columns": ("chrom\tpos\tA\tA\n1\t1\t0\t-1\n", FileFormatError, "two columns for sample 'A'"),
    "duplicated sample": (HEAD + "1\t0\t5\t0\n2\t0\t5\t0\n" * 2, InputError, "comes back"),
    "duplicated bin": (HEAD + "1\t0\t5\t0\n1\t0\t5\t0\n", InputError, "duplicated bins"),
    "unsorted": (HEAD + "1\t5\t9\t0\n1\t0\t5\t0\n", InputError, "unsorted bins"),
    "overlapping": (HEAD + "1\t0\t9\t0\n1\t2\t11\t0\n", InputError, "overlapping bins"),
    "infinite": (HEAD + "1\t0\t5\t-inf\n", InputError, "infinite values"),
    "long field": (HEAD + "1" * 5000 + "\t0\t5\t1\n", FileFormatError, "a field of 5000 characters"),
    "wig, variable": ("variableStep chrom=1\n5 0.1\n", FileFormatError, "line 1 must read 'fixedStep"),
    "wig, no start": ("fixedStep chrom=1 step=5\n0.1\n", FileFormatError, "line 1 must read"),
    "wig, text": (WIG + "tall\n", FileFormatError, "line 6 must hold one number, received 'tall'"),
    "wig, no values": ("fixedStep chrom=1 start=1 step=5\n", FileFormatError, "no values"),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.filterwarnings("error")
def test_bad_input_is_refused_in_plain_words(tmp_path, kind):
    text, error, message = BAD[kind]
    with pytest.raises(error, match=message):
        read(put(tmp_path, text))


def test_absent_files_and_folders_are_told_apart(tmp_path):
    with pytest.raises(MissingFileError, match="is not there"):
        read(tmp_path / "absent.tsv")
    with pytest.raises(FileFormatError, match="is a folder"):
        read(tmp_path)
    with pytest.raises(FileFormatError, match="cannot be read"):
        read("nul\0byte")


def test_missing_bins_and_empty_chromosomes_are_kept_and_reported(tmp_path):
    (p,) = read(put(tmp_path, TABLE + "chrY\t0\t5\t\nchrY\t5\t9\t.\n"))
    assert len(p) == 5
    assert p.missing.tolist() == [False, False, True, True, True]
    assert "3 of 5 bins have no value" in p.notes[0]
    assert "no values at all on chromosome chrX, chrY" in p.notes[1]


def test_one_bin_chromosomes_and_constant_signals_read(tmp_path):
    (p,) = read(put(tmp_path, HEAD + "".join(f"{c}\t0\t5\t0\n" for c in range(30))))
    assert len(p.names) == 30


def test_a_million_bins_read(tmp_path):
    rows = "".join(f"1\t{k}\t{k + 1}\t-0.25\n" for k in range(1_000_000))
    (p,) = read(put(tmp_path, HEAD + rows))
    assert len(p) == 1_000_000
    assert p.log2[-1] == np.float32(-0.25)


def test_segments_of_other_callers_are_read(tmp_path):
    s = read_segments(put(tmp_path, SEG))
    assert (s.start.tolist(), s.n_bins.tolist(), s.samples) == ([0, 100, 0], [1, 1, 1], ["S1"])
    assert np.isnan(s.confidence).all()
    with pytest.raises(FileFormatError, match="must hold segments"):
        read_segments(put(tmp_path, TABLE))


def test_centromeres_from_cytobands_and_bed(tmp_path):
    bands = "chr1\t0\t90\tp1\tgneg\nchr1\t90\t100\tp11\tacen\nchr1\t100\t120\tq11\tacen\nchr1\t120\t300\tq1\tgpos50\n"
    assert read_centromeres(put(tmp_path, bands)) == {"chr1": (90, 120)}
    assert read_centromeres(put(tmp_path, "#chrom\tstart\tend\n1\t5\t9\n2\t7\t8\n")) == {"1": (5, 9), "2": (7, 8)}
    with pytest.raises(FileFormatError, match="must hold centromeres"):
        read_centromeres(put(tmp_path, "hello\n"))


FRAGMENTS = [
    *"chrom chr1 start end log2 ratio sample track fixedStep 1 0.5 -2 NA nan inf 1e9".split(),
    *'\t\t,\n\n "#-\ré@\x1c;',
]
fragments = st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join)
table_rows = st.lists(
    st.lists(st.sampled_from(["1", "2", "0", "5", "x", "", "NA", "-1", "9.5", "inf", "1_0", "1e400"]), max_size=6),
    max_size=8,
)


def attempt(reader, path):
    """Return what a file holds, or nothing where it is refused in words."""
    try:
        return reader(path)
    except BridgeError as error:
        assert len(str(error)) > 20  # noqa: PT017


@ANY_FOLDER
@given(st.one_of(st.binary(max_size=200), fragments.map(str.encode), st.text(max_size=80).map(str.encode)))
def test_no_bytes_break_the_readers(tmp_path, data):
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
def test_no_table_breaks_the_readers(tmp_path, rows, separator, packing):
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


# --- real files, where they are ---

REAL_FILES = [f for pattern in ("bench/*.gz", "raw/*/*profiles*.gz", "raw/unlabelled/*.gz", "raw/unlabelled/*/*.cnr")
              for f in sorted(REAL.glob(pattern))]  # fmt: skip


@pytest.mark.parametrize("path", REAL_FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_real_files_read(path):
    profiles = read(path, sort=path.parent.name == "coriell15")
    assert profiles
    assert all(np.isfinite(p.log2[~p.missing]).all() for p in profiles)


@pytest.mark.parametrize("path", sorted(REAL.glob("raw/*/*/*.cns")), ids=lambda p: p.name)
def test_real_segments_read(path):
    assert len(read_segments(path)) > 10
