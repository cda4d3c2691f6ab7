"""A configured bridge from files to results: read, train, translate, measure, write."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridgeae.checks import TRAINING, check_installed
from bridgeae.errors import ConfigError
from bridgeae.evaluation import MIN_HELD_OUT, KnownJudge, can_train_judge, choose_judge
from bridgeae.linked import LinkedAutoencoder
from bridgeae.linked.choices import choose_linker, keeps_everything, outlined
from bridgeae.pairing import GivenPairing
from bridgeae.progress import Progress
from bridgeae.protocols import Linker, Pairing, SamplingLinker
from bridgeae.registry import LINKERS
from bridgeae.runs.config import RunConfig
from bridgeae.runs.gallery import save_arrays, save_pictures
from bridgeae.runs.options import check_optimizers, create_parts
from bridgeae.runs.results import measure, provenance, record, write_json
from bridgeae.runs.side import (
    Say,
    Side,
    augment_of,
    build_side,
    check_tests,
    hold_out_tests,
    measure_side,
    read_side,
    train_side,
)
from bridgeae.runs.stages import (
    MODEL,
    KeptTrainings,
    Stages,
    alone_in,
    in_memory,
    move_to_disk,
    refuse_occupied,
    run_key,
    side_key,
)
from bridgeae.runs.translate import save_samples

_SHARES = {
    "read": 2,
    "train judge": 14,
    "measure judge": 1,
    "train source": 36,
    "measure source": 1,
    "train target": 36,
}
_SHARES |= {"measure target": 1, "train linker": 7, "translate and measure": 2, "write": 3}  # of the time, about
_SMOKE_PASSES = 500  # samples that finding labels trains on in a smoke run
_SMOKE_HOLD_OUT = 0.4  # share that holds out enough samples in a smoke run of two classes


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
    """Carry out a run, write everything it makes into one folder, and return what its `results.json` holds.

    Args:
        config: what to do.
        out: the folder; it must be empty, or `overwrite` True.
        data: folder of the data files; None takes them relative to `base`, or from the adapters' own sources.
        base: folder of the run file.
        smoke: use a few samples and one epoch of everything, as a quick check.
        overwrite: whether files of an earlier run in `out` may be replaced.
        resume: continue an interrupted run in `out`: of what it had trained, the last 30 seconds are trained again.
        command: how the run was started, for the record.
        progress: where to show progress.
        say: gets one line a stage.

    Raises:
        OutputExistsError: `out` holds something and `overwrite` is False, or another run writes into it.
        ConfigError: an option is unknown, or does not fit the samples.
        InputError: the sides cannot be paired, an option has a wrong value, or `out` cannot be written.
    """
    out = Path(out)
    check_installed(*TRAINING)
    linker, pairing = create_parts(config)
    with alone_in(out):
        refuse_occupied(out, overwrite=overwrite, resume=resume)
        stages, kept = Stages(say, progress or Progress()), KeptTrainings(out, resume=resume)
        stages.progress.plan({name: part for name, part in _SHARES.items() if config.judge or "judge" not in name})
        with stages("read"):
            sides = _read(config, data, Path(base), smoke, stages)
            with stages.progress.step("load"):  # Keras takes seconds, and a wrong file name is told at once
                check_optimizers(config)
            lossless = keeps_everything(choose_linker(linker, pairing))
            for name, side in sides.items():  # after reading, which takes the most memory
                build_side(name, side, seed=config.seed, lossless=lossless and name != "judge")
            _check(config, sides, linker, pairing)
        figures = _find_labels(pairing, config, sides, kept, stages, smoke)
        figures |= _train(config, sides, kept, stages, smoke)
        with kept.checkpoint("linker", run_key(config, [side.key for side in sides.values()], smoke=smoke)):
            bridge = _link(config, sides, linker, pairing, stages, smoke)
            more, written = _measure_and_write(config, sides, bridge, stages, out, overwrite or resume)
        kind = config.linker.kind or LINKERS.name_of(type(bridge.linker)) or type(bridge.linker).__name__
        results = provenance(config, sides, kind, smoke=smoke) | stages.summary() | figures | more
        write_json(out / "results.json", results)
        write_json(out / "run.json", record(config, command))
        kept.remove()
    say(f"wrote results.json, run.json, translations.npz, report.npz, {MODEL}/, {', '.join(written)} in {out}")
    return results


def _link(
    config: RunConfig,
    sides: Mapping[str, Side],
    linker: Linker | None,
    pairing: Pairing | None,
    stages: Stages,
    smoke: bool,
) -> LinkedAutoencoder:
    """Train the linker, and return the bridge."""
    source, target = sides["source"], sides["target"]
    bridge = LinkedAutoencoder(source.autoencoder, target.autoencoder, linker)
    # a stranger's linker may not train in epochs
    short = smoke and (linker is None or "epochs" in inspect.signature(linker.fit).parameters)
    with stages("train linker"), in_memory(source):
        bridge.fit(
            source.train,
            target.train,
            pairing=pairing,
            augment=augment_of(source.autoencoder.adapter) if config.linker.augment else None,
            linker_options=dict(config.linker.fit) | ({"epochs": 1} if short else {}),
            seed=config.seed,
            progress=stages.progress,
        )
        if source.held_out is not None:
            bridge.calibrate(source.train, source.held_out)
    return bridge


def _measure_and_write(
    config: RunConfig,
    sides: Mapping[str, Side],
    bridge: LinkedAutoencoder,
    stages: Stages,
    out: Path,
    replace: bool,
) -> tuple[dict[str, Any], list[str]]:
    """Measure a bridge, write it and what it makes, and return its figures and the names of the pictures."""
    source, target, progress = sides["source"], sides["target"], stages.progress
    with stages("translate and measure"):
        judge = _judge(sides, config.seed)
        draws = config.draws if isinstance(bridge.linker, SamplingLinker) else None
        reading = bridge.reading(source.test, draws=draws, seed=config.seed, encoding=source.test_encoding)
        more = {place: bridge.reading(x, draws=draws, seed=config.seed) for place, x in source.more.items()}
        figures = measure(bridge, {"": reading} | more, target, judge, progress)
    if not figures.keys() & {"pairs", "translation"}:
        stages.say("no right answers are counted: the test samples of both sides need labels, and classes they share")
    with stages("write"):
        bridge.save(out / MODEL, overwrite=replace)
        save_samples(out / "translations.npz", bridge, [reading])
        pictures = save_pictures(out, bridge, sides, reading, seed=config.seed)
        progress.update("pictures", 1, 2)
        true = target.test.x if "pairs" in figures else None
        save_arrays(out / "report.npz", bridge, source, target, reading, judge, true)
        progress.update("pictures", 2, 2)
    return figures, pictures


def _read(config: RunConfig, data: str | Path | None, base: Path, smoke: bool, stages: Stages) -> dict[str, Side]:
    """Read all sides, and return them in the order of their training.

    The judge comes first: its samples are dropped before the others train. The target is read next to it, since both
    often have the same samples, which are then kept once.
    """
    names = [name for name in ("judge", "target", "source") if getattr(config, name)]
    sides: dict[str, Side] = {}
    few = smoke and not _paired(config)  # a few samples of each class would tear pairs
    for k, name in enumerate(names, 1):
        judge = sides["judge"].train if "judge" in sides else None
        sides[name] = read_side(name, getattr(config, name), data, base, judge, smoke=few, say=stages.say)
        stages.progress.update("sides", k, len(names))
    sides = {name: sides[name] for name in ("judge", "source", "target") if name in sides}
    hold_out_tests(config, sides, smoke=smoke, say=stages.say)
    if config.hold_out and _paired(config):
        raise ConfigError("`hold_out` would leave given pairs without their source sample: leave it out.")
    if config.hold_out:
        source = sides["source"]
        part = max(config.hold_out, _SMOKE_HOLD_OUT) if smoke else config.hold_out
        source.held_out, source.train = source.train.split(part, seed=config.seed)
    return sides


def _check(config: RunConfig, sides: Mapping[str, Side], linker: Linker | None, pairing: Pairing | None) -> None:
    """Refuse what would otherwise be found wrong only after hours of training."""
    source, target = sides["source"], sides["target"]
    train = dict(zip(("source", "target"), outlined(pairing, source.train, target.train), strict=True))
    for name, side in sides.items():
        side.autoencoder.check(train.get(name, side.train))
        check_tests(name, side)
        if side.config.augment or (side is source and config.linker.augment):
            augment_of(side.autoencoder.adapter)
    if target.autoencoder.decoder is None:
        raise ConfigError("target: `decoder` must be true, a bridge decodes its answers.")
    bridge = LinkedAutoencoder(source.autoencoder, target.autoencoder, linker)
    bridge.check(source.train, target.train, pairing=pairing)
    needed = {"source": "`hold_out`"} if source.held_out is not None else {}
    if _paired(config):
        GivenPairing().check(source.test, target.test)
    elif (
        source.test.labelled.any()
        and target.test.labelled.any()
        and ("judge" in sides or not can_train_judge(target.test))
    ):
        needed["judge" if "judge" in sides else "target"] = "judging translations"
    for name, what in needed.items():
        if sides[name].autoencoder.classifier is None:
            raise ConfigError(f'{name}.autoencoder: {what} needs a `classifier`, set it to "first" or "joint".')
    if source.held_out is not None and (n := int(source.held_out.labelled.sum())) < MIN_HELD_OUT:
        raise ConfigError(f"`hold_out` {config.hold_out} holds out {n} labelled samples, {MIN_HELD_OUT} are needed.")


def _paired(config: RunConfig) -> bool:
    return config.pairing.kind == "given"


def _judge(sides: Mapping[str, Side], seed: int) -> KnownJudge | None:
    """Return the judge of the run file, else an independent one, else the target's own classifier; None without any."""
    real, target = sides["target"].test, sides["target"].autoencoder
    given = sides["judge"].autoencoder.predict if "judge" in sides else None
    if given is None and target.classifier is None and not can_train_judge(real):
        return None
    return choose_judge(given, target, real, seed=seed)


