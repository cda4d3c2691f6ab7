"""Hypothesis strategies and tiny networks shared by the tests."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from bridgeae import Domain
from bridgeae.networks import dense_networks

seeds = st.integers(0, 2**32 - 1)


@st.composite
def labelled_pairs(draw: st.DrawFn) -> tuple[Domain, Domain]:
    """Two Domains of different sizes that share all their classes; unlabelled samples are mixed in."""
    classes = draw(st.lists(st.integers(0, 50), min_size=1, max_size=6, unique=True))
    sides = []
    for width in (2, 3):
        labels = [c for c in classes for _ in range(draw(st.integers(1, 9)))]
        labels += [-1] * draw(st.integers(0, 4))
        order = np.random.default_rng(draw(seeds)).permutation(len(labels))
        sides.append(Domain(np.zeros((len(labels), width)), labels=np.array(labels)[order]))
    return sides[0], sides[1]


def small_networks(latent: tuple[int, ...] = (4,), *, units: tuple[int, ...] = ()) -> tuple[Any, Any]:
    """An untrained encoder and decoder of samples of shape (24,), the same every time; linear without `units`."""
    import keras

    keras.utils.set_random_seed(0)
    encoder, decoder = dense_networks((24,), latent, units=units)
    return encoder, decoder
