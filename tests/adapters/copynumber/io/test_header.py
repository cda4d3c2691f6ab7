"""The top of a table: a header line may be absent or behind a #, and comments may name the sample."""

from __future__ import annotations

import pytest

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.header import open_table

ROWS = b"chr1\t0\t1000\t0.1\nchr1\t1000\t2000\t-0.2\nchr2\t0\t1000\t0.3\n"


def test_a_header_line_is_found_below_comments() -> None:
    opened = open_table(b"# made by hand\n#\nchrom\tstart\tend\tlog2\n" + ROWS, "a.tsv")
    assert opened.found["chrom"] == 0 and opened.found["start"] == 1 and opened.found["end"] == 2
    assert opened.table.header[3] == "log2" and opened.notes == ()


def test_a_header_line_may_start_with_a_hash() -> None:
    assert open_table(b"#chrom\tstart\tend\tlog2\n" + ROWS, "a.tsv").table.header[3] == "log2"


def test_without_a_header_line_the_types_of_columns_decide_and_it_is_said() -> None:
    wide = b"".join(line + b"\t7\n" for line in ROWS.splitlines())
    opened = open_table(wide, "a.bed")
    assert opened.table.header[:3] == ["chrom", "chromStart", "chromEnd"]
    assert opened.table.header[3] == "value"
    assert opened.notes == ("the file has no header line: its column 4 was read as the value",)


def test_read_groups_and_tracks_name_the_sample() -> None:
    sam = b"@HD\tVN:1.6\n@RG\tID:1\tSM:tumour 7\nCONTIG\tSTART\tEND\tLOG2_COPY_RATIO\n" + ROWS
    assert open_table(sam, "a.tsv").sample == "tumour 7"
    two = sam.replace(b"@RG", b"@RG\tID:0\tSM:other\n@RG", 1)
    assert open_table(two, "a.tsv").sample == ""
    assert open_table(b'track type=bedGraph name="my track"\n' + ROWS, "a.bedgraph").sample == ""
    assert open_table(b'track name="my track"\n' + ROWS, "a.bedgraph").sample == "my track"


def test_a_file_of_comments_is_refused_by_name() -> None:
    with pytest.raises(FileFormatError, match=r"a\.tsv holds comment lines only, expected bins with a value each"):
        open_table(b"# nothing\n# else\n", "a.tsv")
