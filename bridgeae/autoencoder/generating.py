"""What only a variational autoencoder can do: draw samples, and bound their likelihood."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.autoencoder.encoding import apply, encode_views
from bridgeae.checks import check_fitted
from bridgeae.domain import Domain
from bridgeae.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras


class Generator:
    """What `Autoencoder` can do with `variational`."""

    encoder: keras.Model | None
    decoder: keras.Model | None
    latent_: keras.Model | None
    loss: Any
    decode: Callable[..., np.ndarray]
    _samples: Callable[..., np.ndarray]

    def sample(self, n: int, *, seed: int = 0) -> np.ndarray:
        """Decode `n` draws from the prior N(0, I): samples ``(n, *sample) float32`` of a variational autoencoder."""
        self._check_variational("sample")
        shape = self.decoder.input_shape[1:]  # type: ignore[union-attr]
        if None in shape:
            raise InputError("`sample` needs a latent of fixed shape: decode draws of the length you want instead.")
        return self.decode(np.random.default_rng(seed).normal(size=(n, *shape)))

    def elbo(self, x: Domain | np.ndarray, *, draws: int = 1, seed: int = 0, batch_size: int = 128) -> np.ndarray:
        """Return the evidence lower bound of each sample ``(n,)`` in nats (Kingma and Welling 2014).

        It is the expected log likelihood minus the KL divergence to N(0, I), both summed and unweighted. Samples
        ``(n, *sample)`` in [0, 1] are Bernoulli probabilities; `draws` latents a sample average the likelihood.

        Raises:
            InputError: it is not variational, or its `loss` is not "bce", which defines the likelihood.
        """
        from bridgeae.autoencoder.variational import evidence_lower_bound

        self._check_variational("elbo")
        if self.loss != "bce":
            raise InputError(f'`elbo` needs a likelihood: build the autoencoder with loss="bce", not {self.loss!r}.')
        samples = self._samples(x)
        mean, log_variance = apply(self.latent_, encode_views(self.encoder, samples, None, batch_size), batch_size)
        decode = partial(self.decode, batch_size=batch_size)
        return evidence_lower_bound(samples, mean, log_variance, decode, draws, np.random.default_rng(seed))

    def _check_variational(self, method: str) -> None:
        check_fitted(self, "history_", call="fit(domain)")
        if self.latent_ is None:
            raise InputError(f"`{method}` needs a prior: build the Autoencoder with variational=1.0.")
