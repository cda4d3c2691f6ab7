"""Segment many cells, file to file: CPU seconds, memory and cells a second, beside DNAcopy's CBS in the same run.

python benchmarks/cells.py [--cells 100 1000 10000] [--forms table h5ad folder] [--jobs 2] [--cbs 20] [--killed 600]

Cells of 5,763 bins of a tree of clones are a table with a column a cell, whose segments go to SEG; an .h5ad file that
is written again with its segments; or a folder with a file a cell. From 1,000 cells on values repeat. Memory is that of
the largest process, CPU seconds are those of all processes, reading and writing included. CBS gets its bins from
memory, and its start is not counted. With dask.distributed installed, three workers segment --killed cells through
`--dask`; one of them is killed half-way, and the file must be the same.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from segmenter_peers import ONE_CORE, available, measure

from bridgeae_copynumber.training import chromosome_bins, simulate_clones

SEED, BINS, DIFFERENT = 2027, 5763, 1000
MEASURED = """
import re, resource, sys
from bridgeae_copynumber.cli import main
code = main(sys.argv[1:])
use = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
own = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])  # ru_maxrss is that of the parent too
print(sum(u.ru_utime + u.ru_stime for u in use), max(own, use[1].ru_maxrss) / 1024)
sys.exit(code)
"""
Row = dict[str, Any]


def simulated(cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Return log2 ratios, (cells, bins) float32, and the bins of each chromosome."""
    lengths = chromosome_bins(0.5)
    lengths[-1] -= lengths.sum() - BINS
    return simulate_clones(np.random.default_rng(SEED), cells, lengths=lengths, depth=35.0, clones=6).log2, lengths


