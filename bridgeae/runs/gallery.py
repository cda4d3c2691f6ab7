"""The pictures a run leaves: files to look at, and one npz file of what its report shows.

Drawn when the run ends, so that a report needs neither the adapters nor the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.autoencoder.autoencoder import Autoencoder
from bridgeae.domain import Domain
from bridgeae.linked.linked import Judge, LinkedAutoencoder
from bridgeae.runs.pictures import aspect, can_draw, in_rows, save_curves, save_grid

_SHOWN, _DRAWN, _RECONSTRUCTED, _MAPPED = 36, 8, 10, 600  # samples of each kind
_PICTURES = {
    f"{name}.png"
    for name in ("translations", "reconstructions_source", "reconstructions_target", "augmented", "mispredicted")
}
_PIXELS = 112  # height of a drawn sample
_TRACED = 4096  # values of a latent beyond which a map takes evenly spaced ones


def save_gallery(
    path: Path,
    bridge: LinkedAutoencoder,
    tests: tuple[Domain, Domain],
    made: np.ndarray,
    columns: Mapping[str, np.ndarray],
    judge: Judge | None,
) -> None:
    """Write the arrays of a report.

    Args:
        path: the npz file.
        bridge: what translated.
        tests: source and target samples that no training has seen.
        made: (n, *target_sample) translations of the source's.
        columns: `draws` (n, d, *target_sample) and `confidence` (n,), where there are any.
        judge: names the class of target samples; None where nothing can.
    """
    source, target = tests
    called = None if judge is None else np.asarray(judge(made))
    pick = _spread(source.labels, len(source), _fewer(_SHOWN, bridge))
    arrays: dict[str, np.ndarray] = latent_maps(bridge, source, target, made)
    arrays |= _tiles(bridge, source, target, made, columns.get("draws"), pick)
    known = source.labelled
    if source.labels is not None and known.any():
        arrays["shown_truth"] = np.where(known, source.labels.astype(str), "")[pick]
        if called is not None:
            arrays["shown_called"] = np.where(known, called.astype(str), "")[pick]
            arrays["right"] = (called == source.labels)[known]
            if "confidence" in columns:
                arrays["confidence"] = columns["confidence"][known]
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def latent_maps(bridge: LinkedAutoencoder, source: Domain, target: Domain, made: np.ndarray) -> dict[str, np.ndarray]:
    """Return the first two principal components of each side's latents, and of the translations among the target's.

    Returns:
        For "source" and "target": `<side>_map` (n, 2) float32, `<side>_share` (2,) of the variance, and
        `<side>_classes` (n,) str where there are labels; for "made" the first and the last.
    """
    arrays: dict[str, np.ndarray] = {}
    sides: Any = (("source", bridge.source, source), ("target", bridge.target, target))
    for name, side, domain in sides:
        pick = _spread(domain.labels, len(domain), _MAPPED)
        z = _flat(side.encode(domain.x[pick]))
        centre = z.mean(0)
        values, axes = np.linalg.svd(z - centre, full_matrices=False)[1:]
        arrays[f"{name}_map"] = (z - centre) @ axes[:2].T
        arrays[f"{name}_share"] = (values**2 / max((values**2).sum(), 1e-12))[:2]
        if domain.labels is not None:
            arrays[f"{name}_classes"] = domain.labels[pick].astype(str)
        if name == "target":
            again = _spread(source.labels, len(source), _MAPPED)
            arrays["made_map"] = (_flat(side.encode(made[again])) - centre) @ axes[:2].T
            if source.labels is not None:
                arrays["made_classes"] = source.labels[again].astype(str)
    return arrays


def save_pictures(
    out: Path, bridge: LinkedAutoencoder, trained: Mapping[str, Autoencoder], found: Mapping[str, Any], made: np.ndarray
) -> list[str]:
    """Write the pictures of a run as PNG files.

    Args:
        out: folder of the run.
        bridge: what translated.
        trained: every autoencoder by name, for its training curves.
        found: training and test samples of each side by name.
        made: (n, *target_sample) translations of the source's test samples.

    Returns:
        The names of the files.
    """
    source: Any = bridge.source
    target: Any = bridge.target
    train, test = found["source"][:2]
    written = []
    if can_draw(source.adapter) and can_draw(target.adapter):
        written += _sample_pictures(source, target, train, test, found["target"][1], made, out)
    for name in _PICTURES - set(written):  # of an earlier run in this folder
        (out / name).unlink(missing_ok=True)
    histories = {f"{n}: {k}": v for n, side in trained.items() for k, v in side.history_.items()}
    if hasattr(bridge.linker, "history_"):
        histories["linker"] = bridge.linker.history_
    save_curves(histories, out / "loss_curves.png")
    return [*written, "loss_curves.png"]


def _sample_pictures(
    source: Any, target: Any, train: Domain, test: Domain, real: Domain, made: np.ndarray, out: Path
) -> list[str]:
    rng = np.random.default_rng(0)
    names = ["translations.png"]
    wide = max(aspect(source.adapter), aspect(target.adapter), 1)
    across = lambda cells: max(round(cells / wide), 1)  # noqa: E731
    known = test.labelled
    caption = lambda k: str(test.labels[k]) if known[k] else ""  # type: ignore[index]  # noqa: E731
    shown = range(min(len(test), across(240)))
    cells = [c for k in shown for c in ((source.adapter, test.x[k], caption(k)), (target.adapter, made[k], ""))]
    save_grid(in_rows(cells, 2 * across(10)), out / names[0], title="test samples, each beside its translation")
    for name, side, domain in (("source", source, test), ("target", target, real)):
        if side.decoder is None:
            continue
        pick = np.sort(rng.choice(len(domain), min(12, len(domain)), replace=False))
        again = side.reconstruct(domain.x[pick])
        cut = [slice(k, k + across(12)) for k in range(0, len(pick), across(12))]
        rows = [[(side.adapter, x, "") for x in kind[c]] for c in cut for kind in (domain.x[pick], again)]
        title = f"{name}: test samples and their reconstructions"
        save_grid(rows, out / f"reconstructions_{name}.png", title=title)
        names.append(f"reconstructions_{name}.png")
    if callable(getattr(source.adapter, "augment", None)):
        pick = np.sort(rng.choice(len(train), min(across(12), len(train)), replace=False))
        views = [train.x[pick], *(source.adapter.augment(train.x[pick], rng) for _ in range(4))]
        rows = [[(source.adapter, x, "") for x in view] for view in views]
        save_grid(rows, out / "augmented.png", title="training samples (top) and augmented views of them")
        names.append("augmented.png")
    if source.classifier is not None and test.labels is not None:
        called = source.predict(test.x)
        wrong = np.flatnonzero((called != test.labels) & known)[:24]
        cells = [(source.adapter, test.x[k], f"{test.labels[k]} called {called[k]}") for k in wrong]
        if cells:
            save_grid(in_rows(cells, across(8)), out / "mispredicted.png")
            names.append("mispredicted.png")
    return names


def _tiles(
    bridge: LinkedAutoencoder,
    source: Domain,
    target: Domain,
    made: np.ndarray,
    draws: np.ndarray | None,
    pick: np.ndarray,
) -> dict[str, np.ndarray]:
    """Draw samples as (k, height, width, 3) uint8, where the adapters can."""
    a: Any = bridge.source
    b: Any = bridge.target
    tiles: dict[str, np.ndarray] = {}
    if can_draw(a.adapter) and can_draw(b.adapter):
        tiles["shown"] = _drawn(a.adapter, source.x[pick])
        tiles["shown_made"] = _drawn(b.adapter, made[pick])
        if draws is not None:
            few = _spread(source.labels, len(source), _fewer(_DRAWN, bridge))
            several = _drawn(b.adapter, draws[few].reshape(-1, *draws.shape[2:]))
            tiles["drawn"] = _drawn(a.adapter, source.x[few])
            tiles["drawn_made"] = several.reshape(len(few), -1, *several.shape[1:])
    for name, side, domain in (("source", a, source), ("target", b, target)):
        if side.decoder is not None and can_draw(side.adapter):
            x = domain.x[_spread(domain.labels, len(domain), _fewer(_RECONSTRUCTED, bridge))]
            tiles[f"{name}_samples"] = _drawn(side.adapter, x)
            tiles[f"{name}_again"] = _drawn(side.adapter, side.reconstruct(x))
    return tiles


def _fewer(count: int, bridge: Any) -> int:
    """Return how many of `count` samples to show: wide ones fill a page by themselves."""
    wide = max(aspect(side.adapter) for side in (bridge.source, bridge.target))
    return round(count / min(max(wide, 1), 3))


def _drawn(adapter: Any, x: np.ndarray) -> np.ndarray:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(aspect(adapter), 1), dpi=_PIXELS)
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


def _spread(labels: np.ndarray | None, n: int, count: int) -> np.ndarray:
    """Choose about `count` of `n` samples at random, as many of each class as possible, in the order of the classes."""
    rng = np.random.default_rng(0)
    if labels is None:
        return np.sort(rng.choice(n, min(count, n), replace=False))
    order = rng.permutation(n)
    order = order[np.argsort(labels[order], kind="stable")]
    rank = np.concatenate([np.arange(k) for k in np.unique(labels, return_counts=True)[1]])
    first = np.argsort(rank, kind="stable")[: min(count, n)]
    return order[np.sort(first)]


def _flat(z: np.ndarray) -> np.ndarray:
    flat = z.reshape(len(z), -1).astype(np.float64)
    return flat[:, :: -(-flat.shape[1] // _TRACED)]
