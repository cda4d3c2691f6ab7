from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridgeae import Autoencoder, Domain
from bridgeae.errors import AdapterError, BundleError, InputError
from bridgeae.registry import create_adapter
from bridgeae.saving import State, read_bundle, write_bundle


def saved(side: Autoencoder, folder: Path) -> Autoencoder:
    write_bundle(folder, side.get_state())
    return Autoencoder.from_state(read_bundle(folder))


def test_every_kind_of_autoencoder_survives(way: Autoencoder, waves: Domain, tmp_path: Path) -> None:
    again = saved(way, tmp_path / "m")
    assert again.fitted and again.history_ == way.history_
    for option in ("classifier", "classifier_weight", "label_smoothing", "variational", "loss"):
        assert getattr(again, option) == getattr(way, option)
    one, other = way.encoding(waves), again.encoding(waves)
    assert np.allclose(one.z, other.z, atol=1e-6)
    assert np.allclose(way.decode(one.z), again.decode(one.z), atol=1e-6)
    if way.classifier:
        assert np.allclose(one.probabilities, other.probabilities, atol=1e-6)
        assert (again.classes_ == way.classes_).all()


def test_a_loss_that_is_a_function_is_not_saved_and_asked_for_before_more_training(
    joint: Autoencoder, waves: Domain, tmp_path: Path
) -> None:
    def absolute(true: Any, predicted: Any) -> Any:
        return abs(true - predicted)

    side = copy(joint)
    side.loss = absolute
    again = saved(side, tmp_path / "m")
    before = again.encode(waves.x)
    assert np.allclose(before, side.encode(waves.x), atol=1e-6)
    with pytest.raises(InputError, match="`loss` of this autoencoder was a function, which is not saved: set `loss`"):
        again.fit(waves, epochs=1)
    assert (again.encode(waves.x) == before).all()
    again.loss = absolute
    again.fit(waves, epochs=1)
    assert (again.encode(waves.x) != before).any()


def test_the_adapter_comes_back_with_its_options(joint: Autoencoder) -> None:
    state = joint.get_state()
    assert "adapter" not in state.values
    values = {**state.values, "adapter": {"name": "images", "options": {"size": 32}}}
    again = Autoencoder.from_state(State(values, state.networks, state.arrays))
    assert type(again.adapter) is type(create_adapter("images")) and again.adapter.size == 32
    assert again.get_state().values["adapter"]["options"]["size"] == 32


def test_an_adapter_that_is_not_installed_is_named(joint: Autoencoder) -> None:
    state = joint.get_state()
    values = {**state.values, "adapter": {"name": "theirs", "options": {}}}
    with pytest.raises(AdapterError, match="no adapter is called 'theirs'"):
        Autoencoder.from_state(State(values, state.networks, state.arrays))


class NotInstalled:
    """An adapter without an entry point, as in a notebook."""


def test_an_adapter_that_load_could_not_find_is_refused_before_a_file_is_written(joint: Autoencoder) -> None:
    side = copy(joint)
    side.adapter = NotInstalled()  # type: ignore[assignment]
    with pytest.raises(InputError, match=r"a NotInstalled cannot be saved.* to the group bridgeae\.adapters"):
        side.get_state()


def test_classes_that_do_not_fit_the_classifier_are_refused(joint: Autoencoder) -> None:
    state = joint.get_state()
    with pytest.raises(BundleError, match=r"the manifest's classes have shape \(2,\), the classifier's \(3,\)"):
        Autoencoder.from_state(State({**state.values, "classes": [0, 1]}, state.networks, state.arrays))
