"""A loaded bridge runs where nothing that trains is installed, and gives the answers that it gave with Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridgeae import AnchorLinker, Autoencoder, LinkedAutoencoder, NetworkLinker
from bridgeae.domain import Domain
from without_training import run

pytestmark = pytest.mark.slow
USE = """
import sys
import numpy as np
from bridgeae import LinkedAutoencoder
from bridgeae.errors import MissingPackageError

given = np.load(sys.argv[2])
x, again = given["x"], sys.argv[1] + "-again"
LinkedAutoencoder.load(sys.argv[1]).save(again)
made = {}
for name, bridge in (("first", LinkedAutoencoder.load(sys.argv[1])), ("second", LinkedAutoencoder.load(again))):
    made[f"{name}-fixed"] = bridge.translate(x)
    made[f"{name}-latent"] = bridge.source.encode(x)
    if bridge.confidence_ is not None:
        made[f"{name}-confidence"] = bridge.confidence(x)
        made[f"{name}-classes"] = bridge.source.predict_proba(x)
        made[f"{name}-adapted"] = bridge.adapted(x).translate(x)
    if hasattr(bridge.linker, "sample"):
        made[f"{name}-drawn"] = bridge.translate(x, draws=3, seed=5)
    for train in (lambda: bridge.fit(x, x, pairing="given", source_options={}), bridge.network):
        try:
            train()
        except MissingPackageError as error:
            print(error)
np.savez(sys.argv[2], **made)
"""


def check(bridge: LinkedAutoencoder, x: np.ndarray, folder: Path) -> None:
    """Check that a bridge gives its answers where nothing that trains can be imported."""
    bridge.save(folder / "model")
    np.savez(folder / "answers.npz", x=x)
    said = run(USE, str(folder / "model"), str(folder / "answers.npz"))
    assert "pip install 'bridgeae[tensorflow]'" in said
    wanted: dict[str, Any] = {"fixed": bridge.translate(x), "latent": bridge.source.encode(x)}
    if bridge.confidence_ is not None:
        wanted |= {"confidence": bridge.confidence(x), "classes": bridge.source.predict_proba(x)}
        wanted["adapted"] = bridge.adapted(x).translate(x)
    if hasattr(bridge.linker, "sample"):
        wanted["drawn"] = bridge.translate(x, draws=3, seed=5)
    made = np.load(folder / "answers.npz")
    assert set(made) == {f"{name}-{answer}" for name in ("first", "second") for answer in wanted}
    for name, array in made.items():
        atol = 1e-4 if name.endswith("adapted") else 1e-5  # statistics are summed in another order
        np.testing.assert_allclose(array, wanted[name.partition("-")[2]], atol=atol, err_msg=name)


def test_classes_draws_and_confidence(drawing: LinkedAutoencoder, waves: Domain, tmp_path: Path) -> None:
    check(drawing, waves.x, tmp_path)


def test_a_chain_of_networks(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain, tmp_path: Path) -> None:
    back = LinkedAutoencoder(bridge.target, bridge.source, NetworkLinker())
    back.fit(tiles, waves, linker_options={"epochs": 1, "steps": 2})
    check(bridge.then(back), waves.x, tmp_path)


@pytest.mark.parametrize("linker", [None, AnchorLinker()], ids=["auto", "anchors"])
def test_given_pairs(linker: Any, tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(60, 4))
    bridge = LinkedAutoencoder(linker=linker).fit(x, x[:, ::-1] ** 2, pairing="given")
    check(bridge, x, tmp_path)


def test_variational_sides(waves: Domain, tmp_path: Path) -> None:
    side = Autoencoder(variational=0.01).fit(waves, epochs=1)
    check(LinkedAutoencoder(side, side).fit(waves, waves), waves.x, tmp_path)
