"""How often the truth lies within the intervals of draws: given pairs, a flow, samples that no training has seen.

python benchmarks/bridging_draws.py --out docs/figures/bridging_draws.json

The flow depends on the source latent, everything else is the default. The tasks and their splits are those of
`bridging.py`. An interval of 90 % spans all 19 draws of a sample, one of 50 % the middle eleven, each value apart.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from bridging import SEEDS, TASKS

HEAD = [
    "| flow | pairs, tested | within 50 % [seeds] | within 90 % [seeds] | energy score | of random targets | CPU s |",
    "|---|---|---|---|---|---|---|",
]


def compare(name: str, seed: int) -> dict[str, Any]:
    """Return what `evaluate` says of the draws on one split."""
    from bridgeae import FlowLinker, LinkedAutoencoder, Progress

    x, y, x_test, y_test = TASKS[name](seed, None)
    start = time.process_time()
    bridge = LinkedAutoencoder(linker=FlowLinker("latent"))
    bridge.fit(x, y, pairing="given", seed=seed, progress=Progress(quiet=True))
    seconds = time.process_time() - start
    figures: dict[str, Any] = bridge.evaluate(x_test, y_test)["drawn"]
    return figures | {"pairs": len(x), "cpu_s": seconds}


def row(name: str, found: list[dict[str, Any]]) -> str:
    """Return the line of one task: means over seeds, with the range of the coverages."""
    held = {
        key: [f[key] for f in found] for key in ("coverage_50", "coverage_90", "energy", "energy_marginal", "cpu_s")
    }
    cells = [name, f"{found[0]['pairs']:,}, {found[0]['n']:,}"]
    cells += [f"{np.mean(v):.3f} [{min(v):.3f}, {max(v):.3f}]" for v in (held["coverage_50"], held["coverage_90"])]
    cells += [f"{np.mean(held[key]):.2f}" for key in ("energy", "energy_marginal")]
    return f"| {' | '.join(cells)} | {np.mean(held['cpu_s']):.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", default=["digits", "cancer"])
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    options = parser.parse_args()
    table, held = list(HEAD), {}
    print(*HEAD, sep="\n", flush=True)
    for name in options.tasks:
        held[name] = [compare(name, seed) for seed in options.seeds]
        table.append(row(name, held[name]))
        print(table[-1], flush=True)
    if options.out:
        command = "python benchmarks/bridging_draws.py"
        options.out.write_text(json.dumps({"command": command, "table": table, "tasks": held}, indent=1) + "\n")


if __name__ == "__main__":
    main()
