from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from keras import layers
from safetensors.numpy import load_file, save_file

from bridgeae import Autoencoder, Domain, FlowLinker, LinkedAutoencoder, NetworkLinker, RidgeLinker
from bridgeae.errors import BundleError, MissingFileError, OutputExistsError
from bridgeae.networks import dense_networks
from bridgeae.saving import FORMAT, State, read_bundle, read_manifest, write_bundle

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
numeric = st.sampled_from([np.float32, np.float64, np.int64, np.uint8, bool])
real_arrays = hnp.arrays(numeric, hnp.array_shapes(min_dims=0)).filter(lambda array: bool((array == array).all()))


def small_state() -> State:
    encoder, decoder = dense_networks((3, 2), (4,), units=(5,))
    return State({"name": "né"}, {"encoder": encoder, "decoder": decoder}, {"a": np.arange(3)})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_bundle(tmp_path / "m", small_state())
    return tmp_path / "m"


def edit_manifest(folder: Path, change: Any) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def plant(folder: Path, content: dict | str | bytes, name: str = "encoder.json") -> None:
    """Replace a file and mend its hash, as someone who means harm would."""
    text = json.dumps(content) if isinstance(content, dict) else content
    raw = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(raw)
    edit_manifest(folder, lambda m: m["sha256"].update({name: hashlib.sha256(raw).hexdigest()}))


def test_weights_of_half_precision_take_half_the_space(tmp_path: Path) -> None:
    state, sizes = small_state(), []
    encoder = state.networks["encoder"]
    for name, rounded in (("full", False), ("half", True)):
        if rounded:
            encoder.set_weights([w.astype(np.float16).astype(np.float32) for w in encoder.get_weights()])
        write_bundle(tmp_path / name, state)
        sizes.append(sum(w.nbytes for w in load_file(tmp_path / name / "encoder.safetensors").values()))
        read = read_bundle(tmp_path / name, runtime="keras").networks["encoder"].get_weights()
        for before, after in zip(encoder.get_weights(), read, strict=True):
            assert after.dtype == np.float32
            np.testing.assert_array_equal(before, after)
    assert sizes[1] == 2 * sum(w.size for w in encoder.get_weights()) < sizes[0]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    state = small_state()
    write_bundle(tmp_path / "m", state)
    read = read_bundle(tmp_path / "m", runtime="keras")
    assert read.values == {"name": "né"} and read.arrays["a"].tolist() == [0, 1, 2]
    x, z = np.ones((2, 3, 2), np.float32), np.ones((2, 4), np.float32)
    assert np.array_equal(read.networks["encoder"](x), state.networks["encoder"](x))
    assert np.array_equal(read.networks["decoder"](z), state.networks["decoder"](z))


@given(
    st.dictionaries(st.text(), json_values, max_size=3),
    st.dictionaries(st.text("abc", min_size=1), real_arrays, max_size=3),
)
@settings(max_examples=30)
def test_values_and_arrays_survive_as_they_are(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any], arrays: dict[str, np.ndarray]
) -> None:
    folder = tmp_path_factory.mktemp("bundle") / "m"
    write_bundle(folder, State(values, arrays={name: array.T for name, array in arrays.items()}))
    read = read_bundle(folder)
    assert read.values == values and set(read.arrays) == set(arrays)
    for name, array in arrays.items():
        assert read.arrays[name].dtype == array.dtype
        assert np.array_equal(read.arrays[name], array.T)


@pytest.mark.parametrize("value", [np.nan, 1j, "words"])
def test_arrays_that_could_not_be_loaded_are_not_saved(value: Any, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="this cannot be saved: 'a' holds"):
        write_bundle(tmp_path / "m", State(arrays={"a": np.array([value])}))
    assert not (tmp_path / "m").exists()


def test_weights_of_layers_within_layers_survive(tmp_path: Path) -> None:
    inner = keras.Sequential([layers.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.BatchNormalization()])
    x = layers.Input((8, 8, 1))
    made = keras.Model(x, layers.Dense(2)(layers.Flatten()(inner(x))))
    made.set_weights([np.random.default_rng(k).random(w.shape) for k, w in enumerate(made.get_weights())])
    write_bundle(tmp_path / "m", State(networks={"n": made}))
    loaded = read_bundle(tmp_path / "m", runtime="keras").networks["n"]
    assert all((a == b).all() for a, b in zip(made.get_weights(), loaded.get_weights(), strict=True))


