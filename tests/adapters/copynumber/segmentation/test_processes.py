from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridgeae_copynumber.segmentation.processes import LARGEST_CHUNK, WAITING, chunks, spread


def add(common: int, one: int, other: int) -> int:
    return common + one * other


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_order(jobs: int) -> None:
    found = spread(add, range(100), iter(range(100)), common=7, jobs=jobs)
    assert list(found) == [7 + k * k for k in range(100)]


def test_rows_are_taken_as_they_are_needed() -> None:
    taken = 0

    def rows() -> Iterator[int]:
        nonlocal taken
        for k in range(10**9):
            taken = k
            yield k

    found = spread(add, rows(), rows(), common=0, jobs=2)
    assert [next(found) for _ in range(50)] == [k * k for k in range(50)]
    assert taken < 50 + 2 * (WAITING + 2) * LARGEST_CHUNK
    found.close()


def test_few_rows_are_shared_evenly() -> None:
    assert [len(c) for c in chunks(((k,) for k in range(4)), 2)] == [1, 1, 1, 1]
    sizes = [len(c) for c in chunks(((k,) for k in range(9999)), 2)]
    assert sum(sizes) == 9999 and max(sizes) == LARGEST_CHUNK
