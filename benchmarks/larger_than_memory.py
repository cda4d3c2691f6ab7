"""Train and translate samples that are larger than the memory allowed, and print what each number of samples costs.

    python benchmarks/larger_than_memory.py                    # 10 thousand to 10 million samples, some minutes
    python benchmarks/larger_than_memory.py --most 1000000

Each task is a process of its own. It works on a few samples first, so that imports and compiled networks do not count.
Memory is the peak of `RssAnon` of /proc/self/status above what it is then: memory of its own. Pages of mapped files,
which the system takes back when others need them, do not count in it. A process that grows by more than `--allowed`
megabytes is stopped, and its row says so. Ten million samples are 1,280 MB of float32: ten times the default. It needs
Linux.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

WIDTH, WARM, BATCH = 32, 8192, 4096
TASKS = ("train", "translate")
KINDS = ("npy", "hdf5", "memory")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table; with `--one` measure one task, in this process."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--most", type=int, default=10_000_000, help="samples")
    parser.add_argument("--allowed", type=int, default=128, help="megabytes that a process may grow by")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--one", nargs=3, metavar=("TASK", "KIND", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        measure(*options.one, options.allowed)
        return
    with tempfile.TemporaryDirectory() as folder:
        save_model(Path(folder, "model"))
        write_samples(Path(folder), options.most)
        print("| task | samples in | samples | MB | CPU s | memory, MB |\n|---|---|---|---|---|---|", flush=True)
        for task in TASKS:
            for kind in options.kinds:
                _measured_apart(task, kind, folder, options.allowed)


def _measured_apart(task: str, kind: str, folder: str, allowed: int) -> None:
    """Measure a task in a process of its own, and print its rows as they come."""
    command = [sys.executable, __file__, "--allowed", str(allowed), "--one", task, kind, folder]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL, env=os.environ | threads)


def write_samples(folder: Path, most: int) -> None:
    """Write samples as .npy, and as HDF5 10,000 of them, 100,000 and so on; a portion at a time."""
    import h5py

    rng, mix = np.random.default_rng(0), np.random.default_rng(1).normal(size=(8, WIDTH))
    x = np.lib.format.open_memmap(folder / "x.npy", "w+", np.float32, (most, WIDTH))
    for k in range(0, most, 2**16):
        z = rng.normal(size=(len(x[k : k + 2**16]), 8))
        x[k : k + 2**16] = 5 + z @ mix + 0.1 * rng.normal(size=(len(z), WIDTH))
    with h5py.File(folder / "x.h5", "w") as file:
        for n in (10**k for k in range(4, 12) if 10**k <= most):
            file.create_dataset(str(n), (n, WIDTH), np.float32, chunks=(2048, WIDTH))
            for k in range(0, n, 2**16):
                file[str(n)][k : k + 2**16] = x[k : min(k + 2**16, n)]


def save_model(folder: Path) -> None:
    """Train and save a small bridge."""
    from bridgeae import Autoencoder, LinkedAutoencoder, Progress, RidgeLinker
    from bridgeae.networks import dense_networks

    x = np.random.default_rng(0).normal(5, 1, (WARM, WIDTH)).astype(np.float32)
    quiet, sides = Progress(quiet=True), {"epochs": 1}
    source, target = (Autoencoder(*dense_networks((WIDTH,), (8,), units=(64,))) for _ in range(2))
    bridge = LinkedAutoencoder(source, target, RidgeLinker())
    options: dict[str, Any] = {"source_options": sides, "target_options": sides, "progress": quiet}
    bridge.fit(x, x[:, ::-1], pairing="given", **options).save(folder)


def measure(task: str, kind: str, folder: str, allowed: int) -> None:
    """Do a task on a few samples, then on more and more, and print a row of each."""
    work = train if task == "train" else _translate(folder)
    most = len(np.load(Path(folder, "x.npy"), mmap_mode="r"))
    work(_opened("npy", folder, WARM), folder)
    base, n = _anonymous_mb(), 10_000
    peak = [base]

    def say(cost: str, memory: str) -> None:
        print(f"| {task} | {kind} | {n:,} | {n * WIDTH * 4 / 1e6:,.0f} | {cost} | {memory} |", flush=True)

    def watch() -> None:
        while True:
            peak[0] = max(peak[0], _anonymous_mb())
            if peak[0] - base > allowed:
                say("-", f"stopped above {allowed}")
                os._exit(0)
            time.sleep(0.01)

    threading.Thread(target=watch, daemon=True).start()
    while n <= most:
        start, peak[0] = time.process_time(), base
        work(_opened(kind, folder, n), folder)
        say(f"{time.process_time() - start:.1f}", f"{peak[0] - base:.0f}")
        n *= 10


def _opened(kind: str, folder: str, n: int) -> Any:
    """Return the first n samples."""
    if kind == "hdf5":
        import h5py

        return h5py.File(Path(folder, "x.h5"))[str(n)]
    x = np.load(Path(folder, "x.npy"), mmap_mode="r")[:n]
    return np.array(x) if kind == "memory" else x


def train(x: Any, folder: str) -> None:
    """Train an autoencoder for one epoch."""
    from bridgeae import Autoencoder, Progress
    from bridgeae.networks import dense_networks

    Autoencoder(*dense_networks((WIDTH,), (8,), units=(64,))).fit(
        x, epochs=1, batch_size=BATCH, progress=Progress(quiet=True)
    )


def _translate(folder: str) -> Callable[[Any, str], None]:
    from bridgeae import LinkedAutoencoder

    bridge = LinkedAutoencoder.load(Path(folder, "model"))

    def translate(x: Any, folder: str) -> None:
        """Translate samples into a .npy file; those in memory into an array."""
        if isinstance(x, np.ndarray) and not isinstance(x, np.memmap):
            bridge.translate(x, batch_size=BATCH)
            return
        out = np.lib.format.open_memmap(Path(folder, "made.npy"), "w+", np.float32, x.shape)
        bridge.translate(x, out=out, batch_size=BATCH)

    return translate


def _anonymous_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1000
    raise OSError("this system does not tell RssAnon")


if __name__ == "__main__":
    main()
