"""Samples are read together, brought into pairs, and split so that nothing leaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae import Domain
from bridgeae.errors import ConfigError, InputError, MissingFileError
from bridgeae.runs import Together
from bridgeae.runs.samples import concatenate, pair_rows, read_first, split_pairs


class Numbers:
    """Reads as many rows of its width as the file's name says."""

    def __init__(self, width: int = 2) -> None:
        self.width = width

    def read(self, path: Any) -> Domain:
        if not Path(path).stem.isdecimal():
            raise MissingFileError(f"{path} is not there.")
        return Domain(np.full((int(Path(path).stem), self.width), 1.0))

    def for_file(self, path: Any) -> Numbers:
        self.read(path)
        return Numbers(3)


def test_places_are_read_together_or_the_first_that_exists_is_taken(tmp_path: Path) -> None:
    places = ("none.txt", Together(("2.txt", "none.txt")), Together(("2.txt", "3.txt")), "9.txt")
    domain, place, _ = read_first(Numbers(), places, None, tmp_path)
    assert (len(domain), place) == (5, "2.txt + 3.txt")
    with pytest.raises(MissingFileError, match=r"none.txt is not there.* Pass the folder that holds it as `data`"):
        read_first(Numbers(), places[:2], None, tmp_path)


def test_an_adapter_settles_on_its_training_file(tmp_path: Path) -> None:
    domain, _, adapter = read_first(Numbers(), ("none", "2"), None, tmp_path, settle=True)
    assert domain.x.shape == (2, 3) and adapter.width == 3
    assert read_first(Numbers(), ("2",), None, tmp_path)[0].x.shape == (2, 2)


def test_columns_are_put_together() -> None:
    a = Domain(np.zeros((2, 1)), labels=["x", "y"], groups=[1, 2], names=["m", "n"])
    b = Domain(np.ones((1, 1)), labels=["z"], groups=[3], names=["o"])
    both = concatenate([a, b], ["a", "b"])
    assert both.x[:, 0].tolist() == [0, 0, 1] and both.known_labels().tolist() == ["x", "y", "z"]
    assert both.groups is not None and both.names is not None
    assert both.groups.tolist() == [1, 2, 3] and both.names.tolist() == ["m", "n", "o"]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (Domain(np.zeros((2, 3)), labels=[0, 1]), r"their sample_shape are \(2,\) and \(3,\)"),
        (Domain(np.zeros((2, 2))), "their labels are numbers and absent"),
        (Domain(np.zeros((2, 2)), labels=["a", "b"]), "their labels are numbers and text"),
        (Domain(np.zeros((2, 2)), labels=[0, 1], names=[0, 1]), "their names are absent and text"),
    ],
)
def test_files_that_do_not_fit_are_refused(other: Domain, message: str) -> None:
    with pytest.raises(ConfigError, match=f"a.csv and b.csv cannot be read together: {message}"):
        concatenate([Domain(np.zeros((2, 2)), labels=[0, 1]), other], ["a.csv", "b.csv"])


@given(st.permutations(range(8)), st.integers(0, 8), st.integers(0, 8))
def test_equal_names_belong_together(order: list[int], first: int, last: int) -> None:
    names = np.array([f"n{k}" for k in range(8)])
    a = Domain(np.arange(8.0)[:, None], names=names).select(np.arange(8) >= min(first, 6))
    b = Domain(np.array(order, float)[:, None], names=names[order]).select(np.arange(8) < max(last, 1))
    source, target, said = pair_rows(a, b)
    shared = np.intersect1d(a.x, b.x)
    if len(shared) and not np.array_equal(a.x, b.x):
        assert source.x[:, 0].tolist() == target.x[:, 0].tolist() == shared.tolist()
        assert said.startswith(f"pairs: {len(shared)} rows by their names")


@pytest.mark.parametrize(("names", "said"), [(None, ""), (["x", "y", "y"], "no name is on both sides ('c' and 'x'")])
def test_pairs_without_clear_names_keep_their_order(names: list[str] | None, said: str) -> None:
    a, b = Domain(np.zeros((3, 1)), names=["c", "a", "b"]), Domain(np.zeros((3, 1)), names=names)
    assert pair_rows(a, b)[:2] == (a, b) and said in pair_rows(a, b)[2]


@given(st.lists(st.integers(0, 4), min_size=12, max_size=30), st.integers(0, 2**16))
def test_pairs_are_split_alike_and_no_group_of_either_side_is_torn(patients: list[int], seed: int) -> None:
    n = len(patients)
    a = Domain(np.arange(n, dtype=float)[:, None], groups=patients)
    b = Domain(np.arange(n, dtype=float)[:, None], groups=np.arange(n) // 2)
    try:
        a_test, a_train, b_test, b_train = split_pairs(a, b, 0.3, seed=seed)
    except InputError as error:
        assert "leaves one side empty" in str(error)  # noqa: PT017
        return
    assert a_test.x.tolist() == b_test.x.tolist() and a_train.x.tolist() == b_train.x.tolist()
    assert len(a_test) + len(a_train) == n
    for test, train in ((a_test, a_train), (b_test, b_train)):
        assert not set(test.groups.tolist()) & set(train.groups.tolist())  # type: ignore[union-attr]
