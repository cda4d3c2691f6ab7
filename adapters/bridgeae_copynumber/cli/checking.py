"""What `bridgeae-segment` refuses before any work: absent inputs, impossible outputs, options that contradict."""

from __future__ import annotations

import argparse
import os
import sys

from bridgeae.errors import InputError, MissingFileError
from bridgeae_copynumber.cli.options import asks_for_calls
from bridgeae_copynumber.io import COPY_NUMBER_FORMATS, check_extras, check_output, check_samples, output_format
from bridgeae_copynumber.segmentation import LEAVE_ONE_OUT, check_dask

_OUTPUTS = ("plot", "gene_table", "clones", "clone_profiles")
"""Options that name further files to write."""


def check_files(output: str, kind: str, options: argparse.Namespace, folder: bool) -> None:
    """Refuse, before any work, inputs that are absent and outputs that cannot be, exist or would replace an input."""
    files = [p for p in options.input if p != "-"]
    panel = [p for p in options.cohort or () if p not in (LEAVE_ONE_OUT, "-")]
    if panel and LEAVE_ONE_OUT in options.cohort:
        raise InputError(f"`--cohort` is either {LEAVE_ONE_OUT} or files of normal samples. Give one of the two.")
    if options.joint and LEAVE_ONE_OUT in (options.cohort or ()):
        raise InputError(f"`--cohort` {LEAVE_ONE_OUT} subtracts what cells share, which --joint looks for. Give one.")
    spans = None if _is_genome(options.centromeres) else options.centromeres
    needed = (
        ("INPUT", files),
        ("--cohort", panel),
        ("--centromeres", [spans]),
        ("--genes", [options.genes]),
        ("--gc", [options.gc]),
        ("--map", [options.map]),
    )
    for name, paths in needed:
        absent = next((p for p in paths if p is not None and not os.path.exists(p)), None)
        if absent is not None:
            raise MissingFileError(f"`{name}` {absent} is not there. Check the name and the folder.")
    check_extras(kind)
    if options.dask:
        check_dask()
    if kind == "h5ad" and (folder or options.convert):
        raise InputError("`--format` h5ad holds the bins of all samples. Give one file, and bins to segment.")
    if not folder:
        check_samples(kind, len(options.input))
    _check_calls(kind, options)
    if options.clone_profiles:
        output_format(options.clone_profiles)
    if options.convert and (options.joint or options.clones or options.clone_profiles):
        raise InputError("`--convert` writes segments as they are. `--joint` and `--clones` need the bins.")
    others = {f"--{name.replace('_', '-')}": getattr(options, name) for name in _OUTPUTS}
    outputs = ["" if folder else output, *others.values()]
    taken = {os.path.realpath(output)}
    for flag, path in others.items():
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


def _is_genome(name: str | None) -> bool:
    """Return whether a name is that of a known genome rather than of a file."""
    if name is None or os.path.exists(name):
        return False
    from bridgeae_copynumber.calls import genome

    try:
        return bool(genome(name))
    except InputError:
        return False
