from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from bridgeae.errors import FileFormatError
from bridgeae_tables.table import ROW_NAMES
from bridgeae_tables.text import read


def table(tmp_path: Path, text: str, name: str = "a.csv") -> dict[str, list[str]]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return {column: values.tolist() for column, values in read(tmp_path / name).columns.items()}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "a,b\n1,2\n3,4\n"),
        ("a.csv", "\ufeffa;b\r\n1;2\r\n\r\n3;4"),
        ("a.csv", '"a","b"\n"1","2"\n3,4\n'),
        ("a.tsv", "a\tb\n1\t2\n3\t4\n"),
        ("a.tsv", "a,b\n1,2\n3,4\n"),
    ],
)
def test_the_separator_is_recognised(name: str, text: str, tmp_path: Path) -> None:
    assert table(tmp_path, text, name) == {"a": ["1", "3"], "b": ["2", "4"]}


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("1,2\n3,4\n", ["x0", "x1"]),  # numbers alone
        ("0,1\n3,4\n", ["x0", "x1"]),  # could be values
        ("0,1\n3.5,4\n", ["0", "1"]),  # as pandas counts columns
        (",0,1\nr,3.5,4\n", [ROW_NAMES, "0", "1"]),
        ("cell,a\n7,3\n", ["cell", "a"]),
        ("a,2019\n1,3\n", ["a", "2019"]),
        ("a,b\nr1,1,2\n", [ROW_NAMES, "a", "b"]),  # as R writes row names
    ],
)
def test_a_header_is_recognised(text: str, columns: list[str], tmp_path: Path) -> None:
    assert list(table(tmp_path, text)) == columns


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("a,b\n", "has a header but no rows"),
        ("a,b\n1,2\n3\n", "line 3 has 1 values, expected are 2, as in the header. Values are separated by ','"),
        ("1,2\n3,4,5\n", "line 2 has 3 values, expected are 2, as in the first line"),
        ("a,a,b\n1,2,3\n", "names the columns 'a' more than once"),
        ("a,,b\n1,2,3\n", "column 2 has no name in the header"),
        ("c1,1.5\nc2,3\n", "'c1', '1.5', mixes text and numbers as the second does.*Put a line with the names"),
        ('a,b\n"1,2\n', "is no text table"),
    ],
)
def test_what_is_no_table_is_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=message):
        table(tmp_path, text)


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n\n1,2\n3,4\n")
    read_table = read(tmp_path / "a.csv")
    assert read_table.where(1) == "row 2 (line 4)"
    np.testing.assert_array_equal(read_table.lines, [3, 4])


@pytest.mark.parametrize("cut", [5, 30, -4])
def test_a_packed_table_that_is_cut_off_is_refused(cut: int, tmp_path: Path) -> None:
    packed = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (k, k * k) for k in range(400)))
    (tmp_path / "x.csv.gz").write_bytes(packed)
    assert read(tmp_path / "x.csv.gz").columns["b"][-1] == str(399 * 399)
    (tmp_path / "x.csv.gz").write_bytes(packed[:cut])
    with pytest.raises(FileFormatError, match=r"x\.csv\.gz"):
        read(tmp_path / "x.csv.gz")
