"""Samples in any unit: the scaling is learned, built into the networks, saved, and undone on the way out."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae import Autoencoder, Domain, LinkedAutoencoder, NetworkLinker, Progress
from bridgeae.autoencoder.few_labels import pretrain
from bridgeae.autoencoder.reconstruction import ReconstructionWarning, r2
from bridgeae.autoencoder.standardising import Scaling, learn_scaling
from bridgeae.errors import InputError
from bridgeae.networks import dense_networks
from bridgeae.pairing import GivenPairing

QUIET = Progress(quiet=True)


def table(n: int = 160, columns: int = 8) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (rng.normal(size=(n, 3)) @ rng.normal(size=(3, columns))).astype(np.float32)


@given(kind=st.sampled_from(["feature", "one", "none"]), power=st.integers(-9, 9), offset=st.floats(-3, 3))
def test_undoing_gives_the_samples_back(kind: str, power: int, offset: float) -> None:
    x = ((table() + offset) * 10.0**power).astype(np.float32)
    scaling = Scaling.fit(x, kind)
    assert np.allclose(scaling.undo(scaling.apply(x)), x, rtol=1e-4, atol=1e-5 * np.abs(x).max())


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e6, 1e25])
def test_the_layers_of_a_network_do_the_same(unit: float) -> None:
    x = (table() + 1) * np.float32(unit)
    for kind in ("feature", "one"):
        scaling = Scaling.fit(x, kind)
        z = np.asarray(scaling.layer()(x))
        assert np.allclose(z, scaling.apply(x), atol=1e-4)
        assert np.allclose(np.asarray(scaling.layer(invert=True)(z)), x, rtol=1e-4, atol=1e-4 * unit)


def test_columns_of_a_table_in_several_units_have_a_scale_each() -> None:
    assert learn_scaling(table() * 10.0 ** np.arange(8), "auto").kind == "feature"


def test_nearly_dead_pixels_share_the_scale_of_all() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2)) @ rng.normal(size=(2, 40)) + 0.1 * rng.normal(size=(400, 40))
    x[:, 20:] = np.where(rng.random((400, 20)) < 0.01, rng.normal(size=(400, 20)), 0)
    assert learn_scaling(x, "auto", 4).kind == "one"


def test_pictures_and_signals_have_a_scale_a_channel() -> None:
    x = np.random.default_rng(0).normal(size=(50, 6, 6, 3)) * [1, 10, 100] + [0, 50, 500]
    scaling = learn_scaling(x, "auto")
    assert scaling.kind == "channel" and np.allclose(scaling.scale, [1, 10, 100], rtol=0.1)
    assert learn_scaling(x[:, :, 0], "auto").kind == "channel"


def test_constant_values_are_passed_on() -> None:
    x = table()
    x[:, 2] = 7e5
    side = Autoencoder().fit(x, epochs=1, progress=QUIET)
    assert np.isfinite(side.encode(x)).all() and side.scaling_ is not None and side.scaling_.scale[2] == 1
    assert np.allclose(side.reconstruct(x)[:, 2], 7e5, rtol=1e-4)
    one = Autoencoder(standardise="one").fit(x, epochs=8, progress=QUIET).reconstruction_
    assert one is not None and one["r2"] > 0.5


def test_the_unit_of_samples_changes_nothing() -> None:
    x = table()
    plain = Autoencoder().fit(x, epochs=8, progress=QUIET).reconstruction_
    assert plain is not None and plain["r2"] > 0.8
    for scale, offset in ((1e3, 1e4), (1e-9, 0.0), (1e25, 0.0)):
        other = Autoencoder().fit(x * scale + offset, epochs=8, progress=QUIET).reconstruction_
        assert other is not None and other["r2"] == pytest.approx(plain["r2"], abs=1e-2)
        assert other["mse"] == pytest.approx(plain["mse"] * scale**2, rel=0.1)


def test_losses_are_in_standardised_units_and_answers_in_those_of_the_samples() -> None:
    x = table() * 1e4 + 1e5
    side = Autoencoder().fit(x, epochs=3, progress=QUIET)
    assert side.history_ is not None and max(side.history_["autoencoder"]["loss"]) < 5
    assert abs(side.reconstruct(x).mean() - x.mean()) < 1e4


def test_fitting_again_does_not_standardise_twice() -> None:
    side = Autoencoder().fit(table() * 100, epochs=1, progress=QUIET)
    encoder = side.encoder
    assert side.fit(table() * 100, epochs=1, progress=QUIET).encoder is encoder


def test_a_loaded_side_still_standardises(tmp_path: Path) -> None:
    x = table() * 1e3
    few: dict[str, Any] = {"source_options": {"epochs": 1}, "target_options": {"epochs": 1}}
    bridge = LinkedAutoencoder(linker=NetworkLinker()).fit(
        x, x, pairing=GivenPairing(), linker_options={"epochs": 1, "steps": 2}, progress=QUIET, **few
    )
    bridge.save(tmp_path / "model")
    again = LinkedAutoencoder.load(tmp_path / "model")
    np.testing.assert_allclose(again.translate(x), bridge.translate(x), atol=1e-5 * np.abs(x).max())
    assert again.target.scaling_ is not None and bridge.target.scaling_ is not None
    assert again.target.scaling_.kind == bridge.target.scaling_.kind
    assert np.allclose(again.target.scaling_.scale, bridge.target.scaling_.scale)
    assert again.target.reconstruction_ == bridge.target.reconstruction_
    again.target.fit(x, epochs=1, progress=QUIET)  # builds the Keras models
    before = again.target.encoder
    again.target.fit(x, epochs=1, progress=QUIET)
    assert again.target.encoder is before
    assert np.allclose(again.target.scaling_.scale, bridge.target.scaling_.scale)


def bounded() -> keras.Model:
    z = keras.layers.Input((4,))
    return keras.Model(z, keras.layers.Reshape((8,))(keras.layers.Dense(8, activation="sigmoid")(z)))


class Fixed:
    """An adapter: its unit is fixed."""

    name = "fixed"

    def read(self, path: object) -> None: ...

    write = networks = read


def raw_sides() -> dict[str, Autoencoder]:
    encoder, decoder = dense_networks((8,), (4,))
    frozen, _ = dense_networks((8,), (4,))
    frozen.trainable = False
    learned, _ = dense_networks((8,), (4,))
    pretrain(learned, Domain(table()), augment=lambda x, rng: x, epochs=1, batch_size=8, progress=QUIET)
    x = keras.layers.Input((8,))
    scaled = keras.Model(x, keras.layers.Dense(4)(keras.layers.Rescaling(0.1)(x)))
    return {
        "asked for": Autoencoder(standardise="none"),
        "cross-entropy": Autoencoder(loss="bce"),
        "a loss of one's own": Autoencoder(loss=lambda a, b: (a - b) ** 2),
        "a bounded decoder": Autoencoder(encoder, bounded()),
        "an adapter": Autoencoder(*dense_networks((8,), (4,)), adapter=Fixed()),
        "a frozen encoder": Autoencoder(frozen, decoder),
        "a pretrained encoder": Autoencoder(learned, dense_networks((8,), (4,))[1]),
        "an encoder that scales": Autoencoder(scaled, dense_networks((8,), (4,))[1]),
    }


@pytest.mark.slow
def test_samples_stay_in_their_units_where_the_unit_is_fixed() -> None:
    x = 1 / (1 + np.exp(-table()))
    for why, side in raw_sides().items():
        before = side.encoder
        side.fit(x, epochs=1, progress=QUIET)
        assert side.scaling_ is not None and side.scaling_.kind == "none", why
        assert before is None or side.encoder is before, why


def test_a_side_below_its_mean_warns_with_what_to_do() -> None:
    x = table() * 1000 + 1e4
    with pytest.warns(ReconstructionWarning, match=r"worse than their mean.*standardise"):
        Autoencoder(standardise="none").fit(x, epochs=1, progress=QUIET)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ReconstructionWarning)
        Autoencoder().fit(x, epochs=8, progress=QUIET)


def test_r2_leaves_out_values_that_never_vary() -> None:
    x = table()
    x[:, 0] = 3
    assert r2(x, x) == (1, 1)
    assert r2(x, np.broadcast_to(x.mean(0), x.shape)) == pytest.approx((0, 0), abs=1e-6)
    assert r2(np.ones((3, 2)), np.ones((3, 2))) == (1, 1)


def test_unknown_scalings_are_refused() -> None:
    with pytest.raises(InputError, match="`standardise` must be one of"):
        Autoencoder(standardise="features")
    with pytest.raises(InputError, match=r"samples in \[0, 1\] as they are"):
        Autoencoder(loss="bce", standardise="one")


def test_columns_far_smaller_than_another_get_a_scale_of_their_own() -> None:
    """Components can hold them, so a linear autoencoder is perfect with one scale; a network would not learn them."""
    rng = np.random.default_rng(0)
    centres = 1.5 * rng.normal(size=(5, 6))
    x = np.exp(centres[np.arange(350) % 5] + 0.6 * rng.normal(size=(350, 6))) * [1e-6, 1, 1e3, 1e6, 1, 1]
    assert learn_scaling(x.astype(np.float32), "auto").kind == "feature"
