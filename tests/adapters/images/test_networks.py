from __future__ import annotations

import numpy as np
import pytest

from bridgeae_images.networks import build

SHAPES = pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (33, 33, 3), (64, 64, 4)], ids=str)


@SHAPES
@pytest.mark.parametrize("convolutions", [1, 2])
def test_networks_have_the_latent_and_the_sample_shape(shape: tuple[int, int, int], convolutions: int) -> None:
    encoder, decoder = build(shape, 5, convolutions)
    x = np.random.default_rng(0).random((3, *shape), np.float32)
    z = encoder(x)
    assert z.shape == (3, 5)
    made = np.asarray(decoder(z))
    assert made.shape == x.shape and 0 <= made.min() <= made.max() <= 1


@SHAPES
def test_more_convolutions_make_a_larger_encoder_and_the_same_decoder(shape: tuple[int, int, int]) -> None:
    light, heavy = (build(shape, 5, convolutions) for convolutions in (1, 3))
    assert light[0].count_params() < heavy[0].count_params()
    assert light[1].count_params() == heavy[1].count_params()


def test_networks_are_stock_keras_layers() -> None:
    for network in build((33, 33, 3), 5, 2):
        assert {type(layer).__module__.split(".")[0] for layer in network.layers} == {"keras"}
