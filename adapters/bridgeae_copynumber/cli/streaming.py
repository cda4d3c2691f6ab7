"""Samples that come one by one: read, segmented, called and written in turn, so that memory does not grow."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from bridgeae.errors import InputError
from bridgeae_copynumber.cli.sample import Result, Task, read_file, results
from bridgeae_copynumber.io import (
    STREAMED_FORMATS,
    Samples,
    check_output,
    check_samples,
    is_stream,
    sample_files,
    write,
    write_each,
)
from bridgeae_copynumber.profile import Profile, Segments
from bridgeae_copynumber.segmentation import LEAVE_ONE_OUT, check_options, refuse_duplicate, spread

MAX_NOTES = 12
"""Most notes of the readers that are printed."""
SMALL_FILE = 32 << 20
"""Files of up to so many bytes are read in the process that segments them, if there are several."""
_TOGETHER = ("joint", "clones", "clone_profiles", "plot", "gene_table")


def needs_all(options: argparse.Namespace) -> bool:
    """Return whether the options need all samples at once."""
    return options.cohort == [LEAVE_ONE_OUT] or any(getattr(options, name) for name in _TOGETHER)


@dataclass
class Stream:
    """Segment and write samples one by one.

    Args:
        task: what is done with each.
        output: the file or folder to write.
        folder: whether it is a folder.
        source: the .h5ad file whose other contents an output of this kind keeps.
    """

    task: Task
    output: str
    folder: bool
    source: str | None = None
    samples: int = 0
    segments: int = 0
    bins: int = 0
    names: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    notes: dict[str, None] = field(default_factory=dict)

    def run(self) -> None:
        """Do all the work."""
        options = self.task.options
        jobs = 1 if options.jobs is None else options.jobs
        check_options(self.task.settings, jobs)
        units, kind = self._units(), self.task.format
        first, units = _peeked(units) if kind == "h5ad" else (None, units)
        parts = spread(results, units, common=self.task, jobs=jobs)
        done = self._reported(result for part in parts for result in part)
        if self.folder:
            for result in done:
                self._write_sample(result.segments)
        elif kind == "h5ad":
            self._write_cells(done, first)
        elif kind in STREAMED_FORMATS and (kind != "tsv" or not self.task.caller):
            write_each((r.segments for r in done), self.output, format=kind, overwrite=options.overwrite)
        else:
            found = Segments.concatenate([r.segments for r in done])
            write(found, self.output, format=kind, overwrite=options.overwrite, **self._extras(found))

    def _units(self) -> Iterator[Profile | str]:
        """Return samples, or files of samples; a single file is opened, and its outputs checked, before any work."""
        options = self.task.options
        if len(options.input) > 1:
            return self._units_of_files(options.input)
        opened = read_file(self.task, options.input[0], options.sample)
        if self.folder:
            files = sample_files(self.output, opened.names, self.task.format)
            for path in files.values() if os.path.isdir(self.output) else ():
                check_output(path, options.overwrite)
        else:
            check_samples(self.task.format, len(opened.names))
        return iter(opened)

    def _units_of_files(self, paths: list[str]) -> Iterator[Profile | str]:
        options = self.task.options
        for path in paths:
            if not is_stream(path) and os.path.getsize(path) <= SMALL_FILE:
                yield os.path.abspath(path) if options.dask else path  # workers have another working folder
            else:
                yield from _asked(read_file(self.task, path, None), options.sample)

    def _reported(self, done: Iterator[Result]) -> Iterator[Result]:
        """Yield results, print what there is to say of each, and keep count."""
        options = self.task.options
        for result in done:
            for name in result.segments.samples:
                if name in self.names:
                    refuse_duplicate(name)
                self.names.add(name)
            self.samples, self.bins = self.samples + 1, self.bins + result.bins
            self.segments += len(result.segments)
            if not options.quiet:
                self._print(result)
            if self.task.caller:
                self.task.caller.report(result.facts)
            yield result
        if absent := sorted(set(options.sample or ()) - self.names):
            raise InputError(f"`--sample` {absent[0]} is in none of the inputs.")
        if not options.quiet:
            self._print_rest()

    def _print(self, result: Result) -> None:
        for note in result.notes:
            if note not in self.notes and len(self.notes) < MAX_NOTES:
                print(f"note: {note}", file=sys.stderr)
            self.notes[note] = None
        if self.samples > 1 and sys.stderr.isatty():
            print(f"\r{self.samples} samples", end="", file=sys.stderr, flush=True)

    def _print_rest(self) -> None:
        if self.samples > 1 and sys.stderr.isatty():
            print(file=sys.stderr)
        if len(self.notes) > MAX_NOTES:
            print(f"note: and {len(self.notes) - MAX_NOTES} more notes of this kind", file=sys.stderr)
        if self.task.caller:
            self.task.caller.report_rest()

    def _write_sample(self, segments: Segments) -> None:
        os.makedirs(self.output, exist_ok=True)
        for name, path in sample_files(self.output, segments.samples, self.task.format).items():
            if (key := str(path).lower()) in self.files:
                sample_files(self.output, [name, name], self.task.format)  # raises
            self.files.add(key)
            extras = self._extras(segments)
            write(segments, path, format=self.task.format, overwrite=self.task.options.overwrite, **extras)

    def _write_cells(self, done: Iterator[Result], first: Profile | str | None) -> None:
        """Write cells with the bins of the first unit; None where there is none."""
        from bridgeae_copynumber.io.h5ad_cells import write_cells

        if first is None:
            next(done)  # says which sample is absent
            return
        bins = first if isinstance(first, Profile) else next(iter(read_file(self.task, first, None)))
        cells = (result.cell for result in done if result.cell)
        write_cells(cells, bins, self.output, source=self.source, overwrite=self.task.options.overwrite)

    def _extras(self, segments: Segments) -> dict[str, Any]:
        return self.task.caller.extras(segments) if self.task.caller else {}


def _asked(samples: Samples, names: list[str] | None) -> Iterator[Profile]:
    return (p for p in samples if not names or p.sample in names)


def _peeked(units: Iterator[Profile | str]) -> tuple[Profile | str | None, Iterator[Profile | str]]:
    """Return the first unit, None where there is none, and all units."""
    first = next(units, None)
    return first, units if first is None else chain([first], units)
