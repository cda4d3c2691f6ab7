"""Compare segment callers on real arrays that experts labelled, and on tumours beside array CGH of the same tumours.

python benchmarks/labels.py --data DIR [--callers NAME ...]

DIR holds `expert_labels/` and `tumours_acgh/`. A label is wrong if a region holds more or fewer breakpoints than the
experts saw. `halves` are the shares of wrong labels of every other sample, by name, and of the others: what is chosen
on one half can be checked on the other. r and the share of altered bins that are found compare segment levels,
centred on their median, with those of the array; a bin is altered beyond .25 log2. Array CGH is no exact truth.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from segmenter_peers import CBS, OURS, available, measure
from segmenter_scores import label_errors, segment_means

from bridgeae_copynumber import read

GATE = 0.25
CALLERS = (*OURS, *CBS, "CNVkit cbs", "CNVkit haar")


class Array(NamedTuple):
    """One labelled array: value and position (n,), lengths (chromosomes,), and regions (r, 4) of each chromosome."""

    name: str
    value: np.ndarray
    position: np.ndarray
    lengths: np.ndarray
    regions: list[np.ndarray]


def rows(path: Path) -> list[dict[str, str]]:
    """Read a TSV file, gzipped or not."""
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    return list(csv.DictReader(io.StringIO(text.decode()), delimiter="\t"))


def labelled_arrays(folder: Path, kind: str) -> list[Array]:
    """Read the arrays of a kind, "sparse" or "dense", sorted by name."""
    regions: dict[tuple[str, str], list[list[float]]] = {}
    for r in rows(folder / f"{kind}_regions.tsv"):
        row = [float(r[k]) for k in ("start", "end", "least", "most")]
        regions.setdefault((r["sample"], r["chrom"]), []).append(row)
    probes: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for r in rows(folder / f"{kind}.tsv.gz"):
        chromosome = probes.setdefault(r["sample"], {}).setdefault(r["chrom"], [])
        chromosome.append((float(r["position"]), float(r["log2"])))
    out = []
    for name, chromosomes in sorted(probes.items()):
        table = np.concatenate([np.array(c) for c in chromosomes.values()])
        lengths = np.array([len(c) for c in chromosomes.values()])
        own = [np.array(regions.get((name, c), [])).reshape(-1, 4) for c in chromosomes]
        out.append(Array(name, table[:, 1], table[:, 0], lengths, own))
    return out


def wrong_labels(array: Array, starts: np.ndarray) -> tuple[int, int]:
    """Return how many labels of an array are wrong, and how many there are."""
    cuts = np.cumsum(array.lengths)[:-1]
    parts = zip(np.split(array.position, cuts), np.split(starts, cuts), array.regions, strict=True)
    return sum(label_errors(p, s, r) for p, s, r in parts if len(r)), sum(map(len, array.regions))


def against_array(value: np.ndarray, starts: np.ndarray, array: np.ndarray) -> tuple[float, float]:
    """Return r and the share of the array's altered bins with the same state; `array` (n,) is NaN where it has none."""
    known = np.isfinite(array)
    ours, theirs = segment_means(value, starts)[known], array[known]
    ours, theirs = ours - np.median(ours), theirs - np.median(theirs)
    state, truth = (np.sign(x) * (np.abs(x) > GATE) for x in (ours, theirs))
    return float(np.corrcoef(ours, theirs)[0, 1]), float((state == truth)[truth != 0].mean())


def tumours(folder: Path) -> list[tuple[Any, np.ndarray]]:
    """Read the tumours, and the level of the array at the middle of each autosomal bin, NaN elsewhere."""
    segments: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for r in rows(folder / "acgh.tsv.gz"):
        segments.setdefault((r["sample"], r["chrom"]), []).append(
            (float(r["start"]), float(r["end"]), float(r["log2"]))
        )
    out = []
    for path in sorted(folder.glob("*.cnr.gz")):
        profile = read(path)[0]
        level = np.full(len(profile), np.nan)
        middle = (profile.start + profile.end) // 2
        for name in {f"chr{k}" for k in range(1, 23)} & set(profile.names.tolist()):
            here = np.flatnonzero(profile.chrom == name)
            spans = np.array(sorted(segments[profile.sample, name]))
            k = np.searchsorted(spans[:, 0], middle[here], side="right") - 1
            inside = (k >= 0) & (middle[here] < spans[k, 1])
            level[here[inside]] = spans[k[inside], 2]
        present = ~profile.missing
        out.append((profile, np.where(present, level, np.nan)[present]))
    return out


def line(caller: str, data: Path) -> str:
    """Return the row of a caller."""
    cells = []
    for kind in ("sparse", "dense"):
        arrays = labelled_arrays(data / "expert_labels", kind)
        masks = measure(caller, [(a.value, a.lengths) for a in arrays])[0]
        counts = np.array([wrong_labels(a, m) for a, m in zip(arrays, masks, strict=True)])
        halves = " / ".join(f"{wrong / total:.3f}" for wrong, total in (counts[k::2].sum(0) for k in (0, 1)))
        wrong, total = counts.sum(0)
        cells += [f"{wrong / total:.3f} ({wrong} of {total})", halves]
    found = tumours(data / "tumours_acgh")
    profiles = [(p.log2[~p.missing].astype(float), p.bins_present) for p, _ in found]
    weights = [p.weight[~p.missing] for p, _ in found]
    masks = measure(caller, profiles, weights=weights)[0]
    scores = np.array([against_array(v, m, a) for (v, _), m, (_, a) in zip(profiles, masks, found, strict=True)])
    cells += [f"{x:.3f}" for x in scores.mean(0)]
    return f"| {caller} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with expert_labels/ and tumours_acgh/")
    parser.add_argument("--callers", nargs="*", help="by default all that are installed")
    options = parser.parse_args()
    print("| caller | sparse labels wrong | halves | dense labels wrong | halves | tumours, r | altered found |")
    print("|---" * 7 + "|")
    for caller in options.callers or [c for c in available() if c in CALLERS]:
        print(line(caller, options.data), flush=True)


if __name__ == "__main__":
    main()
