from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from bridgeae import Autoencoder, Domain, GivenPairing
from bridgeae.errors import AdapterError, ConfigError, InputError, MissingFileError
from bridgeae.progress import Progress
from bridgeae.registry import create_adapter
from bridgeae.runs import PairingConfig, RunConfig, SideConfig
from bridgeae.runs.side import (
    SMOKE_SAMPLES,
    Side,
    augment_of,
    build_side,
    check_tests,
    hold_out_tests,
    measure_side,
    read_side,
    train_side,
)

PLACE = "sklearn:digits?half=train&n=20"
GREY = {"size": 8, "channels": 1}


def config(*train: str, **more: Any) -> SideConfig:
    return SideConfig("images", train or (PLACE,), (PLACE,), **{"options": GREY} | more)


def read(side: SideConfig, base: Path, data: Path | None = None, *, smoke: bool = False) -> tuple[Side, list[str]]:
    said: list[str] = []
    return read_side("source", side, data, base, None, smoke=smoke, say=said.append), said


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """A folder that holds one picture without a class."""
    Image.new("L", (9, 9)).save(tmp_path / "flat.png")
    return tmp_path


def test_the_first_place_that_exists_is_taken(flat: Path) -> None:
    side, said = read(config("missing.npz", "flat.png", PLACE), flat)
    assert len(side.train) == 1 and len(side.test) == 20
    assert side.origin == {"train": 1, "test": 20, "from": {"train": "flat.png", "test": PLACE}}
    assert said[0] == "source train: 1 samples of shape (8, 8, 1) from flat.png"