def _find_labels(
    pairing: Any, config: RunConfig, sides: Mapping[str, Side], kept: KeptTrainings, stages: Stages, smoke: bool
) -> dict[str, Any]:
    """Give a side without labels those that the pairing finds, and return how sure they are."""
    if not hasattr(pairing, "find_labels"):
        return {}
    source, target = sides["source"], sides["target"]
    keys = [side_key(side.config, side.train, seed=config.seed, smoke=smoke) for side in (source, target)]
    with stages("find labels"), kept.checkpoint("labels", run_key(config, keys, smoke=smoke)):
        if smoke and hasattr(pairing, "passes"):
            pairing.passes = _SMOKE_PASSES
        networks = source.autoencoder, target.autoencoder
        augment = augment_of(source.autoencoder.adapter) if source.config.augment else None
        options = {"sides": networks, "augment": augment, "progress": stages.progress}
        source.train, target.train = pairing.find_labels(source.train, target.train, **options)
    found = pairing.found_
    return {"found_labels": {"score": found.score, "sure": found.sure, "confidence": float(found.confidence.mean())}}


def _train(
    config: RunConfig, sides: Mapping[str, Side], kept: KeptTrainings, stages: Stages, smoke: bool
) -> dict[str, Any]:
    """Train the sides, or reuse those of an interrupted run; return their figures."""
    figures = {}
    for k, side in enumerate(sides.values()):
        move_to_disk(side, kept.folder / f"samples-{k}.h5")
    for name, side in sides.items():
        with in_memory(side):
            key = side.key = side_key(side.config, side.train, seed=config.seed, smoke=smoke)
            if found := kept.load(name, key):
                side.autoencoder, times = found
                stages.reuse(f"train {name}", times)
            else:
                with stages(f"train {name}"), kept.checkpoint(name, key):
                    train_side(side, seed=config.seed, smoke=smoke, progress=stages.progress)
                kept.save(name, key, side.autoencoder, stages.times[f"train {name}"])
            with stages(f"measure {name}"):
                figures[name] = measure_side(side)
        if name == "judge":  # its samples are no longer needed
            side.train, side.test = side.train.select([0]), side.test.select([0])
    return {name: figures[name] for name in ("source", "target", "judge") if name in figures}
