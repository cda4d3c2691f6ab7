"""What `bridgeae-segment` does with one sample, in any process: correct, segment, call and describe it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from bridgeae_copynumber.io import Samples
from bridgeae_copynumber.profile import Profile, Segments
from bridgeae_copynumber.segmentation import Options, Panel, segment_each

if TYPE_CHECKING:
    from bridgeae_copynumber.calls import CalledSample
    from bridgeae_copynumber.cli.calling import Caller
    from bridgeae_copynumber.io.h5ad_cells import Cell
    from bridgeae_copynumber.io.tracks import Track

_UNCORRECTED = ", not corrected for GC content"
"""What the reader says of counts, and `--gc` makes untrue."""


class Task(NamedTuple):
    """What the options ask for, the same for all samples.

    Args:
        options: of the command line.
        settings: of the segmentation.
        normals: of `--cohort`, and the panel that they make.
        tracks: GC content and mappability.
        caller: calls segments, or None.
        format: of the output.
    """

    options: argparse.Namespace
    settings: Options
    normals: list[Profile]
    panel: Panel | None
    tracks: tuple[Track | None, Track | None]
    caller: Caller | None
    format: str

    @property
    def annotate(self) -> bool:
        """Return whether weights, depths and genes of bins are read."""
        return self.format == "cns" or self.caller is not None


class Result(NamedTuple):
    """What comes of one sample: segments, the number of bins, the reader's notes, facts of calls, what .h5ad holds."""

    segments: Segments
    bins: int
    notes: tuple[str, ...]
    facts: tuple[Any, ...] = ()
    cell: Cell | None = None


def results(task: Task, unit: Profile | str) -> list[Result]:
    """Return what comes of one sample, or of all samples of a file that are asked for."""
    if isinstance(unit, Profile):
        return [_result(task, unit)]
    asked = task.options.sample
    return [_result(task, p) for p in read_file(task, unit, None) if not asked or p.sample in asked]


def read_file(task: Task, path: str, samples: list[str] | None) -> Samples:
    """Return the samples of an open file."""
    options = task.options
    return Samples(path, scale=options.scale, samples=samples, sort=options.sort, annotate=task.annotate)


def without_bias(profile: Profile, tracks: tuple[Track | None, Track | None]) -> Profile:
    """Correct a profile for GC content and mappability, where there are tracks."""
    gc, mappability = (None if track is None else track.over(profile) for track in tracks)
    if gc is None and mappability is None:
        return profile
    from bridgeae_copynumber.segmentation.bias import correct_bias

    corrected = correct_bias(profile, gc, mappability)
    if gc is None:
        return corrected
    return replace(corrected, notes=tuple(n.replace(_UNCORRECTED, "") for n in corrected.notes))


def tracks_of(options: argparse.Namespace) -> tuple[Track | None, Track | None]:
    """Read the tracks that the options name."""
    if not (options.gc or options.map):
        return None, None
    from bridgeae_copynumber.io.tracks import read_track

    gc, mappability = (read_track(p, f) if p else None for p, f in ((options.gc, "--gc"), (options.map, "--map")))
    return gc, mappability


def _result(task: Task, profile: Profile) -> Result:
    profile = without_bias(profile, task.tracks)
    notes, bins = profile.notes, len(profile)
    settings, panel = task.settings, task.panel
    if task.caller:
        task.caller.check([profile])
        profile, panel = (profile if panel is None else panel.subtracted(profile)), None
    if task.options.centromeres or task.options.genome:
        from bridgeae_copynumber.cli.calling import centromeres

        settings = settings._replace(centromeres=centromeres(task.options, [profile]) or {})
    (segments,) = segment_each([profile], settings, panel)
    facts: tuple[Any, ...] = ()
    if task.caller:
        segments, (profile,), found = task.caller.call(segments, [profile], task.normals)
        facts = tuple(found)
    elif task.format == "cns":
        from bridgeae_copynumber.calls import describe

        segments = describe(segments, [profile])
    cell = _cell(segments, profile, facts) if task.format == "h5ad" else None
    return Result(segments, bins, notes, facts, cell)


def _cell(segments: Segments, profile: Profile, called: Sequence[CalledSample]) -> Cell:
    from bridgeae_copynumber.cli.cells import facts_of_cells
    from bridgeae_copynumber.io.h5ad_cells import as_cell

    facts = facts_of_cells(segments, [profile], [asdict(fact) for fact in called], {})
    return as_cell(segments, profile, facts[0] if facts else {})
