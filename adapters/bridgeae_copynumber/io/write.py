"""Segments and profiles into files, whole or not at all."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from bridgeae.errors import BridgeError, InputError, MissingFileError, OutputExistsError
from bridgeae_copynumber.profile import Profile, Segments, as_profiles

ENDINGS = {".seg": "seg", ".cns": "cns", ".bed": "bed", ".tsv": "tsv", ".txt": "tsv", ".h5ad": "h5ad"}
FORMATS = ("seg", "cns", "bed", "tsv", "h5ad")
COPIES = ("cns", "tsv", "h5ad")
"""Formats that hold whole copy numbers."""


def write(
    data: Segments | Profile | Sequence[Profile],
    path: str | Path,
    *,
    format: str | None = None,
    profiles: Profile | Sequence[Profile] = (),
    source: str | Path | None = None,
    overwrite: bool = False,
) -> None:
    """Write segments as SEG, CNVkit ``.cns``, BED, TSV or AnnData; or profiles as a TSV that `read` reads back.

    SEG positions are 1-based and closed, all others 0-based and half-open. The file appears under its name when it is
    complete, not before.

    Args:
        data: segments, or one or several profiles.
        path: where to; ``-`` is standard output.
        format: "seg", "cns", "bed", "tsv" or "h5ad"; by default what the path ends in.
        profiles: for "h5ad", the profiles that were segmented, all of equal bins.
        source: for "h5ad", the file they came from; all it holds is kept.
        overwrite: replace an existing file.

    Raises:
        OutputExistsError: `path` exists and `overwrite` is off.
        MissingFileError: the folder is not there.
        InputError: an unknown format, names that a text file cannot hold, or a file that cannot be written.
    """
    kind = output_format(path, format, len(data.samples) if isinstance(data, Segments) else 1)
    if not isinstance(data, Segments):
        if kind != "tsv":
            raise InputError(f"`format` must be tsv for profiles, received {kind}. Name the file .tsv.")
        write_bins(as_profiles(data, "data"), path, overwrite=overwrite)
    elif kind == "h5ad":
        from bridgeae_copynumber.io.h5ad import write_h5ad

        bins, kept = as_profiles(profiles), Path(source) if source is not None else None
        _check_bins(bins)
        save(path, lambda p: write_h5ad(data, bins, kept, p), overwrite)
    else:
        save(path, lambda p: _put(p, _LINES[kind](data)), overwrite)


def write_bins(profiles: Sequence[Profile], path: str | Path, *, overwrite: bool = False) -> None:
    """Write profiles as a long TSV, whatever the name ends in; `read` gives them back exactly."""
    save(path, lambda p: _put(p, _profile_lines(profiles)), overwrite)


def check_output(path: str | Path, overwrite: bool) -> None:
    """Raise now what `write` would raise after the work: the file exists, its folder does not, its name is too long."""
    if is_stream(path):
        return
    with _explained(path), suppress(FileNotFoundError):
        os.stat(path)
    folder = Path(os.path.realpath(path)).parent
    if os.path.isdir(path):
        raise OutputExistsError(f"`path` {path} is a folder, expected the name of a file.")
    if os.path.exists(path) and not overwrite:
        raise OutputExistsError(f"`path` {path} exists. Give another name, or ask to overwrite it.")
    if not folder.is_dir():
        raise MissingFileError(f"`path` {path}: the folder {folder} is not there. Create it first.")


def output_format(path: str | Path, given: str | None, samples: int = 1) -> str:
    """Tell the format to write from what was asked for and what the name ends in; "seg" on standard output.

    Raises:
        InputError: an unknown format or ending, or a format that cannot hold that many samples or go to a pipe.
    """
    if given is None and str(path) != "-":
        given = ENDINGS.get(Path(path).suffix.lower())
        if given is None:
            raise InputError(f"`format` must be given for {path}: its name ends in none of {', '.join(ENDINGS)}.")
    given = given or "seg"
    if given not in FORMATS:
        raise InputError(f"`format` must be one of {', '.join(FORMATS)}, received {given!r}.")
    if given == "cns" and samples > 1:
        raise InputError(f"`format` cns holds one sample, received {samples}. Give each sample a file, or use seg.")
    if given == "h5ad" and str(path) == "-":
        raise InputError("`format` h5ad cannot go to standard output. Name a file.")
    return given


def save(path: str | Path, fill: Callable[[Path], None], overwrite: bool) -> None:
    """Fill a temporary file beside `path`, then rename it: readers see the old file or the whole new one."""
    with _explained(path):
        if is_stream(path):
            fill(Path(path))
        else:
            check_output(path, overwrite)
            _replace(Path(os.path.realpath(path)), fill, overwrite)


def _replace(target: Path, fill: Callable[[Path], None], overwrite: bool) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:80]}.", suffix=".part", dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        fill(temporary)
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        if overwrite:
            os.replace(temporary, target)
        else:
            _link(temporary, target)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


@contextmanager
def _explained(path: str | Path) -> Iterator[None]:
    """Raise InputError where the system refuses to write."""
    try:
        yield
    except (BridgeError, BrokenPipeError):
        raise
    except OSError as error:
        raise InputError(
            f"`path` {path} cannot be written: {error.strerror or error}. Give another name or folder, or make room."
        ) from None


def is_stream(path: str | Path) -> bool:
    """Whether it is standard input or output, a device or a pipe, which are written to and never replaced."""
    return str(path) == "-" or (os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path))


def _link(temporary: Path, target: Path) -> None:
    """Give the finished file its name unless another one took it meanwhile."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise OutputExistsError(f"`path` {target} exists. Give another name, or ask to overwrite it.") from None
    except OSError:  # a file system without hard links
        os.replace(temporary, target)


