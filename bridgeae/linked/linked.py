"""The bridge: source encoder -> linker -> target decoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from bridgeae.autoencoder.autoencoder import Autoencoder
from bridgeae.checks import check_counts, shape_fits
from bridgeae.domain import Data, Domain, as_domain
from bridgeae.errors import BridgeError, BundleError, InputError, NotFittedError
from bridgeae.evaluation.confidence import Confidence
from bridgeae.evaluation.translations import Judge, accuracy, check_shared, likeness, own_judge
from bridgeae.linked.resampling import draw
from bridgeae.linker.chain import ChainLinker
from bridgeae.linker.flow import FlowLinker, classes_to_link
from bridgeae.linker.network import NetworkLinker, Refresh, RidgeLinker
from bridgeae.pairing.by_class import ClassPairing, GivenPairing
from bridgeae.progress import Progress
from bridgeae.protocols import Augment, Linker, Pairing
from bridgeae.saving.bundle import flags_kept, part_of, read_bundle, write_bundle

if TYPE_CHECKING:
    import keras

_CHUNK = 2048  # samples encoded between two reports of progress


class LinkedAutoencoder:
    """Translate samples of one domain into another through linked latents.

    Directed. The reverse bridge is another one over the same two sides:
    ``LinkedAutoencoder(bridge.target, bridge.source).fit(target_data, source_data)``; sides that are already fitted are
    left alone, so only its linker is trained.

    Args:
        source: the autoencoder of the samples to translate; None builds a dense one that fits the data.
        target: the autoencoder of the samples to make; None likewise.
        linker: maps source latents to target latents; None is `FlowLinker()` where classes are paired, `RidgeLinker()`
            otherwise.

    Example:
        >>> import numpy as np
        >>> from bridgeae import LinkedAutoencoder
        >>> rng = np.random.default_rng(0)
        >>> labels = np.arange(120) % 3
        >>> waves = labels[:, None] + rng.normal(scale=0.1, size=(120, 20))
        >>> tiles = labels[:, None, None] + rng.normal(scale=0.1, size=(120, 4, 4))
        >>> bridge = LinkedAutoencoder().fit((waves, labels), (tiles, labels))
        >>> bridge.translate(waves[:2]).shape
        (2, 4, 4)
    """

    def __init__(
        self,
        source: Autoencoder | None = None,
        target: Autoencoder | None = None,
        linker: Linker | None = None,
    ) -> None:
        self.source = source
        self.target = target
        self.linker: Any = linker
        self.confidence_: Confidence | None = None

    def fit(
        self,
        source: Data,
        target: Data,
        *,
        pairing: Pairing | None = None,
        augment: Augment | None = None,
        source_options: Mapping[str, Any] | None = None,
        target_options: Mapping[str, Any] | None = None,
        linker_options: Mapping[str, Any] | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> LinkedAutoencoder:
        """Train what is not trained yet: source side, target side, then the linker on their cached latents.

        Args:
            source: a Domain, an array ``(n, *sample)``, or ``(samples, labels)``.
            target: likewise; its number of samples is free.
            pairing: which samples belong together; None is `ClassPairing()` where both sides have labels.
            augment: ``(x, rng) -> x`` on source samples, encoded afresh for every epoch of the linker; the target's
                latents stay cached.
            source_options: for the source's `Autoencoder.fit`.
            target_options: for the target's.
            linker_options: for the linker's `fit`.
            seed: of everything that is drawn.
            progress: where to show progress; None shows it on a terminal.

        Returns:
            self.

        Raises:
            InputError: the data do not fit a side, or cannot be paired or linked.
        """
        a, b = as_domain(source, "source"), as_domain(target, "target")
        shared: dict[str, Any] = {"seed": seed, "progress": progress or Progress()}
        if pairing is None:
            pairing = _default_pairing(a, b)
        pairing.fit(a, b)  # bad pairs are found before hours of training
        linker = self.linker
        if linker is None:
            linker = FlowLinker() if isinstance(pairing, ClassPairing) else RidgeLinker()
        if isinstance(linker, FlowLinker) and linker.condition == "class":
            classes_to_link(a, b)
        self.source = _trained(self.source, a, {**shared, **(source_options or {})})
        self.target = _trained(self.target, b, {**shared, **(target_options or {})})
        if self.target.decoder is None:
            raise InputError("`target` has no decoder: build its Autoencoder with one.")
        z_a = _latents(self.source, a, "encode source", shared["progress"])
        z_b = _latents(self.target, b, "encode target", shared["progress"], views=False)
        refresh: Refresh | None = None
        if augment is not None:
            encode, x = self.source.encode, a.x
            refresh = lambda rng: encode(augment(x, rng))  # noqa: E731
        options = {"refresh": refresh, **shared, **(linker_options or {})}
        if isinstance(linker, FlowLinker):  # goes by the sides' own classifiers
            options["heads"] = self.source.latent_head(), self.target.latent_head()
        self.linker = linker
        self.linker.fit(z_a, z_b, pairing.fit(z_a, z_b), **options)
        self.fitted_ = True
        return self

    def finetune(
        self,
        source: Data | None = None,
        target: Data | None = None,
        *,
        pairing: Pairing | None = None,
        batches: Callable[[np.random.Generator], tuple[Any, Any]] | None = None,
        decoder: bool = False,
        loss: Any = None,
        epochs: int = 5,
        steps: int = 100,
        batch_size: int = 32,
        learning_rate: float = 1e-3,
        weight_averaging: float | None = None,
        optimizer: str = "adamw",
        seed: int = 0,
        progress: Progress | None = None,
    ) -> LinkedAutoencoder:
        """Train encoder and linker end to end, through the decoder, for pairs that share more than a class.

        The source autoencoder's own decoder and classifier no longer fit its encoder afterwards, and are dropped; so is
        what `calibrate` has learned. Other bridges from the same source side have to be fitted again.

        Args:
            source: samples of the source side, or None with `batches`.
            target: samples of the target side, or None with `batches`.
            pairing: which belong together; None is `GivenPairing()`, sample by sample.
            batches: ``(rng) -> (source samples, target samples)``, for data that are made on the fly.
            decoder: whether the target's decoder learns too, instead of staying frozen.
            loss: between wanted and translated samples; None is the target's own, of a loaded target "mse" where it was
                a callable.
            epochs: how often `steps` are repeated.
            steps: batches an epoch.
            batch_size: pairs a step, where `batches` is None.
            learning_rate: highest of the cycle.
            weight_averaging: momentum of an exponential moving average of the weights (Polyak and Juditsky 1992).
            optimizer: "adamw" or "muon", see `bridgeae.training.loop.Muon`.
            seed: of the draws.
            progress: where to show progress; None shows it on a terminal.

        Returns:
            self, with `history_`.

        Raises:
            InputError: the linker is no network, samples are missing or do not pair, or a run length is less than 1.
        """
        from bridgeae.training.loop import Draws, train

        source_side, target_side = self._sides()
        if not isinstance(self.linker, NetworkLinker):
            raise InputError(
                f"`finetune` needs a NetworkLinker to train, this bridge has a {type(self.linker).__name__}."
            )
        if batches is None:
            if source is None or target is None:
                raise InputError("`finetune` needs `source` and `target`, or `batches`.")
            a, b = as_domain(source, "source"), as_domain(target, "target")
            rule = (pairing or GivenPairing()).fit(a, b)

            def batches(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
                i, j = rule.sample(batch_size, rng)
                return a.x[i], b.x[j]

        check_counts(steps=steps, batch_size=batch_size)
        with flags_kept(source_side.encoder), flags_kept(target_side.decoder):
            source_side.encoder.trainable = True
            target_side.decoder.trainable = decoder
            self.history_ = train(
                self.network(),
                Draws(batches, steps, seed),
                "fine-tuning",
                epochs=epochs,
                learning_rate=learning_rate,
                weight_averaging=weight_averaging,
                optimizer=optimizer,
                progress=progress or Progress(),
                loss=loss or target_side.loss,
            )
        source_side.decoder = source_side.classifier = self.confidence_ = None
        return self

    def network(self) -> keras.Model:
        """Return the whole bridge as one Keras model, source samples to target samples, sharing its weights."""
        import keras

        source, target = self._sides()
        if not isinstance(self.linker, NetworkLinker):
            raise InputError(
                f"only a bridge with a NetworkLinker is one network, not with {type(self.linker).__name__}."
            )
        z = source.encoder(source.encoder.input)
        z = z if source.latent is None else source.latent(z)[0]
        return keras.Model(source.encoder.input, target.decoder(self.linker.network_(z)), name="bridge")

    def then(self, following: LinkedAutoencoder) -> LinkedAutoencoder:
        """Return the bridge that goes on from this one's target: ``a_to_b.then(b_to_c)`` translates from a to c.

        All parts are shared and nothing is trained. Where both bridges hold the same autoencoder of the domain between
        them, its decoder and encoder are skipped.
        """
        (source, end), (start, target) = self._sides(), following._sides()
        made, read = end.decoder.output.shape[1:], start.encoder.input.shape[1:]
        if end is not start and not shape_fits(made, read):
            raise InputError(
                f"`following` reads samples of shape {tuple(read)}, this bridge makes {tuple(made)}: it must start in "
                "the domain where this one ends."
            )
        linker: Any = ChainLinker(self.linker, following.linker, middle=None if end is start else (end, start))
        chained = LinkedAutoencoder(source, target, linker)
        chained.confidence_, chained.fitted_ = self.confidence_, True
        return chained

    def adapted(self, x: Domain | np.ndarray, *, share: float = 0.5) -> LinkedAutoencoder:
        """Return a bridge whose source side is used to samples of another origin; see `Autoencoder.adapted`."""
        source, target = self._sides()
        other = LinkedAutoencoder(source.adapted(x, share=share), target, self.linker)
        other.confidence_, other.fitted_ = self.confidence_, True
        return other

    # ---- use ------------------------------------------------------------------------------------------------------

    @overload
    def translate(
        self,
        x: Domain | np.ndarray,
        *,
        draws: int | None = None,
        seed: int = 0,
        return_confidence: Literal[False] = False,
        min_confidence: float | None = None,
        batch_size: int = 128,
    ) -> np.ndarray: ...

    @overload
    def translate(
        self,
        x: Domain | np.ndarray,
        *,
        draws: int | None = None,
        seed: int = 0,
        return_confidence: Literal[True],
        min_confidence: float | None = None,
        batch_size: int = 128,
    ) -> tuple[np.ndarray, np.ndarray]: ...

    def translate(
        self,
        x: Domain | np.ndarray,
        *,
        draws: int | None = None,
        seed: int = 0,
        return_confidence: bool = False,
        min_confidence: float | None = None,
        batch_size: int = 128,
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Return the target samples that source samples become.

        Args:
            x: (n, *sample), or a Domain of them.
            draws: None gives one fixed answer a sample; a number gives that many different ones, which needs a
                sampling linker such as `FlowLinker`. Where classes are linked, a draw is decoded and encoded again, and
                drawn anew if the result no longer looks like its class.
            seed: of the draws.
            return_confidence: also return how far each answer can be trusted; `calibrate` has to come first.
            min_confidence: samples below it get no answer: NaN throughout.
            batch_size: samples handled at a time.

        Returns:
            (n, *target_sample) float32, or (n, draws, *target_sample); with `return_confidence` a pair of that and
            (n,) float in [0, 1].
        """
        source, sure = self._sides()[0], None
        if return_confidence or min_confidence is not None:
            z, sure = self._latents_and_confidence(x, batch_size)
        else:
            z = source.encode(x, batch_size=batch_size)
        made = self.translate_latents(z, draws=draws, seed=seed, batch_size=batch_size)
        if sure is None:
            return made
        if min_confidence is not None:
            made[sure < min_confidence] = np.nan
        return (made, sure) if return_confidence else made

    def translate_latents(
        self, z: np.ndarray, *, draws: int | None = None, seed: int = 0, batch_size: int = 128
    ) -> np.ndarray:
        """Return the target samples that source latents ``(n, *latent)`` become; see `translate`."""
        if draws is not None:
            return draw(self.linker, self._sides()[1], np.asarray(z), draws, np.random.default_rng(seed), batch_size)
        made: np.ndarray = self._sides()[1].decode(self.linker.predict(z), batch_size=batch_size)
        return made

    def confidence(self, x: Domain | np.ndarray, *, batch_size: int = 128) -> np.ndarray:
        """Return how far the translation of each sample can be trusted, (n,) in [0, 1]; see `Confidence`."""
        return self._latents_and_confidence(x, batch_size)[1]

    def _latents_and_confidence(self, x: Domain | np.ndarray, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
        source = self._sides()[0]
        if self.confidence_ is None:
            raise NotFittedError(
                "`calibrate(train_data, held_out)` must come first: this bridge cannot tell its confidence."
            )
        z, probabilities = source.encode_and_classify(x, batch_size=batch_size)
        return z, self.confidence_.score(z, probabilities)

    def calibrate(self, train_data: Data, held_out: Data) -> LinkedAutoencoder:
        """Learn from held-out source samples when an answer can be trusted; saved with the model.

        Args:
            train_data: labelled source samples that the source side was trained on.
            held_out: labelled source samples that no training has seen; `Domain.split` makes them without leaks.

        Returns:
            self, with `confidence_`.

        Raises:
            InputError: the source side has no classifier, there are fewer than 10 held-out samples, a class has no
                training samples, or samples are of a class that the classifier does not know.
        """
        source = self._sides()[0]
        if source.classifier is None:
            raise InputError('`calibrate` needs a source side with a classifier: build it with classifier="first".')
        a, b = _labelled(train_data, "train_data"), _labelled(held_out, "held_out")
        z, probabilities = source.encode_and_classify(b.x)
        self.confidence_ = Confidence().fit(
            source.encode(a.x), np.asarray(a.labels), z, probabilities, np.asarray(b.labels), classes=source.classes_
        )
        return self

    def evaluate(
        self,
        source: Data,
        target: Data | None = None,
        *,
        judge: Judge | None = None,
        drawn: bool = False,
        seed: int = 0,
    ) -> dict[str, Any]:
        """Measure translations of labelled samples: right, varied, and like real target samples.

        Accuracy alone is blind to a bridge that says the same thing every time, so diversity and Frechet distance
        stand beside it.

        Args:
            source: labelled source samples, not seen in training.
            target: labelled real target samples, not seen in training; None leaves out what compares with them.
            judge: names the class of target samples; None is the target side's own classifier.
            drawn: measure one draw a sample instead of the fixed answer; needs a linker that samples.
            seed: of the draws, and of the choice of real samples to compare with.

        Returns:
            A dict: `n`, `right`, `accuracy`, `interval` (95 %, Wilson), `diversity` (within-class standard deviation
            relative to real samples, 1 is as varied), `frechet` (in the target's latents) with `frechet_floor` (what
            as many real samples score), `classes` and `confusion` (rows are the source's classes). Diversity and the
            Frechet distances are None where there are too few samples to tell.

        Raises:
            InputError: labels are missing, or no class is shared by those who are compared.
        """
        a, b = _labelled(source, "source"), None if target is None else _labelled(target, "target")
        truth, side = np.asarray(a.labels), self._sides()[1]
        if judge is None:
            judge = own_judge(side)
            check_shared(truth, side.classes_, "the target side's classifier")
        if b is not None:
            check_shared(truth, b.classes, "`target`")
        made = self.translate(a, draws=1, seed=seed)[:, 0] if drawn else self.translate(a)
        results = accuracy(made, truth, judge)
        return results if b is None else results | likeness(made, truth, b, side, seed)

    def _sides(self) -> tuple[Any, Any]:
        if not getattr(self, "fitted_", False):
            raise NotFittedError("`fit(source, target)` must come first: this LinkedAutoencoder is untrained.")
        return self.source, self.target

    # ---- files ----------------------------------------------------------------------------------------------------

    def save(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write the bridge as a model folder that `load` reads and that runs no code; see `bridgeae.saving.bundle`.

        Raises:
            OutputExistsError: `folder` holds something and `overwrite` is False.
        """
        source, target = self._sides()
        content: dict[str, Any] = {}
        networks: dict[str, keras.Model] = {}
        arrays: dict[str, np.ndarray] = {}
        for name, part in (("source", source), ("target", target), ("linker", self.linker)):
            state, its_networks, its_arrays = part.get_state()
            content[name] = state
            networks |= {f"{name}-{key}": network for key, network in its_networks.items()}
            arrays |= {f"{name}-{key}": array for key, array in its_arrays.items()}
        if self.confidence_ is not None:
            content["confidence"], its_arrays = self.confidence_.get_state()
            arrays |= {f"confidence-{key}": array for key, array in its_arrays.items()}
        write_bundle(folder, content=content, networks=networks, arrays=arrays, overwrite=overwrite)

    @classmethod
    def load(cls, folder: str | Path) -> LinkedAutoencoder:
        """Read a bridge that `save` wrote.

        Raises:
            MissingFileError: there is no model at `folder`.
            BundleError: it is damaged, changed, of another format, or not safe.
        """
        content, networks, arrays = read_bundle(folder)
        known = (Autoencoder, RidgeLinker, NetworkLinker, FlowLinker, ChainLinker)
        kinds: dict[str, Any] = {k.__name__: k for k in known}
        parts = []
        try:
            for name in ("source", "target", "linker"):
                state = content[name]
                parts.append(kinds[state["kind"]].from_state(state, part_of(networks, name), part_of(arrays, name)))
            bridge = cls(*parts)
            if "confidence" in content:
                bridge.confidence_ = Confidence.from_state(content["confidence"], part_of(arrays, "confidence"))
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
            why = error if isinstance(error, BridgeError) else repr(error)
            raise BundleError(f"{folder}: the manifest does not describe a bridge ({why}).") from None
        bridge.fitted_ = True
        return bridge


def _default_pairing(a: Domain, b: Domain) -> Pairing:
    if a.labelled.any() and b.labelled.any():
        return ClassPairing()
    raise InputError(
        "`pairing` is needed where a side has no labels: pass GivenPairing() if sample k of one side belongs with "
        "sample k of the other, or give labels to both."
    )


def _labelled(data: Data, name: str) -> Domain:
    domain = as_domain(data, name)
    if not domain.labelled.any():
        raise InputError(f"`{name}` needs labels.")
    return domain.select(domain.labelled)


def _trained(side: Autoencoder | None, domain: Domain, options: Mapping[str, Any]) -> Autoencoder:
    side = side or Autoencoder(classifier="joint" if len(domain.classes) > 1 else None)
    return side if side.fitted else side.fit(domain, **options)


def _latents(side: Autoencoder, domain: Domain, stage: str, progress: Progress, *, views: bool = True) -> Domain:
    parts = []
    for k in range(0, len(domain), _CHUNK):
        parts.append(side.encode(domain.x[k : k + _CHUNK], views=views))
        progress.update(stage, min(k + _CHUNK, len(domain)), len(domain))
    return Domain(np.concatenate(parts), domain.labels, domain.groups)


__all__: Sequence[str] = ["Data", "Judge", "LinkedAutoencoder"]
