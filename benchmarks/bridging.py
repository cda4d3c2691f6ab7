"""Bridges of given pairs beside scikit-learn: one default on every task, on pairs that no training has seen.

python benchmarks/bridging.py                                    the tasks that need no data
python benchmarks/bridging.py digits mnist --data DIR            DIR holds mnist.npz
python benchmarks/bridging.py --out docs/figures/bridging.json  adds the figures to that file

Every task and seed has a split of its own. Peers read standardised columns, and pixels with one scale; their options
are chosen by cross-validation on the training pairs. The range of ours is over the seeds.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

Split = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
SEEDS = (0, 1, 2)
MAX_KERNEL_PAIRS = 5000  # of scikit-learn's kernel ridge regression
COMPONENTS = (1, 2, 3, 4, 6, 8, 12, 16, 24)  # of partial least squares
PEERS = (
    "ridge (scikit-learn)",
    "kernel ridge (scikit-learn)",
    "PLS (scikit-learn)",
    "MLP 256-128 (scikit-learn)",
    "nearest",
)
HEAD = [
    "| R2 / uniform R2 | pairs, tested | bridgeae [seeds] | ridge | kernel ridge | PLS | MLP | 10 neighbours | CPU s |",
    "|---|---|---|---|---|---|---|---|---|",
]


def split(x: np.ndarray, y: np.ndarray, train: int, seed: int, tested: int | None = None) -> Split:
    """Return training and test pairs: source, target, source, target."""
    order = np.random.default_rng(seed).permutation(len(x))
    a, b = order[:train], order[train:][:tested]
    return x[a], y[a], x[b], y[b]


def digits(seed: int, data: Path | None) -> Split:
    """Left half of scikit-learn's digits to the right half."""
    from sklearn.datasets import load_digits

    x = load_digits().images
    return split(x[:, :, :4], x[:, :, 4:], 1400, seed)


def mnist(seed: int, data: Path | None) -> Split:
    """Top half of MNIST to the bottom half."""
    with np.load((data or Path()) / "mnist.npz") as file:
        x = file["x_train"].astype(np.float32) / 255
    return split(x[:, :14], x[:, 14:], 20_000, seed, 2000)


def table(name: str, columns: int, train: int) -> Callable[[int, Path | None], Split]:
    """Return a task: the first columns of one of scikit-learn's tables, in raw units, to the others."""

    def task(seed: int, data: Path | None) -> Split:
        from sklearn import datasets

        options = {"scaled": False} if name == "diabetes" else {}
        held = getattr(datasets, f"load_{name}")(**options)
        x = np.column_stack([held.data, held.target]) if name == "linnerud" else held.data
        return split(x[:, :columns], x[:, columns:], train, seed)

    return task


TASKS: dict[str, Callable[[int, Path | None], Split]] = {
    "digits": digits,
    "cancer": table("breast_cancer", 10, 400),
    "wine": table("wine", 6, 130),
    "diabetes": table("diabetes", 5, 330),
    "linnerud": table("linnerud", 3, 14),
    "mnist": mnist,
}
NO_DATA = [name for name in TASKS if name != "mnist"]


