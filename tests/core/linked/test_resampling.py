from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bridgeae import Domain, LinkedAutoencoder
from bridgeae.errors import InputError
from bridgeae.linked.resampling import draw
from bridgeae.linker import sample_keys


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
    return draw(linker, bridge.target, z, sample_keys(z), draws, seed, 128)


def test_draws_of_a_wrong_class_are_replaced(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain) -> None:
    z = bridge.source.encode(waves)
    made = drawn(bridge, Careless(bridge, tiles, 0.5), z)
    assert made.shape == (90, 4, 6, 6, 1)
    called = bridge.target.predict(made.reshape(-1, 6, 6, 1)).reshape(90, 4)
    assert (called == bridge.source.predict(waves)[:, None]).mean() > 0.95


def test_a_linker_that_never_agrees_still_answers(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain) -> None:
    linker = Careless(bridge, tiles, 0.0)
    assert np.isfinite(drawn(bridge, linker, bridge.source.encode(waves.x[:6]), draws=1)).all()
    assert len(linker.calls) == 6 * 9  # a draw and eight anew


def test_a_linker_that_only_samples_is_called_with_one_latent_at_a_time(
    bridge: LinkedAutoencoder, waves: Domain, tiles: Domain
) -> None:
    linker, z = Careless(bridge, tiles, 0.5), bridge.source.encode(waves.x[:6])
    made = drawn(bridge, linker, z, draws=3)
    assert set(linker.calls) == {1} and len(linker.calls) >= 18
    assert np.allclose(drawn(bridge, linker, z[4:], draws=3), made[4:], atol=1e-5)


def test_a_linker_that_draws_from_noise_is_called_once_for_all_draws(
    drawing: LinkedAutoencoder, waves: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, from_noise = [], drawing.linker.from_noise  # type: ignore[attr-defined]
    monkeypatch.setattr(drawing.linker, "from_noise", lambda z, n: calls.append(len(z)) or from_noise(z, n))
    drawn(drawing, drawing.linker, drawing.source.encode(waves.x[:6]), draws=3)
    assert calls[0] == 18 and len(calls) <= 9


def test_more_draws_begin_with_the_same_ones(drawing: LinkedAutoencoder, waves: Domain) -> None:
    z = drawing.source.encode(waves.x[:5])
    more = drawn(drawing, drawing.linker, z, draws=5)
    assert np.allclose(more[:, :2], drawn(drawing, drawing.linker, z, draws=2), atol=1e-5)


def test_the_same_seed_gives_the_same_draws(drawing: LinkedAutoencoder, waves: Domain) -> None:
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
    with pytest.raises(InputError, match="`seed` must be a whole number from 0"):
        drawn(drawing, drawing.linker, z, seed=-1)
