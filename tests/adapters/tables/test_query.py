from __future__ import annotations

from pathlib import Path

import pytest

from bridgeae.errors import InputError
from bridgeae_tables.query import Query, parse


def test_a_place_without_options_is_taken_as_it_is() -> None:
    assert parse("cells.csv") == Query(Path("cells.csv"))


def test_every_option_is_read() -> None:
    query = parse("cells.csv?label=cell%20type&name=cell&group=patient&x=rna&drop=a,b&n=5&seed=3")
    assert query == Query(Path("cells.csv"), "cell type", "cell", "patient", "rna", ("a", "b"), 5, 3)


def test_a_path_that_exists_has_no_options(tmp_path: Path) -> None:
    file = tmp_path / "why?n=3.csv"
    file.write_text("a\n1\n")
    assert parse(file) == Query(file)


def test_what_a_path_names_goes_before_what_is_remembered() -> None:
    query = parse("cells.csv?label=type").completed(label="class", name="cell", group=None)
    assert (query.label, query.name, query.group) == ("type", "cell", None)
    assert query.expected == {"name"}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a.csv?lable=type", "unknown option 'lable' in 'a.csv.lable=type'. Did you mean `label`"),
        ("a.csv?qqq=1", "Known are label, name, group, x, drop, n, seed"),
        ("a.csv?label=", "label is empty"),
        ("a.csv?n=0", "n must be a whole number, 1 or more, received '0'"),
        ("a.csv?seed=x", "seed must be a whole number, 0 or more, received 'x'"),
    ],
)
def test_wrong_options_are_refused(path: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(path)
