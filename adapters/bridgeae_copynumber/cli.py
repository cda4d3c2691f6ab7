"""The command `bridgeae-segment`: a file of bins in, a file of segments out."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bridgeae.errors import BridgeError, InputError, MissingFileError
from bridgeae_copynumber.io import (
    COPIES,
    FORMATS,
    HDF5_MAGIC,
    check_output,
    is_stream,
    output_format,
    read,
    read_centromeres,
    sample_name,
    write,
)
from bridgeae_copynumber.profile import Profile
from bridgeae_copynumber.segmentation import MIN_JUMP, segment

LEAVE_ONE_OUT = "leave-one-out"
_OPTIONS = ("penalty", "min_bins", "min_jump", "level", "ploidy", "jobs")
_EXAMPLES = """
examples:
  bridgeae-segment tumour.cnr                          writes tumour.seg beside it
  bridgeae-segment cells.h5ad -o called.h5ad --jobs 4  adds a layer and .uns['segments'], keeps the rest
  bridgeae-segment cohort.tsv.gz -o cohort.seg --plot cohort.png
  zcat bins.tsv.gz | bridgeae-segment - -o - > segments.seg

Tables need a chromosome, a start (and end) or a position, and a log2 or copy ratio; columns are found by name.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 2 after a one-line error, or 130 when interrupted."""
    options = _parser().parse_args(arguments)
    if arguments is None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exit ends the processes of --jobs too
    try:
        _run(options)
    except BridgeError as error:
        print(f"bridgeae-segment: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0  # the reader of our pipe has seen enough
    except KeyboardInterrupt:
        return 130
    finally:
        try:
            print(end="", flush=True)
        except OSError:
            sys.stdout = None  # it would complain once more at the exit
    return 0


def _run(options: argparse.Namespace) -> None:
    began = time.perf_counter()
    output = options.output or _default_output(options)
    if options.plot:
        from bridgeae_copynumber.plotting import check_picture, plot

        check_picture(options.plot)
    _check_inputs(output, options)
    profiles = _read_all(options)
    kind = output_format(output, options.format, len(profiles))
    segments = segment(profiles, **_settings(options, profiles))
    source = options.input[0] if kind == "h5ad" and _is_h5ad(options.input) else None
    if kind == "h5ad" and not source and not options.quiet:
        print(f"note: {output} is made anew: only what one unpacked .h5ad file holds is kept", file=sys.stderr)
    write(segments, output, format=kind, profiles=profiles, source=source, overwrite=options.overwrite)
    if options.plot:
        plot(profiles, segments, options.plot, overwrite=options.overwrite)
    if not options.quiet:
        jump = MIN_JUMP if options.min_jump is None else options.min_jump
        places = "standard output" if output == "-" else output
        print(
            f"{len(segments)} segments from {sum(map(len, profiles)):,} bins of {_counted(len(profiles), 'sample')} "
            f"(min_jump {jump:g}) in {time.perf_counter() - began:.2f} s, written to {places}"
            f"{f' and {options.plot}' if options.plot else ''}",
            file=sys.stderr,
        )


def _read_all(options: argparse.Namespace) -> list[Profile]:
    """Read every input; say what the readers decided."""
    profiles: list[Profile] = []
    for path in options.input:
        wanted = options.sample if len(options.input) == 1 else None
        profiles += read(path, scale=options.scale, samples=wanted, sort=options.sort)
    if options.sample and len(options.input) > 1:
        profiles = [p for p in profiles if p.sample in options.sample]
        absent = sorted(set(options.sample) - {p.sample for p in profiles})
        if absent:
            raise InputError(f"`--sample` {absent[0]} is in none of the inputs.")
    if not options.quiet:
        _say_notes(profiles)
    return profiles


def _say_notes(profiles: list[Profile], of: str = "", most: int = 12) -> None:
    notes = list(dict.fromkeys(note for p in profiles for note in p.notes))
    for note in notes[:most]:
        print(f"note: {of}{note}", file=sys.stderr)
    if len(notes) > most:
        print(f"note: {of}and {len(notes) - most} more notes of this kind", file=sys.stderr)


def _settings(options: argparse.Namespace, profiles: list[Profile]) -> dict[str, Any]:
    """Keyword arguments of `segment`: only what was asked for, so that defaults live in one place."""
    settings = {name: getattr(options, name) for name in _OPTIONS if getattr(options, name) is not None}
    if options.cohort == LEAVE_ONE_OUT:
        settings["cohort"] = options.cohort
    elif options.cohort:
        settings["cohort"] = panel = read(options.cohort, scale=options.scale, sort=options.sort)
        if not options.quiet:
            _say_notes(panel, of="--cohort: ")
    if options.centromeres:
        settings["centromeres"] = read_centromeres(options.centromeres)
    if len(profiles) > 1 and not options.quiet and sys.stderr.isatty():
        settings["progress"] = _progress
    return settings


def _progress(done: int, total: int) -> None:
    print(f"\r{done} of {total} samples", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _default_output(options: argparse.Namespace) -> str:
    if len(options.input) > 1:
        raise InputError("`--output` must be given for more than one input.")
    if is_stream(options.input[0]):
        return "-"
    path = Path(options.input[0])
    ending = options.format or "seg"
    name = f"{sample_name(path)}.{ending}"
    return str(path.with_name(f"{sample_name(path)}.segments.{ending}" if name == path.name else name))


def _check_inputs(output: str, options: argparse.Namespace) -> None:
    """Refuse, before any work, inputs that are absent and outputs that exist, are one or would replace an input."""
    files = [p for p in options.input if p != "-"]
    absent = next((p for p in files if not os.path.exists(p)), None)
    if absent is not None:
        raise MissingFileError(f"`INPUT` {absent} is not there. Check the name and the folder.")
    kind = output_format(output, options.format)
    if options.ploidy is not None and kind not in COPIES:
        raise InputError(f"`--ploidy` adds copies, which {kind} does not hold. Use --format {' or '.join(COPIES)}.")
    if options.plot and os.path.realpath(output) == os.path.realpath(options.plot):
        raise InputError(f"`--plot` {options.plot} is the output too. Give another name.")
    for target in (t for t in (output, options.plot) if t and t != "-"):
        if os.path.exists(target) and any(os.path.samefile(target, p) for p in files):
            raise InputError(f"`--output` {target} is the input itself. Give another name.")
        check_output(target, options.overwrite)


def _is_h5ad(inputs: list[str]) -> bool:
    """Whether the input is one unpacked .h5ad file, whose other parts can be kept."""
    if len(inputs) != 1 or is_stream(inputs[0]):
        return False
    with open(inputs[0], "rb") as file:
        return file.read(len(HDF5_MAGIC)) == HDF5_MAGIC


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _ploidy(text: str) -> float | str:
    try:
        return text if text == "fit" else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be the mean number of copies, or fit, received {text!r}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bridgeae-segment",
        description="Call DNA copy-number segments with a neural network that is trained already.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "input",
        nargs="+",
        metavar="INPUT",
        help="TSV, CSV, .cnr, SEG, bedGraph, wig or .h5ad, gzipped or not; - is standard input",
    )
    add("-o", "--output", metavar="FILE", help="by default beside the input, or for a pipe -, standard output")
    add("-f", "--format", choices=FORMATS, help="by default what FILE ends in, or seg")
    add(
        "--plot",
        metavar="FILE",
        help="draw a picture (.png, .pdf, .svg): one sample genome-wide, several as a heat map",
    )
    add("--sample", action="append", metavar="NAME", help="only this sample; may be repeated")
    add("--scale", choices=("log2", "ratio"), help="what the values are, when names and values do not tell")
    add("--penalty", type=float, help="factor on the price of a breakpoint: more than 1 gives fewer segments")
    add("--min-bins", type=int, metavar="N", help="fewest bins of a segment")
    jump = f"smallest step between segments, {MIN_JUMP:g} by default; 0 keeps mosaic and low-purity events too"
    add("--min-jump", type=float, metavar="LOG2", help=jump)
    add("--level", choices=("mean", "median"), help="what a segment's value is of its bins")
    cohort = "normal samples in the same bins, whose median is taken off (a panel of normals); or leave-one-out"
    add("--cohort", metavar="FILE", help=cohort)
    add("--centromeres", metavar="FILE", help="no segment crosses these: UCSC cytoBand or BED (chrom, start, end)")
    add("--ploidy", type=_ploidy, metavar="X|fit", help="add copies (tsv, cns, h5ad): the mean ploidy, or fit it")
    add("--jobs", type=int, metavar="N", help="samples at a time")
    add("--sort", action="store_true", help="sort bins that are out of order instead of refusing them")
    add("--overwrite", action="store_true", help="replace existing files")
    add("-q", "--quiet", action="store_true", help="say nothing but errors")
    return parser


if __name__ == "__main__":
    sys.exit(main())
