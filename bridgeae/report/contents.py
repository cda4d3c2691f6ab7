"""The files that a run writes and a report shows, declared once: results.json, run.json, report.npz and a manifest.

The run imports these declarations to write the files; `bridgeae.report.reading` checks the files against them. Further
keys are allowed, and where `total=False` stands every key may be left out.
"""

# no `from __future__ import annotations`: TypedDict does not see `NotRequired` in its strings (cpython issue 97727)

from typing import Annotated, Any, Literal, NotRequired, TypedDict

import numpy as np

Cell = str | bool | int | float | None
History = dict[str, list[float]]
"""Name of a figure -> its value at each epoch."""


class Share(TypedDict):
    """Right answers among `n` >= 1, with the 95 % interval of `accuracy`."""

    n: int
    right: int
    accuracy: float
    interval: tuple[float, float]


class NoShare(TypedDict):
    n: Literal[0]


class JudgedBy(TypedDict):
    """Who named the classes of translations; `accuracy` is on `n` real samples."""

    who: Literal["independent", "given", "own"]
    n: int
    accuracy: float | None


class Translation(Share):
    """Figures of translations. Rows of `confusion` are true classes, columns are the classes that the judge names."""

    judged_by: NotRequired[JudgedBy]

    classes: NotRequired[list[Cell]]
    confusion: NotRequired[list[list[int]]]
    diversity: NotRequired[float | None]
    frechet: NotRequired[float | None]
    frechet_floor: NotRequired[float | None]


Interval = tuple[float, float]
Pairs = TypedDict(
    "Pairs",
    {
        "r2": float,
        "r2_interval": Interval,
        "r2_uniform": float,
        "r2_uniform_interval": Interval,
        "cosine": float,
        "cosine_interval": Interval,
        "foscttm": float,
        "foscttm_interval": Interval,
        "recall@1": float,
        "recall@1_interval": Interval,
        "recall@5": float,
        "recall@5_interval": Interval,
        "recall@10": float,
        "recall@10_interval": Interval,
        "retrieval_n": int,
    },
)
"""Figures of answers to given pairs, with 95 % intervals; those of retrieval are among `retrieval_n` samples."""


class MeasuredPairs(Pairs):
    """Figures of a bridge, of its `baselines` by name, and of its draws."""

    n: int
    baselines: dict[str, Pairs]
    drawn: NotRequired[dict[str, Any]]


class Refusal(Share):
    """Right answers when only the most confident samples, a share `coverage` of all, are answered."""

    coverage: float
    min_confidence: float


class Figures(TypedDict, total=False):
    """Figures of one set of test samples: `translation` of fixed answers, `drawn_translation` of one draw each."""

    classifier: Share
    refusing: list[Refusal]
    translation: Translation
    drawn_translation: Translation


class SideFigures(TypedDict, total=False):
    """Figures of one autoencoder; `parameters` of its encoder."""

    parameters: int
    reconstruction_mse: float | None
    classifier: Share
    classifier_without_copies: Share | NoShare


Samples = TypedDict("Samples", {"train": int, "test": int, "from": NotRequired[dict[str, str]]})


class StageCost(TypedDict, total=False):
    cpu_s: float
    wall_s: float
    peak_memory_gb: float


class Results(Figures, total=False):
    """results.json, of `bridgeae fit` or of any script."""

    title: str
    description: str
    command: str
    smoke: bool
    seed: int
    linker: str
    data: dict[str, Samples]  # source, target, judge
    versions: dict[str, str]
    stages: dict[str, StageCost]
    cpu_s: float
    peak_memory_gb: float
    source: SideFigures
    target: SideFigures
    judge: SideFigures  # a classifier trained apart, of the run file
    judged_by: JudgedBy
    more_tests: dict[str, Figures]
    pairs: MeasuredPairs
    tables: dict[str, list[dict[str, Cell]]]  # title -> rows of column -> value
    table: list[str]  # the lines of a markdown table
    pictures: dict[str, dict[str, str]]  # title of a section -> file in the folder -> caption
    captions: dict[str, str]  # file name -> caption


