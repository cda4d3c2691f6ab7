"""An autoencoder of one domain, and the ways to train it."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.autoencoder.linear_head import LinearHead
from bridgeae.checks import check_counts, check_shape
from bridgeae.domain import Data, Domain, as_domain
from bridgeae.errors import BundleError, InputError, NotFittedError
from bridgeae.progress import Progress
from bridgeae.protocols import Adapter, Augment, Shape
from bridgeae.registry import adapter_options, create_adapter
from bridgeae.saving.bundle import flags_kept

if TYPE_CHECKING:
    import keras

_TO_ADAPT, _ADAPTED_TO = 16, 256  # samples below which statistics are noise, and above which they do not change
_LOOKED_AT = 2**20  # values of the samples whose views are made at once
Loss = str | Callable[[Any, Any], Any]


class Autoencoder:
    """Learn latents of one domain, and the way back to samples.

    The options combine. Nothing set is the plain autoencoder. ``classifier="first"`` trains the encoder as a
    classifier, then freezes it and trains the decoder on it; ``"joint"`` trains both losses at once. `variational`
    puts a Gaussian between encoder and decoder (Kingma and Welling 2014), on a frozen encoder too. `corrupt` makes it
    a denoising one (Vincent et al. 2008).

    Args:
        encoder: Keras model ``(n, *sample) -> (n, *latent)``; with `variational` its output may have any shape, since
            the latent is then a dense layer on top of it.
        decoder: Keras model ``(n, *latent) -> (n, *sample)``; None trains an encoder alone, which needs `classifier`.
            Both None builds dense networks that fit the data when `fit` sees them.
        classifier: None, "first" or "joint".
        classifier_weight: weight of the classifier's loss beside the reconstruction's, for "joint".
        label_smoothing: of the classifier's cross-entropy, in [0, 1).
        variational: weight of the KL divergence to N(0, I), summed over latent dimensions, in nats; 1 is the evidence
            lower bound, None is no Gaussian.
        corrupt: ``(x, rng) -> x``, what is done to the samples the encoder sees in training; the decoder is asked for
            the clean ones.
        loss: "mse", "bce" (binary cross-entropy, samples in [0, 1]) or a callable ``(true, predicted) -> loss``, which
            is not saved: a loaded autoencoder has "mse" in its place, should it be trained again.
        adapter: whose samples these are; kept with a saved model, so that it can read files.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Autoencoder, Domain
        >>> x = np.random.default_rng(0).normal(size=(64, 10))
        >>> autoencoder = Autoencoder().fit(Domain(x), epochs=1)
        >>> autoencoder.encode(x).shape
        (64, 32)
    """

    history_: dict[str, dict[str, list[float]]]
    classes_: np.ndarray
    head: keras.Model
    latent: keras.Model | None

    def __init__(
        self,
        encoder: keras.Model | None = None,
        decoder: keras.Model | None = None,
        *,
        classifier: str | None = None,
        classifier_weight: float = 1.0,
        label_smoothing: float = 0.0,
        variational: float | None = None,
        corrupt: Augment | None = None,
        loss: Loss = "mse",
        adapter: Adapter | None = None,
    ) -> None:
        if classifier not in (None, "first", "joint"):
            raise InputError(f'`classifier` must be None, "first" or "joint", received {classifier!r}.')
        if isinstance(loss, str) and loss not in ("mse", "bce"):
            raise InputError(f'`loss` must be "mse", "bce" or a callable, received {loss!r}.')
        if encoder is None and decoder is not None:
            raise InputError("`decoder` was given without `encoder`: pass both, or neither for dense networks.")
        _check_networks(encoder, decoder, equal=variational is None)
        self.encoder, self.decoder = encoder, decoder
        self.classifier, self.classifier_weight, self.label_smoothing = (
            classifier,
            classifier_weight,
            label_smoothing,
        )
        self.variational, self.corrupt, self.loss, self.adapter = variational, corrupt, loss, adapter

    # ---- training -------------------------------------------------------------------------------------------------

    def fit(
        self,
        domain: Data,
        *,
        epochs: int = 20,
        classifier_epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float = 2e-3,
        augment: Augment | None = None,
        augment_decoder: bool = True,
        optimizer: str = "adamw",
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Autoencoder:
        """Train on a domain, with one cycle of the learning rate; once more trains all of it further.

        Args:
            domain: a Domain, an array ``(n, *sample)``, or ``(samples, labels)``; with `classifier` it needs labels,
                and samples labelled -1 teach the decoder only.
            epochs: passes over the samples for encoder and decoder; for the decoder alone after "first".
            classifier_epochs: passes over the labelled samples for "first"; None means `epochs`.
            batch_size: samples a step; None takes a sixteenth of them, but at least 8 and at most 64.
            learning_rate: the highest one of the cycle.
            augment: ``(x, rng) -> x``, drawn anew for each batch.
            augment_decoder: whether the decoder learns from augmented samples too; if not, what a frozen encoder makes
                of the samples is computed once, so that passes cost less.
            optimizer: "adamw" or "muon", see `bridgeae.training.loop.Muon`.
            seed: same seed, same data and same initial networks give the same result on one machine.
            progress: where to show progress; None shows it on a terminal.

        Returns:
            self, with `history_` (figures an epoch, by stage) and, with a classifier, `classes_`.

        Raises:
            InputError: the samples do not fit the encoder, or labels are missing.
        """
        import keras

        from bridgeae.autoencoder.fitting import fit_classifier, fit_decoder, latent_heads, start_classifier
        from bridgeae.networks import dense_networks

        domain = as_domain(domain, "domain")
        keras.utils.set_random_seed(seed)
        if self.encoder is None:
            self.encoder, self.decoder = dense_networks(domain.sample_shape)
        if self.decoder is None and self.classifier != "first":
            raise InputError('an `encoder` without `decoder` learns only from labels: pass classifier="first".')
        _check_samples(self.encoder, domain)
        run: dict[str, Any] = {"learning_rate": learning_rate, "optimizer": optimizer}
        run["progress"] = progress or Progress()
        batch_size = min(64, max(8, len(domain) // 16)) if batch_size is None else batch_size
        history: dict[str, dict[str, list[float]]] = {}
        if self.classifier is not None:
            start_classifier(self, domain)
        bottleneck = self.variational is not None and self.decoder is not None
        self.latent = latent_heads(self.encoder, self.decoder) if bottleneck else None
        if self.classifier == "first":
            rounds = epochs if classifier_epochs is None else classifier_epochs
            history["classifier"] = fit_classifier(self, domain, augment, batch_size, seed, epochs=rounds, **run)
        if self.decoder is not None:
            change = augment if augment_decoder else None
            with flags_kept(self.encoder):
                if self.classifier == "first":
                    self.encoder.trainable = False
                history["autoencoder"] = fit_decoder(self, domain, change, batch_size, seed, epochs=epochs, **run)
        self.history_ = history
        return self

    # ---- use ------------------------------------------------------------------------------------------------------

    @property
    def fitted(self) -> bool:
        """Whether `fit` or `load` has happened."""
        return hasattr(self, "history_")

    def encode(self, x: np.ndarray, *, views: bool = True, batch_size: int = 128) -> np.ndarray:
        """Return the latents ``(n, *latent) float32`` of samples ``(n, *sample)``; the mean, if variational.

        Args:
            x: the samples.
            views: whether a classifier's latent is the mean over the views that the adapter offers of a sample; that
                tells its class best, but not where things are in it.
            batch_size: samples a step.
        """
        return self._latents(self.features(self._samples(x), batch_size, views=views), batch_size)

    def decode(self, z: np.ndarray, *, batch_size: int = 128) -> np.ndarray:
        """Return the samples ``(n, *sample) float32`` of latents ``(n, *latent)``."""
        _need_fit(self)
        if self.decoder is None:
            raise InputError("this autoencoder was built without a `decoder`: it can encode and classify only.")
        check_shape("z", np.shape(z), self.decoder.input.shape[1:])
        return _apply(self.decoder, np.asarray(z, np.float32), batch_size)

    def reconstruct(self, x: np.ndarray, *, batch_size: int = 128) -> np.ndarray:
        """Return ``decode(encode(x, views=False))``."""
        return self.decode(self.encode(x, views=False, batch_size=batch_size), batch_size=batch_size)

    def sample(self, n: int, *, seed: int = 0) -> np.ndarray:
        """Decode `n` draws from the prior N(0, I): samples ``(n, *sample) float32`` of a variational autoencoder."""
        self._need_variational("sample")
        shape = self.decoder.input.shape[1:]  # type: ignore[union-attr]
        if None in shape:
            raise InputError("`sample` needs a latent of fixed shape: decode draws of the length you want instead.")
        return self.decode(np.random.default_rng(seed).normal(size=(n, *shape)))

    def elbo(self, x: np.ndarray, *, draws: int = 1, seed: int = 0, batch_size: int = 128) -> np.ndarray:
        """Return the evidence lower bound of each sample ``(n,)`` in nats (Kingma and Welling 2014).

        The expected log likelihood, summed over the values of a sample, minus the KL divergence to N(0, I), summed over
        latent dimensions; no term is averaged or weighted, whatever the training did.

        Args:
            x: (n, *sample) in [0, 1], taken as Bernoulli probabilities.
            draws: latents a sample over which the likelihood is averaged.
            seed: of the draws.
            batch_size: samples a step.

        Raises:
            InputError: it is not variational, or `loss` is not "bce" and so defines no likelihood here.
        """
        self._need_variational("elbo")
        if self.loss != "bce":
            raise InputError(f'`elbo` needs a likelihood: build the autoencoder with loss="bce", not {self.loss!r}.')
        x = self._samples(x)
        mean, log_variance = _apply(self.latent, self.features(x, batch_size, views=False), batch_size)
        axes = tuple(range(1, mean.ndim))
        kl = 0.5 * (np.square(mean) + np.exp(log_variance) - 1 - log_variance).sum(axes)
        rng = np.random.default_rng(seed)
        likelihood = np.zeros(len(x))
        for _ in range(draws):
            z = mean + np.exp(0.5 * log_variance) * rng.normal(size=mean.shape)
            p = np.clip(self.decode(z, batch_size=batch_size), 1e-7, 1 - 1e-7)
            log_p = x * np.log(p) + (1 - x) * np.log1p(-p)
            likelihood += log_p.sum(tuple(range(1, x.ndim))) / draws
        bound: np.ndarray = likelihood - kl
        return bound

    def _need_variational(self, method: str) -> None:
        _need_fit(self)
        if self.latent is None:
            raise InputError(f"`{method}` needs a prior: build the Autoencoder with variational=1.0.")

    def classify(self, x: np.ndarray, *, batch_size: int = 128) -> np.ndarray:
        """Return class probabilities ``(n, k) float32`` in the order of `classes_`."""
        return self.encode_and_classify(x, batch_size=batch_size)[1]

    def encode_and_classify(self, x: np.ndarray, *, batch_size: int = 128) -> tuple[np.ndarray, np.ndarray]:
        """Return what `encode` and `classify` return, looking at each sample once."""
        if self.classifier is None:
            raise InputError('this autoencoder has no classifier: build it with classifier="first" or "joint".')
        h = self.features(self._samples(x), batch_size)
        z = self._latents(h, batch_size)
        return z, self._probabilities(h, z, batch_size)

    def predict(self, x: np.ndarray, *, batch_size: int = 128) -> np.ndarray:
        """Return the most probable class ``(n,)`` of each sample."""
        called: np.ndarray = self.classes_[self.classify(x, batch_size=batch_size).argmax(1)]
        return called

    def features(self, x: np.ndarray, batch_size: int = 128, *, views: bool = True) -> np.ndarray:
        """Return what the encoder makes of samples; for `views` see `encode`."""
        looks = self._looks() if views else None
        if looks is None:
            return np.asarray(_apply(self.encoder, x, batch_size))
        step = max(1, _LOOKED_AT // prod(x.shape[1:]))
        parts = (looks(x[k : k + step]) for k in range(0, len(x), step))
        return np.concatenate([np.mean([_apply(self.encoder, view, batch_size) for view in part], 0) for part in parts])

    def _looks(self) -> Callable[[np.ndarray], np.ndarray] | None:
        """Return what makes the views of samples, over which a classifier's latents are averaged."""
        return None if self.classifier is None else getattr(self.adapter, "views", None)

    def adapted(self, x: Domain | np.ndarray, *, share: float = 0.5) -> Autoencoder:
        """Return a copy that is used to samples of another origin: other people's photos, another laboratory's files.

        Nothing is trained and no label is looked at: the statistics of the encoder's batch normalisation move towards
        those of the new samples (Li et al. 2017). All else is shared with this one.

        Args:
            x: (n, *sample), best several dozen with classes mixed as usual.
            share: how far the statistics move, in [0, 1].

        Raises:
            InputError: fewer than 16 samples, a `share` out of range, or an encoder without batch normalisation.
        """
        from bridgeae.autoencoder.recalibration import adapted

        samples = self._samples(x)
        if len(samples) < _TO_ADAPT:
            raise InputError(f"`x` must hold at least {_TO_ADAPT} samples to adapt to, received {len(samples)}.")
        some = np.random.default_rng(0).permutation(len(samples))[:_ADAPTED_TO]
        looks = self._looks()
        seen = samples[some] if looks is None else np.concatenate(list(looks(samples[some])))
        other = copy(self)
        other.encoder = adapted(self.encoder, seen, share)
        return other

    @property
    def classifies_latents(self) -> bool:
        """Whether the classifier reads the latent, and not features from which the latent is made."""
        return self.classifier is not None and (self.variational is None or self.classifier == "joint")

    def latent_head(self) -> LinearHead | None:
        """Return the classifier of latents, or None if there is none."""
        _need_fit(self)
        if not self.classifies_latents:
            return None
        weights, bias = self.head.get_weights()
        return LinearHead(weights, bias, self.classes_)

    def _latents(self, h: np.ndarray, batch_size: int) -> np.ndarray:
        return h if self.latent is None else np.asarray(_apply(self.latent, h, batch_size)[0])

    def _probabilities(self, h: np.ndarray, z: np.ndarray, batch_size: int) -> np.ndarray:
        from scipy.special import softmax

        return np.asarray(softmax(_apply(self.head, z if self.classifies_latents else h, batch_size), axis=1))

    def _samples(self, x: Domain | np.ndarray) -> np.ndarray:
        _need_fit(self)
        domain = x if isinstance(x, Domain) else Domain(x)
        _check_samples(self.encoder, domain)
        return domain.x

    # ---- files ----------------------------------------------------------------------------------------------------

    def get_state(self) -> tuple[dict[str, Any], dict[str, keras.Model], dict[str, np.ndarray]]:
        """Return (plain JSON values, networks, arrays) from which `from_state` builds this autoencoder again."""
        _need_fit(self)
        networks = {"encoder": self.encoder, "decoder": self.decoder, "latent": self.latent}
        arrays: dict[str, np.ndarray] = {}
        state: dict[str, Any] = {"kind": "Autoencoder", "options": {}, "history": self.history_}
        for name in ("classifier", "classifier_weight", "label_smoothing", "variational"):
            state["options"][name] = getattr(self, name)
        if isinstance(self.loss, str):
            state["options"]["loss"] = self.loss
        if self.classifier is not None:
            networks["head"] = self.head
            state["classes"] = self.classes_.tolist()
        if self.adapter is not None:
            state["adapter"] = {"name": self.adapter.name, "options": adapter_options(self.adapter)}
        return state, {name: network for name, network in networks.items() if network is not None}, arrays

    @classmethod
    def from_state(
        cls, state: dict[str, Any], networks: dict[str, keras.Model], arrays: dict[str, np.ndarray]
    ) -> Autoencoder:
        """Build a fitted autoencoder from what `get_state` returned."""
        adapter = state.get("adapter")
        made = cls(
            networks["encoder"],
            networks.get("decoder"),
            adapter=create_adapter(adapter["name"], **adapter["options"]) if adapter else None,
            **state["options"],
        )
        made.latent = networks.get("latent")
        if made.classifier is not None:
            made.head, made.classes_ = networks["head"], np.asarray(state["classes"])
            if made.classes_.shape != (known := made.head.output.shape[1:]):
                raise BundleError(f"the manifest's classes have shape {made.classes_.shape}, the classifier's {known}.")
        made.history_ = state["history"]
        return made


