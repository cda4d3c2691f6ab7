"""Pictures the way the field draws them: one sample along the genome, or a cohort as a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.io import save
from bridgeae_copynumber.profile import Profile, Segments, as_profiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GAIN, LOSS, NEUTRAL, INK = "#c0272d", "#2166ac", "#1d1d1f", "#3a3a3c"
_POINTS = ("#8e8e93", "#a9a9ae")
_SHADE, _MISSING = "#f4f4f6", "#e3e3e6"
_PIXELS = 2400
_UNITS = (("Mb", 1_000_000), ("kb", 1000), ("bp", 1))
_PICTURES = (".png", ".pdf", ".svg", ".jpg", ".tif")


def plot(
    profiles: Profile | Sequence[Profile],
    segments: Segments | None,
    path: str | Path,
    *,
    title: str | None = None,
    overwrite: bool = False,
) -> None:
    """Draw raw bins and segments of one sample genome-wide, or the segments of several as a heat map.

    One sample: grey points are bins, lines are segments (red gained, blue lost), triangles are bins beyond the axis.
    Several: one row a sample, similar ones side by side, blue below and red above a log2 ratio of 0, grey missing.

    Args:
        profiles: one or several profiles.
        segments: of the same samples; None draws the raw bins alone.
        path: where to: .png, .pdf, .svg, .jpg or .tif.
        title: above the picture; by default what it shows.
        overwrite: replace an existing file.

    Raises:
        InputError: no profiles, an ending that is no picture, or a file that cannot be written.
        OutputExistsError, MissingFileError: as `write` does.
    """
    many = as_profiles(profiles)
    check_picture(path)
    if not many:
        raise InputError("`profiles` must hold at least one profile, received none.")
    figure = _genome_view(many[0], segments, title) if len(many) == 1 else _heat_map(many, segments, title)
    kind = Path(path).suffix[1:].lower()
    save(path, lambda p: figure.savefig(p, format=kind, dpi=200), overwrite)


def check_picture(path: str | Path) -> None:
    """Raise InputError unless the name ends like a picture."""
    if Path(path).suffix.lower() not in _PICTURES:
        raise InputError(f"`path` of a picture must end in one of {', '.join(_PICTURES)}, received {path}.")


class _Genome:
    """Lay chromosomes end to end; `x` is in base pairs from the start of the first."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        first: dict[str, int] = {}
        last: dict[str, int] = {}
        for p in profiles:
            for name, a, b in zip(p.names.tolist(), p.offsets[:-1], p.offsets[1:] - 1, strict=True):
                first[name] = min(first.get(name, 2**62), int(p.start[a]))
                last[name] = max(last.get(name, 0), int(p.end[b]))
        numbered_through = 2 * sum(last[n] - first[n] for n in last) < sum(last.values())
        origin = first if numbered_through else dict.fromkeys(last, 0)
        self.length = {n: last[n] - origin[n] for n in last}
        ends = np.cumsum(list(self.length.values()))
        self.start = dict(zip(last, (ends - list(self.length.values())).tolist(), strict=True))
        self._shift = {n: self.start[n] - origin[n] for n in last}
        self.size = int(ends[-1])

    def x(self, chrom: np.ndarray, position: np.ndarray) -> np.ndarray:
        """(n,) float64: where positions lie along the genome."""
        names, code = np.unique(chrom, return_inverse=True)
        return np.array([self._shift[n] for n in names.tolist()], np.float64)[code] + position

    def dress(self, axes: Axes, *, shade: bool) -> None:
        """Shade every second chromosome, or draw lines between them, and name those that have the room."""
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
    genome, shown = _Genome([profile]), ~profile.missing
    mine = segments.select(segments.sample == profile.sample) if segments is not None else None
    low, high = _limits(profile.log2[shown], mine)
    axes.axhline(0, color=INK, lw=0.6, zorder=2)
    _points(axes, genome, profile, shown, low, high)
    if mine is not None:
        _lines(axes, genome, mine, low, high)
    genome.dress(axes, shade=True)
    axes.set_ylim(low, high)
    axes.set_ylabel("log2 ratio", color=INK, fontsize=9)
    axes.grid(axis="y", color="#dcdce0", lw=0.5, zorder=1)
    called = f", {len(mine)} segments" if mine is not None else ""
    axes.set_title(profile.sample if title is None else title, loc="left", fontsize=11, fontweight="bold", color=INK)
    axes.set_title(f"{int(shown.sum()):,} bins{called}", loc="right", fontsize=9, color=INK)
    return figure


