"""Kill a run at random moments, resume it, and compare every byte of its model with a run that nobody disturbed.

    python benchmarks/kill_and_resume.py --kills 20

Each kill is a SIGKILL, at a share of the CPU seconds of the undisturbed run that a seeded generator draws. Printed are
the moment, whether the resumed run ended well, and which files differ.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

RUN = """
source:
  adapter: images
  options: {size: 16, channels: 1, convolutions: 1}
  train: "sklearn:digits?half=train&classes=0-2&n=150"
  test: "sklearn:digits?half=test&classes=0-2&n=30"
  latent_shape: [8]
  autoencoder: {classifier: first}
  fit: {classifier_epochs: 4, epochs: 4}
target:
  adapter: images
  options: {size: 8, channels: 1, convolutions: 1}
  train: "sklearn:digits?half=train&classes=0-2&n=150&seed=1"
  test: "sklearn:digits?half=test&classes=0-2&n=30&seed=1"
  latent_shape: [4]
  autoencoder: {classifier: joint, variational: 0.1}
  fit: {epochs: 6}
linker: {kind: flow, fit: {epochs: 3, steps: 40}}
draws: 2
seed: 7
"""
LEFT_OUT = {"results.json", "run.json", "report.html"}  # they hold times and the command


def main(arguments: Sequence[str] | None = None) -> dict[str, int]:
    """Run the comparison and return the counts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        (run := Path(folder, "run.yaml")).write_text(RUN)
        whole, spent = Path(folder, "whole"), os.times()
        assert _fit(run, whole).wait() == 0
        cpu = os.times().children_user + os.times().children_system - spent.children_user - spent.children_system
        wanted, counts = _digests(whole), {"kills": 0, "resumed": 0, "equal": 0}
        print(f"undisturbed: {cpu:.1f} CPU s, {len(wanted)} files")
        for share in np.random.default_rng(options.seed).uniform(0.1, 1.0, options.kills):
            out = Path(folder, "killed")
            moment = _kill(_fit(run, out), share * cpu)
            code = _fit(run, out, *(["--resume"] if (out / ".stages").exists() else ["--overwrite"])).wait()
            made = _digests(out) if code == 0 else {}
            differ = sorted(name for name in wanted.keys() | made.keys() if wanted.get(name) != made.get(name))
            counts["kills"] += 1
            counts["resumed"] += code == 0
            counts["equal"] += not differ
            print(f"killed at {moment:5.1f} CPU s: exit {code}, differ: {', '.join(differ) or 'none'}", flush=True)
            shutil.rmtree(out)
        print(f"{counts['resumed']} of {counts['kills']} resumed, {counts['equal']} with the same bytes")
    return counts


def _fit(run: Path, out: Path, *more: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"BRIDGEAE_CHECKPOINT_SECONDS": "1"}
    command = [sys.executable, "-m", "bridgeae.cli", "fit", str(run), "--out", str(out), "--quiet", *more]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)


def _kill(process: subprocess.Popen[bytes], seconds: float) -> float:
    """Kill a process when it has spent some CPU seconds, and return how many it had."""
    spent = 0.0
    while process.poll() is None and spent < seconds:
        time.sleep(0.05)
        try:
            fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            break
        spent = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    process.send_signal(signal.SIGKILL)
    process.wait()
    return spent


def _digests(out: Path) -> dict[str, str]:
    files = (file for file in sorted(out.rglob("*")) if file.is_file() and file.name not in LEFT_OUT)
    return {str(file.relative_to(out)): sha256(file.read_bytes()).hexdigest() for file in files}


if __name__ == "__main__":
    main()