def _apply(model: keras.Model, x: np.ndarray, batch_size: int) -> Any:
    """Predict batch by batch; `model.predict` copies all it is given and keeps memory at every call."""
    check_counts(batch_size=batch_size)
    parts = [model.predict_on_batch(x[k : k + batch_size]) for k in range(0, len(x), batch_size)]
    if isinstance(parts[0], list):  # several outputs
        return [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _need_fit(autoencoder: Autoencoder) -> None:
    if not autoencoder.fitted:
        raise NotFittedError("`fit(domain)` must come first: this Autoencoder is untrained.")


def model_shapes(model: Any, name: str) -> tuple[Shape, Shape]:
    """Return the shapes that a Keras model called `name` reads and writes, without the batch.

    Raises:
        InputError: it does not know them yet, or has several inputs or outputs.
    """
    shapes: list[Any] = [getattr(model, f"{end}_shape", None) for end in ("input", "output")]
    if not all(isinstance(shape, tuple) and not any(isinstance(n, tuple) for n in shape) for shape in shapes):
        raise InputError(
            f"`{name}` must be a Keras model with one input and one output of known shapes, received "
            f"{type(model).__name__}: start a Sequential with keras.Input."
        )
    return shapes[0][1:], shapes[1][1:]


def _check_networks(encoder: keras.Model | None, decoder: keras.Model | None, *, equal: bool) -> None:
    ends = {}
    for name, model in (("encoder", encoder), ("decoder", decoder)):
        if model is not None:
            ends[name] = model_shapes(model, name)
            if not hasattr(model, "input"):
                raise InputError(
                    f"`{name}` must be a functional Keras model, received {type(model).__name__}: pass "
                    "keras.Model(model.inputs, model.outputs)."
                )
    if equal and len(ends) == 2 and ends["encoder"][1] != ends["decoder"][0]:
        raise InputError(
            f"`encoder` writes latents of shape {ends['encoder'][1]} but `decoder` reads {ends['decoder'][0]}: they "
            "must be equal."
        )


def _check_samples(encoder: Any, domain: Domain) -> None:
    check_shape("x", domain.x.shape, encoder.input.shape[1:], " for this encoder")
