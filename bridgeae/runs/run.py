"""A configured bridge from files to results: read, train, translate, measure, draw."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.autoencoder.autoencoder import Autoencoder
from bridgeae.evaluation.confidence import LEAST_HELD_OUT
from bridgeae.runs.config import RunConfig, check_keys
from bridgeae.checks import check_counts
from bridgeae.domain import Domain
from bridgeae.errors import ConfigError
from bridgeae.linker.flow import FlowLinker, classes_to_link
from bridgeae.runs.gallery import save_gallery, save_pictures
from bridgeae.linked.linked import LinkedAutoencoder
from bridgeae.linker.network import NetworkLinker, RidgeLinker
from bridgeae.runs.results import measure, provenance, record, strict_json
from bridgeae.pairing.by_class import ClassPairing, GivenPairing
from bridgeae.progress import Progress
from bridgeae.protocols import Pairing
from bridgeae.checks import wrong_types
from bridgeae.runs.side import Say, Side, augment_of, build_side, measure_side, read_side, train_side
from bridgeae.runs.stages import MODEL, FinishedSides, Stages, refuse_occupied, side_key
from bridgeae.runs.translate import save_samples

_LINKERS: dict[str, Any] = {"ridge": RidgeLinker, "flow": FlowLinker}
_COUNTS = {"epochs", "classifier_epochs", "batch_size", "steps", "pairs"}
_SMOKE_HOLD_OUT = 0.4  # share that leaves as many in a smoke run of two classes


def run(
    config: RunConfig,
    out: str | Path,
    *,
    data: str | Path | None = None,
    base: str | Path = ".",
    smoke: bool = False,
    overwrite: bool = False,
    resume: bool = False,
    command: str | None = None,
    progress: Progress | None = None,
    say: Say = print,
) -> dict[str, Any]:
    """Carry out a run and write everything it makes into one folder.

    Args:
        config: what to do.
        out: the folder; it must be empty, or `overwrite` True.
        data: folder of the data files; None takes them relative to `base`, or from the adapters' own sources.
        base: folder of the run file.
        smoke: a few samples and one epoch of everything: does it work at all?
        overwrite: whether files of an earlier run in `out` may be replaced.
        resume: go on with an interrupted run in `out`: sides that it had trained are not trained again.
        command: how the run was started, for the record.
        progress: where to show progress.
        say: gets one line a stage.

    Returns:
        What `results.json` holds.

    Raises:
        OutputExistsError: `out` holds something and `overwrite` is False.
        ConfigError: an option is not known to what it is for, or does not fit the samples.
        InputError: the sides cannot be paired, or an option has a wrong value.
    """
    out = Path(out)
    refuse_occupied(out, overwrite=overwrite, resume=resume)
    _check_options(config)
    out.mkdir(parents=True, exist_ok=True)
    progress = progress or Progress()
    finished = FinishedSides(out, resume=resume)
    stages = Stages(say, progress)
    with stages("read"):
        sides = _read(config, data, Path(base), smoke, say, progress)
        linker = _prepare(config, sides)
    figures = _train(config, sides, finished, stages, smoke, progress)
    source, target = sides["source"], sides["target"]
    bridge = LinkedAutoencoder(source.autoencoder, target.autoencoder, linker)
    with stages("train linker"):
        _link(bridge, config, source.train, target.train, smoke, progress)
        if source.held_out is not None:
            bridge.calibrate(source.train, source.held_out)
    judge = sides["judge"].autoencoder.predict if "judge" in sides else None
    with stages("translate and measure"):
        results = figures | measure(bridge, sides, judge, progress)
        made, columns = _translations(bridge, source.test, config)
    with stages("write"):
        bridge.save(out / MODEL, overwrite=overwrite or resume)
        save_samples(out / "translations.npz", bridge, made, labels=source.test.labels, **columns)
        trained = {name: side.autoencoder for name, side in sides.items()}
        found = {name: (side.train, side.test) for name, side in sides.items()}
        pictures = save_pictures(out, bridge, trained, found, made)
        progress.update("pictures", 1, 2)
        if judge is None and target.autoencoder.classifier is not None:
            judge = target.autoencoder.predict
        save_gallery(out / "report.npz", bridge, (source.test, target.test), made, columns, judge)
        progress.update("pictures", 2, 2)
    results = provenance(config, sides, smoke=smoke) | stages.summary() | results
    for name, content in (("results.json", results), ("run.json", record(config, command))):
        (out / name).write_text(strict_json(content) + "\n", encoding="utf-8")
    files = ["results.json", "run.json", "translations.npz", "report.npz", f"{MODEL}/", *pictures]
    finished.remove()
    say(f"wrote {', '.join(files)} in {out}")
    return results


def _check_options(config: RunConfig) -> None:
    """Refuse options that are unknown to what they are for, of a wrong type, or numbers of nothing."""
    import keras

    from bridgeae.training.loop import check_optimizer

    linker = _LINKERS.get(config.linker.kind, NetworkLinker)
    of_the_run = {"self", "source", "target", "pairing", "refresh", "heads", "progress"}
    checks: list[tuple[Mapping[str, Any], Any, set[str], str]] = [
        (config.linker.options, linker, {"network"}, "linker.options"),
        (config.linker.fit, linker.fit, of_the_run, "linker.fit"),
    ]
    for name in ("source", "target", "judge"):
        if side := getattr(config, name):
            checks.append((side.autoencoder, Autoencoder, {"encoder", "decoder", "adapter"}, f"{name}.autoencoder"))
            checks.append((side.fit, Autoencoder.fit, {"self", "domain", "augment", "progress"}, f"{name}.fit"))
    for given, function, hidden, where in checks:
        check_keys(given, [p for p in inspect.signature(function).parameters if p not in hidden], where)
        if wrong := wrong_types(given, function, keras=keras):
            raise ConfigError(f"{where}: {wrong}.")
        check_counts(**{f"{where}: {k}": n for k, n in given.items() if k in _COUNTS and n is not None})
        check_optimizer(given.get("optimizer", "adamw"), f"{where}: optimizer")


def _read(
    config: RunConfig, data: str | Path | None, base: Path, smoke: bool, say: Say, progress: Progress
) -> dict[str, Side]:
    """Read all sides, the judge first: it is trained first, and its samples are gone when the others train."""
    names = [name for name in ("judge", "source", "target") if getattr(config, name)]
    sides = {}
    for k, name in enumerate(names, 1):
        sides[name] = read_side(name, getattr(config, name), data, base, smoke=smoke, say=say)
        progress.update("sides", k, len(names))
    if config.hold_out:
        source = sides["source"]
        part = max(config.hold_out, _SMOKE_HOLD_OUT) if smoke else config.hold_out
        source.held_out, source.train = source.train.split(part, seed=config.seed)
    return sides


def _prepare(config: RunConfig, sides: Mapping[str, Side]) -> Any:
    """Build what will be trained, and refuse what would be found wrong only after hours of that; return the linker."""
    from bridgeae.autoencoder.fitting import start_classifier

    for name, side in sides.items():
        side.autoencoder = build_side(name, side.config, seed=config.seed)
        if side.config.augment:
            augment_of(side.autoencoder.adapter)
        if side.autoencoder.classifier is not None:
            start_classifier(side.autoencoder, side.train)
    source, target = sides["source"], sides["target"]
    if config.linker.augment:
        augment_of(source.autoencoder.adapter)
    if target.autoencoder.decoder is None:
        raise ConfigError("target: `decoder` must be true, a bridge decodes what it makes.")
    linker = _linker(config)
    _pairing(config).fit(source.train, target.train)
    if isinstance(linker, FlowLinker) and linker.condition == "class":
        classes_to_link(source.train, target.train)
    needed = {"source": "`hold_out`"} if source.held_out is not None else {}
    if source.test.labelled.any() and target.test.labelled.any():
        needed["judge" if "judge" in sides else "target"] = "judging translations"
    for name, what in needed.items():
        if sides[name].autoencoder.classifier is None:
            raise ConfigError(f'{name}.autoencoder: {what} needs a `classifier`, set it to "first" or "joint".')
    if source.held_out is not None and (n := int(source.held_out.labelled.sum())) < LEAST_HELD_OUT:
        raise ConfigError(
            f"`hold_out` {config.hold_out} keeps {n} labelled samples apart, {LEAST_HELD_OUT} are needed."
        )
    return linker


def _train(
    config: RunConfig,
    sides: Mapping[str, Side],
    finished: FinishedSides,
    stages: Stages,
    smoke: bool,
    progress: Progress,
) -> dict[str, Any]:
    """Train the sides, or take up what an interrupted run has trained; return their figures."""
    figures = {}
    for name, side in sides.items():
        key = side_key(side.config, side.train, seed=config.seed, smoke=smoke)
        if taken := finished.load(name, key):
            side.autoencoder, times = taken
            stages.take(f"train {name}", times)
        else:
            with stages(f"train {name}"):
                side.autoencoder = train_side(side, seed=config.seed, smoke=smoke, progress=progress)
            finished.save(name, key, side.autoencoder, stages.times[f"train {name}"])
        with stages(f"measure {name}"):
            figures[name] = measure_side(side)
        if name == "judge":
            side.train = side.train.select([0])  # its samples are not needed any more
    return {name: figures[name] for name in ("source", "target", "judge") if name in figures}


def _linker(config: RunConfig) -> Any:
    kind, options = config.linker.kind, config.linker.options
    return _LINKERS[kind](**options) if kind in _LINKERS else NetworkLinker(kind, **options)


def _pairing(config: RunConfig) -> Pairing:
    if config.pairing == "given":
        return GivenPairing()
    return ClassPairing(missing="drop" if config.pairing == "class-drop" else "error")


def _link(
    bridge: LinkedAutoencoder, config: RunConfig, source: Domain, target: Domain, smoke: bool, progress: Progress | None
) -> None:
    adapter: Any = bridge.source.adapter  # type: ignore[union-attr]
    bridge.fit(
        source,
        target,
        pairing=_pairing(config),
        augment=augment_of(adapter) if config.linker.augment else None,
        linker_options=dict(config.linker.fit) | ({"epochs": 1} if smoke else {}),
        seed=config.seed,
        progress=progress,
    )


def _translations(
    bridge: LinkedAutoencoder, test: Domain, config: RunConfig
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Translate the test samples: one draw each and more beside it where the linker samples, else the fixed answer."""
    columns = {} if bridge.confidence_ is None else {"confidence": bridge.confidence(test)}
    if not isinstance(bridge.linker, FlowLinker):
        return bridge.translate(test), columns
    draws = bridge.translate(test, draws=1 + config.draws, seed=config.seed)
    return draws[:, 0], columns | {"draws": draws[:, 1:]}


def with_seed(config: RunConfig, seed: int | None) -> RunConfig:
    """Return the run with another seed; None leaves it."""
    return config if seed is None else replace(config, seed=seed)