def _points(axes: Axes, genome: _Genome, profile: Profile, shown: np.ndarray, low: float, high: float) -> None:
    x, y = genome.x(profile.chrom, (profile.start + profile.end) / 2), profile.log2
    run = np.repeat(np.arange(len(profile.names)), np.diff(profile.offsets))
    size = float(np.clip(240 / np.sqrt(max(shown.sum(), 1)), 0.8, 4.5))
    inside = shown & (y >= low) & (y <= high)
    for parity, colour in enumerate(_POINTS):
        pick = inside & (run % 2 == parity)
        axes.plot(x[pick], y[pick], ".", ms=size, mew=0, color=colour, alpha=0.75, rasterized=True, zorder=3)
    for pick, edge, marker in ((shown & (y > high), high, "^"), (shown & (y < low), low, "v")):
        at = np.full(int(pick.sum()), edge - 0.018 * (high - low) * np.sign(edge))
        axes.plot(x[pick], at, marker, ms=4, mew=0, color="#6a3d9a", zorder=6)


def _lines(axes: Axes, genome: _Genome, segments: Segments, low: float, high: float) -> None:
    from matplotlib.collections import LineCollection

    a, b = genome.x(segments.chrom, segments.start), genome.x(segments.chrom, segments.end)
    short = (b - a) < genome.size / 500  # a focal event stays visible
    a, b = np.where(short, (a + b) / 2 - genome.size / 1000, a), np.where(short, (a + b) / 2 + genome.size / 1000, b)
    margin = 0.008 * (high - low)
    y = np.clip(segments.mean, low + margin, high - margin)
    colour = np.where(y > 0.1, GAIN, np.where(y < -0.1, LOSS, NEUTRAL))
    lines = np.stack([np.stack([a, y], 1), np.stack([b, y], 1)], 1)
    axes.add_collection(LineCollection(list(lines), colors="white", linewidths=3.6, zorder=4, capstyle="butt"))
    axes.add_collection(LineCollection(list(lines), colors=colour.tolist(), linewidths=2.2, zorder=5, capstyle="butt"))


def _limits(value: np.ndarray, segments: Segments | None) -> tuple[float, float]:
    """Axis limits that show nearly all bins and all levels, but for small segments far below: a Y that is not there."""
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
    order = _similar(image)
    height = float(np.clip(1.6 + 0.17 * len(profiles), 2.6, 11))
    figure, axes = _canvas(13, height)
    known = np.abs(image[np.isfinite(image)])
    limit = float(np.clip(np.quantile(known, 0.985), 0.5, 2)) if len(known) else 1.0
    shades = [LOSS, "#92c5de", "#ffffff", "#f4a582", GAIN]
    colours = LinearSegmentedColormap.from_list("gains", shades).with_extremes(bad=_MISSING)
    box = (0, genome.size, len(profiles), 0)
    drawn = axes.imshow(
        image[order], cmap=colours, vmin=-limit, vmax=limit, aspect="auto", extent=box, interpolation="none"
    )
    genome.dress(axes, shade=False)
    if len(profiles) <= 60:
        axes.set_yticks(np.arange(len(profiles)) + 0.5, [profiles[k].sample for k in order], fontsize=7)
        axes.tick_params(axis="y", length=0)
    else:
        axes.set_yticks([])
        axes.set_ylabel(f"{len(profiles)} samples", color=INK, fontsize=9)
    for side in axes.spines.values():
        side.set_visible(True)
    bar = figure.colorbar(drawn, ax=axes, pad=0.01, fraction=0.02, aspect=4.5 * height, extend="both")
    bar.set_label("log2 ratio", color=INK, fontsize=9)
    bar.ax.tick_params(colors=INK, labelsize=8, width=0.6)
    bar.outline.set_linewidth(0.5)
    axes.set_title(
        f"{len(profiles)} samples" if title is None else title,
        loc="left",
        fontsize=11,
        color=INK,
        fontweight="bold",
    )
    return figure


def _pixels(genome: _Genome, profile: Profile, segments: Segments | None) -> np.ndarray:
    """(pixels,) float: what a row of the heat map shows; segments, or raw bins where there are none."""
    if segments is not None:
        chrom, start, end, level = segments.chrom, segments.start, segments.end, segments.mean
    else:
        known = ~profile.missing
        chrom, start, end, level = profile.chrom[known], profile.start[known], profile.end[known], profile.log2[known]
    row = np.full(_PIXELS, np.nan, np.float32)
    if not len(chrom):
        return row
    scale = _PIXELS / genome.size
    a = np.minimum((genome.x(chrom, start) * scale).astype(int), _PIXELS - 1)
    b = np.maximum((genome.x(chrom, end) * scale).astype(int), a + 1)
    for first, last, value in zip(a.tolist(), b.tolist(), level.tolist(), strict=True):
        row[first:last] = value
    return row


def _similar(image: np.ndarray) -> np.ndarray:
    """Order rows so that similar ones are neighbours (average linkage, optimal leaf order)."""
    if len(image) < 3 or len(image) > 2000:
        return np.arange(len(image))
    from scipy.cluster.hierarchy import leaves_list, linkage

    return leaves_list(linkage(np.nan_to_num(image)[:, ::4], "average", metric="cityblock", optimal_ordering=True))


def _canvas(width: float, height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    for side in axes.spines.values():
        side.set_linewidth(0.6)
        side.set_color(INK)
    axes.tick_params(colors=INK, labelsize=8, width=0.6)
    return figure, axes
