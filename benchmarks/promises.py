"""Print what bridgeae promises under faults and hostile files, and what this machine finds.

    python benchmarks/promises.py                       # everything, hours
    python benchmarks/promises.py --only hostile faults # minutes
    python benchmarks/promises.py --kills 3 --cases 200

Hostile files are read each in a process of its own; printed are the CPU seconds and the memory that the refusal added.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
MAX_SECONDS, MAX_MB = 1.0, 300
PARTS = ("kills", "faults", "hostile", "fuzz")


class Refusal(NamedTuple):
    """How a reader met a hostile file."""

    name: str
    refused: bool
    cpu_s: float
    more_mb: int
    said: str


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the parts that are asked for, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--cases", type=int, default=10_000)
    options = parser.parse_args(arguments)
    measures: dict[str, Callable[[], tuple[str, str, str]]] = {
        "kills": partial(_kills, options.kills),
        "faults": _faults,
        "hostile": _hostile,
        "fuzz": partial(_fuzz, options.cases),
    }
    rows = [measures[part]() for part in PARTS if part in options.only]
    print("\n| promise | must | found |\n|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def _kills(kills: int) -> tuple[str, str, str]:
    from kill_and_resume import main as kill

    found = kill(["--kills", str(kills)])
    wanted = f"{kills} of {kills}"
    made = f"{found['resumed']} of {found['kills']}; {found['equal']} of {found['kills']}"
    return "runs killed: resumed; same bytes", f"{wanted}; {wanted}", made


def _faults() -> tuple[str, str, str]:
    passed, failed = _tests("tests/core/saving/test_files.py", "-k", "fault_at_any_step")
    return "a fault at any step of replacing leaves something whole", "all", f"{passed} tests pass, {failed} fail"


def _fuzz(cases: int) -> tuple[str, str, str]:
    os.environ["BRIDGEAE_FUZZ_CASES"] = str(cases)
    passed, failed = _tests("tests/test_fuzz.py")
    return f"foreign exceptions, {cases:,} cases a reader", "0", f"in {failed} of {passed + failed} readers"


def _tests(*what: str) -> tuple[int, int]:
    """Return how many tests passed and failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *what]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    dots = "".join(line.split("[")[0] for line in said.splitlines() if re.fullmatch(r"[.FEsx]+ *\[.*", line))
    return dots.count("."), dots.count("F") + dots.count("E")


def _hostile() -> tuple[str, str, str]:
    found = []
    for name, make, reader in _fixtures():
        found.append(_refusal(name, make, reader))
        print(f"{name:32} {found[-1].cpu_s:5.2f} s {found[-1].more_mb:+5} MB  {found[-1].said[:100]}", flush=True)
    good = sum(r.refused and r.cpu_s < MAX_SECONDS and r.more_mb < MAX_MB for r in found)
    worst = f"at most {max(r.cpu_s for r in found):.2f} CPU s, {max(r.more_mb for r in found):+} MB"
    return "hostile files refused in 1 CPU s and 300 MB", f"{len(found)} of {len(found)}", f"{good}; {worst}"


def _fixtures() -> Iterator[tuple[str, Callable[[Path], Any], Callable[[Any], Any]]]:
    """Yield name, maker and reader of every hostile file; what readers need is imported before the first is read."""
    sys.path.insert(0, str(ROOT / "tests"))
    import anndata  # noqa: F401
    import h5py  # noqa: F401
    import scipy.sparse  # noqa: F401

    from bridgeae.runs import read_config
    from bridgeae_copynumber import read
    from bridgeae_images import ImageAdapter
    from bridgeae_tables import TableAdapter
    from hostile import bins, hdf5_files, models, pictures, run_files

    images, tables = ImageAdapter(size=16).read, TableAdapter().read
    images("drawn:hands?n=1")
    yield from ((f"picture {name}", make, images) for name, make in pictures.PICTURES.items())
    yield from ((f"path {name}", lambda _, text=text: text, images) for name, text in pictures.PATHS.items())
    for name in hdf5_files.PUTS:
        yield f"SIGNS {name}", partial(hdf5_files.signs, name), images
        yield f"cells {name}", partial(hdf5_files.cells, name), read
        yield f"table {name}", partial(hdf5_files.cells, name), tables
    yield "cells sparse_bomb", hdf5_files.sparse_bomb, read
    yield from ((f"bins {name}", make, read) for name, make in bins.BINS.items())
    for name, text in run_files.RUN_FILES.items():
        yield f"run {name}", partial(_written, text), read_config
    sound = models.sound(Path(tempfile.mkdtemp()))
    for name in models.MODELS:
        yield f"model {name}", partial(models.broken, name, sound), models.load


def _written(text: str, folder: Path) -> Path:
    (folder / "run.yaml").write_text(text)
    return folder / "run.yaml"


def _refusal(name: str, make: Callable[[Path], Any], reader: Callable[[Any], Any]) -> Refusal:
    """Read a hostile file in a forked process."""
    from bridgeae.errors import BridgeError

    with tempfile.TemporaryDirectory() as folder:
        path, said = make(Path(folder)), Path(folder, "said")
        if (child := os.fork()) == 0:
            resource.setrlimit(resource.RLIMIT_AS, (16 << 30,) * 2)
            resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
            before, began = _peak_mb(), time.process_time()
            try:
                text = f"0 READ: {reader(path)!r}"
            except BridgeError as error:
                text = f"1 {error}"
            except BaseException as error:
                text = f"0 {type(error).__name__}: {error}"
            spent, more = time.process_time() - began, _peak_mb() - before
            said.write_text(f"{spent} {more} {text}", errors="replace")
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code:
            return Refusal(name, False, 60.0, 0, f"ended with {code}")
        spent, more, refused, text = said.read_text().split(" ", 3)
        return Refusal(name, refused == "1", float(spent), int(more), " ".join(text.split()))


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    main()
