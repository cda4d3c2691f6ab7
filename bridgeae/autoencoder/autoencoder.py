"""An autoencoder of one domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.autoencoder.classifying import Classifier
from bridgeae.autoencoder.encoding import Encoding, Views, apply, checked_latents, encode_views, stream
from bridgeae.autoencoder.generating import Generator
from bridgeae.autoencoder.linear_head import Latents
from bridgeae.autoencoder.state import prepare_training, restore, state_of
from bridgeae.checks import Shape, check_choice, check_fitted, check_methods, check_shape
from bridgeae.domain import Data, Domain, as_domain, split_validation
from bridgeae.errors import InputError
from bridgeae.networks import DEFAULT_LATENT, as_functional, check_networks, check_trainable
from bridgeae.progress import Progress
from bridgeae.protocols import Adapter, Augment
from bridgeae.registry import ADAPTERS
from bridgeae.saving import State

if TYPE_CHECKING:
    import keras

    from bridgeae.autoencoder.standardising import Scaling
    from bridgeae.training import History


class Autoencoder(Classifier, Generator):
    """Learn latents of one domain, and the way back to samples.

    The options combine. Nothing set is the plain autoencoder. ``classifier="first"`` trains the encoder as a
    classifier, then freezes it and trains the decoder on it; ``"joint"`` trains both losses at once. `variational`
    puts a Gaussian between encoder and decoder (Kingma and Welling 2014), on a frozen encoder too. `corrupt` makes it
    a denoising one (Vincent et al. 2008).

    Args:
        encoder: Keras model ``(n, *sample) -> (n, *latent)``. With `variational` its output may have any shape: the
            latent is a dense layer on top of it.
        decoder: Keras model ``(n, *latent) -> (n, *sample)``; None trains an encoder alone, which needs `classifier`.
            Without both, `fit` builds dense networks that fit the data.
        classifier: None, "first" or "joint".
        classifier_weight: weight of the classifier's loss beside the reconstruction's, for "joint".
        label_smoothing: of the classifier's cross-entropy, in [0, 1).
        unlabelled: "ignore" keeps samples without a label from the classifier; "refuse" takes them for samples of other
            classes, and teaches it to give them equal probabilities (outlier exposure, Hendrycks et al. 2019).
        variational: weight of the KL divergence to N(0, I), summed over latent dimensions, in nats; 1 is the evidence
            lower bound, None is no Gaussian.
        corrupt: ``(x, rng) -> x``, applied to the samples that the encoder reads in training; the decoder still
            learns the clean ones.
        loss: "mse", "bce" (binary cross-entropy, samples in [0, 1]) or a callable ``(true, predicted) -> loss``. A
            callable is not saved: set `loss` again before a loaded autoencoder is trained further.
        standardise: samples may have any unit: mean and scale are learned from the training samples, are part of the
            networks, and make the unit of the loss; what comes out has the samples' own unit. "feature" (each value of
            a vector), "channel" (the last axis), "one" (all values), "none", or "auto": whichever reconstructs held-out
            samples better, and "none" where the unit is fixed by an adapter, another loss, a decoder that ends in a
            bounded activation, or an encoder that is trained or frozen already or scales its samples itself.
        adapter: of these samples; saved by name, so that a loaded model can read files.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Autoencoder, Domain
        >>> x = np.random.default_rng(0).normal(size=(64, 10))
        >>> autoencoder = Autoencoder().fit(Domain(x), epochs=1)
        >>> autoencoder.encode(x).shape
        (64, 32)
    """

    history_: dict[str, History] | None = None
    classes_: np.ndarray | None = None
    head_: keras.Model | None = None
    latent_: keras.Model | None = None
    scaling_: Scaling | None = None
    reconstruction_: dict[str, float] | None = None

    def __init__(
        self,
        encoder: keras.Model | None = None,
        decoder: keras.Model | None = None,
        *,
        classifier: str | None = None,
        classifier_weight: float = 1.0,
        label_smoothing: float = 0.0,
        unlabelled: str = "ignore",
        variational: float | None = None,
        corrupt: Augment | None = None,
        loss: str | Callable[[Any, Any], Any] = "mse",
        standardise: str = "auto",
        adapter: Adapter | None = None,
    ) -> None:
        check_choice("classifier", classifier, (None, "first", "joint"))
        check_choice("unlabelled", unlabelled, ("ignore", "refuse"))
        if not callable(loss):
            check_choice("loss", loss, ("mse", "bce"))
        check_choice("standardise", standardise, ("auto", "feature", "one", "channel", "none"))
        if loss == "bce" and standardise not in ("auto", "none"):
            raise InputError(f'loss="bce" takes samples in [0, 1] as they are, not `standardise` {standardise!r}.')
        check_methods("adapter", adapter, () if adapter is None else ADAPTERS.methods)
        encoder, decoder = as_functional(encoder), as_functional(decoder)
        check_networks(encoder, decoder, equal=variational is None)
        self.encoder, self.decoder, self.adapter, self.corrupt = encoder, decoder, adapter, corrupt
        self.classifier, self.classifier_weight, self.label_smoothing = classifier, classifier_weight, label_smoothing
        self.variational, self.loss, self.standardise, self.unlabelled = variational, loss, standardise, unlabelled

    def fit(
        self,
        domain: Data,
        *,
        epochs: int | None = None,
        classifier_epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float = 2e-3,
        augment: Augment | None = None,
        augment_decoder: bool = True,
        optimizer: Any = "adamw",
        validation_data: Data | float | None = None,
        patience: int | None = None,
        callbacks: Sequence[Any] = (),
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Autoencoder:
        """Train on a domain with a one-cycle learning rate; calling it again continues training.

        It sets `history_`, whose losses are in standardised units, and `reconstruction_`: `r2`, `r2_uniform` and `mse`
        of up to 512 training samples, in their own units. A side that reconstructs worse than the mean warns.

        Args:
            domain: a Domain, an array ``(n, *sample)``, or ``(samples, labels)``; with `classifier` it needs labels,
                and samples labelled -1 teach the decoder only, or are refused; see `unlabelled`.
            epochs: passes over the samples, after "first" for the decoder alone; None makes 800 steps, in 20 to 100.
            classifier_epochs: passes over the labelled samples for "first"; None means `epochs`.
            batch_size: samples a step; None takes a sixteenth of them, but at least 8 and at most 64.
            learning_rate: the peak of the cycle.
            augment: ``(x, rng) -> x``, applied anew to each batch.
            augment_decoder: whether the decoder learns from augmented samples too; a pass costs less if not.
            optimizer: a name or a Keras optimizer, see `bridgeae.training.TrainOptions`.
            validation_data: samples to measure after each epoch, or the share of `domain` to hold out for it, split as
                `Domain.split` does. The best epoch's weights are kept, and `history_` has `val_loss`.
            patience: epochs without a better validation loss after which training stops; None trains all epochs.
            callbacks: Keras callbacks.
            seed: same seed, same data and same initial networks give the same result on one machine.
            progress: where to show progress; None shows it on a terminal, ``Progress(quiet=True)`` nowhere.

        Raises:
            InputError: the samples do not fit the encoder, labels are missing, or an option is out of range.
        """
        from bridgeae.autoencoder.fitting import Networks, Objective, fit_networks
        from bridgeae.autoencoder.reconstruction import measure_reconstruction
        from bridgeae.networks.backend import keras
        from bridgeae.training import TrainOptions, default_epochs

        domain, validation = split_validation(as_domain(domain, "domain"), validation_data, seed)
        batch_size = min(64, max(8, len(domain) // 16)) if batch_size is None else batch_size
        epochs = default_epochs(len(domain), batch_size) if epochs is None else epochs
        told = progress or Progress(), tuple(callbacks), patience
        options = TrainOptions(epochs, batch_size, learning_rate, optimizer, None, seed, *told)
        if self.loss is None:
            raise InputError("the `loss` of this autoencoder was a function, which is not saved: set `loss` again.")
        keras.utils.set_random_seed(seed)
        prepare_training(self)
        self.build(domain)
        objective = Objective.of(self)
        networks = Networks(self.encoder, self.decoder, self.latent_, self.head_)
        rounds = options if classifier_epochs is None else replace(options, epochs=classifier_epochs)
        self.history_ = fit_networks(networks, domain, objective, augment, augment_decoder, rounds, options, validation)
        self.reconstruction_ = measure_reconstruction(self, domain)
        return self

    def build(self, domain: Domain) -> None:
        """Build what depends on the samples: default networks, their scaling, classifier and latent heads."""
        from bridgeae.autoencoder.fitting import build_networks
        from bridgeae.autoencoder.standardising import standardise_networks

        if self.scaling_ is None:
            check_trainable(self.encoder, self.decoder, self.classifier, domain)
            parts, options = (self.encoder, self.decoder, domain.x), {"loss": self.loss, "adapter": self.adapter}
            self.encoder, self.decoder, self.scaling_ = standardise_networks(*parts, self.standardise, **options)
        built, self.classes_ = build_networks(self.encoder, self.decoder, self.classifier, self.variational, domain)
        self.encoder, self.decoder, self.latent_, self.head_ = built.encoder, built.decoder, built.latent, built.head

    def scaled_loss(self) -> Any:
        """Return the loss of samples, in standardised units; see `standardise`."""
        if self.scaling_ is None or self.scaling_.kind == "none":
            return self.loss
        from bridgeae.autoencoder.standardising import loss_in_units_of

        return loss_in_units_of(self.scaling_, self.loss)

    def check(self, domain: Domain) -> None:
        """Raise InputError if the samples do not fit the encoder, or if labels that training needs are missing."""
        if self.fitted:
            self._samples(domain)
        else:
            check_trainable(self.encoder, self.decoder, self.classifier, domain)

    def __repr__(self) -> str:
        samples = None if self.encoder is None else tuple(self.encoder.input_shape[1:])
        shapes = "default networks" if samples is None else f"{samples} -> {self.latent_shape(samples)}"
        options = [] if self.classifier is None else [f'classifier="{self.classifier}"']
        return f"Autoencoder({', '.join([shapes, *options, 'fitted' if self.fitted else 'not fitted'])})"

    @property
    def fitted(self) -> bool:
        """Whether `fit` or `load` has happened."""
        return self.history_ is not None

    def encode(self, x: Domain | np.ndarray, *, views: bool = True, batch_size: int = 128) -> np.ndarray:
        """Return the latents ``(n, *latent) float32`` of samples ``(n, *sample)``; the mean, if variational.

        With `views`, a classifier's latent is the mean over the views that the adapter offers of a sample. The mean
        tells the class best, but not where things are in the sample.
        """
        views_of = self._views() if views else None
        return self._latent(encode_views(self.encoder, self._samples(x), views_of, batch_size), batch_size)

    def encoding(self, x: Domain | np.ndarray, *, batch_size: int = 128) -> Encoding:
        """Return latents and class probabilities of samples, each view of a sample encoded once."""
        samples, views_of = self._samples(x), self._views()
        h = encode_views(self.encoder, samples, views_of, batch_size)
        z = plain = self._latent(h, batch_size)
        if views_of is not None and self.decoder is not None:
            plain = self._latent(encode_views(self.encoder, samples, None, batch_size), batch_size)
        if self.classifier is None:
            return Encoding(z, plain)
        return Encoding(z, plain, self._probabilities(h, z, batch_size), self.classes_)

    def latents(self, domain: Domain, *, views: bool = True, stage: str = "encode", progress: Progress) -> Latents:
        """Return the latents of a domain with its labels and groups, and with the classifier of latents."""
        report = partial(progress.update, stage)
        z = stream(lambda part: self.encode(domain.x[part], views=views), len(domain), report=report)
        return Latents(z, domain.labels, domain.groups, domain.names, self.latent_head())

    def latent_shape(self, sample_shape: Shape) -> Shape:
        """Return the shape of the latents of samples of a shape, before anything trains."""
        if self.variational is not None and self.decoder is not None:
            return tuple(self.decoder.input_shape[1:])
        if self.encoder is None:
            return DEFAULT_LATENT
        return tuple(self.encoder.compute_output_shape((None, *sample_shape))[1:])

    def decode(self, z: np.ndarray, *, batch_size: int = 128) -> np.ndarray:
        """Return the samples ``(n, *sample) float32`` of latents ``(n, *latent)``."""
        self._check_fitted()
        if self.decoder is None:
            raise InputError("this autoencoder was built without a `decoder`: it can encode and classify only.")
        return np.asarray(apply(self.decoder, checked_latents(z, self.decoder.input_shape[1:]), batch_size))

    def reconstruct(self, x: Domain | np.ndarray, *, batch_size: int = 128) -> np.ndarray:
        """Return ``decode(encode(x, views=False))``."""
        return self.decode(self.encode(x, views=False, batch_size=batch_size), batch_size=batch_size)

    def adapted(self, x: Domain | np.ndarray, *, share: float = 0.5, even_classes: bool = False) -> Autoencoder:
        """Return a copy adapted to samples of another origin: other people's photos, another laboratory's files.

        Nothing is trained and no label is read: the encoder's batch normalisation statistics move by `share` in [0, 1]
        to those of the new samples ``(n, *sample)`` (domain adaptation; Li et al. 2017). With `even_classes`, for
        samples of equally common classes, latents also shift until the classifier says so; ``share=0`` does that alone.

        Raises:
            InputError: fewer than 16 samples, or the encoder has no batch normalisation, or no classifier of latents.
        """
        from bridgeae.autoencoder.adaptation import evened, recalibrated

        samples, views, other = self._samples(x), self._views(), copy(self)
        if share or not even_classes:
            other.encoder = recalibrated(self.encoder, samples, views, share)
        if even_classes:
            other.encoder = evened(other.encoder, self.latent_head(), samples, views)
        return other

    def get_state(self) -> State:
        """Return the state from which `from_state` builds this autoencoder again."""
        self._check_fitted()
        return state_of(self)

    @classmethod
    def from_state(cls, state: State) -> Autoencoder:
        """Build a fitted autoencoder from what `get_state` returned."""
        return restore(cls, state)

    def _views(self) -> Views | None:
        """Return the adapter's views, over which a classifier's latents are averaged."""
        return None if self.classifier is None else getattr(self.adapter, "views", None)

    def _latent(self, h: np.ndarray, batch_size: int) -> np.ndarray:
        return h if self.latent_ is None else np.asarray(apply(self.latent_, h, batch_size)[0])

    def _samples(self, x: Domain | np.ndarray) -> np.ndarray:
        self._check_fitted()
        samples = (x if isinstance(x, Domain) else Domain(x)).x
        check_shape("x", samples.shape, self.encoder.input_shape[1:], " for this encoder")  # type: ignore[union-attr]
        return samples

    def _check_fitted(self) -> None:
        check_fitted(self, "history_", call="fit(domain)")
