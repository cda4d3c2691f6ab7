"""Pictures of the field: one sample along the genome, or a cohort as a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.io import save
from bridgeae_copynumber.plotting.order import order_by_similarity
from bridgeae_copynumber.profile import Profile, Segments, as_profiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GAIN, LOSS, NEUTRAL, INK = "#c0272d", "#2166ac", "#1d1d1f", "#3a3a3c"
_BEYOND_AXIS, _GRID = "#6a3d9a", "#dcdce0"
_BIN_COLOURS = ("#8e8e93", "#a9a9ae")
_SHADE, _MISSING = "#f4f4f6", "#e3e3e6"
_HEAT_MAP_COLOURS = (LOSS, "#92c5de", "#ffffff", "#f4a582", GAIN)
_HEAT_MAP_PIXELS = 2400
_UNITS = (("Mb", 1_000_000), ("kb", 1000), ("bp", 1))
_PICTURE_ENDINGS = (".png", ".pdf", ".svg", ".jpg", ".tif")
MAX_NAMED_SAMPLES = 60
"""Rows of a heat map that are labelled with their samples; taller ones show the number of samples."""
MAX_CLUSTERED_SAMPLES = 2000
"""Rows of a heat map that are ordered by similarity; larger cohorts keep their order."""


def plot(
    profiles: Profile | Sequence[Profile],
    segments: Segments | None,
    path: str | Path,
    *,
    title: str | None = None,
    overwrite: bool = False,
) -> None:
    """Plot raw bins and segments of one sample along the genome, or the segments of a cohort as a heat map.

    One sample: grey points are bins, lines are segments (red gained, blue lost), triangles are bins beyond the axis.
    A cohort: one row a sample, similar ones side by side, blue below and red above a log2 ratio of 0, grey missing.

    Args:
        profiles: one or several profiles.
        segments: of the same samples; None plots the raw bins alone.
        path: the file to write: .png, .pdf, .svg, .jpg or .tif.
        title: above the picture; by default the sample's name, or the number of samples.
        overwrite: replace an existing file.

    Raises:
        InputError: no profiles, an ending that no picture has, or a file that cannot be written.
        OutputExistsError, MissingFileError: as `write` does.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from bridgeae_copynumber import Profile, plot
        >>> profile = Profile("tumour", ["chr1"] * 3, [0, 100, 200], [100, 200, 300], [0.5, 0.5, -1.0])
        >>> with TemporaryDirectory() as folder:
        ...     plot(profile, None, Path(folder) / "bins.svg")
        ...     (Path(folder) / "bins.svg").is_file()
        True
    """
    many = as_profiles(profiles)
    check_picture(path)
    if not many:
        raise InputError("`profiles` must hold at least one profile, received none.")
    figure = _genome_view(many[0], segments, title) if len(many) == 1 else _heat_map(many, segments, title)
    kind = Path(path).suffix[1:].lower()
    save(path, lambda p: figure.savefig(p, format=kind, dpi=200), overwrite)


def check_picture(path: str | Path) -> None:
    """Raise InputError unless the name ends like that of a picture."""
    if Path(path).suffix.lower() not in _PICTURE_ENDINGS:
        raise InputError(f"`path` of a picture must end in one of {', '.join(_PICTURE_ENDINGS)}, received {path}.")


class _Genome:
    """Lay chromosomes end to end; `x` is in base pairs from the start of the first."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        first: dict[str, int] = {}
        last: dict[str, int] = {}
        for p in profiles:
            for name, a, b in zip(p.names.tolist(), p.offsets[:-1], p.offsets[1:] - 1, strict=True):
                first[name] = min(first.get(name, 2**62), int(p.start[a]))
                last[name] = max(last.get(name, 0), int(p.end[b]))
        genome_wide = 2 * sum(last[n] - first[n] for n in last) < sum(last.values())  # positions do not restart
        origin = first if genome_wide else dict.fromkeys(last, 0)
        self.length = {n: last[n] - origin[n] for n in last}
        ends = np.cumsum(list(self.length.values()))
        self.start = dict(zip(last, (ends - list(self.length.values())).tolist(), strict=True))
        self._shift = {n: self.start[n] - origin[n] for n in last}
        self.size = int(ends[-1])

    def x(self, chrom: np.ndarray, position: np.ndarray) -> np.ndarray:
        """Return positions along the genome, (n,) float64."""
        names, code = np.unique(chrom, return_inverse=True)
        return np.array([self._shift[n] for n in names.tolist()], np.float64)[code] + position

    def label(self, axes: Axes, *, shade: bool) -> None:
        """Shade every second chromosome, or plot lines between them, and name those with enough room."""
        axes.set_xlim(0, self.size)
        if len(self.length) == 1:
            unit, size = next(u for u in _UNITS if self.size >= u[1])
            axes.xaxis.set_major_formatter(lambda x, _: f"{x / size:g}")
            axes.set_xlabel(f"position on {next(iter(self.length))} ({unit})", color=INK, fontsize=9)
            return
        axes.tick_params(axis="x", length=0)
        room = self.size * 0.0052
        places, labels = [], []
        for k, (name, a) in enumerate(self.start.items()):
            b = a + self.length[name]
            if shade and k % 2:
                axes.axvspan(a, b, color=_SHADE, lw=0, zorder=0)
            elif not shade and k:
                axes.axvline(a, color=INK, lw=0.5)
            short = name.removeprefix("chr")
            if b - a > room * len(short):
                places.append((a + b) / 2)
                labels.append(short)
        axes.set_xticks(places, labels, fontsize=8)
        axes.set_xlabel("chromosome", color=INK, fontsize=9)


