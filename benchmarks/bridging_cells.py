"""Print how well cells are matched across chromatin and RNA (SNARE-seq), with few pairs and with none.

    python benchmarks/bridging_cells.py --data DIR [--out FILE]

DIR holds `atac.npy`, `rna.npy` and `types.txt` of one cell a row. FOSCTTM is the fraction of samples closer than the
true match (ties count half), label transfer the accuracy of 5 nearest real cells; both on rows of unit length. An
interval is the range of three draws of the known pairs, or of three seeds where no pair is known.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier

from bridgeae import AnchorLinker, Domain, GivenPairing, UnpairedPairing
from bridgeae.progress import Progress

SEEDS = (0, 1, 2)
QUIET = Progress(quiet=True)
ALPHAS = np.logspace(-5, 3, 17)


def unit(x: np.ndarray) -> np.ndarray:
    """Return rows of length one."""
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12))


def foscttm(distance: np.ndarray) -> float:
    """Return the FOSCTTM of distances (n, n) with the true matches on the diagonal."""
    true = np.diag(distance)
    shares = [
        (d < true[:, None]).mean(1) + ((d == true[:, None]).sum(1) - 1) / 2 / len(d) for d in (distance, distance.T)
    ]
    return float(np.mean(shares) * len(distance) / (len(distance) - 1))


def transfer(made: np.ndarray, real: np.ndarray, types: np.ndarray, of: np.ndarray) -> float:
    """Return the label transfer accuracy of translations whose true types are `of`."""
    return float(KNeighborsClassifier(5).fit(real, types).score(made, of))


def few_pairs(atac: np.ndarray, rna: np.ndarray, types: np.ndarray, pairs: int, seed: int) -> dict[str, float]:
    """Return the figures of one draw of known pairs."""
    order = np.random.default_rng(seed).permutation(len(atac))
    known, rest = order[:pairs], order[pairs:]
    sides, given = (Domain(atac), Domain(rna)), GivenPairing(known, known)
    linker = AnchorLinker().fit(*sides, given.fit(*sides), progress=QUIET)
    back = AnchorLinker().fit(*reversed(sides), given.fit(*reversed(sides)), progress=QUIET)
    plan = -np.log(linker.match(atac, rna) + 1e-300)
    made, x, y = unit(linker.predict(atac)), unit(atac), unit(rna)
    kernel = GridSearchCV(KernelRidge(kernel="rbf"), {"alpha": [1e-3, 1e-2, 0.1], "gamma": [0.3, 1.0, 3.0]})
    peers = {
        "ridge": RidgeCV(ALPHAS).fit(x[known], y[known]).predict(x[rest]),
        "kernel ridge": kernel.fit(x[known], y[known]).predict(x[rest]),
    }
    figures = {
        "plan, all cells": foscttm(plan),
        "plan, held-out cells": foscttm(plan[np.ix_(rest, rest)]),
        "answers, all cells": foscttm(cdist(made, y)),
        "answers, held-out cells": foscttm(cdist(made[rest], y[rest])),
        "label transfer": transfer(made[rest], y, types, types[rest]),
        "label transfer back": transfer(unit(back.predict(rna))[rest], x, types, types[rest]),
    }
    return figures | {f"{name}, held-out cells": foscttm(cdist(peer, y[rest])) for name, peer in peers.items()}


def no_pairs(atac: np.ndarray, rna: np.ndarray, types: np.ndarray, seed: int) -> dict[str, float]:
    """Return the figures without any known pair; the order of the RNA is shuffled."""
    order = np.random.default_rng(seed + 100).permutation(len(rna))
    pairing = UnpairedPairing(seed=seed).fit(Domain(atac), Domain(rna[order]))
    plan = np.empty_like(pairing.plan_)
    plan[:, order] = pairing.plan_
    x, y = unit(atac), unit(rna)
    made, back = unit(plan @ y), unit(plan.T @ x)
    return {
        "answers, all cells": foscttm(cdist(made, y)),
        "answers back, all cells": foscttm(cdist(back, x)),
        "label transfer": transfer(made, y, types, types),
        "label transfer back": transfer(back, x, types, types),
        "agreement of parts": pairing.agreement_,
    }


def main() -> None:
    """Run all tasks and print their means with the range of the seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    options = parser.parse_args()
    sides = np.load(options.data / "atac.npy"), np.load(options.data / "rna.npy")
    types = np.loadtxt(options.data / "types.txt").astype(int)
    runs = {f"{pairs} pairs": [few_pairs(*sides, types, pairs, s) for s in SEEDS] for pairs in (314, 628, 924)}
    runs["no pairs"] = [no_pairs(*sides, types, s) for s in SEEDS]
    results = {}
    for task, figures in runs.items():
        print(f"{task}, {len(types)} cells")
        columns = {name: [run[name] for run in figures] for name in figures[0]}
        results[task] = {n: {"mean": float(np.mean(v)), "range": [min(v), max(v)]} for n, v in columns.items()}
        for name, value in results[task].items():
            print(f"  {name:28} {value['mean']:.3f}  [{value['range'][0]:.3f}, {value['range'][1]:.3f}]")
    if options.out:
        options.out.write_text(json.dumps({"n": len(types), "seeds": SEEDS, "tasks": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
