from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae import Domain
from bridgeae.domain import shared_labels
from bridgeae.errors import InputError
from strategies import seeds


def test_samples_become_float32_and_labels_int64() -> None:
    domain = Domain([[1, 2], [3, 4]], labels=np.array([0, 1], np.uint8))
    assert domain.x.dtype == np.float32
    assert domain.labels.dtype == np.int64


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((0, 3)), "non-empty"),
        (np.zeros(3), r"received shape \(3,\)"),
        ([["a"], ["b"]], "not numeric"),
        ([[1.0], [np.nan], [np.inf]], "2 of 3 samples hold NaN or infinite"),
    ],
)
def test_bad_samples_are_refused(x: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Domain(x)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"labels": [0, 1]}, r"`labels` must have shape \(3,\), one a sample, received \(2,\)"),
        ({"groups": [[0], [1], [2]]}, "`groups` must have shape"),
        ({"labels": [0.5, 1.0, 2.0]}, "`labels` must be whole numbers or strings"),
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
    with pytest.raises(InputError, match="`labels` must be whole numbers or strings, received dtype object"):
        Domain(np.zeros((3, 1)), labels=np.array(["a", None, 3], object))


def test_labels_are_shared_by_value_and_kind() -> None:
    assert shared_labels(np.array([3, 0, 1]), np.array([1, 3, 5])).tolist() == [1, 3]
    assert shared_labels(np.array([0, 1]), np.array(["0", "1"])).size == 0


def test_minus_one_means_unlabelled() -> None:
    domain = Domain(np.zeros((3, 1)), labels=[2, -1, 0])
    assert domain.labelled.tolist() == [True, False, True]
    assert domain.classes.tolist() == [0, 2]


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
def test_samples_that_are_free_go_in_the_order_drawn(n: int, fraction: float, seed: int) -> None:
    count = round(fraction * n)
    if 0 < count < n:
        domain = Domain(np.arange(n, dtype=float)[:, None])
        block = np.unique(domain.digests(), return_inverse=True)[1]
        first = np.isin(block, np.random.default_rng(seed).permutation(n)[:count])
        assert (domain.split(fraction, seed=seed)[0].x == domain.x[first]).all()


@pytest.mark.parametrize("fraction", [0, 1, -0.5])
def test_split_fraction_lies_between_0_and_1(fraction: float) -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        Domain(np.zeros((3, 1))).split(fraction)


def test_a_split_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(InputError, match="leaves one side empty"):
        Domain(np.zeros((9, 1))).split(0.5)


def test_repr_says_what_is_inside() -> None:
    assert repr(Domain(np.zeros((3, 2)), labels=[0, 1, 1])) == "Domain(3 samples of shape (2,), 2 classes)"
