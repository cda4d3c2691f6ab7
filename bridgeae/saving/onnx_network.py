"""A network on ONNX Runtime, which is called as the Keras model that it was written from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from bridgeae.checks import Shape, check_counts, check_shape
from bridgeae.errors import InputError
from bridgeae.saving.onnx_file import read_shapes
from bridgeae.saving.session import open_session


class OnnxNetwork:
    """Run a saved network without Keras.

    It is a `bridgeae.protocols.Encoder` and `Decoder`. The session is made at the first call, anew in a forked process,
    and is left out of pickles and copies.

    Args:
        name: of the network, for messages.
        files: the bytes of its files by ending: "onnx", and what training needs: "json" and "safetensors".
        threads: of its session; None takes BRIDGEAE_THREADS, or one.

    Raises:
        BundleError: the graph is damaged, keeps weights in other files, or has a weight that is not finite.
    """

    def __init__(self, name: str, files: Mapping[str, bytes], *, threads: int | None = None) -> None:
        if threads is not None:
            check_counts(threads=threads)
        self.name, self.files, self.threads = name, dict(files), threads
        inputs, outputs = read_shapes(self.files["onnx"], f"{name}.onnx")
        self.input_shape: Any = inputs[0] if len(inputs) == 1 else inputs
        self.output_shape: Any = outputs[0] if len(outputs) == 1 else outputs
        self._session: tuple[int, tuple[Any, list[str]]] | None = None

    def __call__(self, x: Any, training: bool | None = None) -> Any:
        """Return the outputs of samples ``(n, *sample)``, float32: an array, or a list of several."""
        if training:
            raise InputError(f"network {self.name!r} runs on ONNX Runtime, which does not train: take `keras()`.")
        several = isinstance(self.input_shape, list)
        shapes, arrays = (self.input_shape, x) if several else ([self.input_shape], [x])
        arrays = [np.ascontiguousarray(array, np.float32) for array in arrays]
        for shape, array in zip(shapes, arrays, strict=True):
            check_shape("x", array.shape, shape[1:], f" for network {self.name!r}")
        session, names = self._open()
        outputs = session.run(None, dict(zip(names, arrays, strict=True)))
        return outputs if isinstance(self.output_shape, list) else outputs[0]

    def predict_on_batch(self, x: Any) -> Any:
        """Return what a call returns, as a Keras model does."""
        return self(x)

    def predict(self, x: np.ndarray, batch_size: int = 32, verbose: Any = None) -> np.ndarray:
        """Return the output of many samples, of which `batch_size` are in memory together."""
        return np.concatenate([self(x[k : k + batch_size]) for k in range(0, len(x), batch_size)])

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the output's shape for inputs of a shape, as a Keras model does."""
        shape: Shape = self.output_shape
        if None not in shape[1:] or None in input_shape[1:]:
            return shape
        return (None, *self(np.zeros((1, *input_shape[1:]), np.float32)).shape[1:])

    def recalibrated(self, x: np.ndarray, share: float) -> OnnxNetwork | None:
        """Return a copy whose batch normalisation statistics move by `share` to those of samples ``(n, *sample)``.

        None without batch normalisation.
        """
        from bridgeae.saving.onnx_statistics import recalibrated_files

        files = recalibrated_files(self.files, x, share)
        return None if files is None else OnnxNetwork(self.name, files, threads=self.threads)

    def get_weights(self) -> list[np.ndarray]:
        """Return the weights in Keras' order. Raises InputError for a network that was saved only to run."""
        from bridgeae.saving.keras_network import weights_of

        return weights_of(self._file("safetensors"), f"{self.name}.safetensors")

    def keras(self) -> Any:
        """Build the Keras model, with weights of its own, that this network was written from.

        Raises:
            InputError: it was saved only to run, or Keras is not installed.
            BundleError: its architecture is not safe to build, or does not fit its weights.
        """
        from bridgeae.saving.keras_network import build_network

        return build_network(self._file("json"), self._file("safetensors"), self.name)

    def _file(self, ending: str) -> bytes:
        if ending not in self.files:
            raise InputError(f"network {self.name!r} was saved only to run: train with the model it was saved from.")
        return self.files[ending]

    def _open(self) -> tuple[Any, list[str]]:
        """Return the session of this process, and the names of its inputs."""
        if self._session is None or self._session[0] != os.getpid():
            session = open_session(self.files["onnx"], self.threads, f"{self.name}.onnx")
            self._session = os.getpid(), (session, [end.name for end in session.get_inputs()])
        return self._session[1]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_session": None}

    def __repr__(self) -> str:
        return f"OnnxNetwork({self.name!r}, {self.input_shape} -> {self.output_shape})"


def trainable(network: Any) -> Any:
    """Return a network as a Keras model: one that runs on ONNX Runtime is built, others are returned as they are."""
    return network.keras() if isinstance(network, OnnxNetwork) else network
