"""Pairs that share a class alone: wine, in raw units, becomes scikit-learn's digits 0 to 2.

python benchmarks/bridging_classes.py --out docs/figures/bridging_classes.json

A third of the wines is held out. The judge is the independent one of `evaluate`, trained on digits that no side has
seen; logistic regression on the same wines, in raw units, stands beside.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any


def compare(seed: int) -> dict[str, Any]:
    """Return the figures of one split."""
    from sklearn.datasets import load_digits, load_wine
    from sklearn.linear_model import LogisticRegression

    from bridgeae import Domain, LinkedAutoencoder, Progress

    wine, digits = load_wine(), load_digits(n_class=3)
    test, train = Domain(wine.data, wine.target).split(1 / 3, seed=seed)
    real_test, real = Domain(digits.images, digits.target).split(1 / 2, seed=seed)
    start = time.process_time()
    bridge = LinkedAutoencoder().fit(train, real, seed=seed, progress=Progress(quiet=True))
    seconds = time.process_time() - start
    peer = LogisticRegression(max_iter=10_000).fit(train.x, train.known_labels())
    figures = {"fixed": bridge.evaluate(test, real_test), "one draw": bridge.evaluate(test, real_test, drawn=True)}
    keys = ("n", "right", "accuracy", "interval", "diversity", "judged_by")
    kept = {name: {key: f[key] for key in keys} for name, f in figures.items()}
    return kept | {"logistic regression": float(peer.score(test.x, test.known_labels())), "cpu_s": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    options = parser.parse_args()
    rows = [
        "| seed | fixed answer right | one draw right | diversity of draws | judge | logistic regression | CPU s |",
        "|---|---|---|---|---|---|---|",
    ]
    print(*rows, sep="\n", flush=True)
    found = {}
    for seed in options.seeds:
        found[seed] = f = compare(seed)
        right = ["{right} of {n} [{:.3f}, {:.3f}]".format(*f[k]["interval"], **f[k]) for k in ("fixed", "one draw")]
        judge = f["fixed"]["judged_by"]["accuracy"]
        more = [f"{f['one draw']['diversity']:.2f}", f"{judge:.3f}", f"{f['logistic regression']:.3f}"]
        rows.append(f"| {' | '.join([str(seed), *right, *more, format(f['cpu_s'], '.0f')])} |")
        print(rows[-1], flush=True)
    if options.out:
        command = "python benchmarks/bridging_classes.py"
        options.out.write_text(json.dumps({"command": command, "table": rows, "seeds": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
