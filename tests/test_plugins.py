"""A stranger's adapter and linker, from their wheel in an environment of its own, through everything they are for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from bridgeae.cli.scaffold.new_adapter import new_adapter

pytestmark = pytest.mark.slow
ADAPTER = '''
"""The smallest adapter: sine waves in .npy files, a column of classes on the left."""
from pathlib import Path

import keras  # says much while it starts
import numpy as np

from bridgeae import Domain
from bridgeae.errors import MissingFileError
from bridgeae.networks import dense_networks


class Waves:
    """Sine waves of 20 steps."""

    name = "waves"
    sample_shape = (20,)

    def read(self, path):
        if not Path(path).exists():
            raise MissingFileError(f"{path} is not there.")
        table = np.load(path)
        return Domain(table[:, 1:], labels=table[:, 0].astype(int))

    def write(self, x, path):
        with open(path, "wb") as file:
            np.save(file, np.insert(x, 0, -1, axis=1))

    def networks(self, latent_shape):
        return dense_networks(self.sample_shape, latent_shape, units=(16,))
'''
LINKER = '''
"""A linker that draws: it answers with target latents that it has seen."""
import numpy as np

from bridgeae.errors import InputError, NotFittedError
from bridgeae.saving import State


class MemoryLinker:
    """Keep pairs of latents; a source latent gets the target latents of the nearest ones.

    Args:
        near: how many of the nearest pairs an answer is chosen from.
    """

    def __init__(self, *, near: int = 5):
        self.near = near

    def check(self, source, target):
        if len(source) < self.near:
            raise InputError(f"`source` must hold {self.near} samples or more, received {len(source)}.")

    def fit(self, source, target, pairing, *, epochs: int = 4, seed=0, refresh=None, progress=None):
        i, j = pairing.sample(64 * epochs, np.random.default_rng(seed))
        self.source_, self.target_ = source.x[i], target.x[j]
        return self

    def predict(self, z):
        return self._seen(z).mean(1)

    def sample(self, z, rng):
        return self._seen(z)[np.arange(len(z)), rng.integers(self.near, size=len(z))]

    def agreement(self, z, drawn):
        return np.ones(len(z))

    def _seen(self, z):
        if not hasattr(self, "source_"):
            raise NotFittedError("call `fit` first.")
        if z.shape[1:] != self.source_.shape[1:]:
            raise InputError(f"`z` must have shape (n, *{self.source_.shape[1:]}), received {z.shape}.")
        distance = ((z.reshape(len(z), 1, -1) - self.source_.reshape(len(self.source_), -1)) ** 2).sum(2)
        return self.target_[distance.argsort(1, kind="stable")[:, : self.near]]

    def get_state(self):
        return State({"near": self.near}, arrays={"source": self.source_, "target": self.target_})

    @classmethod
    def from_state(cls, state):
        made = cls(near=state.values["near"])
        made.source_, made.target_ = state.arrays["source"], state.arrays["target"]
        return made
'''
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "strangers-waves"
version = "3.1.4"
dependencies = ["bridgeae"]

[project.entry-points."bridgeae.adapters"]
waves = "strangers_waves:Waves"
broken_waves = "strangers_waves.nowhere:Waves"

[project.entry-points."bridgeae.linkers"]
memory = "strangers_waves.linker:MemoryLinker"
"""
RUN = """
source: {adapter: waves, train: train.npy, test: test.npy, latent_shape: [4], autoencoder: {classifier: first}}
target:
  adapter: images
  options: {size: 16, channels: 1}
  train: "sklearn:digits?half=train&classes=0-1&n=60"
  test: "sklearn:digits?half=test&classes=0-1&n=20"
  latent_shape: [4]
  autoencoder: {classifier: joint}
linker: memory
"""
LIBRARY = """
import json

import numpy as np

from bridgeae import Autoencoder, LinkedAutoencoder
from bridgeae.errors import InputError
from bridgeae.registry import create_adapter
from strangers_waves.linker import MemoryLinker


class Mine(MemoryLinker):
    pass


waves = create_adapter("waves")
domain = waves.read("train.npy")
sides = [Autoencoder(*waves.networks((4,)), classifier="joint", adapter=waves) for _ in range(2)]
quick = {"epochs": 1}
options = {"source_options": quick, "target_options": quick}
bridge = LinkedAutoencoder(*sides, linker="memory").fit(domain, domain, pairing="class", **options)
bridge.save("model")
np.save("drawn.npy", bridge.translate(domain.x, draws=3))
fixed, drawn = (bridge.evaluate(domain, domain, drawn=drawn)["diversity"] for drawn in (False, True))
mine = LinkedAutoencoder(*sides, linker=Mine()).fit(domain, domain, pairing="class")
try:
    mine.save("mine")
    refusal = "nothing"
except InputError as error:
    refusal = str(error)
print(json.dumps({"linker": type(bridge.linker).__name__, "fixed": fixed, "drawn": drawn, "refusal": refusal}))
"""
AGAIN = """
import numpy as np

from bridgeae import LinkedAutoencoder

bridge = LinkedAutoencoder.load("model")
x = bridge.source.adapter.read("train.npy").x
same = abs(bridge.translate(x, draws=3) - np.load("drawn.npy")).max() < 1e-5
print(type(bridge.source.adapter).__module__, type(bridge.linker).__module__, same)
"""
KIT = """
import numpy as np

from bridgeae import Domain, GivenPairing
from bridgeae.testing import linker_checks, parametrize_with_checks
from strangers_waves.linker import MemoryLinker

sides = [Domain(np.random.default_rng(k).normal(size=(30, 3 + k))) for k in range(2)]


@parametrize_with_checks(linker_checks(MemoryLinker(), *sides, GivenPairing().fit(*sides)))
def test_the_linker_keeps_its_promises(check):
    check()
"""


