from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from adapters.copynumber.samples import HEAD, TABLE, put
from bridgeae.errors import FileFormatError, MissingFileError
from bridgeae_copynumber import read
from bridgeae_copynumber.io.table import TextFieldError, parse_numbers

BAD = {
    "empty": ("", FileFormatError, "is empty"),
    "blank": (" \n\n", FileFormatError, "is empty"),
    "header only": (HEAD, FileFormatError, "a header and no rows"),
    "comments only": ("# a\n# b\n", FileFormatError, "comment lines only"),
    "text for a value": (HEAD + "1\t0\t5\t0\n1\t5\t9\thigh\n", FileFormatError, "column 'log2' .* 'high' on line 3"),
    "text for a start": (HEAD + "1\tzero\t5\t0\n", FileFormatError, "column 'start' .* 'zero' on line 2"),
    "commas and points": (
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
    "ragged": (HEAD + "1\t0\t5\n", FileFormatError, "line 2 has 3 fields, expected 4"),
    "cut off": (HEAD + "1\t0\t5\t1\n1\t5", FileFormatError, "line 3 has 2 fields"),
    "binary": (b"\x00\x01\x02junk\n\xff", FileFormatError, "is binary"),
    "latin-1": ("chrom\tstart\tend\tlog2\nä\t0\t5\t1\n".encode("latin-1"), FileFormatError, "not UTF-8"),
    "utf-16": (TABLE.encode("utf-16"), FileFormatError, "is binary"),
    "truncated gzip": (gzip.compress(TABLE.encode() * 50, mtime=0)[:-20], FileFormatError, "truncated or damaged gzip"),
    "gzip of nothing": (gzip.compress(b"", mtime=0), FileFormatError, "is empty"),
    "long field": (HEAD + "1" * 5000 + "\t0\t5\t1\n", FileFormatError, "a field of 5000 characters"),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.filterwarnings("error")
def test_bad_text_is_refused_with_a_reason(tmp_path: Path, kind: str) -> None:
    text, error, message = BAD[kind]
    with pytest.raises(error, match=message):
        read(put(tmp_path, text))


def test_absent_files_and_folders_have_their_own_errors(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="is not there"):
        read(tmp_path / "absent.tsv")
    with pytest.raises(FileFormatError, match="is a folder"):
        read(tmp_path)
    with pytest.raises(FileFormatError, match="cannot be read"):
        read("nul\0byte")


def test_a_million_bins_read(tmp_path: Path) -> None:
    rows = "".join(f"1\t{k}\t{k + 1}\t-0.25\n" for k in range(1_000_000))
    (p,) = read(put(tmp_path, HEAD + rows))
    assert len(p) == 1_000_000
    assert p.log2[-1] == np.float32(-0.25)


def test_words_for_missing_are_not_numbers_and_others_are_refused() -> None:
    np.testing.assert_array_equal(
        parse_numbers(np.array([b"1", b"NA", b"", b"-.5", b"?"])), [1, np.nan, np.nan, -0.5, np.nan]
    )
    with pytest.raises(TextFieldError) as caught:
        parse_numbers(np.array([b"NA", b"2", b"two", b"three"]))
    assert caught.value.index == 2
