"""The contract of bridges: saved and loaded in another process, they answer as they did before."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bridgeae.linked import LinkedAutoencoder
from bridgeae.linker import linker_from_state
from bridgeae.protocols import Linker, SamplingLinker
from bridgeae.saving import read_bundle
from bridgeae.testing.assertions import Arrays, must_agree, promise, run_checks


def check_bridge(bridge: LinkedAutoencoder, x: np.ndarray) -> None:
    """Check that a fitted bridge, saved and loaded in another process, answers as it does here.

    Compared are its translations, its draws if its linker samples, and its confidence if it is calibrated.

    Args:
        bridge: fitted.
        x: (n, *sample), a few source samples.

    Raises:
        ContractError: it cannot be saved or loaded there, or answers differently.

    Example:
        >>> import numpy as np
        >>> from bridgeae import GivenPairing, LinkedAutoencoder
        >>> from bridgeae.testing import check_bridge
        >>> x = np.random.default_rng(0).normal(size=(32, 5))
        >>> check_bridge(LinkedAutoencoder().fit(x, x, pairing=GivenPairing()), x)
    """

    def bridge_survives_in_another_process() -> None:
        bridge_survives(bridge, x)

    run_checks(bridge, [bridge_survives_in_another_process])


def bridge_survives(bridge: LinkedAutoencoder, x: np.ndarray) -> None:
    """Expect the same answers from a bridge that is saved and loaded in another process."""
    with TemporaryDirectory() as scratch:
        bridge.save(Path(scratch) / "model")
        there = elsewhere("bridgeae.testing.bridges:answers_of_saved", Path(scratch), x)
    must_agree(answers(bridge, x), there, "a bridge loaded in another process")


def answers(bridge: LinkedAutoencoder, x: np.ndarray) -> Arrays:
    """Return what a bridge makes of samples."""
    made = {"translations": bridge.translate(x)}
    if isinstance(bridge.linker, SamplingLinker):
        made["draws"] = bridge.translate(x, draws=2)
    if bridge.confidence_ is not None:
        made["confidence"] = bridge.confidence(x)
    return made


def answers_of_saved(folder: Path, x: np.ndarray) -> Arrays:
    """Return what the bridge saved in a folder makes of samples."""
    return answers(LinkedAutoencoder.load(folder / "model"), x)


def linker_answers(linker: Linker, z: np.ndarray) -> Arrays:
    """Return what a linker makes of latents."""
    draws = {"draws": linker.sample(z, np.random.default_rng(0))} if isinstance(linker, SamplingLinker) else {}
    return {"latents": linker.predict(z)} | draws


def answers_of_saved_linker(folder: Path, z: np.ndarray) -> Arrays:
    """Return what the linker of a bridge saved in a folder makes of latents."""
    return linker_answers(linker_from_state(read_bundle(folder / "model").part("linker")), z)


def elsewhere(function: str, folder: Path, x: np.ndarray) -> dict[str, np.ndarray]:
    """Return the arrays that ``function(folder, x)``, named as "module:function", returns in another process."""
    np.save(folder / "x.npy", x)
    done = _new_process(function, str(folder))
    promise(not done.returncode, f"what was saved cannot be used in another process: {done.stderr.strip()[-600:]}")
    with np.load(folder / "answers.npz") as answers:
        return dict(answers)


def answer(function: str, folder: str) -> None:
    """Answer `elsewhere`, in the other process."""
    module, _, name = function.partition(":")
    answers = getattr(import_module(module), name)(Path(folder), np.load(f"{folder}/x.npy"))
    np.savez(f"{folder}/answers.npz", **answers)


def _new_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Call `answer` in a new Python process with the same import path."""
    start = "import sys; from bridgeae.testing.bridges import answer; answer(*sys.argv[1:])"
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    command, environment = [sys.executable, "-c", start, *arguments], os.environ | {"PYTHONPATH": paths}
    return subprocess.run(command, env=environment, capture_output=True, text=True)
