"""A small bridge that the tests of this folder share."""

from __future__ import annotations

import numpy as np
import pytest

from bridgeae import Autoencoder, Domain, GivenPairing, LinkedAutoencoder, NetworkLinker
from bridgeae_copynumber import CopyNumberAdapter
from bridgeae_copynumber.training import networks, simulated_pairs


@pytest.fixture(scope="session")
def copynumber_bridge() -> LinkedAutoencoder:
    """A tiny trained bridge from raw to segmented rows. Leave it as it is: tests share it."""
    raw, segmented = simulated_pairs(np.random.default_rng(0), 8, length=64)
    sides = [
        Autoencoder(*CopyNumberAdapter(side=side, length=64).networks((None, 8)), loss=loss)
        for side, loss in (("raw", networks.signal_loss), ("segmented", networks.segment_loss))
    ]
    linked = LinkedAutoencoder(*sides, NetworkLinker(networks.linker(8, dilations=(1, 2))))
    fit = {"epochs": 1, "batch_size": 2}
    linked.fit(
        Domain(raw),
        Domain(segmented),
        pairing=GivenPairing(),
        source_options=fit,
        target_options=fit,
        linker_options={"epochs": 1, "steps": 2, "batch_size": 2},
    )
    return linked.finetune(batches=lambda rng: simulated_pairs(rng, 2, length=64), epochs=1, steps=2, decoder=True)
