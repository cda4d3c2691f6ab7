from __future__ import annotations

import subprocess
import sys
import tracemalloc
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from bridgeae import Domain
from bridgeae.domain import as_domain, check_shared, shared_labels
from bridgeae.errors import InputError
from strategies import labelled_pairs, seeds


class FakeDataset:
    """Has the method by which a TensorFlow dataset is known."""

    def as_numpy_iterator(self) -> Any:
        return iter(np.eye(2))


class FakeTensor:
    """Has the attribute of a PyTorch tensor that records gradients."""

    requires_grad = True


def test_samples_become_float32_and_labels_int64() -> None:
    domain = Domain([[1, 2], [3, 4]], labels=np.array([0, 1], np.uint8))
    assert domain.x.dtype == np.float32
    assert domain.labels.dtype == np.int64


def test_samples_are_read_only_and_the_array_they_came_from_is_not() -> None:
    x = np.zeros((3, 2), np.float32)
    domain = Domain(x)
    with pytest.raises(ValueError, match="read-only"):
        domain.x[0, 0] = 1
    assert np.shares_memory(domain.x, x)
    x[0, 0] = 1


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((0, 3)), "non-empty"),
        (np.zeros(3), r"received shape \(3,\): pass x\[None\] for one sample"),
        ([["a"], ["b"]], "something ragged or not numeric"),
        (np.zeros((2, 2), complex), "must hold real numbers, received dtype complex128"),
        (np.zeros((2, 2), "datetime64[s]"), "must hold real numbers, received dtype datetime64"),
        (np.ma.masked_greater(np.ones((2, 2)), 0), r"masked values: .*x\.filled"),
        (sparse.csr_array(np.eye(2)), r"a sparse matrix \(.*csr_array\): pass x\.toarray\(\)"),
        (iter(np.eye(2)), r"an iterator .*: pass np\.stack\(list\(x\)\)"),
        (FakeDataset(), r"a TensorFlow dataset .*: pass np\.stack\(list\(x\.as_numpy_iterator\(\)\)\)"),
        (FakeTensor(), r"records gradients .*: pass x\.detach\(\)"),
        ([np.zeros((2, 1)), np.zeros((3, 1))], r"unequal length: pass Domain\.of_sequences\(x\)"),
        ([[1, 2, 3], [1, 2]], r"unequal length: pass Domain\.of_sequences\(x\)"),
        ([np.zeros((2, 1)), np.zeros((3, 2))], "something ragged or not numeric"),
        ("waves.csv", r"received 'waves\.csv': read a file with the `read` of an adapter first"),
        (np.array([[b"A", b"C"]]), r"a table with columns of text: 0, 1\. Drop them"),
        (pd.DataFrame({"a": [1.0], "town": ["x"]}), r"a table with columns of text: town\. Drop them, or pass one"),
        (np.array([[1.0, "x"]], object), r"a table with columns of text: 1\. Drop them"),
        ([[1.0], [np.nan], [np.inf]], "2 of 3 samples hold NaN or infinite"),
    ],
)
def test_bad_samples_are_refused(x: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Domain(x)


def test_masked_arrays_without_a_masked_value_are_samples() -> None:
    assert Domain(np.ma.masked_greater(np.ones((2, 2)), 5)).x.tolist() == [[1, 1], [1, 1]]


def test_sequences_of_unequal_length_are_padded_with_zeros() -> None:
    domain = Domain.of_sequences([np.ones((2, 3)), np.ones((4, 3))], labels=["a", "b"])
    assert domain.x.sum((1, 2)).tolist() == [6, 12]
    assert domain.x[0, 2:].tolist() == [[0, 0, 0], [0, 0, 0]]
    assert Domain.of_sequences([[1, 2], [3]]).x.tolist() == [[[1], [2]], [[3], [0]]]
    with pytest.raises(InputError, match="of equal channels"):
        Domain.of_sequences([np.ones((2, 3)), np.ones((2, 4))])
    with pytest.raises(InputError, match="of equal channels, received none"):
        Domain.of_sequences([])
    with pytest.raises(InputError, match=r"`sequences` must hold numbers .*: make letters into numbers"):
        Domain.of_sequences(["ACD", "AC"])  # type: ignore[list-item]


def test_one_bad_value_among_many_samples_is_found() -> None:
    x = np.zeros((9000, 3), np.float32)
    x[8999, 1] = np.nan
    with pytest.raises(InputError, match="1 of 9000 samples hold NaN"):
        Domain(x)


def test_looking_for_bad_values_takes_less_memory_than_a_mask_of_all_samples() -> None:
    x = np.zeros((40_000, 100), np.float32)
    tracemalloc.start()
    Domain(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.size / 4  # a mask has one byte a value


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"labels": [0, 1]}, r"`labels` must have shape \(3,\), one a sample, received \(2,\)"),
        ({"groups": [[0], [1], [2]]}, "`groups` must have shape"),
        ({"labels": [0.5, 1.0, 2.0]}, "`labels` must be whole numbers or strings"),
        ({"names": ["a", "b"]}, r"`names` must have shape \(3,\), one a sample, received \(2,\)"),
    ],
)
def test_bad_columns_are_refused(columns: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Domain(np.zeros((3, 2)), **columns)


@pytest.mark.parametrize("kind", [object, np.dtypes.StringDType()])
def test_strings_of_any_kind_are_labels(kind: Any) -> None:
    words = np.array(["b", "a", "long name"], kind)
    domain = Domain(np.zeros((3, 1)), labels=words, groups=words)
    assert domain.labels.dtype == domain.groups.dtype == np.dtype("<U9")
    assert domain.classes.tolist() == ["a", "b", "long name"]
    with pytest.raises(InputError, match=r"received dtype object\. Use -1 or None where"):
        Domain(np.zeros((3, 1)), labels=np.array(["a", None, 3], object))


def test_names_are_strings_even_where_they_are_numbers() -> None:
    assert Domain(np.zeros((3, 1)), names=[7, 8, 10]).names.tolist() == ["7", "8", "10"]
    assert Domain(np.zeros((2, 1)), names=np.array(["a", "long"], object)).names.dtype == np.dtype("<U4")


def test_labels_are_shared_by_value_and_kind() -> None:
    assert shared_labels(np.array([3, 0, 1]), np.array([1, 3, 5])).tolist() == [1, 3]
    assert shared_labels(np.array([0, 1]), np.array(["0", "1"])).size == 0


def test_classes_that_are_not_shared_are_refused_by_name() -> None:
    assert check_shared(np.array([2, 0, 2, 1]), np.array([1, 2, 5]), "`target`", least=2).tolist() == [1, 2]
    with pytest.raises(InputError, match=r"`source` and `target` share no class: \[0, 1\] and \['0'\]\. Label both"):
        check_shared(np.array([1, 0, 1]), np.array(["0"]), "`target`")
    with pytest.raises(InputError, match=r"`source` and the judge share 1 of at least 2 classes: \[0, 1\] and \[1\]"):
        check_shared(np.array([1, 0]), np.array([1]), "the judge", least=2)


def test_minus_one_means_unlabelled() -> None:
    domain = Domain(np.zeros((3, 1)), labels=[2, -1, 0])
    assert domain.labelled.tolist() == [True, False, True]
    assert domain.classes.tolist() == [0, 2]


@pytest.mark.parametrize("unknown", [-1, None, float("nan"), pd.NA])
def test_labels_that_are_not_known_may_stand_among_strings_and_numbers(unknown: Any) -> None:
    words = Domain(np.zeros((3, 1)), labels=["b", unknown, "a"])
    assert words.classes.tolist() == ["a", "b"] and words.labelled.tolist() == [True, False, True]
    numbers = Domain(np.zeros((3, 1)), labels=[2, unknown, 0])
    assert numbers.labels.tolist() == [2, -1, 0]


def test_groups_have_to_be_known() -> None:
    with pytest.raises(InputError, match="`groups` must be known for every sample"):
        Domain(np.zeros((2, 1)), groups=["a", None])


@given(labelled_pairs(), st.data())
def test_chosen_samples_keep_their_columns(sides: tuple[Domain, Domain], data: st.DataObject) -> None:
    n = len(sides[0])
    domain = Domain(np.arange(n)[:, None], sides[0].labels, groups=np.arange(n) // 2, names=np.arange(n))
    chosen = data.draw(st.lists(st.integers(0, n - 1), min_size=1))
    start = data.draw(st.integers(0, n - 1))
    for index in (np.array(chosen), np.isin(np.arange(n), chosen), slice(start, None)):
        part, rows = domain.select(index), np.arange(n)[index]
        assert part.x[:, 0].tolist() == part.names.astype(int).tolist() == rows.tolist()
        assert (part.labels == domain.labels[rows]).all() and (part.groups == rows // 2).all()


def test_choosing_all_samples_copies_none() -> None:
    domain = Domain(np.zeros((3, 1)))
    assert domain.select(np.ones(3, bool)) is domain


def test_the_labelled_part_is_what_has_a_label() -> None:
    assert Domain(np.arange(3)[:, None], [4, -1, 5]).labelled_part("target").x.ravel().tolist() == [0, 2]
    for labels in (None, [-1, -1, -1]):
        with pytest.raises(InputError, match="`target` needs labels"):
            Domain(np.zeros((3, 1)), labels).labelled_part("target")
    with pytest.raises(InputError, match="these samples have no labels"):
        Domain(np.zeros((3, 1))).known_labels()


def test_a_domain_may_be_given_as_an_array_or_with_labels() -> None:
    x = np.zeros((3, 1))
    domain = Domain(x)
    assert as_domain(domain, "source") is domain
    assert as_domain(x, "source").labels is None
    assert as_domain((x, [1, 2, 3]), "source").labels.tolist() == [1, 2, 3]
    with pytest.raises(InputError, match="`source`: `labels` must have shape"):
        as_domain((x, [1]), "source")


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20))
def test_digests_are_equal_where_samples_are(content: list[int]) -> None:
    digests = np.array(Domain(np.array(content)[:, None] * np.ones(3)).digests())
    assert (np.equal.outer(digests, digests) == np.equal.outer(content, content)).all()


@given(st.lists(st.integers(0, 5), min_size=8, max_size=60), st.floats(0.2, 0.8), seeds)
def test_split_keeps_copies_and_groups_on_one_side(content: list[int], fraction: float, seed: int) -> None:
    groups = np.arange(len(content)) // 2
    domain = Domain(np.array(content, float)[:, None], labels=np.arange(len(content)), groups=groups)
    try:
        first, second = domain.split(fraction, seed=seed)
    except InputError as error:
        assert "leaves one side empty" in str(error)  # noqa: PT017
        return
    assert not set(first.groups) & set(second.groups)
    assert not set(first.x.ravel()) & set(second.x.ravel())
    assert sorted([*first.labels, *second.labels]) == list(range(len(content)))


def test_split_is_the_same_in_another_process() -> None:
    code = (
        "import numpy as np; from bridgeae import Domain;"
        "d = Domain(np.random.default_rng(0).normal(size=(50, 2)), labels=np.arange(50));"
        "print(d.split(0.5, seed=3)[0].labels.tolist())"
    )
    here = Domain(np.random.default_rng(0).normal(size=(50, 2)), labels=np.arange(50)).split(0.5, seed=3)[0]
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert there.strip() == str(here.labels.tolist())


def test_a_large_group_does_not_keep_small_ones_out() -> None:
    domain = Domain(np.arange(100.0)[:, None], groups=np.r_[np.zeros(60, int), np.arange(1, 41)])
    for seed in range(20):
        assert len(domain.split(0.3, seed=seed)[0]) == 30


@given(st.integers(2, 60), st.floats(0.2, 0.8), seeds)
def test_samples_that_are_free_split_in_exactly_that_fraction(n: int, fraction: float, seed: int) -> None:
    count = round(fraction * n)
    if 0 < count < n:
        first, second = Domain(np.arange(n)[:, None]).split(fraction, seed=seed)
        assert (len(first), len(second)) == (count, n - count)


def test_every_sample_may_come_into_the_first_part() -> None:
    domain = Domain(np.arange(8)[:, None])
    first = [domain.split(0.25, seed=seed)[0].x.ravel() for seed in range(40)]
    assert len(np.unique(first)) == 8


@pytest.mark.parametrize("fraction", [0, 1, -0.5])
def test_split_fraction_lies_between_0_and_1(fraction: float) -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        Domain(np.zeros((3, 1))).split(fraction)


def test_a_split_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(InputError, match="leaves one side empty"):
        Domain(np.zeros((9, 1))).split(0.5)


def test_repr_says_what_is_inside() -> None:
    assert repr(Domain(np.zeros((3, 2)), labels=[0, 1, 1])) == "Domain(3 samples of shape (2,), 2 classes)"
