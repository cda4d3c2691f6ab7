from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae import Autoencoder, Domain, LinkedAutoencoder, RidgeLinker, StoredSamples
from bridgeae.domain import moments, portions, some_of
from bridgeae.errors import InputError
from strategies import seeds, small_networks

X = np.random.default_rng(0).normal(3.0, 2.0, size=(300, 24))


class Sliced:
    """An object with a length and slices, and nothing else."""

    def __init__(self, x: np.ndarray) -> None:
        self._x = x

    def __len__(self) -> int:
        return len(self._x)

    def __getitem__(self, rows: slice) -> np.ndarray:
        assert isinstance(rows.start, int) and rows.stop > rows.start and rows.step is None
        return self._x[rows]


def stored(x: np.ndarray, kind: str, folder: Path) -> Any:
    if kind == "npy":
        np.save(folder / "x.npy", x)
        return np.load(folder / "x.npy", mmap_mode="r")
    if kind == "hdf5":
        return h5py.File(folder / "x.h5", "w").create_dataset("x", data=x, chunks=(7, *x.shape[1:]), compression="gzip")
    if kind == "zarr":
        zarr = pytest.importorskip("zarr")
        made = zarr.create_array(str(folder / "x.zarr"), shape=x.shape, chunks=(7, *x.shape[1:]), dtype=x.dtype)
        made[:] = x
        return made
    return StoredSamples(Sliced(x))


