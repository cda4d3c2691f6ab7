"""Score joint calls of simulated cells of one individual beside calls of each cell alone, and time both.

python benchmarks/clones.py [--cohorts 20] [--data DIR] [--time] [--out DIR]

A cohort is 40 cells of a random tree of clones in bins of 2 megabases; a private breakpoint is one that no other cell
has within two bins. Breakpoints match one to one within two bins; F1 is of all cells of a cohort. Intervals are 95 %
Student's t of the differences, paired by cohort. Clones are found from the joint segments, and compared with the drawn
ones by the adjusted Rand index; their number is right if it is that of drawn clones of three cells or more. Constants
were chosen on other seeds, and on cohorts of 3 to 200 cells, 4 to 100 reads a bin and 1 to 200 clones. With --data
given cells are called too. The truth of Kim's is itself a consensus of clones, which flatters joint calls. --time also
times 1,000 cells of 5,763 bins, file to file.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from segmenter_scores import Sample, breakpoint_score
from segmenter_tasks import bench_set

from bridgeae_copynumber import Profile, Segments, segment
from bridgeae_copynumber.calls import find_clones
from bridgeae_copynumber.calls.clones import MIN_CELLS
from bridgeae_copynumber.training import SimulatedClones, chromosome_bins, simulate_clones

SEED = 2027
T_95 = {5: 2.776, 10: 2.262, 20: 2.093, 40: 2.023}
SETTINGS: dict[str, dict[str, Any]] = {
    "9 reads a bin": {"depth": 9.0},
    "35 reads a bin": {"depth": 35.0},
    "100 reads a bin": {"depth": 100.0},
    "9 reads, one clone": {"depth": 9.0, "clones": 1},
    "9 reads, eight clones": {"depth": 9.0, "clones": 8},
    "35 reads, every cell its own clone": {"depth": 35.0, "clones": 400},
}
Row = dict[str, Any]


def profiles(log2: np.ndarray, lengths: np.ndarray) -> list[Profile]:
    """Return the cells as profiles, (cells, n) log2 ratios."""
    chrom = np.repeat([f"chr{k + 1}" for k in range(len(lengths))], lengths)
    start = np.concatenate([np.arange(n) for n in lengths]) * 1000
    return [Profile(f"cell{k}", chrom, start, start + 1000, row) for k, row in enumerate(log2)]


def starts(segments: Segments, cells: list[Profile]) -> list[np.ndarray]:
    """Return a mask of segment starts for each cell, (n,) bool."""
    masks = []
    for name, part in segments.by_sample():
        mask = np.zeros(len(cells[0]), bool)
        mask[np.cumsum(part.n_bins) - part.n_bins] = True
        masks.append(mask)
        assert name == cells[len(masks) - 1].sample
    return masks


def private_found(cohort: SimulatedClones, masks: list[np.ndarray]) -> np.ndarray:
    """Return how many private breakpoints there are, and how many have a called one within two bins."""
    found = total = 0
    for true, called in zip(cohort.private, masks, strict=True):
        called = np.flatnonzero(called & ~chromosome_starts(cohort.lengths))
        at = np.flatnonzero(true)
        total += len(at)
        found += sum(bool(np.any(np.abs(called - a) <= 2)) for a in at)
    return np.array([total, found])


def chromosome_starts(lengths: np.ndarray) -> np.ndarray:
    """Return a mask of the first bins of chromosomes, (n,) bool."""
    first = np.zeros(int(lengths.sum()), bool)
    first[np.cumsum(lengths) - lengths] = True
    return first


def rand_index(one: np.ndarray, other: np.ndarray) -> float:
    """Return the adjusted Rand index of two partitions (Hubert & Arabie 1985, J. Classification 2:193)."""
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)
    both, a, b = ((x * (x - 1) / 2).sum() for x in (table, table.sum(1), table.sum(0)))
    chance = a * b / (len(one) * (len(one) - 1) / 2)
    return 1.0 if (a + b) / 2 == chance else float((both - chance) / ((a + b) / 2 - chance))


def compare(setting: dict[str, Any], cohorts: int) -> Row:
    """Return F1 alone and joint, the gain with its interval, the private breakpoints found, and how clones agree."""
    f1, private = np.zeros((cohorts, 2)), np.zeros((2, 2))
    agree, number = np.zeros(cohorts), np.zeros((cohorts, 2), int)
    for k in range(cohorts):
        cohort = simulate_clones(np.random.default_rng([SEED, k]), 40, **setting)
        cells = profiles(cohort.log2, cohort.lengths)
        samples = [
            Sample(p.sample, *row, cohort.lengths)
            for p, *row in zip(cells, cohort.log2, cohort.level, cohort.state, strict=True)
        ]
        for mode in (0, 1):
            segments = segment(cells, joint=bool(mode))
            masks = starts(segments, cells)
            f1[k, mode] = breakpoint_score(samples, masks)["f1"]
            private[mode] += private_found(cohort, masks)
        found = find_clones(segments, cells)
        agree[k] = rand_index(cohort.clone, found.clone)
        number[k] = (np.bincount(cohort.clone) >= MIN_CELLS).sum(), len(found.profiles)
    gain = f1[:, 1] - f1[:, 0]
    half = T_95.get(cohorts, 1.96) * gain.std(ddof=1) / np.sqrt(cohorts)
    alone, joint = private[:, 1] / private[:, 0].clip(1)
    return {
        "cohorts": cohorts, "alone": f1[:, 0].mean(), "joint": f1[:, 1].mean(), "gain": gain.mean(),
        "low": gain.mean() - half, "high": gain.mean() + half, "worse": int((gain < 0).sum()),
        "private": int(private[0, 0]), "private alone": alone, "private joint": joint, "rand": agree.mean(),
        "clones right": int((number[:, 0] == number[:, 1]).sum()), "within one": int((abs(np.diff(number)) <= 1).sum()),
    }  # fmt: skip


def given(data: Path) -> dict[str, list[Sample]]:
    """Return the cells of Kim 2018 (real), of SCICoNE's authors (simulated, one tree), and unrelated ones."""
    rows: dict[str, list[list[str]]] = {}
    with gzip.open(data / "raw" / "scicone_sim" / "counts_truth.tsv.gz", "rt") as file:
        for r in csv.DictReader(file, delimiter="\t"):
            rows.setdefault(r["sample"], []).append([r["chrom"], r["counts"], r["cn"]])
    return {
        "Kim 2018": bench_set(data / "bench" / "kim.tsv.gz"),
        "SCICoNE": [_of_counts(name, np.array(cell)) for name, cell in rows.items()],
        "unrelated": bench_set(data / "bench" / "sc.tsv.gz"),
    }


