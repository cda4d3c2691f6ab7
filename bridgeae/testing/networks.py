"""The contract of an adapter's networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bridgeae.autoencoder import Autoencoder
from bridgeae.checks import Shape, shape_fits
from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.linked import LinkedAutoencoder
from bridgeae.linker import NetworkLinker, RidgeLinker
from bridgeae.pairing import GivenPairing
from bridgeae.progress import Progress
from bridgeae.testing import assertions as kit
from bridgeae.testing.bridges import bridge_survives


class NetworksContract:
    """What `Adapter.networks` promises, and that a bridge of these networks can be saved.

    Args:
        adapter: whose networks.
        few: returns a few of its samples.
        latent_shape: one that its networks support.
        installed: whether a saved bridge can find the adapter again.
    """

    def __init__(self, adapter: Any, few: Callable[[], Domain], latent_shape: Shape, installed: bool) -> None:
        self._adapter, self._few, self._latent_shape, self._installed = adapter, few, latent_shape, installed

    def networks_fit_samples_and_latents(self) -> None:
        (encoder, decoder), x = self._networks(), self._few().x
        for what, shape, wanted in (
            ("the encoder must read samples", encoder.input_shape[1:], x.shape[1:]),
            ("the encoder must write latents", encoder.output_shape[1:], self._latent_shape),
            ("the decoder must read latents", decoder.input_shape[1:], self._latent_shape),
            ("the decoder must write samples", decoder.output_shape[1:], x.shape[1:]),
        ):
            right = shape_fits(wanted, shape) if "samples" in what else shape == wanted
            kit.promise(right, f"`networks`: {what} of shape {wanted}, its shape is {tuple(shape)}.")
        made = decoder.predict(encoder.predict(x, verbose=0), verbose=0)
        kit.promise(made.shape == x.shape, f"`networks`: samples {x.shape} came back as {made.shape}.")

    def networks_are_new_and_seeded(self) -> None:
        first, second = self._networks()[0], self._networks()[0]
        kit.promise(first is not second, "`networks` must build new networks every time, not share them.")
        same = all(map(np.array_equal, first.get_weights(), second.get_weights()))
        kit.promise(same, "`networks`: keras.utils.set_random_seed must fix the initial weights.")

    def networks_refuse_an_empty_latent(self) -> None:
        with kit.must_raise(InputError, "`networks` of the latent shape (0,)"):
            self._adapter.networks((0,))

    def bridge_survives_in_another_process(self) -> None:
        few, quick = self._few(), dict[str, Any](epochs=1, progress=Progress(quiet=True))
        adapter = self._adapter if self._installed else None
        a, b = (Autoencoder(*self._networks(), adapter=adapter).fit(few, **quick) for _ in range(2))
        free = None in self._latent_shape
        linker: Any = NetworkLinker("convolutional") if free else RidgeLinker()
        run = quick | ({"steps": 1, "batch_size": 2} if free else {})
        bridge = LinkedAutoencoder(a, b, linker).fit(few, few, pairing=GivenPairing(), linker_options=run)
        bridge_survives(bridge, few.x)

    def _networks(self) -> Any:
        import keras

        keras.utils.set_random_seed(0)
        return self._adapter.networks(self._latent_shape)