def test_a_data_folder_must_hold_the_file(flat: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(MissingFileError, match=r"missing\.npz.* Pass the folder that holds it as `data`"):
        read(config("missing.npz", PLACE), flat, data=tmp_path_factory.mktemp("empty"))
    assert len(read(config("missing.npz", PLACE), flat)[0].train) == 20


def test_further_tests_without_labels_are_left_out(flat: Path) -> None:
    side, said = read(config(more_tests=("flat.png", "missing.zip", "sklearn:digits?half=test&n=15")), flat)
    assert [len(more) for more in side.more.values()] == [15]
    assert any("flat.png has no labels, so it is left out" in line for line in said)
    assert any("missing.zip does not exist, so it is left out" in line for line in said)


def test_a_smoke_run_takes_a_few_samples_of_each_class(tmp_path: Path) -> None:
    side, _ = read(config("sklearn:digits?half=train&classes=0-1"), tmp_path, smoke=True)
    assert np.unique(side.train.known_labels(), return_counts=True)[1].tolist() == [SMOKE_SAMPLES] * 2


def sides_of(a: Domain, b: Domain, **tests: Any) -> dict[str, Side]:
    configs = {name: SideConfig("images", (PLACE,), tests.get(name)) for name in ("source", "target")}
    return {name: Side(configs[name], domain, domain, {"from": {}}) for name, domain in (("source", a), ("target", b))}


def held_out(sides: dict[str, Side], pairing: PairingConfig, *, smoke: bool = False) -> list[str]:
    said: list[str] = []
    run = RunConfig(sides["source"].config, sides["target"].config, pairing=pairing, test=0.25)
    hold_out_tests(run, sides, smoke=smoke, say=said.append)
    return said


def test_a_share_of_the_samples_is_held_out_for_the_test() -> None:
    domain = Domain(np.arange(40.0)[:, None], labels=np.arange(40) % 2, groups=np.arange(40) // 2)
    sides = sides_of(domain, domain, target=0.5)
    said = held_out(sides, PairingConfig())
    assert [len(sides[name].test) for name in ("source", "target")] == [10, 20]
    assert not set(sides["source"].test.groups.tolist()) & set(sides["source"].train.groups.tolist())  # type: ignore
    assert sides["target"].origin == {"train": 20, "test": 20, "from": {"test": "0.5 of train"}}
    assert said[0] == "source test: 10 of these samples, held out of training"


@pytest.mark.parametrize("smoke", [False, True])
def test_given_pairs_are_held_out_together(smoke: bool) -> None:
    x, names = np.arange(400.0)[:, None], np.arange(400).astype(str)
    order = np.random.default_rng(0).permutation(400)
    sides = sides_of(Domain(x, names=names), Domain(x[order], names=names[order]))
    assert held_out(sides, PairingConfig("given"), smoke=smoke)[0].startswith("train pairs: 400 rows by their names")
    for part, n in (("test", 100), ("train", 100 if smoke else 300)):
        a, b = (getattr(sides[name], part).x for name in ("source", "target"))
        assert a.tolist() == b.tolist() and len(a) == n


@pytest.mark.parametrize("smoke", [False, True])
@pytest.mark.parametrize("patients", [None, np.arange(400) // 8])
def test_training_rows_without_a_partner_stay_unless_their_group_is_tested(
    smoke: bool, patients: np.ndarray | None
) -> None:
    x, names = np.arange(400.0)[:, None], np.arange(400).astype(str)
    order = np.random.default_rng(0).permutation(400)
    few = Domain(x[::4], names=names[::4], groups=None if patients is None else patients[::4])
    sides = sides_of(Domain(x[order], names=names[order], groups=None if patients is None else patients[order]), few)
    held_out(sides, PairingConfig("given"), smoke=smoke)
    source, target = sides["source"], sides["target"]
    assert source.test.x.tolist() == target.test.x.tolist()
    assert GivenPairing().pairs(source.train, target.train)[0].size == len(target.train) == 100 - len(target.test)
    assert not set(source.train.names.tolist()) & set(source.test.names.tolist())  # type: ignore[union-attr]
    if smoke:
        assert len(source.train) == len(target.train)
    elif patients is None:
        assert len(source.train) == 400 - len(source.test)
    else:
        assert not set(source.train.groups.tolist()) & set(source.test.groups.tolist())  # type: ignore[union-attr]
        assert len(source.train) == 8 * len(np.unique(target.train.groups))


@pytest.mark.parametrize(
    ("pairing", "tests"),
    [
        (PairingConfig("given", {"source_index": [0, 1], "target_index": [1, 0]}), {}),
        (PairingConfig("given"), {"source": 0.5}),
        (PairingConfig("given"), {"source": ("a.csv",)}),
    ],
)
def test_pairs_that_a_split_would_tear_are_refused(pairing: PairingConfig, tests: dict[str, Any]) -> None:
    domain = Domain(np.arange(40.0)[:, None])
    with pytest.raises(ConfigError, match="given pairs need the same test rows on both sides"):
        held_out(sides_of(domain, domain, **tests), pairing)


@pytest.mark.parametrize(("decoder", "classifier"), [(True, "joint"), (False, "first")])
def test_a_side_with_classes_learns_them_by_default(decoder: bool, classifier: str, tmp_path: Path) -> None:
    side, _ = read(config("sklearn:digits?n=20", decoder=decoder), tmp_path)
    build_side("source", side, seed=0)
    assert side.autoencoder.classifier == classifier


@pytest.mark.parametrize(
    "said", [{}, {"latent_shape": (32,)}, {"fit": {"epochs": 1}}, {"autoencoder": {"loss": "mse"}}], ids=str
)
def test_a_side_keeps_everything_only_where_nothing_is_said_about_it(said: dict[str, Any], tmp_path: Path) -> None:
    side, _ = read(SideConfig("images", ("sklearn:digits?n=20",), ("sklearn:digits?n=9",), **said), tmp_path)
    build_side("source", side, seed=0, lossless=True)
    assert side.autoencoder.fitted == (not said)
    assert side.autoencoder.adapter is side.adapter


def test_the_seed_decides_the_initial_weights(tmp_path: Path) -> None:
    made = []
    for seed in (3, 3, 4):
        side, _ = read(config(latent_shape=(4,)), tmp_path)
        build_side("source", side, seed=seed)
        made.append(side.autoencoder.encoder.get_weights()[0])  # type: ignore[union-attr]
    assert (made[0] == made[1]).all() and (made[0] != made[2]).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"latent_shape": (4, 4)}, r"source cannot be built with `latent_shape` \[4, 4\]"),
        ({"autoencoder": {"loss": "mae"}}, r"source cannot be built with .*`loss` must be one of"),
        ({"autoencoder": {"classifier": "last"}}, "source cannot be built with .*`classifier` must be one of"),
    ],
)
def test_networks_that_cannot_be_built_are_refused(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    side, _ = read(config(**options), tmp_path)
    with pytest.raises(ConfigError, match=message):
        build_side("source", side, seed=0)


def test_networks_that_could_not_be_saved_are_refused_before_training(tmp_path: Path) -> None:
    class Mine(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x

    side, _ = read(config(), tmp_path)
    encoder, decoder = side.adapter.networks((4,))
    odd = keras.Model(decoder.input, Mine()(decoder.output))
    side.adapter = type("Odd", (type(side.adapter),), {"networks": lambda self, shape: (encoder, odd)})(**GREY)
    with pytest.raises(ConfigError, match=r"source cannot be built .* network 'decoder' is not safe to load: .*Mine"):
        build_side("source", side, seed=0)


def test_an_unknown_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="no adapter is called 'picture'"):
        read(SideConfig("picture", ("a",), ("b",)), tmp_path)


def test_augmentation_needs_an_adapter_that_augments() -> None:
    assert augment_of(create_adapter("images")) is not None
    with pytest.raises(ConfigError, match="adapter 'bare' has no `augment`"):
        augment_of(type("Bare", (), {"name": "bare"})())


def test_a_side_is_trained_as_its_configuration_says(tmp_path: Path) -> None:
    side, _ = read(config(latent_shape=(4,), fit={"epochs": 7}, augment=True), tmp_path)
    build_side("source", side, seed=0)
    train_side(side, seed=0, smoke=True, progress=Progress(quiet=True))
    history = side.autoencoder.history_
    assert history is not None and len(history["autoencoder"]["loss"]) == 1  # one epoch in a smoke run
    assert measure_side(side).keys() >= {"parameters", "reconstruction_mse"}


def trained(autoencoder: Autoencoder, train: Domain, test: Domain, held_out: Domain | None = None) -> Side:
    side = Side(config(), train, test, {}, held_out=held_out)
    side.autoencoder = autoencoder
    return side


def test_test_samples_of_another_shape_are_refused_before_training(
    autoencoders: dict[str, Autoencoder], domains: dict[str, Domain]
) -> None:
    a, shorter = domains["a"], Domain(domains["a"].x[:, :-1])
    check_tests("source", side := trained(autoencoders["a"], a, a))
    for test, more in ((shorter, a), (a, shorter)):
        side.test, side.more = test, {"more.csv": more}
        with pytest.raises(InputError, match=r"source: the test samples do not fit: `x` must have shape"):
            check_tests("source", side)


def test_samples_without_a_label_are_no_mistakes(
    autoencoders: dict[str, Autoencoder], domains: dict[str, Domain]
) -> None:
    a = domains["a"]
    part = Domain(a.x, np.where(np.arange(90) < 40, -1, a.known_labels()))
    figures = measure_side(trained(autoencoders["a"], a, part))
    assert figures["classifier"]["n"] == 50 and figures["classifier"]["accuracy"] > 0.95
    assert "classifier" not in measure_side(trained(autoencoders["a"], a, Domain(a.x, np.full(90, -1))))


@pytest.mark.parametrize(("held_out", "fresh"), [(False, 60), (True, 40)])
def test_copies_of_training_samples_are_left_out_of_a_second_count(
    autoencoders: dict[str, Autoencoder], domains: dict[str, Domain], held_out: bool, fresh: int
) -> None:
    a = domains["a"]
    kept = a.select(slice(30, 50)) if held_out else None
    figures = measure_side(trained(autoencoders["a"], a.select(slice(30)), a, kept))
    assert figures["classifier"]["n"] == 90 and figures["classifier_without_copies"]["n"] == fresh


def test_the_reconstruction_error_is_that_of_the_test_samples(
    autoencoders: dict[str, Autoencoder], domains: dict[str, Domain]
) -> None:
    a, few = domains["a"], domains["a"].select(slice(9))
    error = np.mean((autoencoders["a"].reconstruct(few) - few.x) ** 2)
    assert measure_side(trained(autoencoders["a"], a, few))["reconstruction_mse"] == pytest.approx(
        float(error), rel=1e-4
    )
