"""A stranger's adapter, from its wheel in an environment of its own, through everything an adapter is for."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from bridgeae.scaffold.new_adapter import new_adapter

ADAPTER = '''
"""The smallest adapter: sine waves in .npy files, a column of classes on the left."""
from pathlib import Path

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
"""
LIBRARY = """
from bridgeae import Autoencoder, LinkedAutoencoder, RidgeLinker
from bridgeae.cli import main
from bridgeae.registry import create_adapter

assert main(["translate", "out/model", "one.npy", "-o", "one.png"]) == 0
waves = create_adapter("waves")
domain = waves.read("train.npy")
side = lambda: Autoencoder(*waves.networks((4,)), adapter=waves)
quick = {"epochs": 1}
bridge = LinkedAutoencoder(side(), side(), RidgeLinker()).fit(
    domain, domain, source_options=quick, target_options=quick
)
bridge.save("model")
again = LinkedAutoencoder.load("model")
made, before = again.translate(domain.x), bridge.translate(domain.x)
print(type(again.source.adapter).__module__, *made.shape, made.std() > 0, abs(made - before).max() < 1e-5)
"""


def run(*command: str | Path, cwd: Path) -> str:
    quiet = os.environ | {"PYTHONPATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([str(c) for c in command], cwd=cwd, env=quiet, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment that sees what is installed here, two strangers' wheels more, and nothing of this folder."""
    folder = tmp_path_factory.mktemp("strangers")
    (folder / "waves" / "strangers_waves").mkdir(parents=True)
    (folder / "waves" / "pyproject.toml").write_text(PROJECT)
    (folder / "waves" / "strangers_waves" / "__init__.py").write_text(ADAPTER)
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
    (folder / "run.yaml").write_text(RUN)
    (folder / "library.py").write_text(LIBRARY)
    return folder


def test_adapters_are_listed_and_a_broken_one_is_named(clean: Path, work: Path) -> None:
    listed = run(clean, "-m", "bridgeae.cli", "adapters", cwd=work)
    lines = {line.split()[0]: line for line in listed.splitlines()}
    assert {"images", "copynumber", "sounds", "waves", "broken_waves"} <= set(lines)
    assert "strangers-waves 3.1.4" in lines["waves"] and "20" in lines["waves"]
    assert "64 x 64 x 3" in lines["images"]
    assert "broken: adapter 'broken_waves' (strangers_waves.nowhere:Waves) cannot be imported" in lines["broken_waves"]


def test_a_strangers_adapter_goes_through_the_command_line_and_the_library(clean: Path, work: Path) -> None:
    said = run(clean, "-m", "bridgeae.cli", "fit", "run.yaml", "--out", "out", "--smoke", cwd=work)
    assert "source train: 40 samples of shape (20,)" in said
    said = run(clean, "library.py", cwd=work)
    assert "wrote 1 translated sample" in said
    assert (work / "one.png").stat().st_size > 100
    assert said.splitlines()[-1] == "strangers_waves 40 20 True True"


def test_a_generated_distribution_passes_its_own_tests(clean: Path) -> None:
    folder = clean.parents[2] / "bridgeae-sounds"
    assert "3 passed" in run(clean, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=folder)
