"""Segment callers with one interface: each takes profiles in memory and returns a mask of segment starts.

Run as a script, this is the worker process of `segmenters.py`, one for each caller and set, so that time and memory are
those of the caller alone:

python benchmarks/segmenter_peers.py CALLER IN.npz OUT.npz REPEATS
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

HERE = Path(__file__).resolve().parent
CBS = {
    "CBS default": "default",
    "CBS smoothed": "smooth",
    "CBS smoothed, undo.SD 1": "undo1",
    "CBS smoothed, undo.SD 2": "undo2",
    "CBS smoothed, undo.SD 3": "undo3",
}
Profiles = list[tuple[np.ndarray, np.ndarray]]
"""For each profile: value (n,) log2 ratio, and lengths (chromosomes,) in bins."""
Weights = list[np.ndarray] | None
"""For each profile: weight (n,) of its bins, for the callers that use them."""

ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def available() -> list[str]:
    """Return the names of the callers that are installed, ours first."""
    names = [name for name in OURS if importlib.util.find_spec("bridgeae_copynumber")]
    has_dnacopy = (
        shutil.which("Rscript")
        and not subprocess.run(["Rscript", "-e", "library(DNAcopy)"], capture_output=True, check=False).returncode
    )
    names += list(CBS) if has_dnacopy else []
    names += list(PELT) if importlib.util.find_spec("ruptures") else []
    names += ["hmmlearn, 6 states"] if importlib.util.find_spec("hmmlearn") else []
    return names + [name for name in CNVKIT if shutil.which("cnvkit.py") and (has_dnacopy or name != "CNVkit cbs")]


def interpreter(name: str) -> str:
    """Return the Python that runs a caller; CNVkit often has an environment of its own, named in its command."""
    if name not in CNVKIT:
        return sys.executable
    with open(str(shutil.which("cnvkit.py"))) as command:
        return command.readline().removeprefix("#!").strip()


class Run(NamedTuple):
    """Masks of segment starts, CPU seconds without start-up and files, and peak memory if a child process ran."""

    masks: list[np.ndarray]
    seconds: float
    kilobytes: int = 0


def run(name: str, profiles: Profiles, weights: Weights = None) -> Run:
    """Segment profiles with a caller, by its name; the path of an .onnx file is our caller with that network."""
    if name in CBS:
        return _dnacopy(profiles, CBS[name])
    ours = {name: _bridgeae(model=name)} if name.endswith(".onnx") else OURS
    call = {**ours, **PELT, **CNVKIT, "hmmlearn, 6 states": _hmm}[name]()
    of_bins = weights or [None] * len(profiles)
    given: list[Any] = list(profiles)
    if name in ours:
        given = [(_profile(*p, w), p[1]) for p, w in zip(profiles, of_bins, strict=True)]
    if name in CNVKIT:
        given = [((v, w), n) for (v, n), w in zip(profiles, of_bins, strict=True)]
    began = time.process_time()
    masks = [call(bins, lengths) for bins, lengths in given]
    return Run(masks, time.process_time() - began)


Caller = Callable[[Any, np.ndarray], np.ndarray]


def _profile(value: np.ndarray, lengths: np.ndarray, weight: np.ndarray | None = None) -> Any:
    """Return bins as our readers do."""
    from bridgeae_copynumber import Profile

    at = np.arange(len(value))
    return Profile(
        "S", np.repeat([f"chr{k + 1}" for k in range(len(lengths))], lengths), at, at + 1, value, weight=weight
    )


def _bridgeae(**options: Any) -> Callable[[], Caller]:
    """Return a builder of our caller, through the function that the command uses."""

    def build() -> Caller:
        from bridgeae_copynumber import segment

        def call(profile: Any, lengths: np.ndarray) -> np.ndarray:
            return _starts(segment(profile, **options).n_bins, len(profile))

        call(
            _profile(np.zeros(64, np.float32), np.array([64])), np.array([64])
        )  # load the network before the clock runs
        return call

    return build


def _pelt(factor: float) -> Callable[[], Caller]:
    def build() -> Caller:
        import ruptures

        def call(value: np.ndarray, lengths: np.ndarray) -> np.ndarray:
            variance = _sigma(value) ** 2
            parts = []
            for part in np.split(value.astype(np.float64), np.cumsum(lengths)[:-1]):
                starts = np.zeros(len(part), bool)
                starts[0] = True
                if len(part) >= 4:
                    model = ruptures.KernelCPD(kernel="linear", min_size=2).fit(part[:, None])
                    starts[model.predict(pen=factor * variance * np.log(len(value)))[:-1]] = True
                parts.append(starts)
            return np.concatenate(parts)

        return call

    return build


def _hmm() -> Caller:
    import logging

    from hmmlearn.hmm import GaussianHMM

    logging.getLogger("hmmlearn").setLevel(logging.ERROR)

    def call(value: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        x = value.astype(np.float64)[:, None]
        model = GaussianHMM(
            6, n_iter=20, random_state=0, init_params="mc"
        )  # uniform transitions give flickering states
        model.startprob_, model.transmat_ = np.full(6, 1 / 6), np.full((6, 6), 0.001) + 0.994 * np.eye(6)
        starts = np.diff(model.fit(x, lengths).predict(x, lengths), prepend=-1) != 0
        starts[np.cumsum(lengths)[:-1]] = True
        return starts

    return call


def _dnacopy(profiles: Profiles, variant: str) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        bins, out = Path(folder, "bins.tsv"), Path(folder, "out.txt")
        with bins.open("w") as file:
            file.write("sample\tchrom\tposition\tvalue\n")
            for k, (value, lengths) in enumerate(profiles):
                chrom = np.repeat(np.arange(len(lengths)), lengths)
                for position, (c, v) in enumerate(zip(chrom.tolist(), value.tolist(), strict=True)):
                    file.write(f"{k}\t{c + 1}\t{position + 1}\t{v:.6g}\n")
        subprocess.run(["Rscript", HERE / "dnacopy.R", bins, out, variant], check=True, capture_output=True)
        *marks, seconds, peak = out.read_text().split()
    mask = _starts(np.array(marks, int), sum(len(v) for v, _ in profiles))
    return Run(np.split(mask, np.cumsum([len(v) for v, _ in profiles])[:-1]), float(seconds), int(peak))


def _cnvkit(method: str) -> Callable[[], Caller]:
    def build() -> Caller:
        import logging
        import warnings

        from cnvlib.cnary import CopyNumArray
        from cnvlib.segmentation import do_segmentation

        logging.disable(logging.WARNING)
        warnings.simplefilter("ignore")

        def call(given: tuple[np.ndarray, np.ndarray | None], lengths: np.ndarray) -> np.ndarray:
            value, weight = given
            weight = np.ones(len(value)) if weight is None else weight
            position = np.arange(len(value)) * 1000
            chrom = np.repeat([f"chr{k + 1}" for k in range(len(lengths))], lengths)
            columns = {"chromosome": chrom, "start": position, "end": position + 1000, "gene": "-", "log2": value}
            bins = CopyNumArray.from_columns({**columns, "weight": weight})
            starts = np.zeros(len(value), bool)
            starts[np.asarray(do_segmentation(bins, method).start) // 1000] = True
            starts[np.append(0, np.cumsum(lengths)[:-1])] = True
            return starts

        return call

    return build


def _sigma(value: np.ndarray) -> float:
    """Return the noise level, estimated robustly from the median absolute difference of neighbouring bins."""
    return float(np.median(np.abs(np.diff(value))) / (0.6745 * np.sqrt(2)))


def _starts(marks: np.ndarray, n: int) -> np.ndarray:
    if marks.sum() != n:
        raise ValueError(f"segments hold {marks.sum()} bins of {n}")
    starts = np.zeros(n, bool)
    starts[np.append(0, np.cumsum(marks)[:-1])] = True
    return starts


OURS = {"bridgeae": _bridgeae(), "bridgeae, min_jump 0": _bridgeae(min_jump=0.0)}
PELT = {"PELT, 2 sigma^2 log n": _pelt(2), "PELT, 3 sigma^2 log n": _pelt(3)}

CNVKIT = {f"CNVkit {method}": _cnvkit(method) for method in ("cbs", "haar", "hmm")}


def save_profiles(path: Path, profiles: Profiles, weights: Weights = None) -> None:
    """Write profiles for a worker process."""
    np.savez(
        path,
        value=np.concatenate([v for v, _ in profiles]).astype(np.float32),
        lengths=np.concatenate([k for _, k in profiles]),
        chromosomes=[len(k) for _, k in profiles],
        weight=np.concatenate(weights).astype(np.float32) if weights else np.zeros(0, np.float32),
    )


def measure(
    caller: str, profiles: Profiles, repeats: int = 1, *, weights: Weights = None
) -> tuple[list[np.ndarray], float, float]:
    """Run a caller in a process of its own; return masks, CPU seconds (the least of `repeats`), peak megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.npz"), Path(folder, "out.npz")
        save_profiles(source, profiles, weights)
        command = [interpreter(caller), Path(__file__), caller, source, target, str(repeats)]
        done = subprocess.run(command, env={**os.environ, **ONE_CORE}, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{caller} failed:\n{done.stderr[-2000:]}")
        data = np.load(target)
        masks = np.split(data["starts"], np.cumsum([len(v) for v, _ in profiles])[:-1])
        return masks, float(data["seconds"]), float(data["megabytes"])


def load_profiles(path: Path) -> tuple[Profiles, Weights]:
    """Read profiles that `save_profiles` wrote."""
    data = np.load(path)
    lengths = np.split(data["lengths"], np.cumsum(data["chromosomes"])[:-1])
    cuts = np.cumsum([k.sum() for k in lengths])[:-1]
    weights = np.split(data["weight"], cuts) if len(data["weight"]) else None
    return list(zip(np.split(data["value"], cuts), lengths, strict=True)), weights


def _worker(name: str, source: str, target: str, repeats: str) -> None:
    profiles, weights = load_profiles(Path(source))
    runs = [run(name, profiles, weights) for _ in range(int(repeats))]
    peak = max(r.kilobytes for r in runs) or _peak_kilobytes()
    np.savez(target, starts=np.concatenate(runs[0].masks), seconds=min(r.seconds for r in runs), megabytes=peak / 1024)


def _peak_kilobytes() -> int:
    """Return the peak resident set of this process; `ru_maxrss` would count that of the parent process too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


if __name__ == "__main__":
    _worker(*sys.argv[1:])