def write_table(path: Path, log2: np.ndarray, lengths: np.ndarray, cells: int) -> None:
    """Write a table with a column a cell."""
    chrom, start = positions(lengths)
    with open(path, "w") as file:
        file.write("\t".join(["chrom", "start", "end", *(f"cell{k}" for k in range(cells))]) + "\n")
        for name, first, row in zip(chrom, start.tolist(), log2.T.tolist(), strict=True):
            fields = [f"{v:.4f}" for v in row]
            values = "\t".join((fields * -(-cells // len(fields)))[:cells])
            file.write(f"{name}\t{first}\t{first + 1000}\t{values}\n")


def write_h5ad(path: Path, log2: np.ndarray, lengths: np.ndarray, cells: int) -> None:
    """Write an AnnData file, a portion of cells at a time."""
    import anndata
    import h5py
    import pandas

    chrom, start = positions(lengths)
    var = pandas.DataFrame({"chrom": chrom, "start": start, "end": start + 1000})
    names = pandas.DataFrame(index=[f"cell{k}" for k in range(cells)])
    anndata.AnnData(None, obs=names, var=var.set_index(var.index.astype(str))).write_h5ad(path)
    with h5py.File(path, "r+") as file:
        matrix = file.create_dataset("X", (cells, len(chrom)), np.float32)
        matrix.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
        for first in range(0, cells, len(log2)):
            matrix[first : first + len(log2)] = log2[: cells - first]


def write_folder(path: Path, log2: np.ndarray, lengths: np.ndarray, cells: int) -> None:
    """Write a folder with a file a cell."""
    chrom, start = positions(lengths)
    places = [f"{c}\t{a}\t{a + 1000}\t" for c, a in zip(chrom, start.tolist(), strict=True)]
    path.mkdir()
    for k in range(cells):
        values = log2[k % len(log2)].tolist()
        lines = (f"{place}{v:.4f}\n" for place, v in zip(places, values, strict=True))
        (path / f"cell{k}.tsv").write_text("chrom\tstart\tend\tlog2\n" + "".join(lines))


def positions(lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return chromosome and start of each bin."""
    chrom = np.repeat([f"chr{k + 1}" for k in range(len(lengths))], lengths)
    return chrom, np.concatenate([np.arange(n) for n in lengths]) * 1000


FORMS = {
    "table": ("tsv", "seg", write_table),
    "h5ad": ("h5ad", "h5ad", write_h5ad),
    "folder": ("cells", "seg", write_folder),
}
"""Form of the input: ending of the input and of the output, and what writes the input."""


def run(table: Path, target: Path, *options: str) -> Row:
    """Return the CPU seconds, the wall time and the memory of the command."""
    command = [sys.executable, "-c", MEASURED, str(table), "-o", str(target), "--scale", "log2", "-q", *options]
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **ONE_CORE})
    seconds, megabytes = map(float, done.stdout.split())
    return {"CPU s": seconds, "wall s": time.perf_counter() - began, "MB": megabytes}


def killed(table: Path, folder: Path, workers: int = 3) -> Row:
    """Segment cells on Dask workers, kill one of them half-way, and compare the file with that of one process."""
    from distributed import Client, LocalCluster

    whole, target = folder / "whole.seg", folder / "dask.seg"
    alone = run(table, whole)
    settings: Row = {"threads_per_worker": 1, "dashboard_address": None, "memory_limit": 0, "silence_logs": 50}
    with LocalCluster(n_workers=workers, processes=True, **settings) as cluster, Client(cluster) as client:
        pid = next(iter(client.run(os.getpid).values()))
        command = [sys.executable, "-c", MEASURED, str(table), "-o", str(target), "--scale", "log2", "-q"]
        began = time.perf_counter()
        running = subprocess.Popen([*command, "--dask", cluster.scheduler_address], stdout=subprocess.DEVNULL)
        time.sleep(alone["wall s"] / 2)
        assert running.poll() is None, "the cluster was done before a worker was killed: give more cells"
        os.kill(pid, signal.SIGKILL)
        code = running.wait()
    same = code == 0 and target.read_bytes() == whole.read_bytes()
    return {"workers": workers, "killed": 1, "same bytes": same, "wall s": time.perf_counter() - began}


def table(rows: dict[str, Row]) -> str:
    """Return rows as a Markdown table."""
    header = ["cells", "CPU s", "CPU ms a cell", "cells a CPU second", "largest process, MB"]
    lines = [header, ["---"] * len(header)]
    for name, row in rows.items():
        each = row["CPU s"] / row["cells"]
        lines.append([name, f"{row['CPU s']:.1f}", f"{1000 * each:.1f}", f"{1 / each:.1f}", f"{row['MB']:.0f}"])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Print the table, and write cells.json and cells.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=["table"])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cbs", type=int, default=20, metavar="CELLS")
    parser.add_argument("--killed", type=int, default=600, metavar="CELLS")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    log2, lengths = simulated(min(max(*options.cells, options.killed), DIFFERENT))
    out: Row = {"seed": SEED, "bins": BINS, "jobs": options.jobs, "rows": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for form, cells in ((form, cells) for form in options.forms for cells in options.cells):
            ending, made, put = FORMS[form]
            source = folder / f"{cells}.{ending}"
            put(source, log2, lengths, cells)
            found = run(source, folder / f"{form}-{cells}.{made}", "--jobs", str(options.jobs))
            out["rows"][f"{cells:,}" if form == "table" else f"{cells:,}, {form}"] = {"cells": cells, **found}
        if "CBS default" in available():
            _, seconds, megabytes = measure("CBS default", [(v, lengths) for v in log2[: options.cbs]], 1)
            row = {"cells": options.cbs, "CPU s": seconds, "MB": megabytes}
            out["rows"][f"DNAcopy's CBS, {options.cbs}"] = row
        if importlib.util.find_spec("distributed"):
            write_table(folder / "cells.tsv", log2, lengths, options.killed)
            out["dask"] = killed(folder / "cells.tsv", folder)
    print(table(out["rows"]), out.get("dask", ""), sep="\n")
    if options.out:
        text = json.dumps(json.loads(json.dumps(out), parse_float=lambda v: round(float(v), 3)), indent=1)
        (options.out / "cells.json").write_text(text + "\n")
        (options.out / "cells.md").write_text(table(out["rows"]))


if __name__ == "__main__":
    main()
