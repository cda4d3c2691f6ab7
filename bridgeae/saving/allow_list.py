"""The Keras layers that a model folder may hold.

Keras' own loader rebuilds whatever class a file names, and had six security advisories in 2025-26 for it. Here an
architecture is checked before it is built: it may name the stock layers below, and layers that an installed adapter or
linker registered with Keras.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from bridgeae.checks import check_limit
from bridgeae.errors import BundleError
from bridgeae.registry import registered_modules

STOCK_LAYERS = tuple(
    """
    Activation Add AdditiveAttention Attention Average AveragePooling1D AveragePooling2D AveragePooling3D
    BatchNormalization Bidirectional Concatenate Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D
    Conv3DTranspose Cropping1D Cropping2D Cropping3D Dense DepthwiseConv1D DepthwiseConv2D Dot Dropout ELU Embedding
    Flatten GRU GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
    GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization Identity LSTM LayerNormalization
    LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum MelSpectrogram Minimum MultiHeadAttention
    Multiply Normalization PReLU Permute RMSNormalization ReLU RepeatVector Rescaling Reshape STFTSpectrogram
    SeparableConv1D SeparableConv2D SimpleRNN Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D Subtract
    TimeDistributed UnitNormalization UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D
    ZeroPadding3D
    """.split()
)
"""Layers of Keras that a model may hold, by name."""

STOCK_ACTIVATIONS = tuple(
    """
    celu elu exponential gelu hard_sigmoid hard_silu hard_swish leaky_relu linear log_softmax mish relu relu6 selu
    sigmoid silu softmax softplus softsign swish tanh
    """.split()
)
"""Activations of Keras that a layer may name."""

# Any and NotEqual are the operations by which Masking and Embedding make masks
_STOCK_CLASSES = frozenset(STOCK_LAYERS).union(
    """
    Functional Sequential InputLayer DTypePolicy Zeros Ones Constant GlorotNormal GlorotUniform HeNormal HeUniform
    LecunNormal LecunUniform RandomNormal RandomUniform TruncatedNormal VarianceScaling Orthogonal L1 L2 L1L2 MaxNorm
    NonNeg UnitNorm __keras_tensor__ __numpy__ Any NotEqual
    """.split()
)


def check_architecture(architecture: Any, where: str) -> None:
    """Raise BundleError where the parsed JSON of a Keras model, at `where`, names a class or function not allowed."""
    layers = sum("class_name" in node and "name" in (node.get("config") or ()) for node in _nodes(architecture))
    check_limit("layers", layers, f"{where} is too large", error=BundleError)
    for node in _nodes(architecture):
        if "compile_config" in node:
            raise BundleError(f"{where} is not safe to load: it holds a compile_config, which bridgeae never writes.")
        for activation in (value for key, value in node.items() if key.endswith("activation")):
            if isinstance(activation, str) and activation not in STOCK_ACTIVATIONS:
                raise BundleError(f"{where} is not safe to load: activation {activation!r} is not a stock one.")
        if "class_name" not in node:
            continue
        name, module = str(node["class_name"]), str(node.get("module") or "keras")
        registered = str(node.get("registered_name") or name)
        stock = name in _STOCK_CLASSES and module.split(".")[0] == "keras" and registered.rpartition(">")[2] == name
        if not stock and not _from_plugin(registered, module):
            why = "is neither a stock layer that bridgeae allows nor registered by an installed adapter or linker"
            raise BundleError(f"{where} is not safe to load: it holds {module}.{name}, which {why}.")


def _from_plugin(registered: str, module: str) -> bool:
    from bridgeae.networks.backend import keras

    owner = module.split(".")[0]
    if owner not in registered_modules():
        return False
    import_module(owner)  # installed code, which registers its layers
    known = keras.saving.get_registered_object(registered)
    return known is not None and known.__module__.split(".")[0] == owner


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