def _genome_view(profile: Profile, segments: Segments | None, title: str | None) -> Figure:
    figure, axes = _canvas(13, 3.7)
    genome, present = _Genome([profile]), ~profile.missing
    mine = segments.select(segments.sample == profile.sample) if segments is not None else None
    low, high = _limits(profile.log2[present], mine)
    axes.axhline(0, color=INK, lw=0.6, zorder=2)
    _plot_bins(axes, genome, profile, (low, high))
    if mine is not None:
        _plot_segments(axes, genome, mine, (low, high))
    genome.label(axes, shade=True)
    axes.set_ylim(low, high)
    axes.set_ylabel("log2 ratio", color=INK, fontsize=9)
    axes.grid(axis="y", color=_GRID, lw=0.5, zorder=1)
    called = f", {len(mine)} segments" if mine is not None else ""
    _set_title(axes, profile.sample if title is None else title)
    axes.set_title(f"{int(present.sum()):,} bins{called}", loc="right", fontsize=9, color=INK)
    return figure


def _plot_bins(axes: Axes, genome: _Genome, profile: Profile, limits: tuple[float, float]) -> None:
    """Plot bins as points, those beyond the axis as triangles at its edge."""
    (low, high), present = limits, ~profile.missing
    x, y = genome.x(profile.chrom, (profile.start + profile.end) / 2), profile.log2
    run = np.repeat(np.arange(len(profile.names)), np.diff(profile.offsets))
    size = float(np.clip(240 / np.sqrt(max(present.sum(), 1)), 0.8, 4.5))
    inside = present & (y >= low) & (y <= high)
    for parity, colour in enumerate(_BIN_COLOURS):
        pick = inside & (run % 2 == parity)
        axes.plot(x[pick], y[pick], ".", ms=size, mew=0, color=colour, alpha=0.75, rasterized=True, zorder=3)
    for pick, edge, marker in ((present & (y > high), high, "^"), (present & (y < low), low, "v")):
        at = np.full(int(pick.sum()), edge - 0.018 * (high - low) * np.sign(edge))
        axes.plot(x[pick], at, marker, ms=4, mew=0, color=_BEYOND_AXIS, zorder=6)


def _plot_segments(axes: Axes, genome: _Genome, segments: Segments, limits: tuple[float, float]) -> None:
    """Plot segments as lines; short ones are widened so that a focal event stays visible."""
    from matplotlib.collections import LineCollection

    low, high = limits
    a, b = genome.x(segments.chrom, segments.start), genome.x(segments.chrom, segments.end)
    short = (b - a) < genome.size / 500
    a, b = np.where(short, (a + b) / 2 - genome.size / 1000, a), np.where(short, (a + b) / 2 + genome.size / 1000, b)
    margin = 0.008 * (high - low)
    y = np.clip(segments.mean, low + margin, high - margin)
    colour = np.where(y > 0.1, GAIN, np.where(y < -0.1, LOSS, NEUTRAL))
    lines = np.stack([np.stack([a, y], 1), np.stack([b, y], 1)], 1)
    axes.add_collection(LineCollection(list(lines), colors="white", linewidths=3.6, zorder=4, capstyle="butt"))
    axes.add_collection(LineCollection(list(lines), colors=colour.tolist(), linewidths=2.2, zorder=5, capstyle="butt"))


