"""The bridge: source encoder -> linker -> target decoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.autoencoder import Autoencoder, FoundLabels
from bridgeae.checks import TRAINING, check_installed, check_options, check_seed, shape_fits
from bridgeae.domain import Data, Domain, as_domain
from bridgeae.errors import BridgeError, BundleError, InputError
from bridgeae.evaluation import Baselines, Confidence
from bridgeae.linked.choices import (
    check_sides,
    choose_autoencoder,
    choose_linker,
    choose_pairing,
    fit_baselines,
    outlined,
    refresher,
)
from bridgeae.linked.translator import Translator
from bridgeae.linker import ChainLinker, linker_from_state, linker_state
from bridgeae.progress import Progress
from bridgeae.protocols import Augment, Linker, Pairing
from bridgeae.saving import State, read_bundle, write_bundle

if TYPE_CHECKING:
    import keras

_LEARNED: dict[str, Any] = {"confidence": Confidence, "baselines": Baselines, "found": FoundLabels}  # saved if there


class LinkedAutoencoder(Translator):
    """Translate samples of one domain into another through linked latents.

    Directed. The reverse bridge is another one over the same two sides:
    ``LinkedAutoencoder(bridge.target, bridge.source).fit(target_data, source_data)``; sides that are already fitted are
    left alone, so only its linker is trained.

    Args:
        source: the autoencoder of the samples to translate; None builds a dense one that fits the data.
        target: the autoencoder of the samples to make; None likewise.
        linker: maps source latents to target latents: an object, or its name ("ridge", "dense", "convolutional",
            "flow", "auto", or that of an installed one). None is "flow" where classes are paired, "auto" where pairs
            are given, "ridge" otherwise.

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

    def check(self, source: Data, target: Data, *, pairing: Pairing | str | None = None) -> None:
        """Raise InputError for what `fit` would refuse; nothing is trained."""
        a, b = as_domain(source, "source"), as_domain(target, "target")
        rule = choose_pairing(pairing, a, b)
        linker = choose_linker(self._linker, rule)
        check_sides(*self._sides(rule, linker, a, b), linker, rule, a, b)

    def fit(
        self,
        source: Data,
        target: Data,
        *,
        pairing: Pairing | str | None = None,
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
            pairing: which samples belong together: an object, or its name ("class", "class-drop", "given", "transport",
                "unpaired", "one-sided", or that of an installed one). None is "class" where both sides have labels; but
                "given", with a warning, where rows have equal labels and evidently share more than those.
            augment: ``(x, rng) -> x`` on source samples, encoded afresh for every epoch of the linker; the target's
                latents stay cached.
            source_options: for the source's `Autoencoder.fit`.
            target_options: for the target's.
            linker_options: for the linker's `fit`.
            seed: of everything random.
            progress: where to show progress; None shows it on a terminal, ``Progress(quiet=True)`` nowhere.

        Returns:
            self. With "one-sided", `found_` holds the classes that were found, how sure each is, and a score.

        Raises:
            InputError: the data do not fit a side, or cannot be paired or linked; found before anything trains.
        """
        check_installed(*TRAINING)
        a, b = as_domain(source, "source"), as_domain(target, "target")
        progress = progress or Progress()
        rule = choose_pairing(pairing, a, b)
        linker = choose_linker(self._linker, rule)
        sides = self._sides(rule, linker, a, b, source_options, target_options)
        check_sides(*sides, linker, rule, a, b)
        check_seed(seed)
        check_options("source_options", source_options, Autoencoder.fit)
        check_options("target_options", target_options, Autoencoder.fit)
        check_options("linker_options", linker_options, linker.fit)
        if hasattr(rule, "find_labels"):
            a, b = rule.find_labels(a, b, sides=sides, augment=augment, progress=progress)
        for side, domain, options in zip(sides, (a, b), (source_options, target_options), strict=True):
            if not side.fitted:
                side.fit(domain, **{"seed": seed, "progress": progress, **(options or {})})
        self._source, self._target = sides
        z_a = self._source.latents(a, stage="encode source", progress=progress)
        z_b = self._target.latents(b, views=False, stage="encode target", progress=progress)
        refresh = refresher(self._source, a, augment)
        run = {"refresh": refresh, "seed": seed, "progress": progress, **(linker_options or {})}
        rule = rule.fit(z_a, z_b)
        self.baselines_, self.found_ = fit_baselines(rule, a, b, seed), getattr(rule, "found_", None)
        self._linker = linker.fit(z_a, z_b, rule, **run)
        self.fitted_ = True
        return self

    def finetune(
        self,
        source: Data | None = None,
        target: Data | None = None,
        *,
        pairing: Pairing | str | None = "given",
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

        The bridge trains copies of its linker, its source side and, with `decoder`, its target: other bridges that
        share them stay as they are. The source side keeps its encoder alone. The calibration is dropped.

        Args:
            source: samples of the source side, or None with `batches`.
            target: samples of the target side, or None with `batches`.
            pairing: which belong together; "given" pairs them by name or position.
            batches: ``(rng) -> (source samples, target samples)``, for data that are made on the fly.
            decoder: whether the target's decoder learns too, instead of staying frozen.
            loss: between wanted and translated samples; None is the target's own.
            epochs: how often `steps` are repeated.
            steps: batches an epoch.
            batch_size: pairs a step, where `batches` is None.
            learning_rate: the peak of the cycle.
            weight_averaging: momentum of an exponential moving average of the weights (Polyak and Juditsky 1992).
            optimizer: "adamw" or "muon", see `bridgeae.training.Muon`.
            seed: of the draws.
            progress: where to show progress; None shows it on a terminal.

        Returns:
            self, with `history_`.

        Raises:
            InputError: the linker is no network, samples are missing or do not pair, the target's loss was not saved,
                or a run length is less than 1.
        """
        from bridgeae.linked.finetuning import finetune, random_pairs
        from bridgeae.training import TrainOptions

        self._check_fitted()
        options = TrainOptions(
            epochs, batch_size, learning_rate, optimizer, weight_averaging, seed, progress or Progress()
        )
        batches = batches or random_pairs(source, target, pairing, batch_size)
        parts = self.source, self.target, self.linker
        made = finetune(*parts, batches, decoder, loss, steps, options)
        self._source, self._target, self._linker, self.history_ = made
        self.confidence_ = None
        return self

    def network(self) -> keras.Model:
        """Return the whole bridge as one Keras model, source samples to target samples, sharing its weights."""
        from bridgeae.linked.finetuning import whole_network

        self._check_fitted()
        return whole_network(self.source, self.target, self.linker)

    def then(self, following: LinkedAutoencoder) -> LinkedAutoencoder:
        """Return the bridge that goes on from this one's target: ``a_to_b.then(b_to_c)`` translates from a to c.

        All parts are shared and nothing is trained. Where both bridges hold the same autoencoder of the domain between
        them, its decoder and encoder are skipped.
        """
        self._check_fitted()
        following._check_fitted()
        end, start = self.target, following.source
        made, read = end.decoder.output_shape[1:], start.encoder.input_shape[1:]  # type: ignore[union-attr]
        if end is not start and not shape_fits(made, read):
            raise InputError(
                f"`following` reads samples of shape {tuple(read)}, this bridge makes {tuple(made)}: it must start in "
                "the domain where this one ends."
            )
        chain = ChainLinker(self.linker, following.linker, middle=None if end is start else (end, start))
        return self._derived(self.source, following.target, chain)

    def adapted(self, x: Domain | np.ndarray, *, share: float = 0.5, even_classes: bool = False) -> LinkedAutoencoder:
        """Return a bridge whose source side is adapted to samples of another origin; see `Autoencoder.adapted`."""
        self._check_fitted()
        other = self._derived(self.source.adapted(x, share=share, even_classes=even_classes), self.target, self.linker)
        other.baselines_ = self.baselines_
        return other

    def save(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write the bridge as a model folder that `load` reads and that runs no code; see `bridgeae.saving`.

        Raises:
            OutputExistsError: `folder` holds something and `overwrite` is False.
            InputError: the linker is not installed under a name, so that `load` could not find it.
            BundleError: a network holds a layer that `load` would refuse.
        """
        self._check_fitted()
        state = self.source.get_state().under("source") | self.target.get_state().under("target")
        state |= linker_state(self.linker).under("linker")
        for name in _LEARNED:
            if (learned := getattr(self, f"{name}_")) is not None:
                state |= learned.get_state().under(name)
        write_bundle(folder, state, overwrite=overwrite)

    @classmethod
    def load(
        cls,
        folder: str | Path,
        *,
        runtime: str | None = None,
        threads: int | None = None,
        sha256: str | None = None,
    ) -> LinkedAutoencoder:
        """Read a bridge that `save` wrote.

        Args:
            folder: the model folder.
            runtime: "onnx" runs its networks on ONNX Runtime and imports no framework; Keras models are built once
                something trains. "keras" builds them at once. None takes "onnx" where every network can run on it.
            threads: of a network on ONNX Runtime; None takes the environment variable BRIDGEAE_THREADS, or one.
            sha256: that `bridgeae inspect` prints of the model that is wanted; None takes any.

        Raises:
            MissingFileError: there is no model at `folder`.
            BundleError: it is damaged, changed, of another format, or not safe.
        """
        state = read_bundle(folder, runtime=runtime, threads=threads, sha256=sha256)
        try:
            return cls._from_state(state)
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
            why = error if isinstance(error, BridgeError) else repr(error)
            raise BundleError(f"{folder}: the manifest does not describe a bridge ({why}).") from None

    @classmethod
    def _from_state(cls, state: State) -> LinkedAutoencoder:
        source, target = (Autoencoder.from_state(state.part(name)) for name in ("source", "target"))
        bridge = cls(source, target, linker_from_state(state.part("linker")))
        for name, kind in _LEARNED.items():
            if name in state.values:
                setattr(bridge, f"{name}_", kind.from_state(state.part(name)))
        bridge.fitted_ = True
        return bridge

    def _sides(
        self, rule: Pairing, linker: Linker, a: Domain, b: Domain, *options: Mapping[str, Any] | None
    ) -> tuple[Autoencoder, Autoencoder]:
        """Return the sides, or default ones for the samples as the pairing will leave them."""
        a, b = outlined(rule, a, b)
        given, asked = (self._source, self._target), options or (None, None)
        source, target = (
            choose_autoencoder(side, x, linker, o) for side, x, o in zip(given, (a, b), asked, strict=True)
        )
        return source, target

    def _derived(self, source: Autoencoder, target: Autoencoder, linker: Linker) -> LinkedAutoencoder:
        """Return a fitted bridge of these parts, with the calibration of this one."""
        other = LinkedAutoencoder(source, target, linker)
        other.confidence_, other.fitted_ = self.confidence_, True
        return other
