"""The command `bridgeae-segment`: a file of bins in, a file of segments out."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgeae.errors import BridgeError, InputError, MissingFileError
from bridgeae_copynumber.io import (
    COPY_NUMBER_FORMATS,
    HDF5_MAGIC,
    check_extras,
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
from bridgeae_copynumber.options import asks_for_calls, parser
from bridgeae_copynumber.profile import Profile, Segments
from bridgeae_copynumber.segmentation import LEAVE_ONE_OUT, MIN_JUMP, segment, subtract_cohort

if TYPE_CHECKING:
    from bridgeae_copynumber.cli_calls import Caller

MAX_NOTES = 12
"""Most notes of the readers that are printed."""
_SEGMENT_OPTIONS = ("penalty", "min_bins", "min_jump", "level", "ploidy", "jobs")
_FLAGS = {"read with `sort=True`": "use --sort", "pass `overwrite=True`": "use --overwrite"}
"""Advice in errors of the library, and the same advice for the command line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 2 after a one-line error, or 130 when interrupted."""
    options = parser().parse_args(arguments)
    if arguments is None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exit ends the processes of --jobs too
    try:
        _run(options)
    except BridgeError as error:
        print(f"bridgeae-segment: error: {_on_one_line(error)}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0  # the program that reads our output has ended
    except KeyboardInterrupt:
        return 130
    finally:
        try:
            print(end="", flush=True)
        except OSError:
            sys.stdout = None  # Python flushes it once more at exit, and would print an error
    return 0


def _on_one_line(error: BridgeError) -> str:
    message = " ".join(str(error).split())
    for advice, flag in _FLAGS.items():
        message = message.replace(advice, flag)
    return message


def _run(options: argparse.Namespace) -> None:
    began = time.perf_counter()
    output = options.output or _default_output(options)
    folder = output.endswith(("/", os.sep)) or os.path.isdir(output)
    kind = options.format or "seg" if folder else output_format(output, options.format)
    if options.plot:
        from bridgeae_copynumber.plotting import check_picture, plot

        check_picture(options.plot)
    _check_files(output, kind, options, folder)
    if options.convert:
        segments = Segments.concatenate([read_segments(path) for path in options.input])
        _write(segments, [], output, kind, options, folder)
        _report(f"{len(segments)} segments", began, output, options)
        return
    caller = _caller(options) if asks_for_calls(options, kind) else None
    profiles = _read_inputs(options, annotate=kind == "cns" or caller is not None)
    if folder:
        files = sample_files(output, [p.sample for p in profiles], kind)
        for path in files.values() if os.path.isdir(output) else ():
            check_output(path, options.overwrite)
    else:
        check_samples(kind, len(profiles))
    settings = _settings(options, profiles)
    if caller:
        caller.check(profiles)
        normals = settings.get("cohort")
        profiles = subtract_cohort(profiles, settings.pop("cohort", None))
        segments = segment(profiles, **settings)
        segments, profiles = caller.call(segments, profiles, normals if isinstance(normals, list) else [])
    else:
        segments = segment(profiles, **settings)
    if kind == "cns" and not caller:
        from bridgeae_copynumber.calls import describe

        segments = describe(segments, profiles)
    _write(segments, profiles, output, kind, options, folder, caller)
    if options.plot:
        plot(profiles, segments, options.plot, overwrite=options.overwrite)
    jump = MIN_JUMP if options.min_jump is None else options.min_jump
    samples = "1 sample" if len(profiles) == 1 else f"{len(profiles)} samples"
    bins = f"{len(segments)} segments from {sum(map(len, profiles)):,} bins of {samples} (min_jump {jump:g})"
    _report(bins, began, output, options)


def _caller(options: argparse.Namespace) -> Caller:
    from bridgeae_copynumber.cli_calls import Caller  # most runs call nothing

    return Caller(options)


def _is_genome(name: str | None) -> bool:
    """Return whether a name is that of a known genome rather than of a file."""
    if name is None or os.path.exists(name):
        return False
    from bridgeae_copynumber.calls import genome

    try:
        return bool(genome(name))
    except InputError:
        return False


def _write(
    segments: Segments,
    profiles: list[Profile],
    output: str,
    kind: str,
    options: argparse.Namespace,
    folder: bool,
    caller: Caller | None = None,
) -> None:
    """Write one file, or a file a sample into a folder."""
    extras = caller.extras(segments) if caller else {}
    if folder:
        files = sample_files(output, segments.samples, kind)
        os.makedirs(output, exist_ok=True)
        for name, part in segments.by_sample():
            write(part, files[name], format=kind, overwrite=options.overwrite, **extras)
        return
    source = options.input[0] if kind == "h5ad" and _is_h5ad(options.input) else None
    if kind == "h5ad" and not source and not options.quiet:
        print(f"note: {output} is a new file: only the contents of one unpacked .h5ad input are kept", file=sys.stderr)
    write(segments, output, format=kind, profiles=profiles, source=source, overwrite=options.overwrite, **extras)


def _report(what: str, began: float, output: str, options: argparse.Namespace) -> None:
    if not options.quiet:
        files = ["standard output" if output == "-" else output, *([options.plot] if options.plot else [])]
        seconds = time.perf_counter() - began
        print(f"{what} in {seconds:.2f} s, written to {' and '.join(files)}", file=sys.stderr)


def _read_inputs(options: argparse.Namespace, annotate: bool) -> list[Profile]:
    """Read every input and print the readers' notes."""
    profiles: list[Profile] = []
    for path in options.input:
        samples = options.sample if len(options.input) == 1 else None
        profiles += read(path, scale=options.scale, samples=samples, sort=options.sort, annotate=annotate)
    if options.sample and len(options.input) > 1:
        profiles = [p for p in profiles if p.sample in options.sample]
        absent = sorted(set(options.sample) - {p.sample for p in profiles})
        if absent:
            raise InputError(f"`--sample` {absent[0]} is in none of the inputs.")
    if not options.quiet:
        _print_notes(profiles)
    return profiles


