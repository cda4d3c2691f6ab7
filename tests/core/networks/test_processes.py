from __future__ import annotations

import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from bridgeae.errors import InputError
from bridgeae.networks import processes
from bridgeae.networks.processes import joined, own_rows


def cluster(monkeypatch: pytest.MonkeyPatch, *, number: int, count: int, devices: int = 1) -> SimpleNamespace:
    """Stand in for the processes of JAX, of which this is one, and return what stands for Keras' distribution."""
    jax = SimpleNamespace(
        process_count=lambda: count, process_index=lambda: number, device_count=lambda: count * devices
    )
    distribution = SimpleNamespace(whole=None)
    monkeypatch.setitem(sys.modules, "jax", jax)
    monkeypatch.setattr(keras.distribution, "distribution", lambda: distribution)
    return distribution


def test_the_rows_of_all_processes_are_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = np.arange(24).reshape(12, 2), np.arange(12)
    parts = []
    for number in range(3):
        distribution = cluster(monkeypatch, number=number, count=3)
        parts.append(own_rows((x, (y, x))))
        assert distribution.whole is False
    assert np.array_equal(np.concatenate([p[0] for p in parts]), x)
    assert np.array_equal(np.concatenate([p[1][0] for p in parts]), y)
    assert [len(p[1][1]) for p in parts] == [4, 4, 4]


@pytest.mark.parametrize(("rows", "devices"), [(9, 1), (6, 2)])
def test_a_batch_that_cannot_be_shared_is_left_whole(rows: int, devices: int, monkeypatch: pytest.MonkeyPatch) -> None:
    distribution = cluster(monkeypatch, number=1, count=2, devices=devices)
    x = np.arange(rows)
    assert own_rows((x, x))[0] is x and distribution.whole is True


def test_a_process_alone_has_the_whole_batch() -> None:
    batch = (np.arange(4), np.arange(4))
    assert own_rows(batch) is batch


def test_another_backend_than_jax_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "check_installed", lambda *names: None)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    with pytest.raises(InputError, match=r"`KERAS_BACKEND` must be jax .*received tensorflow"), joined():
        pass
