"""What training in several processes gives: equal losses, CPU seconds a step, and bytes a step for more of them.

    python benchmarks/processes.py [--steps 40] [--out DIR]

The photo side of the hand-sign run (64 x 64 x 3, batches of 32) trains as an autoencoder on noise, in one and in two
processes. Efficiency is the CPU time of a step in one process, divided by that of all processes together: waiting costs
none, so that other work on the machine hardly changes it. What a step of two processes costs beyond its share of the
computing is taken as fixed for any number of them. The rows of more processes are worked out from both, and from an
all-reduce in a ring over a network of 10 Gbit/s with 50 microseconds a message. Needs JAX.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

BATCH, WARM = 32, 5
BANDWIDTH, LATENCY = 10e9 / 8, 50e-6  # bytes and seconds
Row = dict[str, Any]


def member(steps: int) -> None:
    """Train in one of several processes, and print its losses and what its steps cost."""
    from bridgeae.networks.processes import joined

    with joined():
        import keras

        from bridgeae import Progress
        from bridgeae.training import RandomBatches, TrainOptions, train
        from bridgeae_images import ImageAdapter

        keras.utils.set_random_seed(0)
        encoder, decoder = ImageAdapter(size=64, channels=3).networks((128,))
        model = keras.Model(encoder.input, decoder(encoder.output))
        marks: list[tuple[float, float]] = []

        def batch(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
            marks.append((time.process_time(), time.perf_counter()))
            x = rng.random((BATCH, 64, 64, 3), np.float32)
            return x, x

        class Losses(Progress):
            def update(self, stage: str, done: int, total: int, **figures: float) -> None:
                losses.append(figures["loss"])

        losses: list[float] = []
        options = TrainOptions(1, BATCH, progress=Losses(quiet=True))
        train(model, RandomBatches(batch, steps + WARM, 0), "steps", options, loss="mse")
        spent = [(b - a) / (steps - 1) for a, b in zip(marks[WARM], marks[-1], strict=True)]
        parameters = int(sum(np.prod(v.shape) for v in model.trainable_variables))
        print(json.dumps({"losses": losses, "cpu": spent[0], "wall": spent[1], "parameters": parameters}))


def measured(count: int, steps: int) -> Row:
    """Return what training in `count` processes of this machine gives, by one core each."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    keras = {"NUM_PROCESSES": str(count), "JOB_ADDRESSES": address}
    environment = os.environ | {f"KERAS_DISTRIBUTION_{name}": value for name, value in keras.items()}
    environment |= {"KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_COORDINATOR_BIND_ADDRESS": address}
    environment["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    command = [sys.executable, __file__, "--member", "--steps", str(steps)]
    running = [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment | {"KERAS_DISTRIBUTION_PROCESS_ID": str(k)}
        )
        for k in range(count)
    ]
    said = [process.communicate()[0] for process in running]
    found = [json.loads(text[text.index("{") :]) for text in said]
    assert all(f["losses"] == found[0]["losses"] for f in found), "the processes disagree"
    return {**found[0], "cpu": sum(f["cpu"] for f in found), "processes": count}


def on_paper(count: int, one: Row, fixed: float) -> Row:
    """Return efficiencies in `count` processes, which share a batch or have one each; a step loses `fixed` seconds."""
    sent = 2 * (count - 1) / count * 4 * one["parameters"]
    lost = fixed + sent / BANDWIDTH + 2 * (count - 1) * LATENCY if count > 1 else 0.0
    shared, each = (compute / (compute + lost) for compute in (one["cpu"] / count, one["cpu"]))
    return {"processes": count, "sent": sent, "shared": shared, "each": each}


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    header = [
        "processes",
        "CPU ms a step, all",
        "efficiency",
        f"with {BATCH} rows each",
        "MB a step sent by each",
        "losses differ by",
    ]
    lines = [header, ["---"] * len(header)]
    for row in rows:
        cpu = f"{1000 * row['cpu']:.0f}" if "cpu" in row else "on paper"
        difference = f"{row['difference']:.0e}" if row.get("difference") else ""
        sent = f"{row['sent'] / 1e6:.2f}"
        lines.append([str(row["processes"]), cpu, f"{row['shared']:.2f}", f"{row['each']:.2f}", sent, difference])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Print the table, and write processes.json and processes.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--member", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.member:
        return member(options.steps)
    one, two = (measured(count, options.steps) for count in (1, 2))
    fixed = (two["cpu"] - one["cpu"]) / 2
    two["difference"] = float(np.max(np.abs(np.array(two["losses"]) / one["losses"] - 1)))
    rows = [on_paper(1, one, fixed) | one, on_paper(2, one, fixed) | two]
    rows[1]["shared"] = one["cpu"] / two["cpu"]
    rows += [on_paper(count, one, fixed) for count in (8, 64)]
    print(f"{one['parameters']:,} parameters, batches of {BATCH}, {options.steps} steps\n\n{table(rows)}")
    if options.out:
        (options.out / "processes.json").write_text(json.dumps(rows, indent=1) + "\n")
        (options.out / "processes.md").write_text(table(rows))


if __name__ == "__main__":
    main()