def _put(path: Path, lines: Iterable[str]) -> None:
    text = "".join(line + "\n" for line in lines)
    try:
        raw = text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"`data` holds a name that is not valid Unicode: {error}.") from None
    if str(path) == "-":
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
    else:
        path.write_bytes(raw)


def _seg_lines(s: Segments) -> Iterable[str]:
    yield "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean"
    yield from _rows(_names(s.sample), _names(s.chrom), s.start + 1, s.end, s.n_bins, _decimals(s.mean))


def _cns_lines(s: Segments) -> Iterable[str]:
    copies = () if s.copy_number is None else (s.copy_number,)
    yield "\t".join(["chromosome", "start", "end", "gene", "log2", *["cn"] * len(copies), "probes"])
    yield from _rows(_names(s.chrom), s.start, s.end, ["-"] * len(s), _decimals(s.mean), *copies, s.n_bins)


def _bed_lines(s: Segments) -> Iterable[str]:
    label = [f"{a}|{b}" for a, b in zip(_names(s.sample), _decimals(s.mean), strict=True)]
    score = np.rint(1000 * np.nan_to_num(np.clip(s.confidence, 0, 1))).astype(int)
    yield from _rows(_names(s.chrom), s.start, s.end, label, score)


def _tsv_lines(s: Segments) -> Iterable[str]:
    names = ["sample", "chrom", "start", "end", "num_mark", "mean", "confidence"]
    columns: list[Iterable[object]] = [
        _names(s.sample),
        _names(s.chrom),
        s.start,
        s.end,
        s.n_bins,
        _exact(s.mean),
        _exact(s.confidence),
    ]
    if s.copy_number is not None:
        names, columns = [*names, "copy_number"], [*columns, s.copy_number]
    yield "\t".join(names)
    yield from _rows(*columns)


def _profile_lines(profiles: Sequence[Profile]) -> Iterable[str]:
    yield "sample\tchrom\tchromStart\tchromEnd\tlog2"  # UCSC's names say 0-based, half-open
    for p in profiles:
        name = np.full(len(p), p.sample)
        yield from _rows(_names(name), _names(p.chrom), p.start, p.end, _exact(p.log2))


_LINES: dict[str, Callable[[Segments], Iterable[str]]] = {
    "seg": _seg_lines,
    "cns": _cns_lines,
    "bed": _bed_lines,
    "tsv": _tsv_lines,
}


def _rows(*columns: Iterable[object]) -> Iterable[str]:
    plain = (c.tolist() if isinstance(c, np.ndarray) else c for c in columns)
    return ("\t".join(map(str, row)) for row in zip(*plain, strict=True))


def _decimals(value: np.ndarray) -> list[str]:
    return [f"{v:.4f}" if v == v else "NA" for v in value.tolist()]


def _exact(value: np.ndarray) -> list[str]:
    """Shortest text that gives the same float32 back."""
    return ["NA" if v != v else str(v) for v in value.astype(np.float32)] if len(value) else []


def _names(value: np.ndarray) -> list[str]:
    names = value.tolist()
    bad = next((n for n in set(names) if re.search(r'[\x00-\x1f"]', n)), None)
    if bad is not None:
        raise InputError(
            f"`data` holds the name {bad!r}: tabs, line ends and double quotes have no place in a text file."
        )
    return names


def _check_bins(profiles: Sequence[Profile]) -> None:
    if not profiles:
        raise InputError("`profiles` must be given for format h5ad: the bins that were segmented.")
    first = profiles[0]
    for p in profiles[1:]:
        same = (np.array_equal(getattr(p, c), getattr(first, c)) for c in ("chrom", "start", "end"))
        if not all(same):
            raise InputError(
                f"`profiles` must have equal bins for format h5ad, but {p.sample} differs from {first.sample}."
            )
