"""The recipe of the shipped segment caller: simulated pairs with real noise, two autoencoders, and their link."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae import Autoencoder, Domain, GivenPairing, LinkedAutoencoder, NetworkLinker
from bridgeae_copynumber import CopyNumberAdapter, read
from bridgeae_copynumber.segmentation import best_breakpoints, noise_sigma
from bridgeae_copynumber.training import networks, simulated_pairs

CHANNELS = 48
Pairs = Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]


def linked_pair(
    raw: np.ndarray, segmented: np.ndarray, *, epochs: int, link_steps: int, seed: int, **options: Any
) -> LinkedAutoencoder:
    """Return a bridge whose parts are trained one by one: raw autoencoder, segmented autoencoder, linker.

    Args:
        raw: (n, length, 3) float32, rows of bins.
        segmented: (n, length, 3) float32, the segments in these bins.
        epochs: passes over the rows for the raw autoencoder; the segmented one takes twice as many.
        link_steps: training steps of the linker, 32 pairs each.
        seed: seed of everything.
        options: further arguments of `LinkedAutoencoder.fit`.
    """
    length = raw.shape[1]
    sides = []
    for side, loss in (("raw", networks.signal_loss), ("segmented", networks.segment_loss)):
        adapter = CopyNumberAdapter(side=side, length=length)
        sides.append(Autoencoder(*adapter.networks((None, CHANNELS)), loss=loss, adapter=adapter))
    linker = NetworkLinker(networks.linker(CHANNELS))
    fit = {"epochs": epochs, "batch_size": 32, "learning_rate": 3e-3}
    return LinkedAutoencoder(*sides, linker).fit(
        Domain(raw),
        Domain(segmented),
        pairing=GivenPairing(),
        source_options=fit,
        target_options={**fit, "epochs": 2 * epochs},
        linker_options={"epochs": 1, "steps": link_steps, "batch_size": 32},
        seed=seed,
        **options,
    )


def endless_pairs(data: Path | None, *, batch: int = 32, length: int = 1024) -> Pairs:
    """Return a function that draws a batch of simulated pairs.

    Args:
        data: folder with raw/, from whose files GC waves and a third of the noise of arrays are taken; None simulates
            everything.
        batch: rows of a batch.
        length: bins of a row.
    """
    tracks = read_tracks(data / "raw" / "tracks") if data else None
    residuals = real_residuals(data / "raw") if data else None
    return lambda rng: simulated_pairs(rng, batch, length=length, tracks=tracks, residuals=residuals)


def real_residuals(raw: Path) -> list[np.ndarray]:
    """Return the noise of unlabelled real profiles: for each platform (r, m) float32, with robust deviation 1.

    No profile belongs to a set that the caller is measured on, except one array with eight labelled regions; these lie
    outside the bins that are used.
    """
    pools: list[np.ndarray] = []
    wide = read(raw / "unlabelled" / "lymphoma_acgh_wide.tsv.gz")
    rows = [p.log2[~p.missing] for p in wide]
    pools.append(_residuals(np.stack([r[: min(map(len, rows))] for r in rows])))
    capture = [read(f)[0] for f in sorted((raw / "unlabelled" / "cnvkit").glob("p2-*.cnr"))]
    kept = [p.log2[~p.missing & (p.log2 > -15)] for p in capture]
    pools.append(_residuals(np.stack([r[: min(map(len, kept))] for r in kept])))
    with gzip.open(raw / "segannot" / "profiles.tsv.gz", "rt") as file:
        dense = [r["value"] for r in csv.DictReader(file, delimiter="\t") if r["sample"] == "high.resolution"]
    long = np.array([float(v) for v in dense[72000:132000] if v not in ("", "NA")])
    return [*pools, _residuals(long[None])]


def _residuals(rows: np.ndarray) -> np.ndarray:
    """Return rows (r, m) without their piecewise constant levels, in units of the noise.

    Each block of 2000 bins is segmented exactly, with every bin a candidate breakpoint.
    """
    out = np.empty(rows.shape, np.float32)
    for k, row in enumerate(rows.astype(float)):
        sigma = noise_sigma(row, np.array([len(row)]))
        for begin in range(0, len(row), 2000):
            part = row[begin : begin + 2000] / sigma
            middle = np.median(part)
            n = len(part)
            starts = best_breakpoints(
                np.clip(part, middle - 12, middle + 12),
                np.ones(n),
                np.arange(n),
                np.full(n, 6 * np.log(n + 1)),
                np.arange(n) == 0,
                min_bins=5,
            )
            level = np.concatenate([np.full(len(s), np.median(s)) for s in np.split(part, starts[1:])])
            out[k, begin : begin + n] = np.clip(part - level, -25, 25)
    return out


def read_tracks(folder: Path) -> np.ndarray:
    """Read GC content and mappability of hg19 in 50-kb bins: (2, m) float32, standardised, without unmappable bins."""
    columns = [_wig_values(folder / f"{kind}_hg19_50kb.wig.gz") for kind in ("gc", "map")]
    n = min(map(len, columns))
    tracks = np.stack([c[:n] for c in columns])
    tracks = tracks[:, (tracks[0] > 0) & (tracks[1] > 0.5)]
    centred: np.ndarray = (tracks - tracks.mean(1, keepdims=True)) / tracks.std(1, keepdims=True)
    return centred.astype(np.float32)


def _wig_values(path: Path) -> np.ndarray:
    with gzip.open(path, "rt") as file:
        return np.array([float(line) for line in file if not line.startswith("fixedStep")])


def finetuned(bridge: LinkedAutoencoder, pairs: Pairs, *, steps: int, seed: int, **options: Any) -> LinkedAutoencoder:
    """Fine-tune a bridge end to end on endless pairs, in place, and return it."""
    run = {"epochs": 1, "learning_rate": 6e-3, "weight_averaging": 0.998, "optimizer": "muon"}
    return bridge.finetune(batches=pairs, steps=steps, seed=seed, **run, **options)