def _print_notes(profiles: list[Profile], prefix: str = "") -> None:
    notes = list(dict.fromkeys(note for p in profiles for note in p.notes))
    for note in notes[:MAX_NOTES]:
        print(f"note: {prefix}{note}", file=sys.stderr)
    if len(notes) > MAX_NOTES:
        print(f"note: {prefix}and {len(notes) - MAX_NOTES} more notes of this kind", file=sys.stderr)


def _settings(options: argparse.Namespace, profiles: list[Profile]) -> dict[str, Any]:
    """Return the keyword arguments of `segment` that the user gave; its own defaults hold for the others."""
    settings = {name: getattr(options, name) for name in _SEGMENT_OPTIONS if getattr(options, name) is not None}
    if options.cohort == LEAVE_ONE_OUT:
        settings["cohort"] = options.cohort
    elif options.cohort:
        settings["cohort"] = panel = read(options.cohort, scale=options.scale, sort=options.sort, annotate=False)
        if not options.quiet:
            _print_notes(panel, prefix="--cohort: ")
    if options.centromeres or options.genome:
        from bridgeae_copynumber.cli_calls import centromeres

        settings["centromeres"] = centromeres(options, profiles)
    if len(profiles) > 1 and not options.quiet and sys.stderr.isatty():
        settings["progress"] = _print_progress
    return settings


def _print_progress(done: int, total: int) -> None:
    print(f"\r{done} of {total} samples", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _default_output(options: argparse.Namespace) -> str:
    """Return the input's name with another ending, or ``-`` if the input is a stream."""
    if len(options.input) > 1:
        raise InputError("`--output` must be given for more than one input: a file, or a folder that ends in /.")
    if is_stream(options.input[0]):
        return "-"
    path = Path(options.input[0])
    if not path.name:
        raise InputError(f"`INPUT` {path} is a folder, expected one file. Name the files in it.")
    ending = options.format or "seg"
    name = f"{sample_name(path)}.{ending}"
    return str(path.with_name(f"{sample_name(path)}.segments.{ending}" if name == path.name else name))


def _check_files(output: str, kind: str, options: argparse.Namespace, folder: bool) -> None:
    """Refuse, before any work, inputs that are absent and outputs that cannot be, exist or would replace an input."""
    files = [p for p in options.input if p != "-"]
    panel = options.cohort if options.cohort not in (None, LEAVE_ONE_OUT, "-") else None
    spans = None if _is_genome(options.centromeres) else options.centromeres
    needed = (("INPUT", files), ("--cohort", [panel]), ("--centromeres", [spans]), ("--genes", [options.genes]))
    for name, paths in needed:
        absent = next((p for p in paths if p is not None and not os.path.exists(p)), None)
        if absent is not None:
            raise MissingFileError(f"`{name}` {absent} is not there. Check the name and the folder.")
    check_extras(kind)
    if kind == "h5ad" and (folder or options.convert):
        raise InputError("`--format` h5ad holds the bins of all samples. Give one file, and bins to segment.")
    if not folder:
        check_samples(kind, len(options.input))
    _check_calls(kind, options)
    outputs = ["" if folder else output, options.plot, options.gene_table]
    taken = {os.path.realpath(output)}
    for flag, path in (("--plot", options.plot), ("--gene-table", options.gene_table)):
        if path and os.path.realpath(path) in taken:
            raise InputError(f"`{flag}` {path} is the output too. Give another name.")
        taken.add(os.path.realpath(path or output))
    if folder and not os.path.isdir(os.path.dirname(os.path.realpath(output))):
        raise MissingFileError(f"`--output` {output}: its folder is not there. Create it first.")
    for target in (t for t in outputs if t and t != "-"):
        if os.path.exists(target) and any(os.path.samefile(target, p) for p in files):
            raise InputError(f"`--output` {target} is the input itself. Give another name.")
        check_output(target, options.overwrite)


def _check_calls(kind: str, options: argparse.Namespace) -> None:
    """Refuse options that contradict each other or the format, and say what a format leaves out."""
    flag = "--ploidy" if options.ploidy is not None else "--purity-ploidy" if options.purity_ploidy else None
    if flag and kind not in COPY_NUMBER_FORMATS:
        formats = ", ".join(COPY_NUMBER_FORMATS)
        raise InputError(f"`{flag}` adds copy numbers, which {kind} does not hold. Use one of --format {formats}.")
    if options.ploidy is not None and options.purity_ploidy:
        raise InputError("`--ploidy` is for pure samples, `--purity-ploidy` for mixed ones. Give one of the two.")
    calls = asks_for_calls(options, "")
    if options.convert and calls:
        raise InputError("`--convert` writes segments as they are. Call from the bins, without --convert.")
    if options.quiet:
        return
    if options.ploidy == "fit":
        print(
            "note: --ploidy fit takes every sample as pure; for bulk tumours use --purity-ploidy fit", file=sys.stderr
        )
    if calls and kind == "seg" and not options.gene_table:
        print(
            f"note: {kind} holds the centred levels, not the calls: -f tsv, cns, bed, vcf and json do", file=sys.stderr
        )


def _is_h5ad(inputs: list[str]) -> bool:
    """Return whether the input is one unpacked .h5ad file, whose other contents can be kept."""
    if len(inputs) != 1 or is_stream(inputs[0]):
        return False
    with open(inputs[0], "rb") as file:
        return file.read(len(HDF5_MAGIC)) == HDF5_MAGIC


if __name__ == "__main__":
    sys.exit(main())