@pytest.mark.parametrize("whole", [True, False], ids=["whole network", "one layer"])
def test_writing_leaves_trainable_as_it_was_and_stores_it_as_true(tmp_path: Path, whole: bool) -> None:
    encoder, _ = dense_networks((3,), (2,), units=(5,))
    encoder.layers[2].trainable = False
    encoder.trainable = not whole and encoder.trainable
    before = [layer.trainable for layer in encoder.layers]
    write_bundle(tmp_path / "m", State(networks={"n": encoder}))
    assert encoder.trainable != whole and [layer.trainable for layer in encoder.layers] == before
    assert len(read_bundle(tmp_path / "m", runtime="keras").networks["n"].trainable_weights) == 6


def test_a_compiled_model_is_written_without_its_compile_config(tmp_path: Path) -> None:
    encoder, _ = dense_networks((3,), (2,), units=(5,))
    encoder.compile("adam", "mse")
    write_bundle(tmp_path / "m", State(networks={"n": encoder}))
    assert "compile_config" not in (tmp_path / "m" / "n.json").read_text()
    assert not read_bundle(tmp_path / "m", runtime="keras").networks["n"].compiled


def test_the_manifest_names_format_versions_and_every_file(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest["format"] == FORMAT and set(manifest["versions"]) == {"bridgeae", "keras", "numpy", "onnxruntime"}
    assert {*manifest["sha256"], "manifest.json"} == {file.name for file in folder.iterdir()}
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_the_folder_of_a_run_stands_for_its_model(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "run" / "model")
    assert read_manifest(tmp_path / "run") == read_manifest(folder)
    assert read_bundle(tmp_path / "run").values == read_bundle(folder).values


def test_a_folder_without_manifest_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no manifest\.json"):
        read_bundle(tmp_path)


def test_only_a_model_folder_is_replaced_and_only_when_asked(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputExistsError, match="already exists"):
        write_bundle(folder, State({"new": 1}))
    write_bundle(folder, State({"new": 1}), overwrite=True)
    assert read_bundle(folder).values == {"new": 1} and not read_bundle(folder).networks
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    (tmp_path / "file").write_text("years of work")
    for name in ("thesis", "file"):
        with pytest.raises(OutputExistsError, match="is not a model folder, so it is not overwritten"):
            write_bundle(tmp_path / name, State(), overwrite=True)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == (tmp_path / "file").read_text() == "years of work"


def test_a_write_that_fails_leaves_the_old_model(folder: Path) -> None:
    unsavable = {"a": np.array([object()])}
    with pytest.raises(Exception, match="object"):
        write_bundle(folder, State({"new": 1}, small_state().networks, unsavable), overwrite=True)
    assert read_bundle(folder).values == {"name": "né"}
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is damaged"),
        ("[]", "has no `format` number"),
        ('{"a": 1}', "has no `format` number"),
        ('{"format": 99, "versions": [1]}', "written by bridgeae another version"),
        ('{"format": 2}', "`content` must be a dict, received nothing"),
        ('{"format": 2, "content": {}, "networks": null}', "`networks` must be a list, received NoneType"),
        ('{"format": 2, "content": {}, "networks": [], "sha256": ["a"]}', "`sha256` must be a dict, received list"),
    ],
)
def test_a_damaged_manifest_is_refused(folder: Path, text: str, message: str) -> None:
    (folder / "manifest.json").write_text(text)
    with pytest.raises(BundleError, match=message):
        read_bundle(folder)


def test_an_unknown_format_says_which_version_reads_it(folder: Path) -> None:
    edit_manifest(folder, lambda m: m.update(format=99, versions={"bridgeae": "7.2"}))
    with pytest.raises(BundleError, match=r"has format 99, this bridgeae reads formats 2 and 3.*bridgeae 7\.2"):
        read_bundle(folder)


def test_a_changed_file_is_refused(folder: Path) -> None:
    with (folder / "encoder.safetensors").open("ab") as handle:
        handle.write(b" ")
    with pytest.raises(BundleError, match=r"encoder.safetensors was changed after it was saved"):
        read_bundle(folder)


def test_a_wrong_hash_is_refused(folder: Path) -> None:
    edit_manifest(folder, lambda m: m["sha256"].update({"decoder.json": "0" * 64}))
    with pytest.raises(BundleError, match=r"decoder.json was changed"):
        read_bundle(folder)


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "decoder.safetensors").unlink()
    with pytest.raises(BundleError, match=r"lacks 'decoder.safetensors'"):
        read_bundle(folder)


