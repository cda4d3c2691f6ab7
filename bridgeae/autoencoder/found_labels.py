"""Classes that were found for unlabelled samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridgeae.saving import State

MIN_SCORE = 0.5
"""Found classes of a lower score are not to be trusted."""


@dataclass(frozen=True, eq=False)
class FoundLabels:
    """Classes of unlabelled samples, and how sure they are.

    Args:
        labels: (n,) the class of each sample.
        confidence: (n,) float in [0, 1], of each label.
        score: how well the two sides are aligned, in [0, 1]: how many samples the classifier of the labelled side is as
            sure of as of its own, or how far several alignments of sides of different kinds agree.
    """

    labels: np.ndarray
    confidence: np.ndarray
    score: float

    @property
    def sure(self) -> bool:
        """Whether the score reaches `MIN_SCORE`."""
        return self.score >= MIN_SCORE

    def get_state(self) -> State:
        """Return the state from which `from_state` builds this again."""
        classes, codes = np.unique(self.labels, return_inverse=True)
        arrays = {"codes": codes, "confidence": self.confidence}
        return State({"classes": classes.tolist(), "score": self.score}, arrays=arrays)

    @classmethod
    def from_state(cls, state: State) -> FoundLabels:
        """Build it from what `get_state` returned."""
        labels = np.asarray(state.values["classes"])[state.arrays["codes"]]
        return cls(labels, state.arrays["confidence"], float(state.values["score"]))
