"""Count how often calls of segments are right, and how often purity and ploidy are found, on simulated profiles.

python benchmarks/calls.py [--samples 100] [--out DIR]

Arrays and cells are drawn as the segment caller's simulator draws them, tumours with a base of two to four copies.
Seeds are apart from those on which the constants of `bridgeae_copynumber.calls` were chosen (100,000 and 1 on). A
segment's true state is that of the level that most of its bins have, against the most common level of the sample.
Intervals are Wilson's, 95 %, of segments as if they were independent.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.evaluation import wilson_interval
from bridgeae_copynumber import Profile, Segments, segment
from bridgeae_copynumber.calls import Calls, call_segments
from bridgeae_copynumber.training import chromosome_bins, simulate_array, simulate_cell
from bridgeae_copynumber.training.simulate import Simulated, copy_states

FIRST_SEED = 700_000
EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.001)
SAME_LEVEL = 1e-3
NEAR_PURITY, NEAR_PLOIDY = 0.06, 0.25
NAMES = [*(f"chr{k}" for k in range(1, 23)), "chrX"]
Row = dict[str, Any]


def profile(sample: Simulated) -> Profile:
    """Return the bins of a simulated sample."""
    start = np.concatenate([np.arange(n) for n in sample.lengths]) * 1000
    return Profile("S", np.repeat(NAMES, sample.lengths), start, start + 1000, sample.log2)


def simulate(kind: str, rng: np.random.Generator) -> Simulated:
    """Return one array of any bin size, or one cell in bins of 500 kb."""
    if kind == "cells":
        return simulate_cell(rng)
    return simulate_array(rng, chromosome_bins(rng.choice([0.1, 0.3, 1.0, 3.0])), subclonal=rng.choice([0, 1]))


def truth(sample: Simulated, segments: Segments) -> np.ndarray:
    """Return -1, 0 or 1 for each segment: lost, neutral, gained."""
    levels, counts = np.unique(sample.level, return_counts=True)
    starts = np.cumsum(segments.n_bins) - segments.n_bins
    level = np.array([np.median(part) for part in np.split(sample.level, starts[1:])]) - levels[counts.argmax()]
    return np.sign(level) * (np.abs(level) > SAME_LEVEL)


def side(called: Calls) -> np.ndarray:
    """Return -1, 0 or 1 for each call."""
    sides = {"neutral": 0, "gain": 1, "amplification": 1, "loss": -1, "deep loss": -1}
    return np.array([sides[c] for c in called.segments.call.tolist()])


def reliability(kind: str, samples: int) -> tuple[list[Row], Row]:
    """Return a row for each range of probabilities, and how often intervals hold the true level."""
    said, right, inside = [], [], []
    for k in range(samples):
        drawn = simulate(kind, np.random.default_rng(FIRST_SEED + k))
        bins = profile(drawn)
        called = call_segments(segment(bins), bins)
        true = truth(drawn, called.segments)
        said.append(called.segments.probability)
        right.append(side(called) == true)
        starts = np.cumsum(called.segments.n_bins) - called.segments.n_bins
        level = np.add.reduceat(drawn.level, starts) / called.segments.n_bins - called.samples[0].center
        inside.append((called.segments.ci_lo <= level) & (level <= called.segments.ci_hi))
    probability, correct = np.concatenate(said), np.concatenate(right)
    rows = []
    for low, high in [*pairwise(EDGES), (0.0, EDGES[-1])]:
        here = (probability >= low) & (probability < high)
        if here.any():
            n, hits = int(here.sum()), int(correct[here].sum())
            rows.append({"samples": kind, "probability": f"{low:g} to {min(high, 1):g}",
                         "mean": float(probability[here].mean()), "right": hits / n,
                         "95 % interval": wilson_interval(hits, n), "segments": n})  # fmt: skip
    held = np.concatenate(inside)
    return rows, {"samples": kind, "intervals that hold the true level": float(held.mean()), "segments": len(held)}


def tumour(rng: np.random.Generator, subclonal: bool) -> tuple[Profile, float, float]:
    """Return the bins of a tumour of 500 kb bins, its purity and its ploidy."""
    lengths = chromosome_bins(0.5)
    purity, base = rng.uniform(0.25, 1), int(rng.choice([2, 2, 3, 4]))
    state = copy_states(rng, lengths, base=base, events=rng.uniform(2, 10), focal=1, shortest=3)
    copies = state.astype(float)
    for _ in range(3 if subclonal else 0):
        at = rng.integers(0, len(state) - 200)
        copies[at : at + 200] += rng.choice([-0.4, 0.4])
    sigma = np.exp(rng.uniform(np.log(0.05), np.log(0.3)))
    ratio = purity * np.maximum(copies, 0) + 2 * (1 - purity)
    log2 = np.log2(np.maximum(ratio / ratio.mean(), 0.02)) + rng.normal(0, sigma, len(ratio))
    drawn = Simulated(log2.astype(np.float32), log2.astype(np.float32), state, lengths)
    return profile(drawn), purity, float(copies.mean())


def purity_and_ploidy(samples: int, subclonal: bool) -> Row:
    """Return how often the truth is the first solution, and one of the three."""
    first = among = 0
    for k in range(samples):
        bins, purity, ploidy = tumour(np.random.default_rng(FIRST_SEED + k), subclonal)
        (fact,) = call_segments(segment(bins), bins, purity_ploidy="fit").samples
        hits = [abs(s.purity - purity) <= NEAR_PURITY and abs(s.ploidy - ploidy) <= NEAR_PLOIDY for s in fact.solutions]
        first += bool(hits and hits[0])
        among += any(hits)
    return {"tumours": "with subclones" if subclonal else "clonal", "truth comes first": first / samples,
            "interval of it": wilson_interval(first, samples), "truth among three": among / samples,
            "95 % interval": wilson_interval(among, samples), "n": samples}  # fmt: skip


def markdown(rows: list[Row]) -> str:
    """Return rows as a table."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|---" * len(rows[0]) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(map(_text, row.values())) + " |" for row in rows)]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=100, help="simulated samples of each kind")
    parser.add_argument("--out", type=Path, help="folder for calls.md")
    options = parser.parse_args()
    found = [reliability(kind, options.samples) for kind in ("arrays", "cells")]
    fits = [purity_and_ploidy(options.samples, subclonal) for subclonal in (False, True)]
    tables = [[row for rows, _ in found for row in rows], [held for _, held in found], fits]
    text = "\n".join(map(markdown, tables))
    print(text)
    if options.out:
        (options.out / "calls.md").write_text(text)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " to ".join(f"{v:.3f}" for v in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
