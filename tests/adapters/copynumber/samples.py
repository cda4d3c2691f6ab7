"""Profiles, segments and files that the tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bridgeae_copynumber import Profile, Segments

NAN = float("nan")
SEEDS = st.integers(0, 2**31)
FEW = settings(max_examples=12)
ANY_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
"""For properties that write to `tmp_path`: every example may replace the files of the one before."""
TABLE = "chrom\tstart\tend\tlog2\nchr1\t0\t100\t0.1\nchr1\t100\t200\t-0.2\nchrX\t0\t100\tNA\n"
HEAD = "chrom\tstart\tend\tlog2\n"


def put(folder: Path, text: str | bytes, name: str = "S1.tsv") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def profile(log2: npt.ArrayLike, chrom: list[str] | None = None, name: str = "S1") -> Profile:
    """Return a profile of bins of 1 kb, all on chr1 unless `chrom` names the chromosome of each."""
    values = np.asarray(log2)
    start = np.arange(len(values)) * 1000
    return Profile(name, np.array(chrom or ["chr1"] * len(values)), start, start + 1000, values)


def stairs(
    seed: int = 0,
    sigma: float = 0.1,
    sizes: tuple[int, ...] = (120, 60, 140),
    levels: tuple[float, ...] = (0.0, 0.8, -0.6),
) -> np.ndarray:
    """Return noisy log2 ratios with a step after each of the sizes."""
    rng = np.random.default_rng(seed)
    return np.repeat(levels, sizes) + rng.normal(0, sigma, sum(sizes))


def genome(name: str = "S1", chromosomes: tuple[str, ...] = ("chr1", "chr2", "chrX"), n: int = 80) -> Profile:
    """Return a profile with a gain in bins 30 to 59 of every chromosome."""
    rng = np.random.default_rng(len(name))
    step = np.where((np.arange(n) >= 30) & (np.arange(n) < 60), 1.0, 0.0)
    log2 = np.concatenate([step + rng.normal(0, 0.1, n) for _ in chromosomes])
    start = np.tile(np.arange(n) * 1000, len(chromosomes))
    return Profile(name, np.repeat(chromosomes, n), start, start + 1000, log2)


def segments(n_bins: list[int], mean: list[float], sample: str = "S", chrom: str = "1") -> Segments:
    """Return neighbouring segments on one chromosome, in bins of 10 base pairs."""
    n = len(n_bins)
    edges = np.concatenate([[0], np.cumsum(n_bins)]) * 10
    return Segments([sample] * n, [chrom] * n, edges[:-1], edges[1:], n_bins, mean, [0.5] * n)  # type: ignore[arg-type]


def one_segment_a_bin(profiles: list[Profile]) -> Segments:
    """Return segments that repeat the bins of profiles without missing values."""
    ones = [np.ones(len(p), int) for p in profiles]
    parts = [
        Segments(np.full(len(p), p.sample), p.chrom, p.start, p.end, n, p.log2, p.log2)
        for p, n in zip(profiles, ones, strict=True)
    ]
    return Segments.concatenate(parts)


names = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters='"'), min_size=1, max_size=8)
_floats = st.floats(-20, 20, width=32)


@st.composite
def profiles_of_any_kind(draw: st.DrawFn) -> list[Profile]:
    """Return up to three profiles with any names, gaps between bins, and missing values."""
    out = []
    for sample in draw(st.lists(names, min_size=1, max_size=3, unique=True)):
        chrom, start, end = [], [], []
        for name in draw(st.lists(names, min_size=1, max_size=3, unique=True)):
            gaps = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10**9)), min_size=1, max_size=5))
            at = 0
            for gap, width in gaps:
                chrom.append(name)
                start.append(at + gap)
                end.append(at + gap + width)
                at += gap + width
        log2 = draw(st.lists(_floats | st.just(NAN), min_size=len(chrom), max_size=len(chrom)))
        out.append(Profile(sample, *map(np.array, (chrom, start, end, log2))))
    return out


@st.composite
def segments_of_any_kind(draw: st.DrawFn) -> Segments:
    """Return up to six segments with any names, positions and levels, with or without copy numbers."""
    wide = st.tuples(names, names, st.integers(0, 10**9), st.integers(1, 10**9), st.integers(1, 10**6), _floats)
    one_base = st.tuples(names, names, st.just(0), st.just(1), st.just(1), _floats)
    rows = draw(st.lists(wide | one_base, min_size=1, max_size=6))
    sample, chrom, start, width, n_bins, mean = map(np.array, zip(*rows, strict=True))
    confidence = np.array(draw(st.lists(st.floats(0, 1, width=32), min_size=len(rows), max_size=len(rows))))
    copies = draw(st.none() | st.lists(st.integers(0, 9), min_size=len(rows), max_size=len(rows)))
    return Segments(sample, chrom, start, start + width, n_bins, mean, confidence, copies)  # type: ignore[arg-type]