def test_a_manifest_cannot_point_outside_its_folder(folder: Path) -> None:
    edit_manifest(folder, lambda m: m["sha256"].update({"../secret": "0"}))
    with pytest.raises(BundleError, match=r"'\.\./secret' is no name"):
        read_bundle(folder)


def test_a_network_outside_the_list_is_refused(folder: Path) -> None:
    edit_manifest(folder, lambda m: m["sha256"].pop("encoder.json"))
    with pytest.raises(BundleError, match=r"encoder\.onnx was saved only to run"):
        read_bundle(folder, runtime="keras")
    edit_manifest(folder, lambda m: m["sha256"].pop("encoder.onnx"))
    with pytest.raises(BundleError, match="has no architecture or weights"):
        read_bundle(folder)


def test_weights_that_do_not_fit_are_refused(folder: Path) -> None:
    save_file({"0000:x": np.zeros(3)}, folder / "encoder.safetensors")
    plant(folder, (folder / "encoder.safetensors").read_bytes(), "encoder.safetensors")
    with pytest.raises(BundleError, match="weights differ in number, shape or type"):
        read_bundle(folder, runtime="keras")


@pytest.mark.parametrize("name", ["encoder.safetensors", "arrays.safetensors"])
def test_truncated_arrays_are_refused(folder: Path, name: str) -> None:
    plant(folder, (folder / name).read_bytes()[:50], name)
    with pytest.raises(BundleError, match=rf"{name} is damaged"):
        read_bundle(folder, runtime="keras")


@pytest.mark.parametrize("content", [b"\xff\xfe", "{"], ids=["no text", "no JSON"])
def test_an_architecture_that_cannot_be_read_is_refused(folder: Path, content: bytes | str) -> None:
    plant(folder, content)
    with pytest.raises(BundleError, match=r"encoder\.json is damaged"):
        read_bundle(folder, runtime="keras")


def test_a_class_that_is_not_allowed_is_refused_before_it_is_built(folder: Path) -> None:
    architecture = json.loads((folder / "encoder.json").read_text())
    wrong = {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "/nowhere"}}
    architecture["config"]["layers"][1] = wrong
    plant(folder, architecture)
    with pytest.raises(BundleError, match=r"encoder\.json is not safe to load: it holds keras\.layers\.TFSMLayer"):
        read_bundle(folder, runtime="keras")


def test_a_broken_architecture_is_refused(folder: Path) -> None:
    plant(folder, {"class_name": "Dense", "module": "keras.layers", "config": {"units": -3}})
    with pytest.raises(BundleError, match="cannot be built"):
        read_bundle(folder, runtime="keras")


@pytest.mark.parametrize("kind", [RidgeLinker, NetworkLinker, FlowLinker])
def test_a_model_of_the_version_before_which_names_the_class_of_its_linker_is_read(
    sides: tuple[Autoencoder, Autoencoder], waves: Domain, tiles: Domain, kind: type, tmp_path: Path
) -> None:
    quick = {"epochs": 1} if kind is RidgeLinker else {"epochs": 1, "steps": 2}
    bridge = LinkedAutoencoder(*sides, kind()).fit(waves, tiles, linker_options=quick)
    bridge.save(tmp_path / "m")
    edit_manifest(tmp_path / "m", lambda m: m["content"]["linker"].update(kind=kind.__name__))
    loaded = LinkedAutoencoder.load(tmp_path / "m")
    assert type(loaded.linker) is kind
    assert np.allclose(loaded.translate(waves.x), bridge.translate(waves.x), atol=1e-6)


def test_a_linker_that_is_not_installed_is_named(
    sides: tuple[Autoencoder, Autoencoder], waves: Domain, tiles: Domain, tmp_path: Path
) -> None:
    LinkedAutoencoder(*sides, RidgeLinker()).fit(waves, tiles, linker_options={"epochs": 1}).save(tmp_path / "m")
    edit_manifest(tmp_path / "m", lambda m: m["content"]["linker"].update(kind="TheirLinker"))
    with pytest.raises(BundleError, match="needs the linker 'TheirLinker', which is not installed"):
        LinkedAutoencoder.load(tmp_path / "m")
