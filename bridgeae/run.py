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

import keras
import numpy as np

from bridgeae.autoencoder import Autoencoder
from bridgeae.config import RunConfig, SideConfig, check_keys
from bridgeae.domain import Domain
from bridgeae.errors import ConfigError, MissingFileError
from bridgeae.flow import FlowLinker
from bridgeae.gallery import save_gallery, save_pictures
from bridgeae.linked import LinkedAutoencoder
from bridgeae.linker import NetworkLinker, RidgeLinker
from bridgeae.metrics import wilson_interval
from bridgeae.pairing import ClassPairing, GivenPairing
from bridgeae.progress import Progress
from bridgeae.registry import create_adapter
from bridgeae.stages import FinishedSides, Say, Stages, refuse_occupied, side_key

SMOKE_SAMPLES = 20  # a class and part, enough to see that every step works


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
    sides = {name: getattr(config, name) for name in ("source", "target", "judge") if getattr(config, name)}
    with stages("read"):
        found = {}
        for k, (name, side) in enumerate(sides.items(), 1):
            found[name] = _read(side, data, Path(base), say, name, smoke)
            progress.update("sides", k, len(sides))
    held_out = None
    if config.hold_out:
        held_out, kept = found["source"][0].split(config.hold_out, seed=config.seed)
        found["source"] = (kept, *found["source"][1:])
    trained = {}
    for name, side in sides.items():
        key = side_key(side, found[name][0], seed=config.seed, smoke=smoke)
        if taken := finished.load(name, key):
            trained[name], times = taken
            stages.take(f"train {name}", times)
            continue
        with stages(f"train {name}"):
            trained[name] = _train_side(side, found[name][0], config.seed, smoke, progress)
        finished.save(name, key, trained[name], stages.times[f"train {name}"])
    bridge = LinkedAutoencoder(trained["source"], trained["target"], _linker(config))
    with stages("train linker"):
        _link(bridge, config, found, smoke, progress)
        if held_out is not None:
            bridge.calibrate(found["source"][0], held_out)
    test = found["source"][1]
    with stages("translate and measure"):
        results = _measure(bridge, trained.get("judge"), found, progress)
        made, columns = _translations(bridge, test, config)
        progress.update("figures", len(found) + 2, len(found) + 2)
    with stages("write"):
        bridge.save(out / "model", overwrite=overwrite)
        save_samples(out / "translations.npz", bridge, made, labels=test.labels, **columns)
        pictures = save_pictures(out, bridge, trained, found, made)
        progress.update("pictures", 1, 2)
        judge = trained.get("judge") or (bridge.target if bridge.target.classifier else None)  # type: ignore[union-attr]
        tests = test, found["target"][1]
        save_gallery(out / "report.npz", bridge, tests, made, columns, judge.predict if judge else None)
        progress.update("pictures", 2, 2)
    results = _provenance(config, found, smoke) | stages.summary() | results
    for name, content in (("results.json", results), ("run.json", _record(config, command))):
        (out / name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    files = ["results.json", "run.json", "translations.npz", "report.npz", "model/", *pictures]
    finished.remove()
    say(f"wrote {', '.join(files)} in {out}")
    return results


def save_samples(path: Path, bridge: LinkedAutoencoder, made: np.ndarray, **columns: np.ndarray | None) -> None:
    """Write translated samples with columns beside them to an npz file; columns that are None are left out."""
    target: Any = bridge.target
    arrays: dict[str, Any] = {getattr(target.adapter, "noun", "samples"): made}
    np.savez_compressed(path, **arrays | {k: v for k, v in columns.items() if v is not None})


def _check_options(config: RunConfig) -> None:
    linker: Any = {"ridge": RidgeLinker, "flow": FlowLinker}.get(config.linker.kind, NetworkLinker)
    checks: list[tuple[Mapping[str, Any], Any, set[str], str]] = [
        (config.linker.options, linker, {"network"}, "linker.options"),
        (config.linker.fit, linker.fit, {"self", "source", "target", "pairing", "refresh", "progress"}, "linker.fit"),
    ]
    for name in ("source", "target", "judge"):
        if side := getattr(config, name):
            checks.append((side.autoencoder, Autoencoder, {"encoder", "decoder", "adapter"}, f"{name}.autoencoder"))
            checks.append((side.fit, Autoencoder.fit, {"self", "domain", "augment", "progress"}, f"{name}.fit"))
    for given, function, hidden, where in checks:
        check_keys(given, [p for p in inspect.signature(function).parameters if p not in hidden], where)


def _read(
    side: SideConfig, data: str | Path | None, base: Path, say: Say, name: str, smoke: bool
) -> tuple[Domain, Domain, dict[str, str]]:
    adapter = create_adapter(side.adapter, **side.options)
    parts, origin = [], {}
    for part, places in (("train", side.train), ("test", side.test)):
        domain, place = _first(adapter, places, data, base)
        origin[part] = place
        if smoke:
            domain = _few(domain)
        say(f"{name} {part}: {len(domain)} samples of shape {domain.sample_shape} from {place}")
        parts.append(domain)
    return parts[0], parts[1], origin


def _first(adapter: Any, places: tuple[str, ...], data: str | Path | None, base: Path) -> tuple[Domain, str]:
    """Read the first of several places that is there; a data folder, once given, must hold the file."""
    missing: list[str] = []
    for place in places:
        own = ":" in place.split("/")[0]
        if own and data is not None and missing:
            break
        try:
            return adapter.read(place if own else Path(data or base) / place), place
        except MissingFileError as error:
            missing.append(str(error))
    raise MissingFileError(" ".join(missing) + " Pass --data DIR with the folder that holds it.")


def _few(domain: Domain) -> Domain:
    labels = domain.labels if domain.labels is not None else np.zeros(len(domain), int)
    return domain.select(
        np.sort(np.concatenate([np.flatnonzero(labels == c)[:SMOKE_SAMPLES] for c in np.unique(labels)]))
    )


def _train_side(side: SideConfig, train: Domain, seed: int, smoke: bool, progress: Progress | None) -> Autoencoder:
    adapter: Any = create_adapter(side.adapter, **side.options)
    keras.utils.set_random_seed(seed)  # the networks' initial weights
    encoder, decoder = adapter.networks(side.latent_shape)
    autoencoder = Autoencoder(encoder, decoder if side.decoder else None, adapter=adapter, **side.autoencoder)
    options = {"seed": seed, **side.fit}
    if smoke:
        options |= {"epochs": 1, "classifier_epochs": 1}
    if side.augment:
        if not callable(getattr(adapter, "augment", None)):
            raise ConfigError(f"`augment` is asked for, but adapter {side.adapter!r} has no `augment`.")
        options["augment"] = adapter.augment
    return autoencoder.fit(train, progress=progress, **options)


def _linker(config: RunConfig) -> Any:
    kind, options = config.linker.kind, config.linker.options
    if kind in ("ridge", "flow"):
        return {"ridge": RidgeLinker, "flow": FlowLinker}[kind](**options)
    return NetworkLinker(kind, **options)


def _link(
    bridge: LinkedAutoencoder, config: RunConfig, found: Mapping[str, Any], smoke: bool, progress: Progress | None
) -> None:
    classes = ClassPairing(missing="drop" if config.pairing == "class-drop" else "error")
    pairing = GivenPairing() if config.pairing == "given" else classes
    adapter: Any = bridge.source.adapter  # type: ignore[union-attr]
    bridge.fit(
        found["source"][0],
        found["target"][0],
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


def _measure(
    bridge: LinkedAutoencoder, judge: Autoencoder | None, found: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    results: dict[str, Any] = {}
    steps = len(found) + 2
    for name, side in (("source", bridge.source), ("target", bridge.target), ("judge", judge)):
        if side is not None:
            results[name] = _measure_side(side, *found[name][:2])
            progress.update("figures", len(results), steps)
    source, target = found["source"][1], found["target"][1]
    if source.labels is not None and target.labels is not None:
        by = judge.predict if judge else None
        results["translation"] = bridge.evaluate(source, target, judge=by)
        progress.update("figures", len(results), steps)
        if isinstance(bridge.linker, FlowLinker):
            results["drawn_translation"] = bridge.evaluate(source, target, judge=by, drawn=True)
    return results


def _measure_side(side: Autoencoder, train: Domain, test: Domain) -> dict[str, Any]:
    figures: dict[str, Any] = {"parameters": int(side.encoder.count_params())}  # type: ignore[union-attr]
    if side.decoder is not None:
        figures["reconstruction_mse"] = float(np.mean((side.reconstruct(test.x) - test.x) ** 2))
    if side.classifier is not None and test.labels is not None:
        right = side.predict(test.x) == test.labels
        known = set(train.digests())
        fresh = np.array([digest not in known for digest in test.digests()])
        figures["classifier"] = _share(right)
        figures["classifier_without_copies"] = _share(right[fresh])
    return figures


def _share(right: np.ndarray) -> dict[str, Any]:
    n, k = len(right), int(right.sum())
    return {"n": n, "right": k, "accuracy": k / n, "interval": list(wilson_interval(k, n))} if n else {"n": 0}


def _provenance(config: RunConfig, found: Mapping[str, Any], smoke: bool) -> dict[str, Any]:
    packages = ("bridgeae", "keras", keras.backend.backend(), "numpy", "scikit-learn")
    return {
        "seed": config.seed,
        "smoke": smoke,
        "data": {
            name: {"train": len(train), "test": len(test), "from": origin}
            for name, (train, test, origin) in found.items()
        },
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