def _limits(value: np.ndarray, segments: Segments | None) -> tuple[float, float]:
    """Return axis limits for nearly all bins and all levels; small segments far below (an absent Y) are left out."""
    low, high = np.quantile(value, [0.001, 0.999]) if len(value) else (0.0, 0.0)
    low = max(low, -2.5)
    if segments is not None and len(segments):
        large = segments.mean[segments.n_bins >= 0.02 * segments.n_bins.sum()]
        low = min(low, max(float(segments.mean.min()), -2.3) - 0.2, float(large.min(initial=0)) - 0.4)
        high = max(high, float(segments.mean.max()) + 0.2)
    return float(np.clip(low - 0.1, -6, -1)), float(np.clip(high + 0.1, 1, 5))


def _heat_map(profiles: list[Profile], segments: Segments | None, title: str | None) -> Figure:
    from matplotlib.colors import LinearSegmentedColormap

    genome = _Genome(profiles)
    by_name = dict(segments.by_sample()) if segments is not None else {}
    image = np.stack([_pixels(genome, p, by_name.get(p.sample) if segments is not None else None) for p in profiles])
    few = len(image) <= MAX_CLUSTERED_SAMPLES
    order = order_by_similarity(np.nan_to_num(image)[:, ::4]) if few else np.arange(len(image))
    height = float(np.clip(1.6 + 0.17 * len(profiles), 2.6, 11))
    figure, axes = _canvas(13, height)
    known = np.abs(image[np.isfinite(image)])
    limit = float(np.clip(np.quantile(known, 0.985), 0.5, 2)) if len(known) else 1.0
    colours = LinearSegmentedColormap.from_list("gains", _HEAT_MAP_COLOURS).with_extremes(bad=_MISSING)
    box = (0, genome.size, len(profiles), 0)
    heat_map = axes.imshow(
        image[order], cmap=colours, vmin=-limit, vmax=limit, aspect="auto", extent=box, interpolation="none"
    )
    genome.label(axes, shade=False)
    if len(profiles) <= MAX_NAMED_SAMPLES:
        axes.set_yticks(np.arange(len(profiles)) + 0.5, [profiles[k].sample for k in order], fontsize=7)
        axes.tick_params(axis="y", length=0)
    else:
        axes.set_yticks([])
        axes.set_ylabel(f"{len(profiles)} samples", color=INK, fontsize=9)
    axes.spines[:].set_visible(True)
    bar = figure.colorbar(heat_map, ax=axes, pad=0.01, fraction=0.02, aspect=4.5 * height, extend="both")
    bar.set_label("log2 ratio", color=INK, fontsize=9)
    bar.ax.tick_params(colors=INK, labelsize=8, width=0.6)
    bar.outline.set_linewidth(0.5)
    _set_title(axes, f"{len(profiles)} samples" if title is None else title)
    return figure


def _set_title(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK)


def _pixels(genome: _Genome, profile: Profile, segments: Segments | None) -> np.ndarray:
    """Return a row of the heat map, (pixels,) float32: segments, or raw bins where `segments` is None."""
    if segments is not None:
        chrom, start, end, level = segments.chrom, segments.start, segments.end, segments.mean
    else:
        known = ~profile.missing
        chrom, start, end, level = profile.chrom[known], profile.start[known], profile.end[known], profile.log2[known]
    row = np.full(_HEAT_MAP_PIXELS, np.nan, np.float32)
    if not len(chrom):
        return row
    scale = _HEAT_MAP_PIXELS / genome.size
    a = np.minimum((genome.x(chrom, start) * scale).astype(int), _HEAT_MAP_PIXELS - 1)
    b = np.maximum((genome.x(chrom, end) * scale).astype(int), a + 1)
    for first, last, value in zip(a.tolist(), b.tolist(), level.tolist(), strict=True):
        row[first:last] = value
    return row


def _canvas(width: float, height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[:].set(linewidth=0.6, color=INK)
    axes.tick_params(colors=INK, labelsize=8, width=0.6)
    return figure, axes
