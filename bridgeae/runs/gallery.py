"""The pictures that a run leaves: PNG files, and the arrays that its report shows.

They are plotted when the run ends, so that a report needs neither the adapters nor the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.autoencoder import Autoencoder
from bridgeae.evaluation import Judge, Reading
from bridgeae.linked import LinkedAutoencoder
from bridgeae.runs.pictures import Cell, aspect, can_plot, in_rows, save_curves, save_grid
from bridgeae.runs.side import Side
from bridgeae.saving import whole_file

_SHOWN, _DRAWN, _RECONSTRUCTED, _MAPPED = 36, 8, 10, 600  # samples of each kind in a report
_PICTURES = {
    f"{name}.png"
    for name in ("translations", "reconstructions_source", "reconstructions_target", "augmented", "mispredicted")
}
_TILE_HEIGHT = 112  # pixels
_MAX_MAP_VALUES = 4096  # of a latent; a larger one enters a map with evenly spaced values


def save_arrays(
    path: Path, bridge: LinkedAutoencoder, source: Side, target: Side, reading: Reading, judge: Judge | None
) -> None:
    """Write the arrays of a report; see `bridgeae.report`.

    Args:
        path: the npz file.
        bridge: the fitted bridge.
        source: the source side.
        target: the target side.
        reading: of the source's test samples.
        judge: names the class of target samples; None where nothing can.
    """
    judged = None if judge is None else np.asarray(judge(reading.fixed))
    samples = reading.samples
    shown = choose_evenly(samples.labels, len(samples), _fewer_if_wide(_SHOWN, bridge))
    arrays: dict[str, np.ndarray] = _latent_maps(bridge, source, target, reading)
    arrays |= _tiles(bridge, source, target, reading, shown)
    known = samples.labelled
    if samples.labels is not None and known.any():
        arrays["shown_truth"] = np.where(known, samples.labels.astype(str), "")[shown]
        if judged is not None:
            arrays["shown_called"] = np.where(known, judged.astype(str), "")[shown]
            arrays["right"] = (judged == samples.labels)[known]
            if reading.confidence is not None:
                arrays["confidence"] = reading.confidence[known]
    with whole_file(path) as new:
        np.savez_compressed(new, **arrays)  # type: ignore[arg-type]


def save_pictures(
    out: Path, bridge: LinkedAutoencoder, sides: Mapping[str, Side], reading: Reading, *, seed: int
) -> list[str]:
    """Write the pictures of a run as PNG files, and return their names.

    Args:
        out: folder of the run.
        bridge: the fitted bridge.
        sides: at least "source" and "target"; the training curves are of all.
        reading: of the source's test samples.
        seed: of the choice of samples.
    """
    written = []
    if can_plot(bridge.source.adapter) and can_plot(bridge.target.adapter):
        grids = _grids(sides["source"], sides["target"], reading, np.random.default_rng(seed))
        for name, (rows, title) in grids.items():
            save_grid(rows, out / name, title=title)
            written.append(name)
    for name in _PICTURES - set(written):  # of an earlier run in this folder
        (out / name).unlink(missing_ok=True)
    histories = {f"{n}: {k}": v for n, side in sides.items() for k, v in (side.autoencoder.history_ or {}).items()}
    if hasattr(bridge.linker, "history_"):
        histories["linker"] = bridge.linker.history_
    save_curves(histories, out / "loss_curves.png")
    return [*written, "loss_curves.png"]


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


def _grids(source: Side, target: Side, reading: Reading, rng: np.random.Generator) -> dict[str, tuple[list[Any], str]]:
    """Return the rows and the title of each picture of samples, by file name."""
    a, b = source.autoencoder.adapter, target.autoencoder.adapter
    wide = max(aspect(a), aspect(b), 1)
    test, predicted = reading.samples, reading.encoding.predicted

    def across(cells: int) -> int:
        return max(round(cells / wide), 1)

    def caption(k: int) -> str:
        return str(test.known_labels()[k]) if test.labelled[k] else ""

    cells: list[Cell] = []
    for k in range(min(len(test), across(240))):
        cells += [(a, test.x[k], caption(k)), (b, reading.fixed[k], "")]  # type: ignore[list-item]
    rows: list[Any] = in_rows(cells, 2 * across(10))
    grids = {"translations.png": (rows, "test samples, each beside its fixed answer")}
    for name, side in (("source", source), ("target", target)):
        if side.autoencoder.decoder is not None:
            chosen = np.sort(rng.choice(len(side.test), min(12, len(side.test)), replace=False))
            again = side.autoencoder.decode(side.test_encoding.plain[chosen])
            parts = [slice(k, k + across(12)) for k in range(0, len(chosen), across(12))]
            rows = [_row(side, x[part]) for part in parts for x in (side.test.x[chosen], again)]
            grids[f"reconstructions_{name}.png"] = rows, f"{name}: test samples and their reconstructions"
    augment = getattr(a, "augment", None)
    if callable(augment):
        chosen = np.sort(rng.choice(len(source.train), min(across(12), len(source.train)), replace=False))
        x = source.train.x[chosen]
        rows = [_row(source, view) for view in (x, *(augment(x, rng) for _ in range(4)))]
        grids["augmented.png"] = rows, "training samples (top) and augmented views of them"
    if predicted is not None and test.labels is not None:
        wrong = np.flatnonzero((predicted != test.labels) & test.labelled)[:24]
        if len(wrong):
            cells = [(a, test.x[k], f"{test.labels[k]} read as {predicted[k]}") for k in wrong]  # type: ignore[misc]
            grids["mispredicted.png"] = in_rows(cells, across(8)), ""
    return grids


def _row(side: Side, x: np.ndarray) -> list[Any]:
    return [(side.autoencoder.adapter, sample, "") for sample in x]


def _latent_maps(bridge: LinkedAutoencoder, source: Side, target: Side, reading: Reading) -> dict[str, np.ndarray]:
    """Return the first two principal components of each side's test latents, and of the translations' latents."""
    arrays: dict[str, np.ndarray] = {}
    for name, side in (("source", source), ("target", target)):
        chosen = choose_evenly(side.test.labels, len(side.test), _MAPPED)
        z = _map_values(side.test_encoding.z[chosen])
        centre = z.mean(0)
        values, axes = np.linalg.svd(z - centre, full_matrices=False)[1:]
        arrays[f"{name}_map"] = (z - centre) @ axes[:2].T
        arrays[f"{name}_share"] = (values**2 / max((values**2).sum(), 1e-12))[:2]
        if side.test.labels is not None:
            arrays[f"{name}_classes"] = side.test.labels[chosen].astype(str)
    chosen = choose_evenly(reading.samples.labels, len(reading), _MAPPED)
    arrays["made_map"] = (_map_values(bridge.target.encode(reading.fixed[chosen])) - centre) @ axes[:2].T
    if reading.samples.labels is not None:
        arrays["made_classes"] = reading.samples.labels[chosen].astype(str)
    return arrays


def _tiles(
    bridge: LinkedAutoencoder, source: Side, target: Side, reading: Reading, shown: np.ndarray
) -> dict[str, np.ndarray]:
    """Return plotted samples as (k, height, width, 3) uint8, where the adapters can plot."""
    a, b, test = bridge.source.adapter, bridge.target.adapter, reading.samples
    tiles: dict[str, np.ndarray] = {}
    if can_plot(a) and can_plot(b):
        tiles["shown"], tiles["shown_made"] = _plotted(a, test.x[shown]), _plotted(b, reading.fixed[shown])
        if reading.draws is not None:
            few = choose_evenly(test.labels, len(test), _fewer_if_wide(_DRAWN, bridge))
            drawn = _plotted(b, reading.draws[few].reshape(-1, *reading.draws.shape[2:]))
            tiles["drawn"], tiles["drawn_made"] = (
                _plotted(a, test.x[few]),
                drawn.reshape(len(few), -1, *drawn.shape[1:]),
            )
    for name, side in (("source", source), ("target", target)):
        autoencoder: Autoencoder = side.autoencoder
        if autoencoder.decoder is not None and can_plot(autoencoder.adapter):
            few = choose_evenly(side.test.labels, len(side.test), _fewer_if_wide(_RECONSTRUCTED, bridge))
            tiles[f"{name}_samples"] = _plotted(autoencoder.adapter, side.test.x[few])
            tiles[f"{name}_again"] = _plotted(autoencoder.adapter, autoencoder.decode(side.test_encoding.plain[few]))
    return tiles


def _fewer_if_wide(count: int, bridge: LinkedAutoencoder) -> int:
    """Return how many of `count` samples to show: wide ones fill a page by themselves."""
    wide = max(aspect(side.adapter) for side in (bridge.source, bridge.target))
    return round(count / min(max(wide, 1), 3))


def _plotted(adapter: Any, x: np.ndarray) -> np.ndarray:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(aspect(adapter), 1), dpi=_TILE_HEIGHT)
    canvas = FigureCanvasAgg(figure)
    pictures = []
    for sample in x:
        figure.clear()
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        adapter.draw(sample, axes)
        canvas.draw()
        pictures.append(np.asarray(canvas.buffer_rgba())[..., :3].copy())
    return np.stack(pictures)


def _map_values(z: np.ndarray) -> np.ndarray:
    flat = z.reshape(len(z), -1).astype(np.float64)
    return flat[:, :: -(-flat.shape[1] // _MAX_MAP_VALUES)]
