from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridgeae import Autoencoder, AutoLinker, Domain, FlowLinker, LinkedAutoencoder, NetworkLinker, RidgeLinker
from bridgeae.errors import BundleError, InputError, NotFittedError, OutputExistsError
from bridgeae.networks import dense_networks
from bridgeae.saving import State, trainable, write_bundle


def test_two_labelled_arrays_are_enough_and_the_same_seed_gives_the_same_bridge(waves: Domain, tiles: Domain) -> None:
    quick = {"epochs": 1}
    options = {"source_options": quick, "target_options": quick, "linker_options": {"epochs": 1, "steps": 5}}
    made = [
        LinkedAutoencoder().fit(*sides, **options, seed=7)
        for sides in (((waves.x, waves.labels), (tiles.x, tiles.labels)), (waves, tiles))
    ]
    assert made[0].translate(waves.x[:5]).shape == (5, 6, 6, 1)
    assert isinstance(made[0].linker, FlowLinker)
    assert (made[0].translate(waves) == made[1].translate(waves)).all()


@pytest.mark.parametrize(
    "options",
    [{"linker_options": {"epoch": 1}}, {"source_options": {"units": 3}}, {"target_options": {"sed": 1}}, {"seed": -1}],
    ids=str,
)
def test_a_mistaken_option_is_refused_before_anything_trains(
    waves: Domain, tiles: Domain, options: dict[str, Any]
) -> None:
    made = LinkedAutoencoder(linker=RidgeLinker())
    with pytest.raises(InputError, match=next(iter(options))):
        made.fit(waves, tiles, **options)
    with pytest.raises(NotFittedError):
        made.translate(waves)


def test_given_pairs_are_linked_by_what_validates_best(bridge: LinkedAutoencoder, waves: Domain) -> None:
    made = LinkedAutoencoder(bridge.source, bridge.source).fit(waves, waves, pairing="given")
    assert isinstance(made.linker, AutoLinker)


def test_fitted_sides_are_left_alone_by_the_reverse_bridge(
    bridge: LinkedAutoencoder, waves: Domain, tiles: Domain
) -> None:
    before = bridge.source.encode(waves.x)
    back = LinkedAutoencoder(bridge.target, bridge.source, "ridge").fit(tiles, waves)
    assert back.source is bridge.target
    assert (bridge.source.encode(waves.x) == before).all()
    assert back.evaluate(tiles)["accuracy"] > 0.9


