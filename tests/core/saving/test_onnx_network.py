from __future__ import annotations

import copy
import multiprocessing
import pickle
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from bridgeae.errors import BundleError, InputError
from bridgeae.networks import dense_networks
from bridgeae.protocols import Decoder, Encoder
from bridgeae.saving import OnnxNetwork, State, read_bundle, trainable, write_bundle
from bridgeae.saving.export import export_network

X = np.random.default_rng(0).normal(size=(5, 3, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return dense_networks((3, 2), (4,), units=(5,))[0]


@pytest.fixture(scope="module")
def files(model: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("model") / "m"
    write_bundle(folder, State(networks={"n": model}))
    return {ending: (folder / f"n.{ending}").read_bytes() for ending in ("json", "safetensors", "onnx")}


@pytest.fixture
def network(files: dict[str, bytes]) -> OnnxNetwork:
    return OnnxNetwork("n", files)


def answers(network: OnnxNetwork, queue: Any) -> None:
    queue.put(network(X))


def test_it_is_called_as_the_model_it_was_written_from(network: OnnxNetwork, model: keras.Model) -> None:
    assert isinstance(network, Encoder) and isinstance(network, Decoder)
    assert network.input_shape == model.input_shape and network.output_shape == model.output_shape
    for made in (network(X), network(X, training=False), network.predict_on_batch(X), network.predict(X, batch_size=2)):
        np.testing.assert_allclose(made, model(X), atol=1e-6)


def test_copies_pickles_and_forked_processes_answer_alike(network: OnnxNetwork) -> None:
    made = network(X)
    assert np.array_equal(copy.deepcopy(network)(X), made)
    assert np.array_equal(pickle.loads(pickle.dumps(network))(X), made)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=answers, args=(network, queue))
    child.start()
    assert np.array_equal(queue.get(timeout=60), made)
    child.join()


def test_keras_is_built_again_with_weights_of_its_own(network: OnnxNetwork, model: keras.Model) -> None:
    built = trainable(network)
    assert isinstance(built, keras.Model) and trainable(built) is built
    assert all(map(np.array_equal, built.get_weights(), model.get_weights()))
    assert all(map(np.array_equal, network.get_weights(), model.get_weights()))
    built.set_weights([0 * w for w in built.get_weights()])
    assert np.any(network(X) != 0)


def test_what_it_cannot_do_is_said(network: OnnxNetwork, files: dict[str, bytes]) -> None:
    with pytest.raises(InputError, match=r"`x` must have shape \(n, 3, 2\) for network 'n', received \(5, 3\)"):
        network(X[..., 0])
    with pytest.raises(InputError, match="does not train"):
        network(X, training=True)
    with pytest.raises(InputError, match="was saved only to run"):
        OnnxNetwork("n", {"onnx": files["onnx"]}).keras()
    with pytest.raises(InputError, match="`threads` must be at least 1"):
        OnnxNetwork("n", files, threads=0)


def test_threads_are_those_of_the_argument_or_the_environment(
    files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def used(network: OnnxNetwork) -> int:
        return network._open()[0].get_session_options().intra_op_num_threads

    assert used(OnnxNetwork("n", files)) == 1 and used(OnnxNetwork("n", files, threads=2)) == 2
    monkeypatch.setenv("BRIDGEAE_THREADS", "3")
    assert used(OnnxNetwork("n", files)) == 3 and used(OnnxNetwork("n", files, threads=2)) == 2
    monkeypatch.setenv("BRIDGEAE_THREADS", "many")
    with pytest.raises(InputError, match="BRIDGEAE_THREADS must be a whole number"):
        OnnxNetwork("n", files)(X)


def changed(files: dict[str, bytes], change: Any) -> bytes:
    graph = onnx.load_from_string(files["onnx"])
    change(graph)
    return graph.SerializeToString()


def with_nan(graph: Any) -> None:
    weights = numpy_helper.to_array(graph.graph.initializer[0]).copy()
    weights.flat[0] = np.nan
    graph.graph.initializer[0].raw_data = weights.tobytes()


def outside(graph: Any) -> None:
    tensor = graph.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"


def with_loop(graph: Any) -> None:
    node = graph.graph.node.add(op_type="Loop")
    node.attribute.add(name="body", type=onnx.AttributeProto.GRAPH, g=onnx.GraphProto(name="body"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_loop, r"n\.onnx is damaged: .*it has a graph within a graph"),
        (lambda graph: graph.graph.node.add(op_type="ConstantOfShape"), r"n\.onnx is damaged: .*the node ConstantOfSh"),
        (with_nan, r"n\.onnx is damaged: a weight in it is not a finite number"),
        (outside, r"n\.onnx is not safe to load: it keeps weights in other files"),
        (lambda graph: graph.graph.ClearField("input"), r"n\.onnx is damaged: it is no ONNX file with inputs"),
    ],
    ids=["loop", "memory of nothing", "NaN", "external data", "no input"],
)
def test_a_graph_that_is_not_whole_is_refused(files: dict[str, bytes], change: Any, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        OnnxNetwork("n", {"onnx": changed(files, change)})


@pytest.mark.parametrize("data", [b"", b"{}", b"\x00" * 50, b"\xff" * 50], ids=["empty", "text", "zeros", "ones"])
def test_what_is_no_graph_is_refused(data: bytes) -> None:
    with pytest.raises(BundleError, match=r"n\.onnx is damaged"):
        OnnxNetwork("n", {"onnx": data})


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_graph_that_ends_early_is_refused(files: dict[str, bytes], share: float) -> None:
    with pytest.raises(BundleError, match=r"n\.onnx is damaged"):
        OnnxNetwork("n", {"onnx": files["onnx"][: int(share * len(files["onnx"]))]})


def test_a_graph_that_cannot_run_is_refused_when_it_runs(files: dict[str, bytes]) -> None:
    def rename(graph: Any) -> None:
        graph.graph.node[0].op_type = "NoSuchNode"

    with pytest.raises(BundleError, match=r"n\.onnx is damaged: ONNX Runtime cannot read it"):
        OnnxNetwork("n", {"onnx": changed(files, rename)})(X)


def test_weights_that_are_not_finite_are_refused_by_save_and_load(model: keras.Model, tmp_path: Path) -> None:
    broken = keras.models.clone_model(model)
    broken.set_weights([w * np.nan for w in model.get_weights()])
    with pytest.raises(BundleError, match=r"network 'n' cannot be saved: its weight .* is not finite"):
        write_bundle(tmp_path / "m", State(networks={"n": broken}))
    assert not (tmp_path / "m").exists()


def test_a_saved_network_is_copied_byte_by_byte(network: OnnxNetwork, files: dict[str, bytes], tmp_path: Path) -> None:
    write_bundle(tmp_path / "m", State(networks={"n": network}))
    assert {ending: (tmp_path / "m" / f"n.{ending}").read_bytes() for ending in files} == files
    assert read_bundle(tmp_path / "m").networks["n"].files == files


def test_a_free_output_shape_is_found_by_running(files: dict[str, bytes]) -> None:
    x = keras.Input((None, 2))
    free = OnnxNetwork("n", {"onnx": export_network(keras.Model(x, keras.layers.Conv1D(3, 3)(x)))})
    assert free.input_shape == (None, None, 2) and free.output_shape == (None, None, 3)
    assert free.compute_output_shape((None, 9, 2)) == (None, 7, 3)
    assert free.compute_output_shape((None, None, 2)) == (None, None, 3)
