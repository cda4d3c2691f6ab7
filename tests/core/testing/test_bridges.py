"""A bridge passes, and one that loses something is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bridgeae import ClassPairing, Domain, FlowLinker, LinkedAutoencoder
from bridgeae.testing import ContractError, check_bridge
from bridgeae.testing.bridges import answers, elsewhere


def test_a_bridge_passes(bridge: LinkedAutoencoder, waves: Domain) -> None:
    check_bridge(bridge, waves.x)


def test_draws_and_confidence_are_compared_too(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain) -> None:
    drawing = LinkedAutoencoder(bridge.source, bridge.target, FlowLinker(units=8))
    drawing.fit(waves, tiles, pairing=ClassPairing(), linker_options={"epochs": 1, "steps": 3})
    drawing.calibrate(waves.select(slice(60)), waves.select(slice(60, 90)))
    assert set(answers(drawing, waves.x[:4])) == {"translations", "draws", "confidence"}
    check_bridge(drawing, waves.select(slice(4)))


def test_a_bridge_that_loses_something_is_found(bridge: LinkedAutoencoder, waves: Domain) -> None:
    class Forgets(LinkedAutoencoder):
        def translate(self, *args: Any, **options: Any) -> Any:
            return super().translate(*args, **options) + 1

    forgets = Forgets(bridge.source, bridge.target, bridge.linker)
    forgets.fitted_ = True
    with pytest.raises(ContractError, match="must give the same translations as before"):
        check_bridge(forgets, waves.x)


def test_a_bridge_that_is_not_fitted_is_found(waves: Domain) -> None:
    with pytest.raises(ContractError, match="NotFittedError"):
        check_bridge(LinkedAutoencoder(), waves.x)


def test_what_fails_in_the_other_process_is_said(tmp_path: Any) -> None:
    with pytest.raises(ContractError, match=r"(?s)cannot be used in another process: .*no model folder"):
        elsewhere("bridge", tmp_path, np.zeros(3))
