"""Columns become samples, labels, names and groups, and what cannot is refused by its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridgeae import Domain
from bridgeae.errors import BridgeError, FileFormatError, InputError
from bridgeae_tables import TableAdapter

CELLS = "cell,type,patient,a,b\n007,T,1,0.5,10\n008,B,1,0.25,20\n009,T,2,1.5,30\n"


def read(tmp_path: Path, text: str, query: str = "", **options: object) -> Domain:
    (tmp_path / "a.csv").write_text(text)
    return TableAdapter(**options).read(f"{tmp_path / 'a.csv'}{query}")  # type: ignore[arg-type]


def test_columns_have_the_roles_that_the_path_names(tmp_path: Path) -> None:
    domain = read(tmp_path, CELLS, "?label=type&name=cell&group=patient")
    np.testing.assert_allclose(domain.x, [[0.5, 10], [0.25, 20], [1.5, 30]])
    assert domain.known_labels().tolist() == ["T", "B", "T"]
    assert domain.names is not None and domain.names.tolist() == ["007", "008", "009"]
    assert domain.groups is not None and domain.groups.tolist() == [1, 1, 2]


def test_columns_are_taken_by_name_in_the_wanted_order(tmp_path: Path) -> None:
    assert read(tmp_path, CELLS, columns=["b", "a"]).x[0].tolist() == [10, 0.5]


def test_columns_are_dropped(tmp_path: Path) -> None:
    assert read(tmp_path, CELLS, "?drop=cell,type,b").x.tolist() == [[1, 0.5], [1, 0.25], [2, 1.5]]


def test_a_remembered_column_may_be_absent(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    assert TableAdapter(query="label=type&name=cell").read(tmp_path / "a.csv").labels is None


@pytest.mark.parametrize(
    ("text", "query", "message"),
    [
        (CELLS, "?name=cell", r"text in the column 'type', such as 'T' in row 1 \(line 2\).*a.csv\?label=type"),
        (CELLS, "?label=typ&name=cell", "lacks the column 'typ' named as `label`. Did you mean `type`"),
        (CELLS, "?label=type&drop=cel", "lacks the column 'cel' to drop. Did you mean `cell`"),
        ("a,b\n1,2\n3,x\n", "", r"column 'b' mixes numbers with text, such as 'x' in row 2 \(line 3\)"),
        ("a;b\n1,500;2\n12;3\n", "", "column 'a' has decimal commas, such as '1,500'"),
        ("a;b\n1,5;2\n2.5;3\n", "", "column 'a' has decimal commas, such as '1,5'"),
        ("a b\n1 2\n", "", "text in the column 'a b', such as '1 2'"),
    ],
)
def test_columns_that_cannot_be_used_are_refused_by_name(text: str, query: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, text, query)


def test_decimal_commas_are_read_as_points_and_it_is_said(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="commas in numbers of column 'a' were read as decimal points"):
        domain = read(tmp_path, "a;b\n1,5;2\n-0,25;3\n7;4\n", "")
    assert domain.x.tolist() == [[1.5, 2], [-0.25, 3], [7, 4]]


@pytest.mark.parametrize("value", ["", "NA", "nan", "inf", "None"])
def test_a_missing_value_is_refused_with_its_row_and_column(value: str, tmp_path: Path) -> None:
    with pytest.raises(
        FileFormatError, match=r"row 2 \(line 3\), column 'b': no finite number, as 2 of 6 values in 2 rows"
    ):
        read(tmp_path, f"a,b\n1,2\n3,{value}\n{value},4\n")


def test_classes_are_whole_numbers_or_text(tmp_path: Path) -> None:
    assert read(tmp_path, "k,a\n1,5\n-1,6\n", "?label=k").known_labels().tolist() == [1, -1]
    assert read(tmp_path, "k,a\n1,5\nx,6\n", "?label=k").known_labels().tolist() == ["1", "x"]


@pytest.mark.parametrize(
    ("cells", "labels"), [("T,,NA", ["T", None, None]), ("1.0,nan,2.0", [1, -1, 2]), ("0,,-1", [0, -1, -1])]
)
def test_rows_without_a_label_are_unlabelled_and_it_is_said(cells: str, labels: list, tmp_path: Path) -> None:
    text = "k,a\n" + "".join(f"{cell},5\n" for cell in cells.split(","))
    with pytest.warns(UserWarning, match="of 3 rows have no label in column 'k' and count as unlabelled"):
        found = read(tmp_path, text, "?label=k").labels
    assert found is not None and found.tolist() == Domain(np.zeros((3, 1)), labels=labels).known_labels().tolist()


def test_a_column_of_no_label_and_a_missing_group_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"row 1 \(line 2\) has no label in column 'k', as 2 of 2"):
        read(tmp_path, "k,a\n,5\n,6\n", "?label=k")
    with pytest.raises(FileFormatError, match=r"row 2 \(line 3\) has no group in column 'k', as 1 of 2"):
        read(tmp_path, "k,a\np,5\n,6\n", "?group=k")


def test_rows_are_chosen_at_random_and_stay_in_order(tmp_path: Path) -> None:
    text = "a\n" + "\n".join(map(str, range(50)))
    first, again, other = (read(tmp_path, text, f"?n=10&seed={seed}").x[:, 0] for seed in (0, 0, 1))
    assert len(first) == 10 and (np.diff(first) > 0).all()
    assert first.tolist() == again.tolist() != other.tolist()


@pytest.mark.parametrize("text", ["c\nx\ny\n", "a,b\n1\n"])
def test_every_mistake_is_a_bridge_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(BridgeError):
        read(tmp_path, text, "?label=c")