def run(*command: str | Path, cwd: Path, silent: bool = False) -> str:
    """Return what a command prints; with `silent`, it may write no line to standard error."""
    quiet = os.environ | {"PYTHONPATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([str(c) for c in command], cwd=cwd, env=quiet, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    assert not silent or not done.stderr, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment that sees what is installed here, two strangers' wheels more, and nothing of this folder."""
    folder = tmp_path_factory.mktemp("strangers")
    (folder / "waves" / "strangers_waves").mkdir(parents=True)
    (folder / "waves" / "pyproject.toml").write_text(PROJECT)
    (folder / "waves" / "strangers_waves" / "__init__.py").write_text(ADAPTER)
    (folder / "waves" / "strangers_waves" / "linker.py").write_text(LINKER)
    venv.create(folder / "env", symlinks=True)
    python = folder / "env" / "bin" / "python"
    library = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    here = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (Path(library) / "host.pth").write_text("".join(f"import site; site.addsitedir({path!r})\n" for path in here))
    sources = [folder / "waves", new_adapter("sounds", folder)]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder / "wheels", *sources, cwd=folder)
    wheels = sorted((folder / "wheels").glob("*.whl"))
    assert [wheel.name.split("-")[0] for wheel in wheels] == ["bridgeae_sounds", "strangers_waves"]
    run(*pip, "--python", python, "install", "--no-deps", "--no-index", *wheels, cwd=folder)
    return python


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import numpy as np

    folder = tmp_path_factory.mktemp("work")
    rng, labels = np.random.default_rng(0), np.arange(60) % 2
    waves = np.sin((1 + labels[:, None]) * np.linspace(0, 6, 20) + rng.uniform(0, 0.5, (60, 1)))
    table = np.column_stack([labels, waves])
    np.save(folder / "train.npy", table[:40])
    np.save(folder / "test.npy", table[40:])
    np.save(folder / "one.npy", table[:1])
    for name, text in {"run.yaml": RUN, "library.py": LIBRARY, "again.py": AGAIN, "test_linker.py": KIT}.items():
        (folder / name).write_text(text)
    return folder


def test_adapters_are_listed_and_a_broken_one_is_named(clean: Path, work: Path) -> None:
    listed = run(clean, "-m", "bridgeae.cli", "adapters", cwd=work, silent=True)
    lines = {line.split()[0]: line for line in listed.splitlines()}
    assert {"images", "copynumber", "sounds", "waves", "broken_waves"} <= set(lines)
    assert "strangers-waves 3.1.4" in lines["waves"] and "20" in lines["waves"]
    assert "64 x 64 x 3" in lines["images"]
    assert "broken: adapter 'broken_waves' (strangers_waves.nowhere:Waves) cannot be imported" in lines["broken_waves"]


def test_a_strangers_adapter_and_linker_go_through_the_command_line(clean: Path, work: Path) -> None:
    said = run(clean, "-m", "bridgeae.cli", "fit", "run.yaml", "--out", "out", "--smoke", cwd=work)
    assert "source train: 40 samples of shape (20,)" in said
    results = json.loads((work / "out" / "results.json").read_text())
    assert results["linker"] == "memory"
    assert results["drawn_translation"]["n"] == results["translation"]["n"] == 20
    said = run(clean, "-m", "bridgeae.cli", "translate", "out/model", "one.npy", "-o", "one.png", cwd=work)
    assert "wrote 1 translated sample" in said
    assert (work / "one.png").stat().st_size > 100


@pytest.mark.nightly
def test_a_strangers_linker_is_trained_by_name_measured_as_drawing_and_found_again(clean: Path, work: Path) -> None:
    said = json.loads(run(clean, "library.py", cwd=work).splitlines()[-1])
    assert said["linker"] == "MemoryLinker"
    assert said["drawn"] > said["fixed"] > 0
    assert said["refusal"].startswith("a Mine cannot be saved") and "the group bridgeae.linkers" in said["refusal"]
    assert not (work / "mine").exists()
    assert run(clean, "again.py", cwd=work).split() == ["strangers_waves", "strangers_waves.linker", "True"]


def test_a_strangers_linker_keeps_its_promises(clean: Path, work: Path) -> None:
    said = run(clean, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rA", "test_linker.py", cwd=work)
    assert "PASSED test_linker.py::test_the_linker_keeps_its_promises[sample_varies]" in said
    assert "[saved_in_a_bridge_it_survives_in_another_process]" in said


@pytest.mark.nightly
def test_a_generated_distribution_passes_its_own_tests(clean: Path) -> None:
    folder = clean.parents[2] / "bridgeae-sounds"
    said = run(clean, "-m", "pytest", "-p", "no:cacheprovider", "-rA", cwd=folder)
    assert "test_the_adapter_keeps_its_promises[write_is_read_back]" in said
    assert "failed" not in said
