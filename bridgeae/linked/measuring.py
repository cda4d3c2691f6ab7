"""What `evaluate` measures: translations by class, or beside the true samples of given pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bridgeae.checks import check_installed
from bridgeae.domain import Data, Domain, as_domain
from bridgeae.errors import InputError
from bridgeae.evaluation import DRAWS, Baselines, Judge, Reading, evaluate_pairs, evaluate_translations
from bridgeae.evaluation.judges import can_train_judge
from bridgeae.linker import sample_keys
from bridgeae.pairing import GivenPairing
from bridgeae.pairing.given import shared_names
from bridgeae.protocols import Pairing, SamplingLinker
from bridgeae.registry import create_pairing


@dataclass(frozen=True)
class Measuring:
    """Measure a bridge's answers; see `LinkedAutoencoder.evaluate` for the arguments."""

    bridge: Any
    judge: Judge | None
    drawn: bool
    seed: int

    def by_class(self, source: Data | Reading, target: Domain | None) -> dict[str, Any]:
        """Return the figures of translations that have a label."""
        samples = _samples(source)
        if self.judge is None and target is not None and can_train_judge(target):
            check_installed("sklearn")  # before anything is translated
        if target is not None and not samples.labelled.any():
            raise InputError(
                '`source` needs labels; or pass pairing="given" if sample k of `source` belongs with sample k of '
                "`target`."
            )
        if isinstance(source, Reading):
            made = self._answers(source.select(samples.labelled))
            samples = samples.labelled_part("source")
        else:
            samples = samples.labelled_part("source")
            made = self._answers(samples)
        real = None if target is None else target.labelled_part("target")
        return evaluate_translations(made, samples.known_labels(), self.bridge.target, self.judge, real, seed=self.seed)

    def by_pair(self, source: Data | Reading, target: Domain, pairs: GivenPairing) -> dict[str, Any]:
        """Return the figures of given pairs, and those of their classes where both sides have labels and a judge."""
        i, j = pairs.source_, pairs.target_
        asked: Domain | Reading = source if isinstance(source, Reading) else _samples(source)
        asked, real = asked.select(i), target.select(j)
        samples, made, true = _samples(asked), self._answers(asked), real.x
        baselines = self.bridge.baselines_ or Baselines.of_target(true)
        figures = evaluate_pairs(samples.x, made, true, baselines, self._draws(asked), seed=self.seed)
        judged = self.judge is not None or self.bridge.target.classifier is not None
        if judged and samples.labelled.any() and real.labelled.any():
            figures["by_class"] = self.by_class(asked, real)
        return figures

    def _answers(self, asked: Domain | Reading) -> np.ndarray:
        if isinstance(asked, Reading):
            return asked.first_draw if self.drawn else asked.fixed
        made: np.ndarray = self.bridge.translate(asked, draws=1 if self.drawn else None, seed=self.seed)
        return made[:, 0] if self.drawn else made

    def _draws(self, asked: Domain | Reading) -> np.ndarray | None:
        """Return the draws by which a linker that samples is measured, of a reading where it holds enough."""
        if not isinstance(self.bridge.linker, SamplingLinker):
            return None
        if isinstance(asked, Reading):
            if asked.draws is not None and asked.draws.shape[1] >= DRAWS:
                return asked.draws[:, :DRAWS]
            known = {"seed": self.seed, "keys": sample_keys(asked.samples.x)}
            drawn: np.ndarray = self.bridge.translate_latents(asked.encoding.z, draws=DRAWS, **known)
            return drawn
        made: np.ndarray = self.bridge.translate(asked, draws=DRAWS, seed=self.seed)
        return made


def pairs_to_measure(
    pairing: Pairing | str | None, source: Data | Reading, target: Domain | None, *, trained_on_pairs: bool
) -> GivenPairing | None:
    """Return the pairs by which samples are measured, or None where they are measured by class.

    Without a `pairing`, a bridge that was trained on given pairs is measured on pairs by name or position; by class
    where names do not tell, the sides differ in number and both have labels, or where there is no target.

    Raises:
        InputError: the samples cannot be paired as `pairing` says.
    """
    samples = _samples(source)
    rule = create_pairing(pairing) if isinstance(pairing, str) else pairing
    if rule is None and trained_on_pairs:
        labelled = samples.labelled.any() and (target is None or target.labelled.any())
        apart = target is None or (len(samples) != len(target) and shared_names(samples, target) is None)
        rule = None if apart and labelled else GivenPairing()
    if not isinstance(rule, GivenPairing):
        return None
    if target is None:
        raise InputError("`target` is needed: given pairs are measured beside the true target samples.")
    rule.check(samples, target)
    return rule.fit(samples, target)


def _samples(source: Data | Reading) -> Domain:
    return source.samples if isinstance(source, Reading) else as_domain(source, "source")
