from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bridgeae import Domain, LinkedAutoencoder
from bridgeae.errors import InputError
from bridgeae.linked.resampling import draw


class Careless:
    """Draws the latent of a target sample, of the right class only in part; agreement knows the classes.

    Args:
        bridge: over whose sides it draws.
        target: labelled samples to draw from.
        right: share of draws of the right class.
    """

    def __init__(self, bridge: LinkedAutoencoder, target: Domain, right: float) -> None:
        self.source, self.target, self.right = bridge.source.latent_head(), bridge.target.latent_head(), right
        self.z, self.labels = bridge.target.encode(target, views=False), target.known_labels()
        self.calls: list[int] = []

    def _classes(self, z: np.ndarray) -> np.ndarray:
        assert self.source is not None
        return self.source.classes[self.source.probabilities(z).argmax(1)]

    def sample(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        self.calls.append(len(z))
        wanted = (self._classes(z) + (rng.random(len(z)) > self.right)) % 3
        return np.stack([self.z[rng.choice(np.flatnonzero(self.labels == c))] for c in wanted])

    def agreement(self, z: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        assert self.target is not None
        return self.target.probabilities(drawn)[np.arange(len(z)), self._classes(z)]

    check = fit = predict = get_state = from_state = lambda *_, **__: None


def drawn(bridge: LinkedAutoencoder, linker: Any, z: np.ndarray, draws: Any = 4, seed: int = 0) -> np.ndarray:
    return draw(linker, bridge.target, z, draws, np.random.default_rng(seed), 128)


def test_draws_of_a_wrong_class_are_replaced(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain) -> None:
    z = bridge.source.encode(waves)
    made = drawn(bridge, Careless(bridge, tiles, 0.5), z)
    assert made.shape == (90, 4, 6, 6, 1)
    called = bridge.target.predict(made.reshape(-1, 6, 6, 1)).reshape(90, 4)
    assert (called == bridge.source.predict(waves)[:, None]).mean() > 0.95


def test_a_linker_that_never_agrees_still_answers(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain) -> None:
    linker = Careless(bridge, tiles, 0.0)
    assert np.isfinite(drawn(bridge, linker, bridge.source.encode(waves.x[:6]), draws=1)).all()
    assert len(linker.calls) <= 9


def test_a_round_of_draws_is_one_call(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain) -> None:
    """So that a linker can spread the draws of a call evenly."""
    linker = Careless(bridge, tiles, 1.0)
    drawn(bridge, linker, bridge.source.encode(waves.x[:6]), draws=3)
    assert linker.calls[:3] == [6, 6, 6]


def test_the_same_generator_gives_the_same_draws(drawing: LinkedAutoencoder, waves: Domain) -> None:
    z = drawing.source.encode(waves.x[:5])
    made = [drawn(drawing, drawing.linker, z, draws=2, seed=seed) for seed in (3, 3, 4)]
    assert (made[0] == made[1]).all() and (made[0] != made[2]).any()


def test_draws_need_a_linker_that_samples_and_a_count(
    bridge: LinkedAutoencoder, drawing: LinkedAutoencoder, waves: Domain
) -> None:
    z = bridge.source.encode(waves.x[:2])
    with pytest.raises(InputError, match="`draws` needs a linker that samples, not RidgeLinker"):
        drawn(bridge, bridge.linker, z)
    for count in (0, 2.5, True):
        with pytest.raises(InputError, match="`draws` must be at least 1"):
            drawn(drawing, drawing.linker, z, draws=count)
