"""ONNX Runtime Web, from an unpacked npm package or from npm."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from bridgeae.errors import InputError

PACKAGE = "onnxruntime-web@^1.20"
FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
"""What a page needs of it: one thread on the CPU, with or without the host's help."""
_PATIENCE = 300  # seconds for npm


def runtime_files(place: Path | None) -> dict[str, bytes]:
    """Return the files of ONNX Runtime Web by name.

    Args:
        place: an unpacked package, such as ``node_modules/onnxruntime-web``; None fetches it with npm.

    Raises:
        InputError: files are missing, or npm is not installed or fails.
    """
    if place is not None:
        return _of_package(place)
    npm = shutil.which("npm")
    if npm is None:
        raise InputError("`runtime` is needed where npm is not installed: name a folder node_modules/onnxruntime-web.")
    with TemporaryDirectory(prefix="bridgeae-") as folder:
        command = [npm, "pack", "-s", PACKAGE]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            raise InputError(f"npm did not fetch {PACKAGE} in {_PATIENCE} s: pass `runtime`, its folder.") from None
        packed = next(Path(folder).glob("*.tgz"), None)
        if done.returncode or packed is None:
            said = " ".join(done.stderr.split())[-200:]
            raise InputError(f"npm could not fetch {PACKAGE} ({said}): pass `runtime`, its folder.")
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
        return _of_package(Path(folder, "package"))


def _of_package(place: Path) -> dict[str, bytes]:
    found = {name: place / "dist" / name for name in FILES}
    if missing := [name for name, path in found.items() if not path.is_file()]:
        raise InputError(
            f"`runtime` {place} lacks dist/{missing[0]}: it must be the npm package onnxruntime-web, 1.20 or newer."
        )
    return {name: path.read_bytes() for name, path in found.items()}
