"""The pictures that a run leaves: PNG files, and the arrays that its report shows.

They are plotted when the run ends, so that a report needs neither the adapters nor the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.domain import Domain
from bridgeae.evaluation import Baselines, Judge, Reading
from bridgeae.linked import LinkedAutoencoder
from bridgeae.runs.pictures import Cell, aspect, can_plot, in_rows, save_curves, save_grid
from bridgeae.runs.side import Side
from bridgeae.saving import whole_file

_SHOWN, _DRAWN, _RECONSTRUCTED, _MAPPED, _VALUES = 36, 8, 10, 300, 1000  # samples of each kind in a report
_PICTURES = set("translations reconstructions_source reconstructions_target augmented mispredicted".split())
_TILE_HEIGHT, _POINT_HEIGHT = 112, 56  # pixels of a sample, and of one that a point of a map stands for
_MAX_MAP_VALUES = 4096  # of a latent; a larger one enters a map with evenly spaced values


def save_arrays(
    path: Path,
    bridge: LinkedAutoencoder,
    source: Side,
    target: Side,
    reading: Reading,
    judge: Judge | None,
    true: np.ndarray | None = None,
) -> None:
    """Write the arrays of a report to an npz file, see `bridgeae.report`; without a `judge` no answer is judged.

    Of given pairs, `true` holds the target samples (n, *sample) that belong with the test samples.
    """
    samples, known = reading.samples, reading.samples.labelled
    shown, few = _choose_few(samples, _SHOWN, bridge), _choose_few(samples, _DRAWN, bridge)
    arrays = _latent_maps(source, target, reading)
    a, b = bridge.source.adapter, bridge.target.adapter
    if can_plot(a) and can_plot(b):
        arrays["shown"], arrays["shown_made"] = _plotted(a, samples.x[shown]), _plotted(b, reading.fixed[shown])
        if true is not None:
            arrays["shown_true"] = _plotted(b, true[shown])
        if reading.draws is not None:
            arrays["drawn"] = _plotted(a, samples.x[few])
            arrays["drawn_made"] = np.stack([_plotted(b, draws) for draws in reading.draws[few]])
    if true is not None and bridge.baselines_ is not None:
        arrays |= _values(bridge.baselines_, reading.fixed, true)
    for name, side in (("source", source), ("target", target)):
        if side.autoencoder.decoder is not None and can_plot(side.autoencoder.adapter):
            for kind, x in zip(("samples", "again"), _reconstructed(side, bridge), strict=True):
                arrays[f"{name}_{kind}"] = _plotted(side.autoencoder.adapter, x)
    if known.any():
        arrays["shown_truth"] = _truth(samples)[shown]
        if judge is not None:
            judged = np.asarray(judge(reading.fixed))
            arrays["shown_called"] = np.where(known, judged.astype(str), "")[shown]
            arrays["right"] = (judged == samples.labels)[known]
            if reading.confidence is not None:
                arrays["confidence"] = reading.confidence[known]
    with whole_file(path) as new:
        np.savez_compressed(new, **arrays)  # type: ignore[arg-type]


def _values(baselines: Baselines, made: np.ndarray, true: np.ndarray) -> dict[str, np.ndarray]:
    """Return some true values of given pairs and what the bridge predicts, in standardised units."""
    x, y = baselines.standardise(made).ravel(), baselines.standardise(true).ravel()
    varies = np.tile(baselines.standardise(true).std(0) > 1e-6, len(true))
    chosen = np.random.default_rng(0).permutation(np.flatnonzero(varies))[:_VALUES]
    return {"pair_values": y[chosen], "pair_values_made": x[chosen]} if len(chosen) else {}


def save_pictures(
    out: Path, bridge: LinkedAutoencoder, sides: Mapping[str, Side], reading: Reading, *, seed: int
) -> list[str]:
    """Write PNG files of samples, augmented with `seed`, and of all training curves; return their names."""
    grids = {}
    if can_plot(bridge.source.adapter) and can_plot(bridge.target.adapter):
        grids = _grids(bridge, sides["source"], sides["target"], reading, np.random.default_rng(seed))
    for name, (rows, title) in grids.items():
        save_grid(rows, out / f"{name}.png", title=title)
    for name in _PICTURES - set(grids):  # of an earlier run in this folder
        (out / f"{name}.png").unlink(missing_ok=True)
    histories = {f"{n}: {k}": v for n, side in sides.items() for k, v in (side.autoencoder.history_ or {}).items()}
    if hasattr(bridge.linker, "history_"):
        histories["linker"] = bridge.linker.history_
    save_curves(histories, out / "loss_curves.png")
    return [f"{name}.png" for name in (*grids, "loss_curves")]


def choose_evenly(labels: np.ndarray | None, n: int, count: int) -> np.ndarray:
    """Choose about `count` of `n` samples at random, as many of each class as possible, in the order of the classes."""
    rng = np.random.default_rng(0)
    if labels is None:
        return np.sort(rng.choice(n, min(count, n), replace=False))
    order = rng.permutation(n)
    order = order[np.argsort(labels[order], kind="stable")]
    rank = np.concatenate([np.arange(k) for k in np.unique(labels, return_counts=True)[1]])
    first = np.argsort(rank, kind="stable")[: min(count, n)]
    return order[np.sort(first)]


def _choose_few(samples: Domain, count: int, bridge: LinkedAutoencoder) -> np.ndarray:
    """Choose about `count` samples evenly, fewer of wide ones, which fill a page by themselves."""
    return choose_evenly(samples.labels, len(samples), round(count / min(_width(bridge), 3)))


def _width(bridge: LinkedAutoencoder) -> float:
    return max(aspect(bridge.source.adapter), aspect(bridge.target.adapter), 1)


def _truth(samples: Domain) -> np.ndarray:
    """Return the class of each sample as text, "" where it is unknown."""
    labels = np.zeros(len(samples)) if samples.labels is None else samples.labels
    return np.where(samples.labelled, labels.astype(str), "")


def _reconstructed(side: Side, bridge: LinkedAutoencoder) -> tuple[np.ndarray, np.ndarray]:
    """Return a few test samples and their reconstructions."""
    few = _choose_few(side.test, _RECONSTRUCTED, bridge)
    return side.test.x[few], side.autoencoder.decode(side.test_encoding.plain[few])


def _grids(
    bridge: LinkedAutoencoder, source: Side, target: Side, reading: Reading, rng: np.random.Generator
) -> dict[str, tuple[list[Any], str]]:
    """Return the rows and the title of each picture of samples, by its name in `_PICTURES`."""
    a: Any = bridge.source.adapter
    b: Any = bridge.target.adapter
    test, truth, predicted = reading.samples, _truth(reading.samples), reading.encoding.predicted

    def across(cells: int) -> int:
        return max(round(cells / _width(bridge)), 1)

    cells: list[Cell] = []
    for k in range(min(len(test), across(240))):
        cells += [(a, test.x[k], truth[k]), (b, reading.fixed[k], "")]
    grids = {"translations": (in_rows(cells, 2 * across(10)), "test samples, each beside its fixed answer")}
    for name, side in (("source", source), ("target", target)):
        if side.autoencoder.decoder is not None:
            rows = _rows(side.autoencoder.adapter, *_reconstructed(side, bridge))
            grids[f"reconstructions_{name}"] = rows, f"{name}: test samples and their reconstructions"
    if callable(augment := getattr(a, "augment", None)):
        x = source.train.x[_choose_few(source.train, _RECONSTRUCTED, bridge)]
        rows = _rows(a, x, *(augment(x, rng) for _ in range(4)))
        grids["augmented"] = rows, "training samples (top) and augmented views of them"
    if predicted is not None and (wrong := np.flatnonzero((predicted != test.labels) & test.labelled)[:24]).size:
        cells = [(a, test.x[k], f"{truth[k]} read as {predicted[k]}") for k in wrong]
        grids["mispredicted"] = in_rows(cells, across(8)), ""
    return grids


def _rows(adapter: Any, *parts: np.ndarray) -> list[Sequence[Cell]]:
    return [[(adapter, sample, "") for sample in x] for x in parts]


def _latent_maps(source: Side, target: Side, reading: Reading) -> dict[str, np.ndarray]:
    """Return the first two principal components of each side's test latents, and of the translations' latents."""
    arrays: dict[str, np.ndarray] = {}
    for name, side in (("source", source), ("target", target)):
        chosen = choose_evenly(side.test.labels, len(side.test), _MAPPED)
        z = _map_values(side.test_encoding.z[chosen])
        centre = z.mean(0)
        values, axes = np.linalg.svd(z - centre, full_matrices=False)[1:]
        arrays[f"{name}_map"] = (z - centre) @ axes[:2].T
        arrays[f"{name}_share"] = (values**2 / max((values**2).sum(), 1e-12))[:2]
        arrays |= _points(name, side.test.select(chosen), side.test.x[chosen], side)
    chosen = choose_evenly(reading.samples.labels, len(reading), _MAPPED)
    made = reading.fixed[chosen]
    arrays["made_map"] = (_map_values(target.autoencoder.encode(made)) - centre) @ axes[:2].T
    return arrays | _points("made", reading.samples.select(chosen), made, target)


def _points(part: str, samples: Domain, x: np.ndarray, side: Side) -> dict[str, np.ndarray]:
    """Return what each point of a map stands for: class and name of its sample, and the sample itself, plotted."""
    arrays = {}
    if samples.labels is not None:
        arrays[f"{part}_classes"] = samples.labels.astype(str)
    if samples.names is not None:
        arrays[f"{part}_names"] = samples.names.astype(str)
    if can_plot(side.autoencoder.adapter) and aspect(side.autoencoder.adapter) <= 2:  # others are too wide for a tip
        arrays[f"{part}_points"] = _plotted(side.autoencoder.adapter, x, _POINT_HEIGHT)
    return arrays


def _plotted(adapter: Any, x: np.ndarray, height: int = _TILE_HEIGHT) -> np.ndarray:
    """Return samples as their adapter plots them, (n, height, width, 3) uint8."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(aspect(adapter), 1), dpi=height)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    empty = axes.get_children()
    pictures = []
    for sample in x:
        adapter.draw(sample, axes)
        canvas.draw()
        pictures.append(np.asarray(canvas.buffer_rgba())[..., :3].copy())
        for artist in set(axes.get_children()) - set(empty):  # six times as fast as new axes for each sample
            artist.remove()
        for added in figure.axes[1:]:
            added.remove()
        axes.relim()
        axes.set_prop_cycle(None)
    return np.stack(pictures)


def _map_values(z: np.ndarray) -> np.ndarray:
    flat = z.reshape(len(z), -1).astype(np.float64)
    return flat[:, :: -(-flat.shape[1] // _MAX_MAP_VALUES)]
