"""What `bridgeae translate` does: read samples, translate them, say what each was taken for, and write it all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.errors import InputError
from bridgeae.linked.linked import LinkedAutoencoder
from bridgeae.runs.pictures import can_draw, in_rows, save_grid
from bridgeae.progress import Progress

TRUSTED = 0.5  # confidence from which an answer is called trusted: more likely right than wrong
_CHUNK = 256  # samples translated between two reports of progress
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
    """Translate what the source's adapter reads into a picture, an npz file, or a file of the target's own.

    Args:
        bridge: a loaded model whose sides have adapters.
        input_: file or folder.
        output: .png draws each sample beside its answer, with what it was taken for; .npz holds the answers (under the
            target's noun), `names`, `labels` where the input has them, `predicted` with its `probability`, `confidence`
            of a calibrated bridge, and `draws`; any other ending, one sample, in the target's own format.
        draws: how many drawn translations stand beside the fixed answer.
        seed: of the draws.
        plain: whether .png means the target's own format too, as it does where an adapter cannot draw.
        adapt: whether the bridge first gets used to what it reads; see `Autoencoder.adapted`.
        progress: where to show progress.

    Returns:
        A line for one sample, saying what it was taken for, and one that says what was written.

    Raises:
        InputError: several samples would go into a file that holds one.
    """
    source: Any = bridge.source
    target: Any = bridge.target
    domain = source.adapter.read(input_)
    drawn = all(can_draw(side.adapter) for side in (source, target))
    ending = output.suffix.lower()
    own = plain or ending not in (".png", ".npz") or (ending == ".png" and len(domain) == 1 and not drawn)
    if own and (len(domain) > 1 or draws):
        raise InputError(f"{output} holds one sample, not {len(domain) * (1 + draws)}: name a .png or .npz file.")
    if adapt:
        bridge = bridge.adapted(domain)
    made, columns = _translated(bridge, domain.x, draws, seed, progress or Progress())
    names = domain.groups if domain.groups is not None else np.arange(len(domain)).astype(str)
    words = _in_words(columns, len(made))
    output.parent.mkdir(parents=True, exist_ok=True)
    if own:
        target.adapter.write(made, output)
    elif ending == ".npz":
        save_samples(output, bridge, made, names=names, labels=domain.labels, **columns)
    else:
        cells = []
        for k, sample in enumerate(domain.x):
            answers = [made[k], *(columns["draws"][k] if draws else ())]
            cells += [(source.adapter, sample, names[k][-16:]), (target.adapter, answers[0], words[k])]
            cells += [(target.adapter, answer, "") for answer in answers[1:]]
        save_grid(in_rows(cells, max(1, _ACROSS // (2 + draws)) * (2 + draws)), output)
    said = [f"{names[0]}: {', '.join(words[0].splitlines())}"] if len(made) == 1 and words[0] else []
    return [*said, f"wrote {len(made)} translated sample{'s' if len(made) > 1 else ''} to {output}"]


def default_output(bridge: LinkedAutoencoder, input_: str) -> Path:
    """Return the name of what `input_` becomes, in the current folder: a picture, or .npz where none can be drawn."""
    place = Path(input_) if Path(input_).exists() else Path(input_.partition("?")[0])
    name = place.resolve().name if place.is_dir() else place.stem
    drawn = all(can_draw(side.adapter) for side in (bridge.source, bridge.target))  # type: ignore[union-attr]
    return Path(f"{name}.translated.{'png' if drawn else 'npz'}")


def save_samples(path: Path, bridge: LinkedAutoencoder, made: np.ndarray, **columns: np.ndarray | None) -> None:
    """Write translated samples with columns beside them to an npz file; columns that are None are left out."""
    target: Any = bridge.target
    arrays: dict[str, Any] = {getattr(target.adapter, "noun", "samples"): made}
    with path.open("wb") as file:  # given a name, numpy would add .npz to .NPZ
        np.savez_compressed(file, **arrays | {k: v for k, v in columns.items() if v is not None})


def _translated(
    bridge: LinkedAutoencoder, x: np.ndarray, draws: int, seed: int, progress: Progress
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Translate some samples at a time, so that progress can be shown."""
    source: Any = bridge.source
    made, columns = [], []
    for k in range(0, len(x), _CHUNK):
        part = x[k : k + _CHUNK]
        column = {}
        if source.classifier is None:
            z = source.encode(part)
        else:
            z, probabilities = source.encode_and_classify(part)
            column["predicted"] = source.classes_[probabilities.argmax(1)]
            column["probability"] = probabilities.max(1)
            if bridge.confidence_ is not None:
                column["confidence"] = bridge.confidence_.score(z, probabilities)
        if draws:
            column["draws"] = bridge.translate_latents(z, draws=draws, seed=seed + k)
        made.append(bridge.translate_latents(z))
        columns.append(column)
        progress.update("translate", min(k + _CHUNK, len(x)), len(x))
    return np.concatenate(made), {name: np.concatenate([c[name] for c in columns]) for name in columns[0]}


def _in_words(columns: dict[str, np.ndarray], n: int) -> list[str]:
    """Say of each answer: its class, how probable that is, and whether to trust it."""
    if "predicted" not in columns:
        return [""] * n
    words = [f"{c}, probability {p:.2f}" for c, p in zip(columns["predicted"], columns["probability"], strict=True)]
    if "confidence" not in columns:
        return words
    trust = [f"{'trusted' if c >= TRUSTED else 'not trusted'}, {c:.2f}" for c in columns["confidence"]]
    return [f"{w}\n{t}" for w, t in zip(words, trust, strict=True)]
