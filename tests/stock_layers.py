"""A small model of each layer of Keras that a model folder may hold."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

MERGING = ("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract")
ATTENTION = ("AdditiveAttention", "Attention", "MultiHeadAttention")  # of a sequence to itself
ARGUMENTS: dict[str, dict[str, Any]] = {
    "Activation": {"activation": "relu"},
    "AveragePooling1D": {"pool_size": 2},
    "AveragePooling2D": {"pool_size": 2},
    "AveragePooling3D": {"pool_size": 2},
    "Bidirectional": {"layer": layers.LSTM(2)},
    "Dense": {"units": 2},
    "DepthwiseConv1D": {"kernel_size": 2},
    "DepthwiseConv2D": {"kernel_size": 2},
    "Dot": {"axes": 2},
    "Dropout": {"rate": 0.5},
    "Embedding": {"input_dim": 3, "output_dim": 2},
    "GRU": {"units": 2},
    "GaussianNoise": {"stddev": 0.1},
    "GroupNormalization": {"groups": 2},
    "LSTM": {"units": 2},
    "MelSpectrogram": {"sequence_length": 4, "fft_length": 4, "sequence_stride": 2, "num_mel_bins": 2},
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 2},
    "Permute": {"dims": (2, 1)},
    "RepeatVector": {"n": 3},
    "Rescaling": {"scale": 0.5},
    "Reshape": {"target_shape": (-1,)},
    "STFTSpectrogram": {"frame_length": 4, "frame_step": 2, "fft_length": 4},
    "SimpleRNN": {"units": 2},
    "SpatialDropout1D": {"rate": 0.5},
    "SpatialDropout2D": {"rate": 0.5},
    "SpatialDropout3D": {"rate": 0.5},
    "TimeDistributed": {"layer": layers.Dense(2)},
}
SHAPES = {"MelSpectrogram": (32,), "STFTSpectrogram": (32, 1), "RepeatVector": (6,), "Embedding": (6,)}


def model_of(name: str) -> keras.Model:
    """Build a model of one layer with random weights."""
    convolution = {"filters": 2, "kernel_size": 2} if "Conv" in name else {}
    layer = getattr(layers, name)(**ARGUMENTS.get(name, convolution))
    shape = SHAPES.get(name, (4, 4, 4, 2) if "3D" in name else (6, 6, 2) if "2D" in name else (6, 2))
    inputs = [layers.Input(shape) for _ in range(1 + (name in MERGING))]
    x = inputs if name in MERGING else inputs[0]
    attended = {"MultiHeadAttention": lambda: layer(x, x)}.get(name, lambda: layer([x, x]))
    model = keras.Model(inputs, attended() if name in ATTENTION else layer(x))
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.5, 1.5, w.shape).astype(w.dtype) for w in model.get_weights()])
    return model
