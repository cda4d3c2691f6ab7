"""The command `bridgeae-segment`: a file of bins in, a file of segments out."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from bridgeae.errors import BridgeError, InputError
from bridgeae_copynumber.cli.cells import facts_of_cells, write_clones
from bridgeae_copynumber.cli.checking import check_files
from bridgeae_copynumber.cli.inputs import files_of
from bridgeae_copynumber.cli.options import asks_for_calls, parser
from bridgeae_copynumber.cli.sample import Task, read_file, tracks_of, without_bias
from bridgeae_copynumber.cli.streaming import MAX_NOTES, Stream, needs_all
from bridgeae_copynumber.io import (
    HDF5_MAGIC,
    check_output,
    check_samples,
    is_stream,
    output_format,
    read,
    read_segments,
    sample_files,
    sample_name,
    write,
)
from bridgeae_copynumber.profile import Profile, Segments
from bridgeae_copynumber.segmentation import (
    LEAVE_ONE_OUT,
    MIN_JUMP,
    Options,
    Panel,
    dask_cluster,
    segment,
    subtract_cohort,
)

if TYPE_CHECKING:
    from bridgeae_copynumber.cli.calling import Caller

_SEGMENT_OPTIONS = ("penalty", "min_bins", "min_jump", "level", "ploidy")
_FLAGS = {"read with `sort=True`": "use --sort", "pass `overwrite=True`": "use --overwrite"}
"""Advice in errors of the library, and the same advice for the command line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 2 after a one-line error, or 130 when interrupted."""
    options = parser().parse_args(arguments)
    if arguments is None:
        for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
            if number := getattr(signal, name, None):
                signal.signal(number, _end)
    try:
        _run(options)
    except BridgeError as error:
        if options.verbose:
            traceback.print_exception(error)
        print(f"bridgeae-segment: error: {_on_one_line(error)}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0  # the program that reads our output has ended
    except KeyboardInterrupt:
        print("bridgeae-segment: interrupted; unfinished files are removed", file=sys.stderr)
        return 130
    finally:
        try:
            print(end="", flush=True)
        except OSError:
            sys.stdout = None  # Python flushes it once more at exit, and would print an error
    return 0


def _end(number: int, _: object) -> NoReturn:
    """Say what ends the command; an exit ends the processes of --jobs too, and removes unfinished files."""
    with suppress(OSError):  # the terminal may be closed
        print(
            f"bridgeae-segment: ended by {signal.Signals(number).name}; unfinished files are removed", file=sys.stderr
        )
    sys.exit(128 + number)


def _on_one_line(error: BridgeError) -> str:
    message = " ".join(str(error).split())
    for advice, flag in _FLAGS.items():
        message = message.replace(advice, flag)
    return message


def _run(options: argparse.Namespace) -> None:
    began = time.perf_counter()
    options.input = files_of(options.input, quiet=options.quiet)
    output = options.output or _default_output(options)
    folder = output.endswith(("/", os.sep)) or os.path.isdir(output)
    kind = options.format or "seg" if folder else output_format(output, options.format)
    if options.plot and not is_page(options.plot):
        from bridgeae_copynumber.plotting import check_picture

        check_picture(options.plot)
    check_files(output, kind, options, folder)
    if options.convert:
        segments = Segments.concatenate([read_segments(path) for path in options.input])
        _write(segments, [], output, kind, options, folder)
        _report(f"{len(segments)} segments", began, output, options)
        return
    caller = _caller(options) if asks_for_calls(options, kind) else None
    jump = MIN_JUMP if options.min_jump is None else options.min_jump
    normals = [p for path in options.cohort or () if path != LEAVE_ONE_OUT for p in _read_normals(path, options)]
    if not options.quiet:
        _print_notes(normals, prefix="--cohort: ")
    panel = Panel(normals) if normals else None
    task = Task(options, _settings(options), normals, panel, tracks_of(options), caller, kind)
    with dask_cluster(options.dask):
        if not needs_all(options):
            source = _source(options, output) if kind == "h5ad" else None
            stream = Stream(task, output, folder, source)
            stream.run()
            counts = stream.samples, stream.segments, stream.bins
        else:
            counts = _run_together(task, output, folder)
    samples = "1 sample" if counts[0] == 1 else f"{counts[0]} samples"
    _report(f"{counts[1]} segments from {counts[2]:,} bins of {samples} (min_jump {jump:g})", began, output, options)


def _run_together(task: Task, output: str, folder: bool) -> tuple[int, int, int]:
    """Read all samples, then segment and write them; return how many samples, segments and bins there are."""
    options, kind, caller = task.options, task.format, task.caller
    profiles = _read_inputs(task)
    if folder:
        files = sample_files(output, [p.sample for p in profiles], kind)
        for path in files.values() if os.path.isdir(output) else ():
            check_output(path, options.overwrite)
    else:
        check_samples(kind, len(profiles))
    if caller:
        caller.check(profiles)
        caller.check_genes(profiles)
    settings = {**task.settings._asdict(), "jobs": options.jobs or 1, "joint": options.joint}
    cohort = LEAVE_ONE_OUT if options.cohort == [LEAVE_ONE_OUT] else task.normals or None
    if caller or options.clones or options.clone_profiles:
        profiles, cohort = subtract_cohort(profiles, cohort), None
    if options.centromeres or options.genome:
        from bridgeae_copynumber.cli.calling import centromeres

        settings["centromeres"] = centromeres(options, profiles)
    if len(profiles) > 1 and not options.quiet and sys.stderr.isatty():
        settings["progress"] = _print_progress
    segments = segment(profiles, cohort=cohort, **settings)
    if caller:
        segments, profiles, facts = caller.call(segments, profiles, task.normals)
        caller.report(facts)
        caller.report_rest()
        caller.write_genes(segments, profiles)
    clone = write_clones(options, segments, profiles)
    if kind == "cns" and not caller:
        from bridgeae_copynumber.calls import describe

        segments = describe(segments, profiles)
    _write(segments, profiles, output, kind, options, folder, caller, clone)
    _plot(task, segments, profiles)
    return len(profiles), len(segments), sum(map(len, profiles))


def _plot(task: Task, segments: Segments, profiles: list[Profile]) -> None:
    path, overwrite = task.options.plot, task.options.overwrite
    if path and is_page(path):
        from bridgeae_copynumber.plotting import write_page

        facts = task.caller.samples if task.caller else ()
        write_page(profiles, segments, path, samples=facts, overwrite=overwrite)
    elif path:
        from bridgeae_copynumber.plotting import plot

        plot(profiles, segments, path, overwrite=overwrite)


def _caller(options: argparse.Namespace) -> Caller:
    from bridgeae_copynumber.cli.calling import Caller  # most runs call nothing

    return Caller(options)


def _write(
    segments: Segments,
    profiles: list[Profile],
    output: str,
    kind: str,
    options: argparse.Namespace,
    folder: bool,
    caller: Caller | None = None,
    clone: dict[str, str] | None = None,
) -> None:
    """Write one file, or a file a sample into a folder."""
    extras = caller.extras(segments) if caller else {}
    if folder:
        files = sample_files(output, segments.samples, kind)
        os.makedirs(output, exist_ok=True)
        for name, part in segments.by_sample():
            write(part, files[name], format=kind, overwrite=options.overwrite, **extras)
        return
    source = None
    if kind == "h5ad":
        extras["samples"] = facts_of_cells(segments, profiles, extras.get("samples", ()), clone or {})
        source = _source(options, output)
    write(segments, output, format=kind, profiles=profiles, source=source, overwrite=options.overwrite, **extras)


def _report(what: str, began: float, output: str, options: argparse.Namespace) -> None:
    if not options.quiet:
        files = ["standard output" if output == "-" else output, *([options.plot] if options.plot else [])]
        seconds = time.perf_counter() - began
        print(f"{what} in {seconds:.2f} s, written to {' and '.join(files)}", file=sys.stderr)


def is_page(path: str) -> bool:
    """Return whether a picture is asked for as a page."""
    return path.lower().endswith((".html", ".htm"))


def _read_inputs(task: Task) -> list[Profile]:
    """Read every input and print the readers' notes."""
    options = task.options
    one = options.sample if len(options.input) == 1 else None
    profiles = [p for path in options.input for p in read_file(task, path, one)]
    if options.sample and len(options.input) > 1:
        profiles = [p for p in profiles if p.sample in options.sample]
        absent = sorted(set(options.sample) - {p.sample for p in profiles})
        if absent:
            raise InputError(f"`--sample` {absent[0]} is in none of the inputs.")
    profiles = [without_bias(p, task.tracks) for p in profiles]
    if not options.quiet:
        _print_notes(profiles)
    return profiles


