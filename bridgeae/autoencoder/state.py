"""An autoencoder as the state that a model folder holds, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.autoencoder.standardising import Scaling
from bridgeae.errors import BundleError
from bridgeae.registry import ADAPTERS, adapter_options, create_adapter
from bridgeae.saving import State, trainable

_NETWORKS = {"encoder": "encoder", "decoder": "decoder", "latent": "latent_", "head": "head_"}
_OPTIONS = ("classifier", "classifier_weight", "label_smoothing", "variational", "standardise", "unlabelled")


def state_of(autoencoder: Any) -> State:
    """Return the state of a fitted autoencoder. A loss that is a function is left out.

    Raises:
        InputError: no entry point leads to the class of its adapter, so that it could not be loaded again.
    """
    networks = {name: getattr(autoencoder, attribute) for name, attribute in _NETWORKS.items()}
    options = {name: getattr(autoencoder, name) for name in _OPTIONS}
    options["loss"] = autoencoder.loss if isinstance(autoencoder.loss, str) else None
    values: dict[str, Any] = {"kind": "Autoencoder", "options": options, "history": autoencoder.history_}
    if autoencoder.classes_ is not None:
        values["classes"] = autoencoder.classes_.tolist()
    if autoencoder.adapter is not None:
        name = ADAPTERS.name_to_save(autoencoder.adapter)
        values["adapter"] = {"name": name, "options": adapter_options(autoencoder.adapter)}
    values["reconstruction"] = autoencoder.reconstruction_
    state = State(values, {name: network for name, network in networks.items() if network is not None})
    scaling = autoencoder.scaling_
    return state if scaling is None else state | scaling.get_state().under("scaling")


def prepare_training(autoencoder: Any) -> None:
    """Build the Keras models of the networks that run on ONNX Runtime, in their place."""
    for attribute in _NETWORKS.values():
        setattr(autoencoder, attribute, trainable(getattr(autoencoder, attribute)))


def restore(kind: Any, state: State) -> Any:
    """Build an autoencoder of class `kind` from a state. Raises BundleError where its parts do not fit together."""
    values, networks = state.values, state.networks
    adapter, options = values.get("adapter"), dict(values["options"])
    loss = options.pop("loss", None)
    adapter = create_adapter(adapter["name"], **adapter["options"]) if adapter else None
    made = kind(networks["encoder"], networks.get("decoder"), adapter=adapter, **options)
    made.loss, made.latent_, made.history_ = loss, networks.get("latent"), values["history"]
    made.reconstruction_ = values.get("reconstruction")
    raw = State({"kind": "none"}, arrays={"mean": np.zeros(1), "scale": np.ones(1)})  # as older models are
    made.scaling_ = Scaling.from_state(state.part("scaling") if "scaling" in values else raw)
    if made.classifier is not None:
        made.head_, made.classes_ = networks["head"], np.asarray(values["classes"])
        if made.classes_.shape != (known := made.head_.output_shape[1:]):
            raise BundleError(f"the manifest's classes have shape {made.classes_.shape}, the classifier's {known}.")
    return made
