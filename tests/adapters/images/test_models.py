from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bridgeae import Domain, LinkedAutoencoder
from bridgeae.registry import packaged_model
from bridgeae_images import ImageAdapter


@pytest.fixture(scope="module")
def bridge() -> LinkedAutoencoder:
    return LinkedAutoencoder.load("hand-signs")


@pytest.fixture(scope="module")
def hands() -> Domain:
    """Hands that no training has seen, some of other signs."""
    return ImageAdapter(size=64, foreground=True).read("drawn:hands?n=48&others=24&seed=5&half=test")


def test_the_bridge_in_the_box_reads_hands_that_it_never_saw(bridge: LinkedAutoencoder, hands: Domain) -> None:
    known = hands.select(hands.labelled)
    assert (bridge.source.predict(known) == known.labels).mean() > 0.7
    digits = bridge.translate(known, draws=2)
    assert (bridge.target.predict(digits[:, 0]) == known.labels).mean() > 0.7
    assert not np.allclose(digits[:, 0], digits[:, 1])


def test_it_is_less_sure_of_other_signs(bridge: LinkedAutoencoder, hands: Domain) -> None:
    assert roc_auc_score(hands.labelled, bridge.confidence(hands)) > 0.65


def test_it_cannot_show_a_photo(bridge: LinkedAutoencoder) -> None:
    assert bridge.source.decoder is None


def test_it_is_small_and_has_a_card() -> None:
    model = packaged_model("hand-signs")
    assert model.checked() == model.path and 0 < model.size < 4e6
    assert "MNIST" in model.card and "CC BY-SA 3.0" in model.card and "## Limits" in model.card