def _read_normals(path: str, options: argparse.Namespace) -> list[Profile]:
    normals = read(path, scale=options.scale, sort=options.sort)
    tracks = tracks_of(options)
    return [without_bias(p, tracks) for p in normals]


def _print_notes(profiles: list[Profile], prefix: str = "") -> None:
    notes = list(dict.fromkeys(note for p in profiles for note in p.notes))
    for note in notes[:MAX_NOTES]:
        print(f"note: {prefix}{note}", file=sys.stderr)
    if len(notes) > MAX_NOTES:
        print(f"note: {prefix}and {len(notes) - MAX_NOTES} more notes of this kind", file=sys.stderr)


def _settings(options: argparse.Namespace) -> Options:
    """Return the options of the segmentation that the user gave; its own defaults hold for the others."""
    given = {name: getattr(options, name) for name in _SEGMENT_OPTIONS}
    return Options(**{name: value for name, value in given.items() if value is not None})


def _print_progress(done: int, total: int) -> None:
    print(f"\r{done} of {total} samples", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _default_output(options: argparse.Namespace) -> str:
    """Return the input's name with another ending, or ``-`` if the input is a stream."""
    if len(options.input) > 1:
        raise InputError("`--output` must be given for more than one input: a file, or a folder that ends in /.")
    if is_stream(options.input[0]):
        return "-"
    path = Path(options.input[0])
    ending = options.format or "seg"
    name = f"{sample_name(path)}.{ending}"
    return str(path.with_name(f"{sample_name(path)}.segments.{ending}" if name == path.name else name))


def _source(options: argparse.Namespace, output: str) -> str | None:
    """Return the input if it is one unpacked .h5ad file, whose other contents are kept in an output of this kind."""
    if len(options.input) == 1 and not is_stream(options.input[0]):
        with open(options.input[0], "rb") as file:
            if file.read(len(HDF5_MAGIC)) == HDF5_MAGIC:
                return str(options.input[0])
    if not options.quiet:
        print(f"note: {output} is a new file: only the contents of one unpacked .h5ad input are kept", file=sys.stderr)
    return None
