"""A linker that learns from few pairs and many samples without a partner."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from bridgeae.checks import check_counts, check_fitted, check_shape
from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.linker.anchoring import distinct_pairs, fit_space
from bridgeae.linker.latents import flatten
from bridgeae.pairing.neighbours import nearest
from bridgeae.pairing.shared import Projection, SharedSpace, transport
from bridgeae.progress import Progress
from bridgeae.protocols import Pairing, Refresh
from bridgeae.saving import State

MIN_PAIRS = 5
MIN_CONFIDENCE = 0.05
"""Below it a source sample probably has no counterpart in the target."""

_GIVE_PARTIAL = 0.8  # of the scaling, where samples may have no counterpart
_ONE_TO_ONE = 0.9  # if more of the pairs than this share have one partner only, those count as known matches
_SAME = 1e-4  # relative distance below which a latent is that of a known pair


class AnchorLinker:
    """Map latents through coordinates that both sides share, learned from a few pairs and all samples of both sides.

    Every sample, paired or not, says how its side varies; the pairs (anchors) say what varies together: regularised
    canonical correlation analysis (Hotelling 1936; Vinod 1976). How rows are read (as they are, at unit length, or
    both) and the regularisation are chosen by cross-validation over the pairs. An answer is the mean of
    real target latents, each weighted by how probable it is as the partner (Bach and Jordan 2005), so that every target
    sample is used about equally often (Cuturi 2013). A source sample of a known pair is answered with its partner.
    Where more samples than chance explains seem to lack a counterpart, answers come with a warning, and
    ``bridge.translate(x, min_confidence=0.05)`` refuses to answer these.

    Args:
        bank: target samples to make answers from, and source samples in the transport, at most.
        partial: whether samples of a side may lack a counterpart: they stay alone, and have low `confidence`.

    Example:
        >>> import numpy as np
        >>> from bridgeae import AnchorLinker, Domain, GivenPairing
        >>> rng = np.random.default_rng(0)
        >>> z = rng.normal(size=(300, 2))
        >>> source, target = Domain(z), Domain(z @ rng.normal(size=(2, 4)))
        >>> linker = AnchorLinker().fit(source, target, GivenPairing(range(40), range(40)).fit(source, target))
        >>> bool(np.abs(linker.predict(z) - target.x)[40:].mean() < 0.5)
        True
    """

    def __init__(self, *, bank: int = 2000, partial: bool = False) -> None:
        check_counts(bank=bank)
        self.bank, self.partial = bank, partial

    def check(self, source: Domain, target: Domain) -> None:
        """Raise InputError if a side has fewer samples than the fewest pairs."""
        for name, side in (("source", source), ("target", target)):
            if len(side) < MIN_PAIRS:
                raise InputError(f"`{name}` has {len(side)} samples, an AnchorLinker needs {MIN_PAIRS} pairs or more.")

    def fit(
        self,
        source: Domain,
        target: Domain,
        pairing: Pairing,
        *,
        pairs: int = 16384,
        refresh: Refresh | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> AnchorLinker:
        """Learn from all latents of both sides and the pairs; sets `chosen_` and `score_`.

        Args:
            source: latents of the source side, with and without a partner.
            target: latents of the target side, likewise.
            pairing: a fitted pairing of the two.
            pairs: pairs drawn; equal ones count as one.
            refresh: is not used: how a side varies is learned from latents without augmentation.
            seed, progress: see `bridgeae.protocols.Linker.fit`.

        Raises:
            InputError: there are fewer than 5 distinct pairs.
        """
        self.check(source, target)
        rng = np.random.default_rng(seed)
        a, b = flatten(source.x), flatten(target.x)
        i, j, weight = distinct_pairs(pairing, pairs, rng)
        if len(i) < MIN_PAIRS:
            raise InputError(f"`pairing` gives {len(i)} distinct pairs, an AnchorLinker needs {MIN_PAIRS} or more.")
        found = fit_space(a, b, i, j, weight, rng, progress or Progress())
        self.chosen_, self.score_, self.space_, left_out = found
        only_once = _once(i) & _once(j)
        known = np.flatnonzero(only_once) if only_once.mean() > _ONE_TO_ONE else np.array([], int)
        self.known_ = a[i[known]], b[j[known]]
        kept = _some(len(b), self.bank, rng)
        self.bank_ = b[kept]
        score = self.space_.log_ratio(a[_some(len(a), self.bank, rng)], self.bank_)
        self.potential_ = transport(score, power=self._power)[1]
        self.evidence_ = np.sort(
            np.concatenate([self._of_left_out(a, i[p], kept == j[p, None], s) for p, s in left_out])
        )
        self.shapes_ = source.sample_shape, target.sample_shape
        return self

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Map source latents ``(n, *source_latent)`` to target latents ``(n, *target_latent) float32``.

        It warns where many of them seem to lack a counterpart; see `confidence`.
        """
        flat = self._flat(z)
        self._warn_of_missing_counterparts(flat)
        score = self.space_.log_ratio(flat, self.bank_) + self.potential_
        weight = np.exp(score - score.max(1, keepdims=True))
        answers = self._mean(weight / weight.sum(1, keepdims=True))
        partner = _same_row(flat, self.known_[0])
        answers[partner >= 0] = self.known_[1][partner[partner >= 0]]
        return answers.reshape(len(answers), *self.shapes_[1]).astype(np.float32)

    def match(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Return the transport plan (n, m) between two sets of latents: the weight of each match, 1 in all.

        Known pairs are matched with each other, and the rest among themselves. Where both sets hold the same samples,
        this knows more than `predict`, which takes each latent alone.

        Args:
            source: ``(n, *source_latent)``.
            target: ``(m, *target_latent)``.
        """
        check_fitted(self, "space_")
        check_shape("target", np.shape(target), self.shapes_[1])
        a, b = self._flat(source), flatten(np.asarray(target, np.float32))
        i, j = _same_row(a, self.known_[0]), _same_row(b, self.known_[1])
        score = self.space_.log_ratio(a, b)
        together = (i[:, None] == j) & (i >= 0)[:, None]
        apart = (np.isin(i, j) & (i >= 0))[:, None] | (np.isin(j, i) & (j >= 0))
        score[apart & ~together] = score.min() - 1e3
        return transport(score, power=self._power)[0]

    def confidence(self, z: np.ndarray) -> np.ndarray:
        """Return how sure it is that each source latent has a counterpart in the target, (n,) in (0, 1].

        A conformal p-value (Vovk et al. 2005): the share of anchors whose partners are as rare, or rarer, where each
        anchor was left out and its partner hidden. Below .05 lie 5 % of the samples that have a partner, and most of
        those of a kind that the target lacks.
        """
        return self._p_values(self._flat(z))

    def _p_values(self, flat: np.ndarray) -> np.ndarray:
        rarer = np.searchsorted(self.evidence_, self._evidence(flat), side="right")
        return np.asarray((rarer + 1) / (len(self.evidence_) + 1))

    def _warn_of_missing_counterparts(self, flat: np.ndarray) -> None:
        """Warn if more samples have low confidence than three standard errors above what chance explains."""
        n, p = len(flat), MIN_CONFIDENCE
        alone = int((self._p_values(flat) < p).sum())
        if alone > n * (p + 3 * np.sqrt(p * (1 - p) * (1 / n + 1 / len(self.evidence_)))):
            warnings.warn(
                f"{alone} of {n} source samples probably have no counterpart in the target: `confidence` tells which, "
                f"and `translate(x, min_confidence={MIN_CONFIDENCE})` leaves their answers out (NaN).",
                stacklevel=3,
            )

    @property
    def _power(self) -> float:
        return _GIVE_PARTIAL if self.partial else 1.0

    def _mean(self, weight: np.ndarray) -> np.ndarray:
        """Return weighted means of the bank; of directions and lengths apart where rows are read at unit length."""
        if self.chosen_["view"] == "plain":
            return weight @ self.bank_
        length = np.maximum(np.linalg.norm(self.bank_, axis=1, keepdims=True), 1e-12)
        return np.asarray((weight @ (self.bank_ / length)) * (weight @ length))

    def _evidence(self, source: np.ndarray) -> np.ndarray:
        """Return the log of the mean density ratio (n,) to the bank: below 0 where likely partners are rare."""
        return _log_mean(self.space_.log_ratio(source, self.bank_))

    def _of_left_out(self, a: np.ndarray, i: np.ndarray, own: np.ndarray, space: SharedSpace) -> np.ndarray:
        """Return the evidence for source samples `i` by coordinates learned without them, their partners hidden."""
        score = space.log_ratio(a[i], self.bank_)
        score[own] = -np.inf
        return _log_mean(score)[np.unique(i, return_index=True)[1]]

    def _flat(self, z: np.ndarray) -> np.ndarray:
        check_fitted(self, "space_")
        check_shape("z", np.shape(z), self.shapes_[0])
        return flatten(np.asarray(z, np.float32))

    def get_state(self) -> State:
        """Return the state from which `from_state` builds this linker again."""
        arrays = {"correlation": self.space_.correlation, "bank": self.bank_, "potential": self.potential_}
        arrays |= {"known-source": self.known_[0], "known-target": self.known_[1], "evidence": self.evidence_}
        for name, side in (("source", self.space_.source), ("target", self.space_.target)):
            arrays |= {f"{name}-weights": side.weights, f"{name}-offset": side.offset}
        values: dict[str, Any] = {"bank": self.bank, "partial": self.partial, "chosen": self.chosen_}
        return State(values | {"score": self.score_, "shapes": self.shapes_}, arrays=arrays)

    @classmethod
    def from_state(cls, state: State) -> AnchorLinker:
        """Build a fitted linker from what `get_state` returned."""
        values, arrays = state.values, state.arrays
        made = cls(bank=values["bank"], partial=values["partial"])
        made.chosen_, made.score_ = values["chosen"], values["score"]
        source, target = (
            Projection(values["chosen"]["view"], arrays[f"{name}-weights"], arrays[f"{name}-offset"])
            for name in ("source", "target")
        )
        made.space_ = SharedSpace(source, target, arrays["correlation"])
        made.known_ = arrays["known-source"], arrays["known-target"]
        made.bank_, made.potential_, made.evidence_ = arrays["bank"], arrays["potential"], arrays["evidence"]
        made.shapes_ = tuple(values["shapes"][0]), tuple(values["shapes"][1])
        return made


def _once(index: np.ndarray) -> np.ndarray:
    """Return which values (n,) of an index occur once."""
    return np.asarray(np.bincount(index)[index] == 1)


def _log_mean(score: np.ndarray) -> np.ndarray:
    """Return the logarithm (n,) of the mean of exp(score) over the columns of (n, m)."""
    top = np.maximum(score.max(1), -1e30)
    return np.asarray(top + np.log(np.maximum(np.exp(score - top[:, None]).mean(1), 1e-300)))


def _some(n: int, limit: int, rng: np.random.Generator) -> np.ndarray:
    return np.sort(rng.permutation(n)[:limit])


def _same_row(z: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return for each row (n,) the known row that it equals, or -1."""
    if not len(known):
        return np.full(len(z), -1)
    scale = np.maximum(np.abs(known).max(0), 1e-12)
    distance, index = nearest(z / scale, known / scale)
    return np.where(distance[:, 0] < _SAME, index[:, 0], -1)
