from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae.errors import InputError
from bridgeae.training import Batches, RandomBatches
from strategies import seeds

sizes = st.integers(1, 40)


def noted(index: np.ndarray, rng: np.random.Generator) -> tuple[list[int], float]:
    return index.tolist(), rng.random()


@given(sizes, sizes, seeds)
def test_an_epoch_shows_every_sample_once_but_for_an_incomplete_batch(n: int, size: int, seed: int) -> None:
    batches = Batches(noted, n, size, seed)
    shown = [index for index, _ in batches.epoch(0)]
    assert len(shown) == len(batches) == max(1, n // size)
    assert {len(index) for index in shown} == {min(n, size)}
    seen = np.concatenate(shown)
    assert len(np.unique(seen)) == len(seen) and set(seen) <= set(range(n))


def test_the_samples_left_over_are_others_each_epoch() -> None:
    batches = Batches(noted, 10, 4, seed=0)
    left = [set(range(10)) - {k for index, _ in batches.epoch(number) for k in index} for number in range(20)]
    assert set.union(*left) == set(range(10))


@given(sizes, sizes, seeds, st.integers(0, 5))
def test_a_batch_depends_on_seed_and_epoch_alone(n: int, size: int, seed: int, epoch: int) -> None:
    first = list(Batches(noted, n, size, seed).epoch(epoch))
    batches = Batches(noted, n, size, seed)
    for other in (epoch + 1, epoch):
        last = list(batches.epoch(other))
    assert first == last


@given(st.integers(5, 40), st.integers(1, 5), seeds)
def test_every_batch_and_epoch_has_random_numbers_of_its_own(n: int, size: int, seed: int) -> None:
    batches = Batches(noted, n, size, seed)
    drawn = [number for epoch in range(3) for _, number in batches.epoch(epoch)]
    assert len(set(drawn)) == len(drawn)
    assert list(batches.epoch(0)) != list(Batches(noted, n, size, (seed + 1) % 2**32).epoch(0))


@given(st.integers(1, 9), seeds)
def test_random_batches_come_from_generators_alone(steps: int, seed: int) -> None:
    def batches() -> RandomBatches:
        return RandomBatches(lambda rng: (rng.random(), rng.random()), steps, seed)

    epochs = [list(batches().epoch(number)) for number in range(3)]
    again = batches()
    assert [list(again.epoch(number)) for number in (2, 1, 0)] == epochs[::-1]
    assert len(again) == steps and len({pair for epoch in epochs for pair in epoch}) == 3 * steps


def test_what_begins_an_epoch_is_called_before_its_first_batch() -> None:
    calls: list[tuple[str, float]] = []

    def make(rng: np.random.Generator) -> tuple[float]:
        calls.append(("batch", rng.random()))
        return (0.0,)

    batches = RandomBatches(make, 2, seed=0, begin=lambda rng: calls.append(("begin", rng.random())))
    for number in range(2):
        list(batches.epoch(number))
    assert [name for name, _ in calls] == ["begin", "batch", "batch"] * 2
    assert calls[0] != calls[3]


def test_sizes_are_checked() -> None:
    with pytest.raises(InputError, match="`batch_size` must be at least 1 and a whole number, received 0"):
        Batches(noted, 4, 0, seed=0)
    with pytest.raises(InputError, match="`steps` must be at least 1"):
        RandomBatches(lambda rng: (), 0, seed=0)
