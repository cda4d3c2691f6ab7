"""A bridge in use: translations, what is said of samples, confidence, and measures."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal, Self, overload

import numpy as np

from bridgeae.autoencoder import Autoencoder, Encoding, FoundLabels
from bridgeae.autoencoder.encoding import stream
from bridgeae.checks import check_fitted, check_installed
from bridgeae.domain import Data, Domain, as_domain
from bridgeae.errors import InputError, NotFittedError
from bridgeae.evaluation import Baselines, Confidence, Judge, Reading
from bridgeae.linked.measuring import Measuring, pairs_to_measure
from bridgeae.linked.resampling import draw
from bridgeae.linker import sample_keys
from bridgeae.protocols import Linker, Pairing
from bridgeae.registry import create_linker


class Translator:
    """What `LinkedAutoencoder` can do once it is fitted."""

    def __init__(
        self,
        source: Autoencoder | None = None,
        target: Autoencoder | None = None,
        linker: Linker | str | None = None,
    ) -> None:
        self._source, self._target = source, target
        self._linker: Linker | None = create_linker(linker) if isinstance(linker, str) else linker
        self.fitted_: bool | None = None
        self.confidence_: Confidence | None = None
        self.baselines_: Baselines | None = None
        self.found_: FoundLabels | None = None

    def __repr__(self) -> str:
        linker = "default" if self._linker is None else type(self._linker).__name__
        state = "fitted" if self.fitted_ else "not fitted"
        return f"{type(self).__name__}({self._source!r}, {self._target!r}, linker: {linker}, {state})"

    @property
    def source(self) -> Autoencoder:
        """The autoencoder of the samples to translate."""
        return _present(self._source, "source")

    @property
    def target(self) -> Autoencoder:
        """The autoencoder of the samples to make."""
        return _present(self._target, "target")

    @property
    def linker(self) -> Linker:
        """The linker."""
        return _present(self._linker, "linker")

    @overload
    def translate(
        self,
        x: Domain | np.ndarray,
        *,
        draws: int | None = ...,
        seed: int = ...,
        return_confidence: Literal[False] = ...,
        min_confidence: float | None = ...,
        out: Any = ...,
        batch_size: int = ...,
    ) -> np.ndarray: ...

    @overload
    def translate(
        self,
        x: Domain | np.ndarray,
        *,
        draws: int | None = ...,
        seed: int = ...,
        return_confidence: Literal[True],
        min_confidence: float | None = ...,
        out: Any = ...,
        batch_size: int = ...,
    ) -> tuple[np.ndarray, np.ndarray]: ...

    def translate(
        self,
        x: Domain | np.ndarray,
        *,
        draws: int | None = None,
        seed: int = 0,
        return_confidence: bool = False,
        min_confidence: float | None = None,
        out: Any = None,
        batch_size: int = 128,
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Return the target samples that source samples become.

        Args:
            x: (n, *sample), or a Domain of them.
            draws: None gives one fixed answer a sample. A number gives that many different ones, which needs a sampling
                linker such as `FlowLinker`; a draw that no longer looks like its class is drawn anew.
            seed: of the draws. The draws of a sample depend on it and the sample's values, never on the samples beside
                it; of equal samples in one call, each has draws of its own.
            return_confidence: also return the confidence of each answer; `calibrate` has to come first, but for an
                `AnchorLinker`, which knows what lacks a counterpart.
            min_confidence: samples below it get no answer: NaN throughout.
            out: an array of the answers' shape to write to and return, such as ``np.lib.format.open_memmap``: with
                samples on disk, memory then does not grow with their number.
            batch_size: samples handled at a time.

        Returns:
            (n, *target_sample) float32, or (n, draws, *target_sample); with `return_confidence` a pair of that and
            (n,) float in [0, 1].
        """
        samples = x if isinstance(x, Domain) else Domain(x)
        keys = None if draws is None else sample_keys(samples.x)
        trust: list[np.ndarray] = []

        def answer(part: slice) -> np.ndarray:
            few, mine = samples.x[part], None if keys is None else keys[part]
            translate = partial(self.translate_latents, draws=draws, seed=seed, keys=mine, batch_size=batch_size)
            if not return_confidence and min_confidence is None:
                return translate(self.source.encode(few, batch_size=batch_size))
            encoding = self.source.encoding(few, batch_size=batch_size)
            trust.append(self._confidence(encoding))
            made = translate(encoding.z)
            if min_confidence is not None:
                made[trust[-1] < min_confidence] = np.nan
            return made

        self._check_fitted()
        made = stream(answer, len(samples), out)
        return (made, np.concatenate(trust)) if return_confidence else made

    def translate_latents(
        self,
        z: np.ndarray,
        *,
        draws: int | None = None,
        seed: int = 0,
        keys: np.ndarray | None = None,
        batch_size: int = 128,
    ) -> np.ndarray:
        """Return the target samples that source latents ``(n, *latent)`` become; see `translate`.

        `keys` (n,) uint64 and `seed` decide the draws. None takes them from the latents; `translate` takes those of
        the samples, from `bridgeae.linker.sample_keys`.
        """
        self._check_fitted()
        z = np.asarray(z)
        if draws is None:
            return self.target.decode(self.linker.predict(z), batch_size=batch_size)
        keys = sample_keys(z) if keys is None else keys
        return draw(self.linker, self.target, z, keys, draws, seed, batch_size)

    def reading(
        self,
        x: Domain | np.ndarray,
        *,
        draws: int | None = None,
        seed: int = 0,
        encoding: Encoding | None = None,
        keys: np.ndarray | None = None,
        batch_size: int = 128,
    ) -> Reading:
        """Return all that the bridge says of samples: classes, confidence, fixed answers and draws.

        Args:
            x: (n, *sample), or a Domain of them.
            draws: different answers to each sample; None for none.
            seed: of the draws.
            encoding: the source side's encoding of `x`, where it is known already.
            keys: (n,) uint64 that decide the draws, for a part of more samples; None takes those of `x`. See
                `translate_latents`.
            batch_size: samples handled at a time.
        """
        self._check_fitted()
        samples = x if isinstance(x, Domain) else Domain(x)
        encoding = encoding or self.source.encoding(samples, batch_size=batch_size)
        answers = partial(self.translate_latents, encoding.z, batch_size=batch_size)
        drawn = None
        if draws is not None:
            drawn = answers(draws=draws, seed=seed, keys=sample_keys(samples.x) if keys is None else keys)
        confidence = None if self.confidence_ is None else self._confidence(encoding)
        return Reading(samples, encoding, answers(), drawn, confidence, seed)

    def confidence(self, x: Domain | np.ndarray, *, batch_size: int = 128) -> np.ndarray:
        """Return how far the translation of each sample can be trusted, (n,) in [0, 1]; see `calibrate`."""
        self._check_fitted()
        return self._confidence(self.source.encoding(x, batch_size=batch_size))

    def calibrate(self, train_data: Data, held_out: Data) -> Self:
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
        check_installed("scipy", "sklearn")
        self._check_fitted()
        if self.source.classes_ is None:
            raise InputError('`calibrate` needs a source side with a classifier: build it with classifier="first".')
        a, b = (as_domain(d, n).labelled_part(n) for d, n in ((train_data, "train_data"), (held_out, "held_out")))
        encoding = self.source.encoding(b)
        train, held = Domain(self.source.encode(a), a.labels), Domain(encoding.z, b.labels)
        probabilities = np.asarray(encoding.probabilities)
        self.confidence_ = Confidence().fit(train, held, probabilities, classes=self.source.classes_)
        return self

    def evaluate(
        self,
        source: Data | Reading,
        target: Data | None = None,
        *,
        pairing: Pairing | str | None = None,
        judge: Judge | None = None,
        drawn: bool = False,
        seed: int = 0,
    ) -> dict[str, Any]:
        """Measure translations: of given pairs beside the true samples, otherwise by their class.

        Accuracy alone does not notice a bridge that gives the same answer every time, so diversity and Frechet distance
        stand beside it. R2 says little without what simple predictions reach, so baselines stand beside it.

        Args:
            source: source samples, not seen in training; or what `reading` returned for them. They need labels unless
                pairs are measured.
            target: real target samples, not seen in training. By class they need labels, and None leaves out what
                compares with them.
            pairing: "given" (or a GivenPairing of these samples) measures pairs, "class" classes. None measures pairs
                where the bridge was trained on given pairs and these samples pair by name or number, classes otherwise.
            judge: names the class of target samples. None is an independent judge, trained on `target`, where that has
                ten samples of each class or more; otherwise the target side's own classifier, which flatters.
            drawn: measure one draw a sample instead of the fixed answer; needs a linker that samples.
            seed: of the draws, unless `source` is a reading, of the choice of real samples to compare with, and of
                the bootstrap.

        Returns:
            By class a dict: `n`, `right`, `accuracy`, `interval` (95 %, Wilson), `diversity` (within-class standard
            deviation relative to real samples, 1 is as varied), `frechet` (in the target's latents) with
            `frechet_floor` (of as many real samples, against the same other real samples), `classes` and `confusion`
            (rows are the source's classes). Diversity and the Frechet distances are None where there are too few
            samples. Of given pairs: `n`, `r2`, `r2_uniform`, `cosine`, `foscttm`, `recall@1` to `recall@10`, each with
            an interval, and the same of `baselines`; `drawn` for a linker that samples; `by_class` where there are
            labels and a judge. See `bridgeae.evaluation.evaluate_pairs`.

        Raises:
            InputError: labels are missing, no class is shared by those who are compared, or samples do not pair.
        """
        self._check_fitted()
        real = None if target is None else as_domain(target, "target")
        measuring = Measuring(self, judge, drawn, seed)
        pairs = pairs_to_measure(pairing, source, real, trained_on_pairs=self.baselines_ is not None)
        if real is None or pairs is None:
            return measuring.by_class(source, real)
        return measuring.by_pair(source, real, pairs)

    def _confidence(self, encoding: Encoding) -> np.ndarray:
        if self.confidence_ is not None and encoding.probabilities is not None:
            return self.confidence_.score(encoding.z, encoding.probabilities)
        said = getattr(self.linker, "confidence", None)  # of a linker that knows which samples have a counterpart
        if said is None:
            raise NotFittedError("call `calibrate(train_data, held_out)` first: this bridge has no confidence.")
        return np.asarray(said(encoding.z))

    def _check_fitted(self) -> None:
        check_fitted(self, "fitted_")


def _present(part: Any, name: str) -> Any:
    if part is None:
        raise NotFittedError(f"call `fit(source, target)` first: this LinkedAutoencoder has no {name} yet.")
    return part
