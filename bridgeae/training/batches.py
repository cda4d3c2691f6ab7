"""Batches drawn by a seeded generator: what one holds depends on seed, epoch and step alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bridgeae.checks import check_counts

Batch = tuple[Any, ...]
"""``(inputs, targets[, weights])``, as Keras takes them."""


class Batches:
    """Shuffle `n` samples each epoch and make one batch at a time.

    Args:
        make: ``(index, rng) -> (inputs, targets[, weights])``.
        n: number of samples; an incomplete last batch is dropped, another one each epoch.
        batch_size: samples a batch.
        seed: of the shuffling and of `rng`.
        shuffled: ``(rng) -> parts of a permutation of n``, such as `Domain.shuffled`; None makes a permutation.
    """

    def __init__(
        self,
        make: Callable[[np.ndarray, np.random.Generator], Batch],
        n: int,
        batch_size: int,
        seed: int,
        shuffled: Callable[[np.random.Generator], Iterator[np.ndarray]] | None = None,
    ) -> None:
        check_counts(batch_size=batch_size)
        self._shuffled = shuffled or (lambda rng: iter([rng.permutation(n)]))
        self._make, self._n, self._size, self._seed = make, n, min(batch_size, n), seed

    def __len__(self) -> int:
        return self._n // self._size

    def epoch(self, number: int) -> Iterator[Batch]:
        """Yield the batches of one epoch."""
        step, rest = 0, np.empty(0, int)
        for part in self._shuffled(np.random.default_rng([self._seed, number])):
            order = np.concatenate([rest, part])
            full = len(order) // self._size * self._size
            for index in order[:full].reshape(-1, self._size):
                yield self._make(index, np.random.default_rng([self._seed, number, step]))
                step += 1
            rest = order[full:]


class RandomBatches:
    """Make `steps` batches an epoch from a generator alone: drawn pairs, simulations.

    Args:
        make: ``(rng) -> (inputs, targets[, weights])``.
        steps: batches an epoch.
        seed: each epoch and each batch has a generator of its own, derived from it.
        begin: called with a generator before each epoch.
    """

    def __init__(
        self,
        make: Callable[[np.random.Generator], Batch],
        steps: int,
        seed: int,
        begin: Callable[[np.random.Generator], None] | None = None,
    ) -> None:
        check_counts(steps=steps)
        self._make, self._steps, self._seed, self._begin = make, steps, seed, begin

    def __len__(self) -> int:
        return self._steps

    def epoch(self, number: int) -> Iterator[Batch]:
        """Yield the batches of one epoch."""
        if self._begin:
            self._begin(np.random.default_rng([self._seed, number]))
        for step in range(self._steps):
            yield self._make(np.random.default_rng([self._seed, number, step]))
