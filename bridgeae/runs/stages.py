"""The stages of a run: how long each took, and the trained sides that an interrupted run reuses."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.autoencoder import Autoencoder
from bridgeae.domain import Domain, StoredSamples, portions
from bridgeae.errors import BundleError, InputError, MissingFileError, OutputExistsError
from bridgeae.progress import Progress
from bridgeae.runs.config import RunConfig, SideConfig
from bridgeae.runs.side import Say, Side
from bridgeae.saving import Checkpoint, State, read_bundle, refuse_existing, refuse_other_than_model, write_bundle
from bridgeae.saving.files import UNFINISHED

FOLDER = ".stages"
MODEL = "model"
_LARGE_BYTES = 2**25  # of training samples, from which memory is given back


class Stages:
    """Time named stages: CPU seconds of this process and its threads, wall seconds, and the peak of its memory."""

    def __init__(self, say: Say, progress: Progress) -> None:
        self.say, self.progress = say, progress
        self.times: dict[str, dict[str, float]] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        cpu, wall = time.process_time(), time.monotonic()
        with self.progress.step(name):
            yield
        cpu, wall = round(time.process_time() - cpu, 1), round(time.monotonic() - wall, 1)
        self.times[name] = times = {"cpu_s": cpu, "wall_s": wall, **_peak_memory()}
        self.progress.record(name, 1, 1, **times)
        self.say(f"{name}: {cpu} CPU s, {wall} s")

    def reuse(self, name: str, times: dict[str, float]) -> None:
        """Record a stage that an interrupted run had finished, with the times it took there."""
        self.times[name] = times
        self.progress.skip(name)
        self.say(f"{name}: taken from the interrupted run")

    def summary(self) -> dict[str, Any]:
        """Return the stages with their total, CPU seconds of the whole process, and peak memory in GB."""
        return {"stages": self.times, "cpu_s": round(time.process_time(), 1), **_peak_memory()}


def _peak_memory() -> dict[str, float]:
    """Return the most memory this process has had so far, GB; nothing where the system does not tell."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return {}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"peak_memory_gb": round(peak / 1e9, 3)}


def move_to_disk(side: Side, path: Path) -> None:
    """Keep the training samples of a side in an HDF5 file from now on, so that they take no memory."""
    import h5py

    if not isinstance(side.train.x, StoredSamples):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = h5py.File(path, "w", locking=False)  # stays open, and readable after the file is removed
        file["x"] = side.train.x
        side.train, side.moved = replace(side.train, x=file["x"]), True


@contextmanager
def in_memory(side: Side) -> Iterator[None]:
    """Have the training samples of a side in memory meanwhile, unless they came from disk in the first place."""
    stored = side.train
    if side.moved:
        side.train = replace(stored, x=stored.x[:])
    yield
    side.train = stored
    if stored.x.nbytes > _LARGE_BYTES:
        _give_memory_back()


def _give_memory_back() -> None:
    """Return memory that is no longer needed to the system; glibc keeps some 100 MB after a long training."""
    gc.collect()  # a quarter of a second
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL("libc.so.6").malloc_trim(0)


class KeptTrainings:
    """Keep trained sides of a run in its folder `out`, as weights without data, and trainings that are under way.

    Without `resume`, what an earlier run kept is removed first.

    A side is reused only where nothing changed that made it; see `side_key`.
    """

    def __init__(self, out: Path, *, resume: bool) -> None:
        self.folder = out / FOLDER
        if not resume:
            self.remove()

    def load(self, name: str, key: str) -> tuple[Autoencoder, dict[str, float]] | None:
        """Return a side and the times it took, or None if it is not there."""
        try:
            state = read_bundle(self.folder / f"{name}-{key}", runtime="keras")
        except (MissingFileError, BundleError):
            return None
        return Autoencoder.from_state(state.part("side")), state.values["times"]

    def save(self, name: str, key: str, side: Autoencoder, times: dict[str, float]) -> None:
        """Keep a trained side and the times it took."""
        state = side.get_state().under("side") | State({"times": times})
        write_bundle(self.folder / f"{name}-{key}", state, overwrite=True)
        shutil.rmtree(self.checkpoint(name, key).folder, ignore_errors=True)

    def checkpoint(self, name: str, key: str) -> Checkpoint:
        """Return what keeps the trainings of a stage while they are under way."""
        seconds = float(os.environ.get("BRIDGEAE_CHECKPOINT_SECONDS", "30"))
        return Checkpoint(self.folder / f"training-{name}-{key}", seconds=seconds)

    def remove(self) -> None:
        """Remove what was kept, and what a killed run had begun to write."""
        for folder in (self.folder, *self.folder.parent.glob(f".*{UNFINISHED}")):
            if folder.exists():
                shutil.rmtree(folder)


def side_key(side: SideConfig, domain: Domain, *, seed: int, smoke: bool) -> str:
    """Return a key that changes with configuration, seed, samples and versions that a side's training depends on."""
    versions = [version(package) for package in ("bridgeae", "keras")]
    digest = blake2b(json.dumps([asdict(side), seed, smoke, versions], sort_keys=True).encode(), digest_size=8)
    for part in portions(domain.x):
        digest.update(np.ascontiguousarray(part).data)
    if domain.labels is not None:
        digest.update(domain.labels.tobytes())
    return digest.hexdigest()


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Make the folder of a run where needed, and keep every other run out of it meanwhile.

    Raises:
        OutputExistsError: another process runs into it.
        InputError: nothing can be written there.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}. Name another folder.") from None
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows, which locks no folders
        yield
        return
    handle = os.open(out, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system lets go of it when the process ends
        except BlockingIOError:
            raise OutputExistsError(f"another run writes into {out} now. Wait, or name another folder.") from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(handle)


def run_key(config: RunConfig, sides: Iterable[str], *, smoke: bool) -> str:
    """Return the same for the linker and the search for labels, from the configuration and the key of every side."""
    return blake2b(json.dumps([asdict(config), smoke, *sides], sort_keys=True).encode(), digest_size=8).hexdigest()


def refuse_occupied(out: Path, *, overwrite: bool, resume: bool) -> None:
    """Raise `OutputExistsError` where `out` holds an earlier run, unless it may be overwritten or is resumed."""
    refuse_other_than_model(out / MODEL)
    interrupted = (out / FOLDER).exists()
    if interrupted and not resume and not overwrite:
        raise OutputExistsError(f"{out} holds an interrupted run. Resume it, or allow it to be overwritten.")
    refuse_existing(out, overwrite=overwrite or (resume and interrupted))
