from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae.errors import InputError
from bridgeae_images.query import Pictures, Query, choose, parse

LABELS = np.arange(40) % 4
NAMES = np.array([f"{k}.png" for k in range(40)])


def test_a_place_without_options_is_taken_as_it_is() -> None:
    assert parse("photos.zip") == Query("photos.zip")
    assert parse("drawn:hands?") == Query("drawn:hands")


def test_every_option_is_read() -> None:
    query = parse("mnist.npz?half=test&classes=0-2,7,cat&n=5&seed=3&repeat=2&others=4")
    assert query == Query("mnist.npz", "test", ("0", "1", "2", "7", "cat"), 5, 3, 2, 4)


def test_a_path_that_exists_has_no_options(tmp_path: Path) -> None:
    folder = tmp_path / "why?n=3"
    folder.mkdir()
    assert parse(folder) == Query(str(folder))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("drawn:hands?haf=test", "unknown option 'haf'.*Did you mean `half`"),
        ("drawn:hands?q=1", "unknown option 'q'.* Known are half, classes, n, seed, repeat, others"),
        ("drawn:hands?x", r"unknown option 'x' in 'drawn:hands\?x'"),
        ("drawn:hands?half=both", "half must be one of train, test, all, received 'both'"),
        ("drawn:hands?n=many", "n must be a whole number, 1 or more, received 'many'"),
        ("drawn:hands?n=0", "n must be a whole number, 1 or more, received '0'"),
        ("drawn:hands?n=²", "n must be a whole number"),
        ("drawn:hands?seed=-1", "seed must be a whole number, 0 or more"),
        ("drawn:hands?repeat=0", "repeat must be a whole number, 1 or more"),
    ],
)
def test_wrong_options_are_refused(path: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(path)


@given(st.integers(1, 60), st.integers(0, 2**32 - 1), st.sets(st.sampled_from("0123"), min_size=1), st.integers(1, 3))
def test_the_chosen_samples_are_of_the_classes_in_file_order(n: int, seed: int, classes: set[str], repeat: int) -> None:
    query = Query("place", classes=tuple(sorted(classes)), n=n, seed=seed, repeat=repeat)
    index = choose(Pictures(LABELS, names=NAMES), query)
    once = index[: len(index) // repeat]
    assert len(once) == min(n, 10 * len(classes)) and (np.diff(once) > 0).all()
    assert set(LABELS[once].astype(str)) <= classes
    np.testing.assert_array_equal(index, np.tile(once, repeat))
    np.testing.assert_array_equal(index, choose(Pictures(LABELS, names=NAMES), query))


def test_another_seed_chooses_other_samples() -> None:
    first, second = (choose(Pictures(LABELS, names=NAMES), Query("place", n=10, seed=seed)) for seed in (0, 1))
    assert first.tolist() != second.tolist()


def test_classes_that_are_not_there_are_refused() -> None:
    with pytest.raises(InputError, match="'place' has no class 7; it has 0, 1, 2, 3"):
        choose(Pictures(LABELS, names=NAMES), Query("place", classes=("7",)))
    with pytest.raises(InputError, match="'place' has no classes to choose from"):
        choose(Pictures(names=NAMES), Query("place", classes=("7",)))
