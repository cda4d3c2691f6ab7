"""A configured bridge from files to results: read, train, translate, measure, draw."""

from __future__ import annotations

import inspect
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

from bridgeae.autoencoder import Autoencoder
from bridgeae.config import RunConfig, SideConfig, check_keys
from bridgeae.domain import Domain
from bridgeae.errors import ConfigError, MissingFileError, OutputExistsError
from bridgeae.flow import FlowLinker
from bridgeae.linked import LinkedAutoencoder
from bridgeae.linker import NetworkLinker, RidgeLinker
from bridgeae.metrics import wilson_interval
from bridgeae.pairing import ClassPairing, GivenPairing
from bridgeae.pictures import in_rows, save_curves, save_grid
from bridgeae.progress import Progress
from bridgeae.registry import create_adapter

Say = Callable[[str], None]
SMOKE_SAMPLES = 20  # a class and part, enough to see that every step works


def run(
    config: RunConfig,
    out: str | Path,
    *,
    data: str | Path | None = None,
    base: str | Path = ".",
    smoke: bool = False,
    overwrite: bool = False,
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
        progress: where to show progress.
        say: gets one line a stage.

    Returns:
        What `results.json` holds.

    Raises:
        OutputExistsError: `out` holds something and `overwrite` is False.
        ConfigError: an option is not known to what it is for.
    """
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())) and not overwrite:
        raise OutputExistsError(f"{out} already holds something. Choose another folder or pass --overwrite.")
    _check_options(config)
    out.mkdir(parents=True, exist_ok=True)
    stages = Stages(say)
    sides = {name: getattr(config, name) for name in ("source", "target", "judge") if getattr(config, name)}
    with stages("read"):
        found = {name: _read(side, data, Path(base), say, name, smoke) for name, side in sides.items()}
    held_out = None
    if config.hold_out:
        held_out, kept = found["source"][0].split(config.hold_out, seed=config.seed)
        found["source"] = (kept, *found["source"][1:])
    trained = {}
    for name, side in sides.items():
        with stages(f"train {name}"):
            trained[name] = _train_side(side, found[name][0], config.seed, smoke, progress)
    bridge = LinkedAutoencoder(trained["source"], trained["target"], _linker(config))
    with stages("train linker"):
        _link(bridge, config, found, smoke, progress)
        if held_out is not None:
            bridge.calibrate(found["source"][0], held_out)
    test = found["source"][1]
    with stages("translate and measure"):
        results = _measure(bridge, trained.get("judge"), found)
        made, columns = _translations(bridge, test, config)
    with stages("write"):
        bridge.save(out / "model", overwrite=overwrite)
        save_samples(out / "translations.npz", bridge, made, labels=test.labels, **columns)
        pictures = _pictures(bridge, trained, found, made, out)
    results = _provenance(config, found, smoke) | stages.summary() | results
    (out / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    files = ["results.json", "translations.npz", "model/", *pictures]
    say(f"wrote {', '.join(files)} in {out}")
    return results


class Stages:
    """Time named stages: CPU seconds of this process and its threads, wall seconds, and the peak of its memory."""

    def __init__(self, say: Say) -> None:
        self._say, self._stages = say, dict[str, dict[str, float]]()

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        cpu, wall = time.process_time(), time.monotonic()
        yield
        self._stages[name] = {
            "cpu_s": round(time.process_time() - cpu, 1),
            "wall_s": round(time.monotonic() - wall, 1),
        }
        self._say(f"{name}: {self._stages[name]['cpu_s']} CPU s, {self._stages[name]['wall_s']} s")

    def summary(self) -> dict[str, Any]:
        """Return the stages with their total, CPU seconds of the whole process, and peak memory in GB."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return {
            "stages": self._stages,
            "cpu_s": round(time.process_time(), 1),
            "peak_memory_gb": round(peak / 1e9, 3),
        }


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


def _measure(bridge: LinkedAutoencoder, judge: Autoencoder | None, found: Mapping[str, Any]) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for name, side in (("source", bridge.source), ("target", bridge.target), ("judge", judge)):
        if side is not None:
            results[name] = _measure_side(side, *found[name][:2])
    source, target = found["source"][1], found["target"][1]
    if source.labels is not None and target.labels is not None:
        by = judge.predict if judge else None
        results["translation"] = bridge.evaluate(source, target, judge=by)
        if isinstance(bridge.linker, FlowLinker):
            results["drawn_translation"] = bridge.evaluate(source, target, judge=by, drawn=True)
    return results


def _measure_side(side: Autoencoder, train: Domain, test: Domain) -> dict[str, Any]:
    figures: dict[str, Any] = {"parameters": int(side.encoder.count_params())}  # type: ignore[union-attr]
    if side.decoder is not None:
        figures["reconstruction_mse"] = float(np.mean((side.reconstruct(test.x) - test.x) ** 2))
    if side.classifier is not None and test.labels is not None:
        right = side.predict(test.x) == test.labels
        known = {sample.tobytes() for sample in train.x}
        fresh = np.array([sample.tobytes() not in known for sample in test.x])
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


def _pictures(
    bridge: LinkedAutoencoder, trained: Mapping[str, Autoencoder], found: Mapping[str, Any], made: np.ndarray, out: Path
) -> list[str]:
    source: Any = bridge.source
    target: Any = bridge.target
    train, test = found["source"][:2]
    written = []
    if callable(getattr(source.adapter, "draw", None)) and callable(getattr(target.adapter, "draw", None)):
        written += _sample_pictures(source, target, train, test, found["target"][1], made, out)
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
    caption = lambda k: "" if test.labels is None else str(test.labels[k])  # noqa: E731
    shown = range(min(len(test), 240))
    cells = [c for k in shown for c in ((source.adapter, test.x[k], caption(k)), (target.adapter, made[k], ""))]
    save_grid(in_rows(cells, 20), out / names[0], title="test samples, each beside its translation")
    for name, side, domain in (("source", source, test), ("target", target, real)):
        if side.decoder is None:
            continue
        pick = np.sort(rng.choice(len(domain), min(12, len(domain)), replace=False))
        again = side.reconstruct(domain.x[pick])
        save_grid(
            [[(side.adapter, x, "") for x in domain.x[pick]], [(side.adapter, x, "") for x in again]],
            out / f"reconstructions_{name}.png",
            title=f"{name}: test samples and their reconstructions",
        )
        names.append(f"reconstructions_{name}.png")
    if callable(getattr(source.adapter, "augment", None)):
        pick = np.sort(rng.choice(len(train), min(12, len(train)), replace=False))
        views = [train.x[pick], *(source.adapter.augment(train.x[pick], rng) for _ in range(4))]
        rows = [[(source.adapter, x, "") for x in view] for view in views]
        save_grid(rows, out / "augmented.png", title="training samples (top) and augmented views of them")
        names.append("augmented.png")
    if source.classifier is not None and test.labels is not None:
        called = source.predict(test.x)
        wrong = np.flatnonzero(called != test.labels)[:24]
        cells = [(source.adapter, test.x[k], f"{test.labels[k]} called {called[k]}") for k in wrong]
        if cells:
            save_grid(in_rows(cells, 8), out / "mispredicted.png")
            names.append("mispredicted.png")
    return names


def with_seed(config: RunConfig, seed: int | None) -> RunConfig:
    """Return the run with another seed; None leaves it."""
    return config if seed is None else replace(config, seed=seed)
