"""Profiles for the segment callers: files with truth, fresh simulations, steps of known size in pure noise."""

from __future__ import annotations

import argparse
import csv
import gzip
from pathlib import Path

import numpy as np
from segmenter_scores import Sample

NOISE = ("white", "t(4)", "AR(.3)", "AR(.6)")
SIGMAS = (0.07, 0.15, 0.3)
STEP_BINS, STEP_JUMPS = (2, 5, 10, 20, 60), (1, 1.5, 2, 3, 5, 8)  # lengths in bins, jumps in sigmas
BENCH_SETS = ("array", "sc", "acnr", "coriell", "kim", "stress")


def check_folders(parser: argparse.ArgumentParser, data: Path | None, out: Path) -> None:
    """End with a usage error, before any work, if `data` holds no evaluation sets or `out` is a file."""
    if data and not (data / "bench").is_dir():
        parser.error(f"--data {data} holds no folder bench/ with the evaluation sets")
    if out.exists() and not out.is_dir():
        parser.error(f"--out {out} is a file: name a folder")


def bench_set(path: Path) -> list[Sample]:
    """Read one evaluation set: a TSV with sample, chrom, bin, value, mu and cn, one row for each bin."""
    with gzip.open(path, "rt") as file:
        table = np.array(
            [(r["sample"], r["chrom"], r["value"], r["mu"], r["cn"]) for r in csv.DictReader(file, delimiter="\t")]
        )
    cut = np.flatnonzero(table[1:, 0] != table[:-1, 0]) + 1
    return [_sample(rows) for rows in np.split(table, cut)]


def _sample(rows: np.ndarray) -> Sample:
    chrom = np.flatnonzero(rows[1:, 1] != rows[:-1, 1]) + 1
    lengths = np.diff(np.concatenate([[0], chrom, [len(rows)]]))
    return Sample(str(rows[0, 0]), *(rows[:, k].astype(float) for k in (2, 3, 4)), lengths)


def labelled(raw: Path, bench: list[Sample]) -> list[tuple[Sample, np.ndarray, np.ndarray]]:
    """Return the profiles of `bench` that experts labelled: (sample, probe positions, regions)."""
    by_name, found = {s.name: s for s in bench}, []
    for folder in ("neuroblastoma", "segannot"):
        positions: dict[str, list[int]] = {}
        with gzip.open(raw / folder / "profiles.tsv.gz", "rt") as file:
            for r in csv.DictReader(file, delimiter="\t"):
                positions.setdefault(f"{r['sample']}_{r['chrom']}", []).append(int(float(r["pos"])))
        regions: dict[str, list[list[float]]] = {}
        with (raw / folder / "labels.tsv").open() as file:
            for r in csv.DictReader(file, delimiter="\t"):
                row = [float(r[k]) for k in ("start", "end", "n_breakpoints_min", "n_breakpoints_max")]
                regions.setdefault(f"{r['sample']}_{r['chrom']}", []).append(row)
        found += [(by_name[k], np.array(positions[k]), np.array(v)) for k, v in regions.items()]
    return found


def fresh(kind: str, seed: int) -> list[Sample]:
    """Simulate 40 arrays of 2,000 bins (kind "array"), or 12 cells of about 6,000 ("sc")."""
    from bridgeae_copynumber.training import simulate_array, simulate_cell

    rng = np.random.default_rng([seed, 20_03])
    draws = [simulate_array(rng) for _ in range(40)] if kind == "array" else [simulate_cell(rng) for _ in range(12)]
    return [Sample(f"{kind}{k}", d.log2, d.level, d.state, d.lengths) for k, d in enumerate(draws)]


def steps(bins: int, jump: float, sigma: float, profiles: int, seed: int = 0) -> list[Sample]:
    """Simulate profiles of 1,000 bins of white noise with one segment of `bins` bins, `jump` sigmas up or down."""
    rng = np.random.default_rng([seed, bins, int(100 * jump), int(1000 * sigma)])
    out = []
    for k in range(profiles):
        state = np.zeros(1000)
        first = int(rng.integers(100, 900 - bins))
        state[first : first + bins] = 1
        level = state * jump * sigma * rng.choice([-1, 1])
        value = level + rng.normal(0, sigma, 1000)
        out.append(Sample(f"step{k}", value, level, state, np.array([1000])))
    return out


def noise(kind: str, sigma: float, profiles: int, seed: int = 0) -> list[Sample]:
    """Simulate profiles of 10,000 bins without a breakpoint; `kind` is one of `NOISE`, `sigma` the deviation."""
    rng = np.random.default_rng([seed, NOISE.index(kind), int(1000 * sigma)])
    n, out = 10_000, []
    for k in range(profiles):
        if kind == "t(4)":
            value = rng.standard_t(4, n) / np.sqrt(2)
        else:
            value = rng.standard_normal(n)
            rho = {"white": 0.0, "AR(.3)": 0.3, "AR(.6)": 0.6}[kind]
            for i in range(1, n):
                value[i] = rho * value[i - 1] + np.sqrt(1 - rho * rho) * value[i]
        out.append(Sample(f"noise{k}", sigma * value, np.zeros(n), np.zeros(n), np.array([n])))
    return out