def peers(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[str, Callable[[np.ndarray], np.ndarray]]]:
    """Yield each peer, fitted on vectors (n, d) and (n, d'): its name, and what predicts."""
    from sklearn.cross_decomposition import PLSRegression
    from sklearn.kernel_ridge import KernelRidge
    from sklearn.linear_model import RidgeCV
    from sklearn.model_selection import GridSearchCV
    from sklearn.neural_network import MLPRegressor

    rank, cv = min(x.shape[1], len(x) // 2), min(5, len(x) // 3)
    score = {"scoring": "neg_mean_squared_error"}  # a mean of R2 over pixels is that of the pixels that hardly vary
    components = {"n_components": [k for k in COMPONENTS if k <= rank]}
    width = 1 / (x.shape[1] * max(float(x.var(0).mean()), 1e-12))
    kernel = {"gamma": width * np.logspace(-2, 1, 4), "alpha": np.logspace(-3, 1, 5)}
    found = {
        "ridge": RidgeCV(np.logspace(-3, 4, 15)),
        "PLS": GridSearchCV(PLSRegression(scale=False), components, cv=cv, **score),
        "kernel ridge": GridSearchCV(KernelRidge(kernel="rbf"), kernel, cv=min(cv, 3), **score),
        "MLP 256-128": MLPRegressor(
            hidden_layer_sizes=(256, 128), early_stopping=len(x) > 100, max_iter=300, random_state=0
        ),
    }
    for name, model in found.items():
        few = np.random.default_rng(0).permutation(len(x))[: MAX_KERNEL_PAIRS if name == "kernel ridge" else None]
        if name == "kernel ridge" and len(x) > MAX_KERNEL_PAIRS:  # the grid of small ones, once on many
            search = model.fit(x[few[:1500]], y[few[:1500]])
            model = KernelRidge(kernel="rbf", **search.best_params_)
        fitted = model.fit(x[few], y[few])
        yield name, fitted.predict


def compare(name: str, seed: int, data: Path | None) -> dict[str, Any]:
    """Return the figures of the bridge and of all peers on one split."""
    from bridgeae import LinkedAutoencoder, Progress
    from bridgeae.evaluation import measure

    x, y, x_test, y_test = TASKS[name](seed, data)
    start = time.process_time()
    bridge = LinkedAutoencoder().fit(x, y, pairing="given", seed=seed, progress=Progress(quiet=True))
    seconds = time.process_time() - start
    figures = bridge.evaluate(x_test, y_test)
    baselines: Any = bridge.baselines_
    methods = {"bridgeae": figures | {"cpu_s": seconds}} | figures.pop("baselines")
    units = baselines.source_scaling_, baselines.target_scaling_
    a, b = (unit.apply(part.reshape(len(part), -1)) for unit, part in zip(units, (x, y), strict=True))
    start = time.process_time()
    for peer, predict in peers(a, b):
        made = units[1].undo(predict(units[0].apply(x_test.reshape(len(x_test), -1))).reshape(len(y_test), -1))
        found = measure(made.reshape(y_test.shape), y_test, baselines)
        methods[f"{peer} (scikit-learn)"] = found | {"cpu_s": time.process_time() - start}
        start = time.process_time()
    linker: Any = bridge.linker
    return {"pairs": len(x), "n": len(x_test), "chosen": linker.chosen_, "methods": methods}


def row(name: str, found: list[dict[str, Any]]) -> str:
    """Return the line of one task: weighted and uniform R2 of each method, means over seeds, with the range of ours."""
    cells = [name, f"{found[0]['pairs']:,}, {found[0]['n']:,}"]
    for method in ("bridgeae", *PEERS):
        r2, uniform = ([f["methods"][method][key] for f in found] for key in ("r2", "r2_uniform"))
        spread = f" [{min(r2):.3f}, {max(r2):.3f}]" if method == "bridgeae" else ""
        cells.append(f"{np.mean(r2):.3f}{spread} / {np.mean(uniform):.3f}")
    cells.append(f"{np.mean([f['methods']['bridgeae']['cpu_s'] for f in found]):.0f}")
    return f"| {' | '.join(cells)} |"


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is kept of a task: every figure of every method and seed, without what a bridge says beside."""
    keys = ("r2", "r2_interval", "r2_uniform", "cosine", "foscttm", "recall@10", "cpu_s")
    return {
        "pairs": found[0]["pairs"],
        "n": found[0]["n"],
        "chosen": [f["chosen"] for f in found],
        "methods": {
            method: {key: [f["methods"][method][key] for f in found] for key in keys if key in figures}
            for method, figures in found[0]["methods"].items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "tasks", nargs="*", metavar="TASK", help=f"of {', '.join(TASKS)}; all that need no data if none"
    )
    parser.add_argument("--data", type=Path, help="folder that holds mnist.npz")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--out", type=Path, help="a JSON file to which the figures are added")
    options = parser.parse_args()
    if unknown := set(options.tasks) - set(TASKS):
        parser.error(f"unknown tasks {sorted(unknown)}; there are {', '.join(TASKS)}")
    held = json.loads(options.out.read_text()) if options.out and options.out.is_file() else {"tasks": {}}
    print(*HEAD, sep="\n", flush=True)
    for name in options.tasks or NO_DATA:
        found = [compare(name, seed, options.data) for seed in options.seeds]
        held["tasks"][name] = {"row": row(name, found), "seeds": options.seeds, **summary(found)}
        print(held["tasks"][name]["row"], flush=True)
        if options.out:
            known = [task for task in TASKS if task in held["tasks"]]
            held["table"] = [*HEAD, *(held["tasks"][task]["row"] for task in known)]
            held["command"] = f"python benchmarks/bridging.py {' '.join(known)} --data DIR"
            options.out.write_text(json.dumps(held, indent=1) + "\n")


if __name__ == "__main__":
    main()
