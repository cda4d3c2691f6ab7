from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae.saving import STOCK_ACTIVATIONS, STOCK_LAYERS
from bridgeae.saving.export import EXPORTED_LAYERS, ExportError, compare, export_checked, export_network
from bridgeae.saving.onnx_network import OnnxNetwork
from stock_layers import model_of


def varied(model: keras.Model) -> keras.Model:
    """Give a model random weights; those that divide stay positive."""
    rng = np.random.default_rng(0)
    model.set_weights(
        [rng.uniform(0.5, 1.5, w.shape) if w.ndim == 1 else rng.normal(size=w.shape) for w in model.get_weights()]
    )
    return model


def of(shape: tuple[int | None, ...], *chain: layers.Layer) -> keras.Model:
    h = x = layers.Input(shape)
    for layer in chain:
        h = layer(h)
    return varied(keras.Model(x, h))


def differs(model: keras.Model, *lengths: int) -> float:
    """Return how far ONNX Runtime's answers are from Keras', relative to the largest."""
    shape = iter(lengths)
    x = np.random.default_rng(1).normal(size=(3, *(next(shape) if n is None else n for n in model.input_shape[1:])))
    a = OnnxNetwork("n", {"onnx": export_network(model)})(x)
    b = np.asarray(model(x.astype(np.float32)))
    assert a.shape == b.shape
    return float(np.abs(a - b).max() / max(1, np.abs(b).max()))


@pytest.mark.parametrize("name", sorted({*EXPORTED_LAYERS} & {*STOCK_LAYERS}))
def test_a_layer_answers_as_in_keras(name: str) -> None:
    assert export_checked(model_of(name))


def test_every_exported_layer_may_be_in_a_model() -> None:
    assert set(EXPORTED_LAYERS) <= set(STOCK_LAYERS)


@pytest.mark.parametrize("name", STOCK_ACTIVATIONS)
def test_an_activation_answers_as_in_keras(name: str) -> None:
    assert differs(of((7,), layers.Dense(5, activation=name))) < 1e-5


def convolution(kind: str, **options: Any) -> layers.Layer:
    return getattr(layers, kind)(**{"filters": 3, "kernel_size": 3, "padding": "same", **options})


@pytest.mark.parametrize("length", [8, 9, 10, 11])
@pytest.mark.parametrize(
    "layer",
    [
        lambda: convolution("Conv1D", strides=2),
        lambda: convolution("Conv1D", strides=3, kernel_size=2),
        lambda: convolution("Conv1D", dilation_rate=3),
        lambda: convolution("Conv1D", padding="causal", dilation_rate=2),
        lambda: convolution("Conv1D", kernel_size=4, padding="valid", groups=2, filters=4),
        lambda: convolution("Conv1DTranspose", strides=2),
        lambda: convolution("Conv1DTranspose", strides=3, kernel_size=2),
        lambda: convolution("Conv1DTranspose", strides=2, kernel_size=5, padding="valid"),
        lambda: layers.SeparableConv1D(3, 3, padding="same", depth_multiplier=2, activation="relu"),
        lambda: layers.MaxPooling1D(3, 2, padding="same"),
        lambda: layers.AveragePooling1D(3, 2, padding="same"),
        lambda: layers.UpSampling1D(3),
        lambda: layers.ZeroPadding1D((1, 2)),
        lambda: layers.Cropping1D((0, 2)),
        lambda: layers.BatchNormalization(scale=False),
        lambda: layers.LayerNormalization(),
        lambda: layers.GlobalAveragePooling1D(keepdims=True),
        lambda: layers.GRU(3, return_sequences=True, go_backwards=True),
        lambda: layers.GRU(3, reset_after=False),
        lambda: layers.Bidirectional(layers.LSTM(3, return_sequences=True), merge_mode="sum"),
        lambda: layers.SimpleRNN(3),
        lambda: layers.TimeDistributed(layers.Dense(3)),
    ],
)
def test_sequences_of_any_length_answer_as_in_keras(layer: Any, length: int) -> None:
    assert differs(of((None, 4), layer(), layers.Activation("tanh")), length) < 1e-5


