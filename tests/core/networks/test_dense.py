from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from bridgeae import Domain
from bridgeae.errors import InputError
from bridgeae.networks import (
    as_functional,
    check_networks,
    check_samples,
    check_trainable,
    dense_networks,
    fixed_size,
    model_shapes,
)

shapes = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple)


@given(shapes, shapes)
@settings(max_examples=5)
def test_dense_networks_map_any_fixed_shape_to_any_other_and_back(sample: tuple[int, ...], latent: tuple) -> None:
    encoder, decoder = dense_networks(sample, latent, units=(3,))
    assert model_shapes(encoder, "encoder") == (sample, latent)
    assert model_shapes(decoder, "decoder") == (latent, sample)
    z = encoder(np.zeros((2, *sample), np.float32))
    assert z.shape == (2, *latent) and decoder(z).shape == (2, *sample)


def test_widths_go_inwards_in_the_encoder_and_outwards_in_the_decoder() -> None:
    encoder, decoder = dense_networks((4,), (2,), units=(8, 5))
    dense = [[layer.units for layer in m.layers if isinstance(layer, layers.Dense)] for m in (encoder, decoder)]
    assert dense == [[8, 5, 2], [5, 8, 4]]


@pytest.mark.parametrize("shape", [(), (None, 3), (0,), (2.5,)])
def test_dense_networks_need_fixed_lengths(shape: tuple) -> None:
    with pytest.raises(InputError, match="`sample_shape` must be positive whole numbers for a dense network"):
        dense_networks(shape)
    with pytest.raises(InputError, match="`latent_shape` must be positive whole numbers"):
        dense_networks((3,), shape)


@given(shapes)
def test_the_size_of_a_shape_is_the_number_of_its_values(shape: tuple[int, ...]) -> None:
    assert fixed_size(shape, "x") == np.zeros(shape).size


def linear(reads: int, writes: int) -> keras.Model:
    x = layers.Input((reads,))
    return keras.Model(x, layers.Dense(writes)(x))


def two_inputs() -> keras.Model:
    x, y = layers.Input((2,)), layers.Input((2,))
    return keras.Model([x, y], layers.Add()([x, y]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: keras.Sequential([layers.Dense(3)]), "known shapes, received Sequential: start a Sequential with"),
        (two_inputs, "`encoder` must be a Keras model with one input and one output"),
        (lambda: "vgg", "must be a Keras model .* received str"),
    ],
)
def test_a_model_of_unknown_shapes_is_refused(make, message: str) -> None:
    with pytest.raises(InputError, match=message):
        model_shapes(make(), "encoder")


def test_a_sequential_model_becomes_a_functional_one_of_the_same_layers() -> None:
    model = keras.Sequential([keras.Input((24,)), layers.Dense(3)])
    assert model_shapes(model, "network") == ((24,), (3,))
    functional = as_functional(model)
    check_networks(functional, None, equal=False)
    assert functional.layers[-1] is model.layers[-1]
    assert as_functional(functional) is functional and as_functional(None) is None
    with pytest.raises(InputError, match=r"start a Sequential with keras\.Input"):
        check_networks(as_functional(keras.Sequential([layers.Dense(3)])), None, equal=False)


def test_a_model_that_is_neither_functional_nor_sequential_is_refused() -> None:
    class Own(keras.Model):
        input_shape, output_shape = (None, 24), (None, 3)

    with pytest.raises(InputError, match="`encoder` must be a functional or Sequential Keras model, received Own"):
        check_networks(Own(), None, equal=False)


def test_encoder_and_decoder_must_meet_unless_a_gaussian_is_between() -> None:
    check_networks(linear(5, 2), linear(2, 5), equal=True)
    check_networks(linear(5, 2), linear(3, 5), equal=False)
    check_networks(None, None, equal=True)
    check_networks(linear(5, 2), None, equal=True)
    with pytest.raises(InputError, match=r"writes latents of shape \(2,\) but `decoder` reads \(3,\)"):
        check_networks(linear(5, 2), linear(3, 5), equal=True)


def test_a_decoder_makes_what_the_encoder_reads() -> None:
    z = layers.Input((2,))
    narrow = keras.Model(z, layers.Reshape((5, 1))(layers.Dense(5)(z)))  # its loss would broadcast
    for decoder, makes in ((linear(2, 1), r"\(1,\)"), (narrow, r"\(5, 1\)")):
        with pytest.raises(InputError, match=rf"makes samples of shape {makes} but `encoder` reads \(5,\)"):
            check_networks(linear(5, 2), decoder, equal=True)


def test_samples_have_the_shape_that_is_read_and_made() -> None:
    samples, z = layers.Input((None, 3)), layers.Input((2,))
    encoder = keras.Model(samples, layers.Dense(2)(layers.GlobalMaxPooling1D()(samples)))  # of any length
    decoder = keras.Model(z, layers.Reshape((4, 3))(layers.Dense(12)(z)))
    check_samples(encoder, decoder, np.zeros((6, 4, 3)))
    check_samples(encoder, None, np.zeros((6, 5, 3)))
    with pytest.raises(InputError, match=r"`x` must have shape \(n, 4, 3\) for this decoder, received \(6, 5, 3\)"):
        check_samples(encoder, decoder, np.zeros((6, 5, 3)))
    with pytest.raises(InputError, match=r"`x` must have shape \(n, 4, 3\) for this decoder"):
        check_trainable(encoder, decoder, None, Domain(np.zeros((6, 5, 3))))


def test_networks_that_cannot_learn_from_the_samples_are_refused() -> None:
    domain = Domain(np.zeros((4, 5)), labels=[0, 0, 1, -1])
    check_trainable(None, None, "joint", domain)
    check_trainable(linear(5, 2), None, "first", domain)
    with pytest.raises(InputError, match="learns only from labels"):
        check_trainable(linear(5, 2), None, "joint", domain)
    with pytest.raises(InputError, match=r"`x` must have shape \(n, 6\) for this encoder, received \(4, 5\)"):
        check_trainable(linear(6, 2), linear(2, 6), None, domain)
    with pytest.raises(InputError, match=r"at least two classes, received \[0\] in `domain`"):
        check_trainable(None, None, "first", domain.select([0, 1, 3]))