def test_source_samples_are_augmented_for_the_linker(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain) -> None:
    shapes = []

    def augment(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        shapes.append(x.shape)
        return x

    again = LinkedAutoencoder(bridge.source, bridge.target, RidgeLinker())
    again.fit(waves, tiles, augment=augment, linker_options={"epochs": 3})
    assert shapes == [waves.x.shape] * 3


def test_a_pairing_is_fitted_once_on_the_latents(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain) -> None:
    seen = []

    class Given:
        """Pairs by position, and remembers what it was fitted on."""

        def check(self, source: Domain, target: Domain) -> None:
            assert source.sample_shape == (24,) and target.sample_shape == (6, 6, 1)

        def fit(self, source: Domain, target: Domain) -> Given:
            seen.append((source.sample_shape, target.sample_shape))
            return self

        def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
            k = rng.integers(0, 60, size)
            return k, k

    LinkedAutoencoder(bridge.source, bridge.target, RidgeLinker()).fit(waves, tiles, pairing=Given())
    assert seen == [((32,), (32,))]


def test_bridges_that_do_not_meet_are_refused(bridge: LinkedAutoencoder) -> None:
    with pytest.raises(InputError, match=r"reads samples of shape \(24,\), this bridge makes \(6, 6, 1\)"):
        bridge.then(bridge)
    with pytest.raises(NotFittedError, match="this LinkedAutoencoder is not fitted"):
        bridge.then(LinkedAutoencoder())


def test_an_adapted_bridge_moves_its_own_source_alone(drawing: LinkedAutoencoder, waves: Domain) -> None:
    before = drawing.translate(waves)
    other = drawing.adapted(3 * waves.x + 4)
    assert other.target is drawing.target and other.linker is drawing.linker
    assert (other.translate(waves) != before).any() and (drawing.translate(waves) == before).all()
    assert other.confidence(waves).shape == (90,)  # the calibration is kept


def test_a_bridge_survives_save_and_load(bridge: LinkedAutoencoder, waves: Domain, tmp_path: Path) -> None:
    encoder: Any = bridge.source.encoder
    encoder.trainable = False
    try:
        bridge.save(tmp_path / "model")
    finally:
        encoder.trainable = True
    for runtime in ("onnx", "keras"):
        loaded = LinkedAutoencoder.load(tmp_path / "model", runtime=runtime)
        assert np.allclose(loaded.translate(waves), bridge.translate(waves), atol=1e-5)
        assert loaded.evaluate(waves)["accuracy"] == bridge.evaluate(waves)["accuracy"]
        assert trainable(loaded.source.encoder).trainable_weights


def test_a_drawing_calibrated_bridge_survives_save_and_load(
    drawing: LinkedAutoencoder, waves: Domain, tmp_path: Path
) -> None:
    drawing.save(tmp_path / "model")
    loaded = LinkedAutoencoder.load(tmp_path / "model")
    made, again = (b.translate(waves.x[:9], draws=3, seed=1, return_confidence=True) for b in (drawing, loaded))
    assert np.allclose(made[0], again[0], atol=1e-5) and np.allclose(made[1], again[1], atol=1e-5)


def test_a_saved_model_is_never_overwritten_unasked(bridge: LinkedAutoencoder, tmp_path: Path) -> None:
    bridge.save(tmp_path / "model")
    with pytest.raises(OutputExistsError, match="model already exists"):
        bridge.save(tmp_path / "model")
    bridge.save(tmp_path / "model", overwrite=True)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("precious")
    with pytest.raises(OutputExistsError, match="is not a model folder"):
        bridge.save(tmp_path / "notes", overwrite=True)
    assert (tmp_path / "notes" / "mine.txt").read_text() == "precious"


def test_a_loss_that_was_a_function_is_missed_once_loaded(waves: Domain, tmp_path: Path) -> None:
    side = Autoencoder(*dense_networks((24,), (4,), units=(8,)), loss=lambda true, predicted: abs(true - predicted))
    quick = {"epochs": 1}
    made = LinkedAutoencoder(side, side, NetworkLinker())
    made.fit(waves, waves, pairing="given", source_options=quick, linker_options={"epochs": 1, "steps": 1})
    made.save(tmp_path / "model")
    loaded = LinkedAutoencoder.load(tmp_path / "model")
    with pytest.raises(InputError, match="`loss` was a function, which is not saved: pass `loss`"):
        loaded.finetune(waves, waves)
    loaded.finetune(waves, waves, loss="mse", epochs=1, steps=1)


def test_a_manifest_that_describes_no_bridge_is_refused(tmp_path: Path) -> None:
    write_bundle(tmp_path / "model", State({"source": {}}))
    with pytest.raises(BundleError, match="does not describe a bridge"):
        LinkedAutoencoder.load(tmp_path / "model")


def _drop(*path: str) -> Callable[[dict[str, Any]], None]:
    return _put(None, *path)


def _put(value: Any, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(holder: dict[str, Any]) -> None:
        *above, last = path
        for key in above:
            holder = holder[key]
        if value is None:
            holder.pop(last)
        else:
            holder[last] = value

    return change


@pytest.fixture(scope="module")
def saved(
    bridge: LinkedAutoencoder,
    drawing: LinkedAutoencoder,
    waves: Domain,
    tiles: Domain,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Two calibrated models of the same sides: linked by a flow, and linearly."""
    folder = tmp_path_factory.mktemp("saved")
    drawing.save(folder / "flow")
    linear = LinkedAutoencoder(bridge.source, bridge.target, RidgeLinker())
    linear.fit(waves, tiles, linker_options={"epochs": 1}).calibrate(waves, waves).save(folder / "ridge")
    return folder


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("ridge", _drop("content")),
        ("ridge", _put(["a"], "sha256")),
        ("ridge", _put("source-encoder", "networks")),
        ("ridge", _put([], "networks")),
        ("ridge", _put({}, "content", "confidence")),
        ("ridge", _put("much", "content", "confidence", "typical")),
        ("ridge", _put([], "content", "linker", "shapes")),
        ("ridge", _put([[3], [32]], "content", "linker", "shapes")),
        ("ridge", _put([0, 1], "content", "source", "classes")),
        ("ridge", _put("last", "content", "source", "options", "classifier")),
        ("ridge", _put([], "content", "linker")),
        ("ridge", _put("flow", "content", "linker", "kind")),
        ("flow", _put([[32], [3]], "content", "linker", "shapes")),
        ("flow", _put([0, 1], "content", "linker", "classes")),
        ("flow", _put("latent", "content", "linker", "condition")),
        ("flow", _put("word", "content", "linker", "condition")),
        ("flow", _drop("content", "linker", "classes")),
    ],
)
def test_a_damaged_manifest_is_refused_in_one_line(
    saved: Path, tmp_path: Path, kind: str, change: Callable[[dict[str, Any]], None]
) -> None:
    for file in (saved / kind).iterdir():
        (tmp_path / file.name).hardlink_to(file)
    content = json.loads((saved / kind / "manifest.json").read_text())
    change(content)
    (tmp_path / "manifest.json").unlink()
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(BundleError, match=tmp_path.name) as raised:
        LinkedAutoencoder.load(tmp_path)
    assert "\n" not in str(raised.value)
