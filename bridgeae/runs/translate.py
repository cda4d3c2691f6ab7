"""`bridgeae translate`: read samples, translate them, and write answers, classes and confidence."""

from __future__ import annotations

import inspect
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.autoencoder.encoding import stream
from bridgeae.domain import StoredSamples
from bridgeae.errors import InputError
from bridgeae.evaluation import Reading
from bridgeae.evaluation.confidence import TRUSTED_FROM
from bridgeae.linked import LinkedAutoencoder
from bridgeae.linker import sample_keys
from bridgeae.progress import Progress
from bridgeae.runs.pictures import can_plot
from bridgeae.runs.sheet import save_sheet
from bridgeae.saving import whole_file

_PORTION = 256  # samples translated between two reports of progress
_ACROSS = 12  # pictures in a row of a sheet


def translate_files(
    bridge: LinkedAutoencoder,
    input_: str,
    output: Path,
    *,
    draws: int = 0,
    seed: int = 0,
    plain: bool = False,
    adapt: bool = False,
    progress: Progress | None = None,
) -> list[str]:
    """Translate what the source's adapter reads; return a line on the class of a single sample, and on what is written.

    An `output` .png shows each sample beside its answer, class and confidence; .npz holds what `save_samples` writes.
    Any other ending holds one sample in the target's own format, as .png does where `plain` or where an adapter cannot
    plot. Samples that stay on disk become a .npy array of fixed answers in portions. With `adapt` the bridge is first
    adapted to the samples; see `Autoencoder.adapted`.

    Raises:
        InputError: several samples would go into a file that holds one, or draws into the target's own format.
    """
    source, target = bridge.source.adapter, bridge.target.adapter
    domain = source.read(input_)  # type: ignore[union-attr]
    plots = can_plot(source) and can_plot(target)
    ending = output.suffix.lower()
    own_format = plain or ending not in (".png", ".npz") or (ending == ".png" and len(domain) == 1 and not plots)
    named = "names" in inspect.signature(target.write).parameters  # type: ignore[union-attr]
    on_disk = isinstance(domain.x, StoredSamples) and ending == ".npy" and not draws
    if own_format and draws:
        hint = "leave out `plain`" if plain else "name a .png or .npz file"
        raise InputError(f"{output} has no place for draws: {hint}.")
    if own_format and not on_disk and len(domain) > 1 and not named:
        raise InputError(f"{output} would hold one sample, not {len(domain)}: name a .png or .npz file.")
    if adapt:
        bridge = bridge.adapted(domain)
    if on_disk:
        report = partial((progress or Progress()).update, "translate")
        with whole_file(output) as new:
            array = partial(np.lib.format.open_memmap, new, "w+", np.float32)
            stream(lambda part: bridge.translate(domain.x[part]), len(domain), array, report=report).flush()
        return [f"wrote {len(domain)} translated samples to {output}"]
    portions, progress, keys = [], progress or Progress(), sample_keys(domain.x) if draws else None
    for k in range(0, len(domain), _PORTION):
        part = domain.select(slice(k, k + _PORTION))
        mine = None if keys is None else keys[k : k + _PORTION]
        portions.append(bridge.reading(part, draws=draws or None, seed=seed, keys=mine))
        progress.update("translate", min(k + _PORTION, len(domain)), len(domain))
    made = np.concatenate([reading.fixed for reading in portions])
    names = domain.names if domain.names is not None else np.arange(len(domain)).astype(str)
    words = [line for reading in portions for line in _in_words(reading)]
    output.parent.mkdir(parents=True, exist_ok=True)
    if own_format:
        more = {"names": names} if named else {}
        target.write(made, output, **more)  # type: ignore[union-attr]
    elif ending == ".npz":
        save_samples(output, bridge, portions, names=names)
    else:
        cells: list[Any] = []
        drawn = np.concatenate([r.draws for r in portions]) if draws else made[:, None][:, :0]
        for sample, name, answer, line, others in zip(domain.x, names, made, words, drawn, strict=True):
            cells += [(source, sample, name[-16:]), (target, answer, line), *((target, draw, "") for draw in others)]
        save_sheet(cells, max(1, _ACROSS // (2 + draws)) * (2 + draws), output)
    first = [f"{names[0]}: {', '.join(words[0].splitlines())}"] if len(made) == 1 and words[0] else []
    return [*first, f"wrote {len(made)} translated sample{'s' if len(made) > 1 else ''} to {output}"]


def default_output(bridge: LinkedAutoencoder, input_: str, *, plain: bool = False) -> Path:
    """Return the default name of a translation in the current folder.

    It ends as the target's own files do where `plain`; else in .png, or in .npz where nothing can be plotted.
    """
    place = Path(input_) if Path(input_).exists() else Path(input_.partition("?")[0])
    name = place.resolve().name if place.is_dir() else place.stem.replace(":", "_")  # a source, such as drawn:hands
    plots = all(can_plot(side.adapter) for side in (bridge.source, bridge.target))
    own = getattr(bridge.target.adapter, "suffixes", ()) if plain else ()
    return Path(f"{name}.translated{next(iter(own), '.png' if plots else '.npz')}")


def save_samples(
    path: Path, bridge: LinkedAutoencoder, readings: list[Reading], names: np.ndarray | None = None
) -> None:
    """Write the answers of readings to an npz file.

    It holds the fixed answers under the target's noun ("images"), `draws` where there are any, `names`, `labels` of
    the source samples, `predicted` with its `probability`, and the `confidence` of a calibrated bridge.
    """
    columns: dict[str, Any] = {getattr(bridge.target.adapter, "noun", "samples"): [r.fixed for r in readings]}
    columns["labels"] = [r.samples.labels for r in readings]
    columns["predicted"] = [r.encoding.predicted for r in readings]
    columns["probability"] = [None if (p := r.encoding.probabilities) is None else p.max(1) for r in readings]
    columns |= {name: [getattr(r, name) for r in readings] for name in ("confidence", "draws")}
    arrays: dict[str, Any] = {} if names is None else {"names": names}
    arrays |= {name: np.concatenate(parts) for name, parts in columns.items() if parts[0] is not None}
    with whole_file(path) as new, new.open("wb") as file:  # given a name, numpy would add .npz to .NPZ
        np.savez_compressed(file, **arrays)


def _in_words(reading: Reading) -> list[str]:
    """Return the class of each sample, its probability, and whether the answer can be trusted, as text."""
    predicted, probabilities = reading.encoding.predicted, reading.encoding.probabilities
    if predicted is None or probabilities is None:
        return [""] * len(reading)
    words = [f"{c}, probability {p:.2f}" for c, p in zip(predicted, probabilities.max(1), strict=True)]
    if reading.confidence is None:
        return words
    trust = [f"{'trusted' if c >= TRUSTED_FROM else 'not trusted'}, {c:.2f}" for c in reading.confidence]
    return [f"{w}\n{t}" for w, t in zip(words, trust, strict=True)]