def _of_counts(name: str, cell: np.ndarray) -> Sample:
    offsets = np.flatnonzero(np.append(cell[1:, 0] != cell[:-1, 0], True)) + 1
    reads, copies = cell[:, 1].astype(float), cell[:, 2].astype(float)
    log2, level = (np.log2(np.maximum(x / x.mean(), 0.05)) for x in (reads, copies))
    return Sample(name, log2, level, copies, np.diff(offsets, prepend=0))


def compare_given(samples: list[Sample]) -> Row:
    """Return F1 of given cells, alone and joint."""
    cells = profiles(np.array([s.value for s in samples]), samples[0].lengths)
    scores = [breakpoint_score(samples, starts(segment(cells, joint=joint), cells))["f1"] for joint in (False, True)]
    return {"cells": len(cells), "alone": scores[0], "joint": scores[1]}


def cpu_seconds(joint: bool, cells: int = 1000) -> float:
    """Return the CPU seconds of the command on a table of cells of 5,763 bins, one job."""
    lengths = chromosome_bins(0.5)
    lengths[-1] -= lengths.sum() - 5763
    cohort = simulate_clones(np.random.default_rng(SEED), cells, lengths=lengths, depth=35.0, clones=6)
    first = profiles(cohort.log2[:1], lengths)[0]
    with tempfile.TemporaryDirectory() as folder:
        table, target = Path(folder, "cells.tsv"), Path(folder, "cells.seg")
        rows = zip(first.chrom, first.start, first.end, cohort.log2.T, strict=True)
        header = "\t".join(["chrom", "start", "end", *(f"cell{k}" for k in range(cells))])
        lines = (f"{c}\t{a}\t{b}\t" + "\t".join(f"{v:.4f}" for v in row.tolist()) for c, a, b, row in rows)
        table.write_text("\n".join([header, *lines]) + "\n")
        command = [sys.executable, "-m", "bridgeae_copynumber.cli", table, "-o", target, "--scale", "log2", "-q"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        one_core = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        subprocess.run([*command, *(["--joint"] if joint else [])], check=True, env={**os.environ, **one_core})
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def table(settings: dict[str, Row]) -> str:
    """Return the rows as a Markdown table."""
    header = ["40 cells", "cohorts", "F1 alone", "F1 joint", "gain [95 %]", "private breakpoints", "found alone"]
    header += ["found joint", "Rand index of clones", "number of clones right"]
    lines = [header, ["---"] * len(header)]
    for name, r in settings.items():
        gain = f"{r['gain']:+.3f} [{r['low']:+.3f}, {r['high']:+.3f}]"
        private = [str(r["private"]), f"{r['private alone']:.3f}", f"{r['private joint']:.3f}"]
        clones = [f"{r['rand']:.3f}", f"{r['clones right']} of {r['cohorts']}"]
        lines.append([name, str(r["cohorts"]), f"{r['alone']:.3f}", f"{r['joint']:.3f}", gain, *private, *clones])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Print the tables, and write clones.json and clones.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", type=int, default=20)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--time", action="store_true")
    options = parser.parse_args()
    out: Row = {"seed": SEED, "settings": {}}
    for name, setting in SETTINGS.items():
        out["settings"][name] = row = compare(setting, options.cohorts)
        print(
            f"{name:36} n {row['cohorts']}  F1 {row['alone']:.3f} -> {row['joint']:.3f}, gain {row['gain']:+.3f} "
            f"[{row['low']:+.3f}, {row['high']:+.3f}], worse in {row['worse']}; of {row['private']} private "
            f"{row['private alone']:.3f} -> {row['private joint']:.3f}; clones: Rand index {row['rand']:.3f}, number "
            f"right in {row['clones right']}, within one in {row['within one']}",
            flush=True,
        )
    if options.data:
        out["given"] = {name: compare_given(samples) for name, samples in given(options.data).items()}
        for name, row in out["given"].items():
            print(f"{name}, {row['cells']} cells: F1 {row['alone']:.3f} -> {row['joint']:.3f}", flush=True)
    if options.time:
        out["cpu seconds"] = {name: cpu_seconds(name == "joint") for name in ("alone", "joint")}
        print("CPU seconds, 1,000 cells of 5,763 bins:", out["cpu seconds"], flush=True)
    if options.out:
        text = json.dumps(json.loads(json.dumps(out), parse_float=lambda v: round(float(v), 4)), indent=1)
        (options.out / "clones.json").write_text(text + "\n")
        (options.out / "clones.md").write_text(table(out["settings"]))


if __name__ == "__main__":
    main()
