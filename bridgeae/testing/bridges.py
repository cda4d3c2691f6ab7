"""The contract of bridges: saved and loaded in another process, they answer as they did before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bridgeae.domain import Domain
from bridgeae.linked import LinkedAutoencoder
from bridgeae.linker import linker_from_state, linker_state
from bridgeae.protocols import SamplingLinker
from bridgeae.saving import read_bundle, write_bundle
from bridgeae.testing.assertions import must_agree, promise, run_checks


def check_bridge(bridge: LinkedAutoencoder, x: Domain | np.ndarray) -> None:
    """Check that a fitted bridge, saved and loaded in another process, answers as it does here.

    Compared are its translations, its draws if its linker samples, and its confidence if it is calibrated.

    Args:
        bridge: fitted.
        x: (n, *sample), a few source samples, or a Domain of them.

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
        must_survive(bridge, (x if isinstance(x, Domain) else Domain(x)).x)

    run_checks(bridge, [bridge_survives_in_another_process])


def must_survive(thing: Any, x: np.ndarray) -> None:
    """Expect the same answers from a bridge, or a linker, that is saved and loaded in another process."""
    kind = "bridge" if isinstance(thing, LinkedAutoencoder) else "linker"
    with TemporaryDirectory() as scratch:
        if kind == "bridge":
            thing.save(Path(scratch, "model"))
        else:
            write_bundle(Path(scratch, "model"), linker_state(thing).under("linker"))
        there = elsewhere(kind, Path(scratch), x)
    must_agree(answers(thing, x), there, f"a {kind} loaded in another process")


def answers(thing: Any, x: np.ndarray) -> dict[str, np.ndarray]:
    """Return what a bridge makes of samples, or a linker of latents."""
    if not isinstance(thing, LinkedAutoencoder):
        draws = {"draws": thing.sample(x, np.random.default_rng(0))} if isinstance(thing, SamplingLinker) else {}
        return {"latents": thing.predict(x)} | draws
    draws = {"draws": thing.translate(x, draws=2)} if isinstance(thing.linker, SamplingLinker) else {}
    confidence = {} if thing.confidence_ is None else {"confidence": thing.confidence(x)}
    return {"translations": thing.translate(x)} | draws | confidence


def elsewhere(kind: str, folder: Path, x: np.ndarray) -> dict[str, np.ndarray]:
    """Return the answers of the model in a folder, a "bridge" or a "linker", from another process."""
    np.save(folder / "x.npy", x)
    done = _new_process(kind, str(folder))
    promise(not done.returncode, f"what was saved cannot be used in another process: {done.stderr.strip()[-600:]}")
    with np.load(folder / "answers.npz") as made:
        return dict(made)


def answer(kind: str, folder: str) -> None:
    """Answer `elsewhere`, in the other process."""
    model = Path(folder, "model")
    bridge = kind == "bridge"
    thing = LinkedAutoencoder.load(model) if bridge else linker_from_state(read_bundle(model).part("linker"))
    made: Any = answers(thing, np.load(f"{folder}/x.npy"))
    np.savez(f"{folder}/answers.npz", **made)


def _new_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Call `answer` in a new Python process with the same import path."""
    start = "import sys; from bridgeae.testing.bridges import answer; answer(*sys.argv[1:])"
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    command, environment = [sys.executable, "-c", start, *arguments], os.environ | {"PYTHONPATH": paths}
    return subprocess.run(command, env=environment, capture_output=True, text=True)