@pytest.fixture(params=["npy", "hdf5", "zarr", "object"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return stored(X, request.param, tmp_path)


def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make blocks of ten samples, of which two are in memory together."""
    monkeypatch.setattr("bridgeae.domain.stored._BLOCK_BYTES", 960)
    monkeypatch.setattr("bridgeae.domain.stored._BUFFER_BYTES", 1920)
    monkeypatch.setattr("bridgeae.domain.stored._PORTION_BYTES", 2000)


def test_samples_on_disk_stay_there_and_read_as_those_in_memory(source: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    small_blocks(monkeypatch)
    x = Domain(source).x
    assert isinstance(x, StoredSamples) and x.shape == (300, 24) and x.dtype == np.float32
    wanted, rng = X.astype(np.float32), np.random.default_rng(0)
    mask = rng.random(300) < 0.3
    for index in (3, -1, slice(None), slice(5, 40), slice(None, None, -7), [4, 2, 2], rng.permutation(300), mask):
        assert np.array_equal(x[index], wanted[index])
    assert np.array_equal(np.asarray(x), wanted) and np.array_equal(x[:, 1], wanted[:, 1])
    assert np.array_equal(np.stack(list(x)), wanted) and np.allclose(x.mean(0), wanted.mean(0))
    with pytest.raises(IndexError, match="300 samples"):
        x[np.array([300])]
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = x.nonsense


def test_what_is_read_cannot_change_the_file(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X.astype(np.float32))
    part = Domain(np.load(tmp_path / "x.npy", mmap_mode="r+")).x[:5]
    with pytest.raises(ValueError, match="read-only"):
        part[:] = 0


@given(seeds, st.integers(2, 299))
def test_a_choice_of_a_choice_is_that_of_an_array(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.permutation(300)[:n], rng.integers(0, n, 9)
    chosen = Domain(StoredSamples(Sliced(X)), names=np.arange(300)).select(first).select(second)
    assert isinstance(chosen.x, StoredSamples)
    assert np.array_equal(chosen.x[:], X[first][second].astype(np.float32))
    assert (chosen.names == first[second].astype(str)).all()


def test_a_split_of_samples_on_disk_is_that_of_an_array(source: Any) -> None:
    held_out, rest = Domain(source).split(0.2, seed=3)
    wanted, others = Domain(X).split(0.2, seed=3)
    assert isinstance(rest.x, StoredSamples)
    assert np.array_equal(held_out.x[:], wanted.x) and np.array_equal(rest.x[:], others.x)


def test_shuffling_gives_each_sample_once_and_few_blocks_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    small_blocks(monkeypatch)
    domain = Domain(StoredSamples(Sliced(X))).select(slice(295))
    parts = list(domain.shuffled(np.random.default_rng(0)))
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(295))
    assert all(len(np.unique(part // 10)) <= 2 for part in parts) and len(parts) == 15
    again, other = (list(domain.shuffled(np.random.default_rng(seed))) for seed in (0, 1))
    assert np.array_equal(parts[0], again[0]) and not np.array_equal(parts[0], other[0])


def test_an_epoch_reads_every_block_once(monkeypatch: pytest.MonkeyPatch) -> None:
    small_blocks(monkeypatch)
    source = Sliced(X)
    domain = Domain(StoredSamples(source))
    reads: list[int] = []
    monkeypatch.setattr(Sliced, "__getitem__", lambda self, rows: reads.append(rows.start) or self._x[rows])
    for part in domain.shuffled(np.random.default_rng(0)):
        for index in np.array_split(part, 3):
            domain.x[index]
    assert sorted(reads) == list(range(0, 300, 10))


@pytest.mark.parametrize("axes", [(0,), None])
def test_moments_of_portions_are_those_of_all(axes: tuple[int, ...] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    small_blocks(monkeypatch)
    far = X + 1e4
    for mine, all_at_once in zip(moments(StoredSamples(Sliced(far)), axes), moments(far, axes), strict=True):
        assert np.allclose(mine, all_at_once, rtol=1e-4)


def test_some_samples_are_the_same_every_time(source: Any) -> None:
    x = Domain(source).x
    few = some_of(x, 20)
    assert few.shape == (20, 24) and np.array_equal(few, some_of(x, 20))
    assert np.array_equal(np.sort(some_of(x, 500), axis=0), np.sort(x[:], axis=0))
    assert sum(map(len, portions(x))) == 300


def test_samples_that_fit_into_the_buffer_train_as_an_array_does(tmp_path: Path) -> None:
    labels, source = np.arange(300) % 2, stored(X, "hdf5", tmp_path)
    sides = [Autoencoder(*small_networks(), classifier="joint") for _ in range(2)]
    for side, x in zip(sides, (source, X), strict=True):
        side.fit((x, labels), validation_data=0.2, epochs=2, seed=1)
    assert sides[0].history_ == sides[1].history_
    assert np.array_equal(sides[0].encode(source), sides[1].encode(X))


def test_samples_beyond_the_buffer_train_well(monkeypatch: pytest.MonkeyPatch) -> None:
    small_blocks(monkeypatch)
    side = Autoencoder(*small_networks((23,))).fit(StoredSamples(Sliced(X)), epochs=20, learning_rate=1e-2)
    assert side.scaling_ is not None and side.scaling_.kind != "none"
    assert side.reconstruction_ is not None and side.reconstruction_["r2"] > 0.8


def test_a_bridge_reads_from_disk_and_writes_to_it(
    drawing: LinkedAutoencoder, waves: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridgeae.autoencoder.encoding.PORTION", 16)
    x = stored(waves.x, "hdf5", tmp_path)
    for name, shape, options in (
        ("a", (90, 6, 6, 1), {}),
        ("b", (90, 2, 6, 6, 1), {"draws": 2, "min_confidence": 0.3}),
    ):
        out = np.lib.format.open_memmap(tmp_path / f"{name}.npy", "w+", np.float32, shape)
        assert drawing.translate(x, out=out, **options) is out
        out.flush()
        wanted = drawing.translate(waves.x, **options)
        assert np.allclose(np.load(tmp_path / f"{name}.npy"), wanted, atol=1e-4, equal_nan=True)


def test_a_bridge_learns_from_disk(
    bridge: LinkedAutoencoder, waves: Domain, tiles: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    sides = stored(waves.x, "npy", tmp_path), stored(tiles.x, "npy", tmp_path / "a")
    sizes: list[int] = []

    def shift(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        sizes.append(len(x))
        return x + 0.01

    monkeypatch.setattr("bridgeae.linked.choices.PORTION", 40)
    made = LinkedAutoencoder(bridge.source, bridge.target, RidgeLinker())
    made.fit((sides[0], waves.labels), (sides[1], tiles.labels), augment=shift, seed=2)
    assert made.evaluate(waves, tiles)["accuracy"] > 0.9
    assert set(sizes) == {40, 10}


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.full((3, 2), np.nan), "3 of 3 samples hold NaN"),
        (np.full((3, 2), 1e300), "3 of 3 samples hold NaN or infinite"),
        (np.zeros((3, 2), complex), "must hold real numbers, received dtype complex128"),
        (np.zeros(3), r"must have an axis of samples, received shape \(3,\)"),
        (np.zeros((0, 2)), r"must be a non-empty array .* received shape \(0, 2\)"),
        (np.array([["a"], ["b"]]), "must be a numeric array"),
    ],
    ids=["nan", "too large", "complex", "flat", "empty", "text"],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_samples_that_nothing_can_learn_from_are_refused(x: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Domain(StoredSamples(Sliced(x)))


def test_a_source_whose_samples_change_their_shape_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    small_blocks(monkeypatch)

    class Odd(Sliced):
        def __getitem__(self, rows: slice) -> np.ndarray:
            return self._x[rows, : 24 - (rows.start or 0)]

    with pytest.raises(InputError, match=r"must give samples of shape \(24,\), but rows .* have shape"):
        StoredSamples(Odd(X))