class RunRecord(TypedDict, total=False):
    """run.json: how and where a run was made."""

    command: str | None
    ended: str
    python: str
    platform: str
    processors: int | None
    config: dict[str, Any]


class AdapterState(TypedDict):
    name: str
    options: NotRequired[dict[str, Any]]


class SideState(TypedDict, total=False):
    """An autoencoder in a manifest; `history` by stage."""

    kind: str
    history: dict[str, History]
    classes: list[Cell]
    adapter: AdapterState
    options: dict[str, Any]


class LinkerState(TypedDict, total=False):
    kind: str
    history: History


class Content(TypedDict, total=False):
    source: SideState
    target: SideState
    linker: LinkerState


class Manifest(TypedDict, total=False):
    """The part of a model's manifest.json that a report shows."""

    format: int
    versions: dict[str, str]
    content: Content
    networks: list[str]
    sha256: dict[str, str]


class ReportArrays(TypedDict, total=False):
    """report.npz. Beside an array stand its kind and its axes: axes of one name are equally long everywhere."""

    shown: Annotated[np.ndarray, "uint8 shown * * 3"]  # test samples
    shown_made: Annotated[np.ndarray, "uint8 shown * * 3"]  # their fixed answers
    shown_truth: Annotated[np.ndarray, "str shown"]  # "" where unknown
    shown_called: Annotated[np.ndarray, "str shown"]  # class of the fixed answer, as the judge names it
    shown_true: Annotated[np.ndarray, "uint8 shown * * 3"]  # the target samples that belong with them
    pair_values: Annotated[np.ndarray, "floating values"]  # of true target samples, standardised
    pair_values_made: Annotated[np.ndarray, "floating values"]  # of their fixed answers
    drawn: Annotated[np.ndarray, "uint8 drawn * * 3"]  # test samples
    drawn_made: Annotated[np.ndarray, "uint8 drawn * * * 3"]  # several draws of each
    right: Annotated[np.ndarray, "bool tests"]  # whether the fixed answer is of the true class
    confidence: Annotated[np.ndarray, "floating tests"]
    source_map: Annotated[np.ndarray, "floating source source_axes"]  # first principal components of the latents
    source_share: Annotated[np.ndarray, "floating source_axes"]  # of the variance
    source_classes: Annotated[np.ndarray, "str source"]
    target_map: Annotated[np.ndarray, "floating target target_axes"]
    target_share: Annotated[np.ndarray, "floating target_axes"]
    target_classes: Annotated[np.ndarray, "str target"]
    made_map: Annotated[np.ndarray, "floating made target_axes"]  # fixed answers among the target's latents
    made_classes: Annotated[np.ndarray, "str made"]
    source_names: Annotated[np.ndarray, "str source"]
    target_names: Annotated[np.ndarray, "str target"]
    made_names: Annotated[np.ndarray, "str made"]
    source_points: Annotated[np.ndarray, "uint8 source * * 3"]  # the samples that the points of a map stand for
    target_points: Annotated[np.ndarray, "uint8 target * * 3"]
    made_points: Annotated[np.ndarray, "uint8 made * * 3"]
    source_samples: Annotated[np.ndarray, "uint8 source_samples * * 3"]
    source_again: Annotated[np.ndarray, "uint8 source_samples * * 3"]  # their reconstructions
    target_samples: Annotated[np.ndarray, "uint8 target_samples * * 3"]
    target_again: Annotated[np.ndarray, "uint8 target_samples * * 3"]


TOGETHER = (
    {"shown", "shown_made"},
    {"drawn", "drawn_made"},
    {"pair_values", "pair_values_made"},
    {"source_map", "source_share"},
    {"target_map", "target_share", "made_map"},
    {"source_samples", "source_again"},
    {"target_samples", "target_again"},
)
"""Keys of report.npz that are all there or none of them."""
