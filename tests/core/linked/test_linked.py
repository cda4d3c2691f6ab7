from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae import Autoencoder, Domain, FlowLinker, GivenPairing, LinkedAutoencoder, NetworkLinker, RidgeLinker
from bridgeae.errors import BundleError, InputError, NotFittedError, OutputExistsError
from bridgeae.networks import dense_networks


def test_two_labelled_arrays_are_enough_and_the_same_seed_gives_the_same_bridge(waves: Domain, tiles: Domain) -> None:
    quick = {"epochs": 1}
    options = {"source_options": quick, "target_options": quick, "linker_options": {"epochs": 1, "steps": 5}}
    made = [
        LinkedAutoencoder().fit(*sides, **options, seed=7)
        for sides in (((waves.x, waves.labels), (tiles.x, tiles.labels)), (waves, tiles))
    ]
    assert made[0].translate(waves.x[:5]).shape == (5, 6, 6, 1)
    assert isinstance(made[0].linker, FlowLinker)  # what class pairs share is drawn from
    assert (made[0].translate(waves) == made[1].translate(waves)).all()


def test_given_pairs_are_linked_in_closed_form(bridge: LinkedAutoencoder, waves: Domain) -> None:
    made = LinkedAutoencoder(bridge.source, bridge.source).fit(waves, waves, pairing=GivenPairing())
    assert isinstance(made.linker, RidgeLinker)


def test_translations_have_the_right_class(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain) -> None:
    figures = bridge.evaluate(waves, tiles)
    assert figures["n"] == 90
    assert figures["accuracy"] > 0.9
    assert np.trace(figures["confusion"]) == figures["right"]
    assert {"diversity", "frechet", "frechet_floor"} <= set(figures)


def test_evaluate_without_target_leaves_out_the_comparison(bridge: LinkedAutoencoder, waves: Domain) -> None:
    assert "frechet" not in bridge.evaluate(waves)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_evaluate_says_none_where_samples_are_too_few(
    bridge: LinkedAutoencoder, waves: Domain, tiles: Domain, count: int
) -> None:
    figures = bridge.evaluate(waves.select(slice(count)), tiles)
    assert figures["n"] == count and figures["diversity"] is None
    assert (figures["frechet"] is None) == (count == 1)


def test_evaluate_refuses_sides_without_a_class_in_common(
    bridge: LinkedAutoencoder, waves: Domain, tiles: Domain
) -> None:
    words = np.array(["a", "b", "c"])
    for labels in (waves.labels + 7, words[waves.labels], waves.labels.astype(str)):
        with pytest.raises(InputError, match=r"`source` has the classes .* and the target side.* \[0, 1, 2\]"):
            bridge.evaluate((waves.x, labels), tiles)
    with pytest.raises(InputError, match=r"the classes \[0, 1, 2\] and `target` \[5\]: none is in both"):
        bridge.evaluate(waves, (tiles.x, np.full(len(tiles), 5)))
    with pytest.raises(InputError, match=r"the classes \[0, 1, 2\] and `judge` \['a', 'b', 'c'\]"):
        bridge.evaluate(waves, judge=lambda x: words[np.arange(len(x)) % 3])
    with pytest.raises(InputError, match="class 2 has no real sample"):
        bridge.evaluate(waves, tiles.select(tiles.labels < 2))


def test_evaluate_asks_the_judge_it_is_given(bridge: LinkedAutoencoder, waves: Domain) -> None:
    assert bridge.evaluate(waves, judge=lambda x: np.zeros(len(x), int))["accuracy"] == pytest.approx(1 / 3)


def test_fitted_sides_are_left_alone_by_the_reverse_bridge(
    bridge: LinkedAutoencoder, waves: Domain, tiles: Domain
) -> None:
    before = bridge.source.encode(waves.x)
    back = LinkedAutoencoder(bridge.target, bridge.source).fit(tiles, waves)
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


def sequences() -> Autoencoder:
    x, z = layers.Input((None, 1)), layers.Input((None, 4))
    encoder = keras.Model(x, layers.Conv1D(4, 2, strides=2, padding="same")(x))
    return Autoencoder(encoder, keras.Model(z, layers.Conv1DTranspose(1, 2, strides=2, padding="same")(z)))