@pytest.mark.parametrize("side", [7, 8])
@pytest.mark.parametrize(
    "layer",
    [
        lambda: convolution("Conv2D", strides=2, activation="gelu"),
        lambda: convolution("Conv2D", strides=(1, 2), kernel_size=(5, 2)),
        lambda: convolution("Conv2DTranspose", strides=2, use_bias=False),
        lambda: convolution("Conv2DTranspose", strides=(2, 1), kernel_size=(1, 4)),
        lambda: layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2),
        lambda: layers.UpSampling2D((2, 3), interpolation="bilinear"),
        lambda: layers.Cropping2D(((1, 0), (2, 1))),
        lambda: layers.ZeroPadding2D((1, 2)),
        lambda: layers.GroupNormalization(2),
        lambda: layers.Reshape((-1, 2, 2)),
        lambda: layers.Permute((2, 3, 1)),
        lambda: layers.LeakyReLU(negative_slope=0.3),
        lambda: layers.ReLU(max_value=2.0, negative_slope=0.1),
        lambda: layers.PReLU(shared_axes=(1, 2)),
    ],
)
def test_images_answer_as_in_keras(layer: Any, side: int) -> None:
    body = (layers.Conv2D(4, 3), layers.BatchNormalization(), layer(), layers.Flatten(), layers.Dense(3))
    assert differs(of((side, side, 2), *body)) < 1e-5


def test_shared_nested_and_merged_networks_answer_as_in_keras() -> None:
    x, y = layers.Input((6, 6, 2)), layers.Input((5,))
    inner = keras.Sequential([layers.Input((6, 6, 2)), layers.Conv2D(2, 3, padding="same"), layers.ReLU()])
    a = inner(layers.Rescaling(2.0, offset=-1.0)(inner(x)))
    b = layers.Concatenate()([a, x, layers.Conv2D(3, 1)(x)])
    two = keras.Model(b, [layers.Flatten()(b), layers.GlobalMaxPooling2D()(b)])
    flat, deep = two(b)
    dense = layers.Dense(7)
    merged = layers.Multiply()([dense(flat), layers.Dense(7)(deep), layers.Dense(7)(y)])
    assert export_checked(varied(keras.Model([x, y], [layers.Subtract()([merged, layers.Dense(7)(y)]), a, y])))


def test_a_network_that_passes_its_input_on_can_be_exported() -> None:
    x = layers.Input((3,))
    assert export_checked(keras.Model(x, layers.Dropout(0.5)(x)))


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: layers.STFTSpectrogram(frame_length=4, frame_step=2, fft_length=4), "of kind STFTSpectrogram"),
        (lambda: layers.LSTM(2, activation="relu"), "its activation is not tanh"),
        (lambda: layers.BatchNormalization(axis=1), "its axis 1 is not the last one"),
        (lambda: layers.Conv1D(2, 3, data_format="channels_first"), "channels first"),
    ],
)
def test_what_has_no_onnx_form_is_named(layer: Any, message: str) -> None:
    with pytest.raises(ExportError, match=rf"layer '\w+'.*{message}"):
        export_network(of((8, 3), layer()))


def test_a_layer_that_reads_a_mask_is_named() -> None:
    with pytest.raises(ExportError, match="layer 'reader' takes a `mask`"):
        export_network(of((None, 3), layers.Masking(), layers.GRU(2, name="reader")))


def test_a_graph_that_differs_from_keras_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model, other = of((3,), layers.Dense(2)), of((3,), layers.Dense(2, activation="tanh"))
    monkeypatch.setattr(compare, "export_network", lambda network: export_network(other))
    with pytest.raises(ExportError, match=r"answers differ from Keras' by [0-9.e+-]+"):
        export_checked(model)
