"""A configured bridge from files to results: read, train, translate, measure, draw."""

from __future__ import annotations

import inspect
import json
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.autoencoder import Autoencoder
from bridgeae.config import RunConfig, check_keys
from bridgeae.domain import Domain
from bridgeae.flow import FlowLinker
from bridgeae.gallery import save_gallery, save_pictures
from bridgeae.linked import LinkedAutoencoder
from bridgeae.linker import NetworkLinker, RidgeLinker
from bridgeae.measuring import measure
from bridgeae.pairing import ClassPairing, GivenPairing
from bridgeae.progress import Progress
from bridgeae.sides import Say, Side, measure_side, read_side, train_side
from bridgeae.stages import FinishedSides, Stages, refuse_occupied, side_key
from bridgeae.translating import save_samples

_LINKERS: dict[str, Any] = {"ridge": RidgeLinker, "flow": FlowLinker}


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
        ConfigError: an option is not known to what it is for.
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
    figures = _train(config, sides, finished, stages, smoke, progress)
    source, target = sides["source"], sides["target"]
    bridge = LinkedAutoencoder(source.autoencoder, target.autoencoder, _linker(config))
    with stages("train linker"):
        _link(bridge, config, source.train, target.train, smoke, progress)
        if source.held_out is not None:
            bridge.calibrate(source.train, source.held_out)
    judge = sides["judge"].autoencoder.predict if "judge" in sides else None
    with stages("translate and measure"):
        results = figures | measure(bridge, sides, judge, progress)
        made, columns = _translations(bridge, source.test, config)
    with stages("write"):
        bridge.save(out / "model", overwrite=overwrite)
        save_samples(out / "translations.npz", bridge, made, labels=source.test.labels, **columns)
        trained = {name: side.autoencoder for name, side in sides.items()}
        found = {name: (side.train, side.test) for name, side in sides.items()}
        pictures = save_pictures(out, bridge, trained, found, made)
        progress.update("pictures", 1, 2)
        if judge is None and target.autoencoder.classifier is not None:
            judge = target.autoencoder.predict
        save_gallery(out / "report.npz", bridge, (source.test, target.test), made, columns, judge)
        progress.update("pictures", 2, 2)
    results = _provenance(config, sides, smoke) | stages.summary() | results
    for name, content in (("results.json", results), ("run.json", _record(config, command))):
        (out / name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    files = ["results.json", "run.json", "translations.npz", "report.npz", "model/", *pictures]
    finished.remove()
    say(f"wrote {', '.join(files)} in {out}")
    return results


def _check_options(config: RunConfig) -> None:
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
        source.held_out, source.train = source.train.split(config.hold_out, seed=config.seed)
    return sides


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


def _link(
    bridge: LinkedAutoencoder, config: RunConfig, source: Domain, target: Domain, smoke: bool, progress: Progress | None
) -> None:
    classes = ClassPairing(missing="drop" if config.pairing == "class-drop" else "error")
    pairing = GivenPairing() if config.pairing == "given" else classes
    adapter: Any = bridge.source.adapter  # type: ignore[union-attr]
    bridge.fit(
        source,
        target,
        pairing=pairing,
        augment=adapter.augment if config.linker.augment else None,
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


def _provenance(config: RunConfig, sides: Mapping[str, Side], smoke: bool) -> dict[str, Any]:
    import keras

    packages = ("bridgeae", "keras", keras.backend.backend(), "numpy", "scikit-learn")
    return {
        "seed": config.seed,
        "smoke": smoke,
        "data": {name: side.origin for name, side in sides.items()},
        "versions": {package: version(package) for package in packages},
        "linker": config.linker.kind,
    }


def _record(config: RunConfig, command: str | None) -> dict[str, Any]:
    """Return what says how and where a run was made, apart from what it found."""
    return {
        "command": command,
        "ended": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "config": asdict(config),
    }


def with_seed(config: RunConfig, seed: int | None) -> RunConfig:
    """Return the run with another seed; None leaves it."""
    return config if seed is None else replace(config, seed=seed)