def test_given_pairs_of_sequences_are_linked_and_fine_tuned(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(64, 32, 1)).astype(np.float32)
    run = {"epochs": 5, "learning_rate": 1e-2}
    made = LinkedAutoencoder(sequences(), sequences(), NetworkLinker("convolutional"))
    made.fit(x, 1 - x, pairing=GivenPairing(), source_options=run, target_options=run, linker_options={"epochs": 1})
    decoder = made.target.decoder.get_weights()
    before = np.mean((made.translate(x) - (1 - x)) ** 2)
    made.finetune(x, 1 - x, epochs=2, steps=60, learning_rate=5e-3, weight_averaging=0.9)
    assert np.mean((made.translate(x) - (1 - x)) ** 2) < before
    assert all((a == b).all() for a, b in zip(decoder, made.target.decoder.get_weights(), strict=True))
    made.save(tmp_path / "model")
    again = LinkedAutoencoder.load(tmp_path / "model")
    longer = np.zeros((2, 100, 1))
    assert (again.translate(longer) == made.translate(longer)).all()
    assert again.translate(longer).shape == (2, 100, 1)


def test_fine_tuning_takes_batches_made_on_the_fly() -> None:
    x = np.zeros((16, 8, 1))
    made = LinkedAutoencoder(sequences(), sequences(), NetworkLinker("convolutional"))
    quick = {"epochs": 1}
    made.fit(x, x, pairing=GivenPairing(), source_options=quick, target_options=quick, linker_options=quick)

    def batches(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x = rng.normal(size=(4, 16, 1)).astype(np.float32)
        return x, x

    decoder = [w.copy() for w in made.target.decoder.get_weights()]
    made.finetune(batches=batches, epochs=1, steps=1)
    assert made.target.decoder.trainable  # as before
    made.finetune(batches=batches, decoder=True, epochs=1, steps=3)
    assert len(made.history_["loss"]) == 1
    assert any((a != b).any() for a, b in zip(decoder, made.target.decoder.get_weights(), strict=True))


def test_fine_tuning_drops_what_no_longer_fits_the_encoder(waves: Domain) -> None:
    quick = {"epochs": 1}
    source = Autoencoder(classifier="first").fit(waves, **quick)
    made = LinkedAutoencoder(source, linker=NetworkLinker())
    made.fit(waves, waves, target_options=quick, linker_options={"epochs": 1, "steps": 1}).calibrate(waves, waves)
    made.finetune(waves, waves, epochs=1, steps=1)
    assert made.confidence_ is None and source.decoder is None
    with pytest.raises(NotFittedError, match="`calibrate"):
        made.confidence(waves)
    with pytest.raises(InputError, match="no classifier"):
        source.predict(waves.x)
    with pytest.raises(InputError, match="needs a source side with a classifier"):
        made.calibrate(waves, waves)
    with pytest.raises(InputError, match="`batch_size` must be at least 1"):
        made.finetune(waves, waves, batch_size=0)


def test_fine_tuning_needs_a_network(bridge: LinkedAutoencoder, waves: Domain) -> None:
    with pytest.raises(InputError, match="needs a NetworkLinker to train, this bridge has a RidgeLinker"):
        bridge.finetune(waves, waves)


def test_a_bridge_survives_save_and_load(bridge: LinkedAutoencoder, waves: Domain, tmp_path: Path) -> None:
    encoder = bridge.source.encoder
    encoder.trainable = False
    try:
        bridge.save(tmp_path / "model")
    finally:
        encoder.trainable = True
    loaded = LinkedAutoencoder.load(tmp_path / "model")
    assert np.allclose(loaded.translate(waves), bridge.translate(waves), atol=1e-5)
    assert loaded.evaluate(waves)["accuracy"] == bridge.evaluate(waves)["accuracy"]
    assert loaded.source.encoder.trainable_weights  # it can be trained again


def test_drawing_needs_a_linker_that_samples(bridge: LinkedAutoencoder, waves: Domain) -> None:
    with pytest.raises(InputError, match="`draws` needs a linker that samples, not RidgeLinker"):
        bridge.translate(waves, draws=2)


def test_a_saved_model_is_never_overwritten_unasked(bridge: LinkedAutoencoder, tmp_path: Path) -> None:
    bridge.save(tmp_path / "model")
    with pytest.raises(OutputExistsError, match="already holds something"):
        bridge.save(tmp_path / "model")
    bridge.save(tmp_path / "model", overwrite=True)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("precious")
    with pytest.raises(OutputExistsError, match="is not a model folder"):
        bridge.save(tmp_path / "notes", overwrite=True)
    assert (tmp_path / "notes" / "mine.txt").read_text() == "precious"


def test_translate_before_fit_is_refused(waves: Domain) -> None:
    with pytest.raises(NotFittedError, match=r"`fit\(source, target\)` must come first"):
        LinkedAutoencoder().translate(waves)


def test_sides_that_cannot_be_paired_are_refused_before_training(waves: Domain, tiles: Domain) -> None:
    with pytest.raises(InputError, match="`pairing` is needed where a side has no labels"):
        LinkedAutoencoder().fit(waves.x, tiles.x)
    with pytest.raises(InputError, match=r"\[2\] only in `source`"):
        LinkedAutoencoder().fit(waves, tiles.select(tiles.labels < 2))
    with pytest.raises(InputError, match="`source`: `labels` must have shape"):
        LinkedAutoencoder().fit((waves.x, waves.labels[:-1]), tiles)
    one = (waves.x, np.zeros(len(waves), int))
    for linker, source, target, pairing in (
        (None, one, one, None),
        (FlowLinker(), waves.x, waves.x, GivenPairing()),
        (FlowLinker(), waves, one, GivenPairing()),
    ):
        made = LinkedAutoencoder(linker=linker)
        with pytest.raises(InputError, match=r"needs two classes that both sides have: `source` has \["):
            made.fit(source, target, pairing=pairing)
        assert made.source is None and made.linker is linker


def test_a_target_without_decoder_is_refused(waves: Domain, tiles: Domain) -> None:
    encoder = dense_networks((6, 6, 1))[0]
    with pytest.raises(InputError, match="`target` has no decoder"):
        LinkedAutoencoder(target=Autoencoder(encoder, classifier="first")).fit(
            waves, tiles, source_options={"epochs": 1}, target_options={"epochs": 1}
        )


def test_a_manifest_that_describes_no_bridge_is_refused(tmp_path: Path) -> None:
    from bridgeae.saving.bundle import write_bundle

    write_bundle(tmp_path / "model", content={"source": {}}, networks={}, arrays={})
    with pytest.raises(BundleError, match="does not describe a bridge"):
        LinkedAutoencoder.load(tmp_path / "model")


def _drop(*path: str) -> Callable[[dict], None]:
    return _put(None, *path)


def _put(value: Any, *path: str) -> Callable[[dict], None]:
    def change(holder: dict) -> None:
        *above, last = path
        for key in above:
            holder = holder[key]
        if value is None:
            holder.pop(last)
        else:
            holder[last] = value

    return change


@pytest.fixture(scope="module")
def saved(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two calibrated models of the same sides: linked by a flow, and linearly."""
    folder = tmp_path_factory.mktemp("saved")
    few = {"epochs": 1, "steps": 1}
    for name, linker, options in (("flow", FlowLinker(units=8), few), ("ridge", RidgeLinker(), {"epochs": 1})):
        made = LinkedAutoencoder(bridge.source, bridge.target, linker).fit(waves, tiles, linker_options=options)
        made.calibrate(waves, waves).save(folder / name)
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
        ("flow", _put([[32], [3]], "content", "linker", "shapes")),
        ("flow", _put([0, 1], "content", "linker", "classes")),
        ("flow", _put("latent", "content", "linker", "condition")),
        ("flow", _put("word", "content", "linker", "condition")),
        ("flow", _drop("content", "linker", "classes")),
    ],
)
def test_a_damaged_manifest_is_refused_in_one_line(saved: Path, kind: str, change: Callable[[dict], None]) -> None:
    manifest = saved / kind / "manifest.json"
    whole = manifest.read_text()
    content = json.loads(whole)
    change(content)
    manifest.write_text(json.dumps(content))
    try:
        with pytest.raises(BundleError, match=kind) as raised:
            LinkedAutoencoder.load(saved / kind)
        assert "\n" not in str(raised.value)
    finally:
        manifest.write_text(whole)
