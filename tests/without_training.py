"""Run a Python program in which nothing that trains can be imported."""

from __future__ import annotations

import os
import subprocess
import sys

BLOCKED = ("jax", "keras", "onnx", "scipy", "sklearn", "tensorflow", "torch")
"""Packages that `pip install bridgeae` without extras does not bring."""


def run(program: str, *arguments: str) -> str:
    """Return what a program prints; its errors are raised with their traceback."""
    block = f"import sys; sys.modules.update(dict.fromkeys({BLOCKED}))\n"
    places = os.pathsep.join(path for path in sys.path if path)
    ran = subprocess.run(
        [sys.executable, "-c", block + program, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": places},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
