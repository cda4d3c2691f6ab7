"""The function `write`: segments or profiles in, a file out."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.errors import AdapterError, InputError
from bridgeae_copynumber.io.atomic import save
from bridgeae_copynumber.profile import Profile, Segments, as_profiles, first_duplicate

ENDINGS = {
    ".seg": "seg", ".cns": "cns", ".bed": "bed", ".tsv": "tsv", ".txt": "tsv", ".vcf": "vcf", ".json": "json",
    ".h5ad": "h5ad",
}  # fmt: skip
FORMATS = ("seg", "cns", "bed", "tsv", "vcf", "json", "h5ad")
COPY_NUMBER_FORMATS = ("cns", "tsv", "vcf", "json", "h5ad")
"""Formats with a place for integer copy numbers."""
ONE_SAMPLE = ("cns", "vcf")
"""Formats that hold one sample."""
STREAMED_FORMATS = ("seg", "bed", "tsv")
"""Formats of which each sample's rows follow those of the one before."""
WRITTEN_LINES = 10_000
"""Lines that are written at once."""
_NOT_IN_FILE_NAMES = re.compile(r"[^\w.+=,@ -]")


def write(
    data: Segments | Profile | Sequence[Profile],
    path: str | Path,
    *,
    format: str | None = None,
    profiles: Profile | Sequence[Profile] = (),
    source: str | Path | None = None,
    samples: Sequence[Mapping[str, Any]] = (),
    contigs: Mapping[str, int] | None = None,
    reference: str | None = None,
    overwrite: bool = False,
) -> None:
    """Write segments as SEG, CNVkit ``.cns``, BED, TSV, VCF, JSON or AnnData; or profiles as a TSV that `read` reads.

    SEG and VCF positions are 1-based and closed, all others 0-based and half-open. A file appears once it is complete.

    Args:
        data: segments, or one or several profiles.
        path: the file to write; ``-`` is standard output.
        format: one of `FORMATS`; by default the ending of `path` decides. BED of called segments has colours.
        profiles: for "h5ad", the profiles that were segmented, all of equal bins.
        source: for "h5ad", the file they were read from, whose other contents are kept.
        samples: for "json" and "h5ad", facts of each sample, under "sample" its name.
        contigs, reference: for "vcf", lengths of the chromosomes and the name of the genome.
        overwrite: replace an existing file.

    Raises:
        OutputExistsError, MissingFileError: `path` exists and `overwrite` is off; its folder is not there.
        InputError: an unknown format, names that a text file cannot hold, or a file that cannot be written.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from bridgeae_copynumber import Profile, read
        >>> with TemporaryDirectory() as folder:
        ...     write(Profile("tumour", ["chr1"], [0], [100], [0.5]), f"{folder}/bins.tsv")
        ...     read(f"{folder}/bins.tsv")[0].log2.tolist()
        [0.5]
    """
    kind = output_format(path, format)
    if not isinstance(data, Segments):
        if kind != "tsv":
            raise InputError(f"`format` must be tsv for profiles, received {kind}. Name the file .tsv.")
        bins = as_profiles(data, "data")
        save(path, lambda p: _write_lines(p, _profile_lines(bins)), overwrite)
        return
    check_samples(kind, len(data.samples))
    check_extras(kind)
    if kind == "h5ad":
        from bridgeae_copynumber.io.h5ad_cells import as_cell, write_cells

        bins = as_profiles(profiles)
        if not bins:
            raise InputError("`profiles` must be given for format h5ad: the bins that were segmented.")
        facts = {fact["sample"]: fact for fact in samples}
        parts, none = dict(data.by_sample()), data.select(slice(0))
        cells = (as_cell(parts.get(p.sample, none), p, facts.get(p.sample, {})) for p in bins)
        write_cells(cells, bins[0], path, source=source, overwrite=overwrite)
    else:
        lines = _lines(data, kind, samples, contigs, reference)
        save(path, lambda p: _write_lines(p, lines), overwrite)


def write_each(parts: Iterable[Segments], path: str | Path, *, format: str, overwrite: bool = False) -> None:
    """Write the segments of samples that come one by one, all with the same columns; errors as those of `write`.

    Args:
        parts: of one or several samples each.
        path: the file to write; ``-`` is standard output.
        format: one of `STREAMED_FORMATS`.
        overwrite: replace an existing file.
    """
    save(path, lambda p: _write_lines(p, _lines_of_all(parts, format)), overwrite)


def _lines_of_all(parts: Iterable[Segments], format: str) -> Iterator[str]:
    for number, part in enumerate(parts):
        header = 0 if format == "bed" or number == 0 else 1
        yield from islice(_lines(part, format, (), None, None), header, None)


def write_rows(rows: Iterable[Sequence[str]], path: str | Path, *, overwrite: bool = False) -> None:
    """Write rows of fields as a tab-separated table; errors as those of `write`."""
    save(path, lambda p: _write_lines(p, ("\t".join(row) for row in rows)), overwrite)


def output_format(path: str | Path, format: str | None = None) -> str:
    """Return the format to write: `format`, or by the ending of `path`, or "seg" for standard output.

    Raises:
        InputError: an unknown format or ending, or a format that cannot go to standard output.
    """
    if format is None and str(path) != "-":
        format = ENDINGS.get(Path(path).suffix.lower())
        if format is None:
            raise InputError(f"`format` must be given for {path}: its name ends in none of {', '.join(ENDINGS)}.")
    format = format or "seg"
    if format not in FORMATS:
        raise InputError(f"`format` must be one of {', '.join(FORMATS)}, received {format!r}.")
    if format == "h5ad" and str(path) == "-":
        raise InputError("`format` h5ad cannot go to standard output. Name a file.")
    return format


def check_extras(format: str) -> None:
    """Raise AdapterError if a package that a format needs is not installed."""
    if format == "h5ad" and not all(map(find_spec, ("anndata", "pandas"))):
        raise AdapterError("`format` h5ad needs anndata. Install it: pip install 'bridgeae[anndata]'.")


def sample_files(folder: str | Path, samples: Sequence[str], format: str) -> dict[str, Path]:
    """Return the file of each sample in a folder; what no file name can hold becomes _.

    Raises:
        InputError: two samples would have one file.
    """
    files = {
        name: Path(folder) / f"{_NOT_IN_FILE_NAMES.sub('_', name).lstrip('.') or '_'}.{format}" for name in samples
    }
    if (shared := first_duplicate(str(path).lower() for path in files.values())) is not None:
        raise InputError(f"`path` {shared} would be the file of two samples. Rename one of them, or write one file.")
    return files


def check_samples(format: str, samples: int) -> None:
    """Raise InputError if a format cannot hold that many samples."""
    if format in ONE_SAMPLE and samples > 1:
        raise InputError(
            f"`format` {format} holds one sample, received {samples}. Give each sample a file (-o DIR/ on the "
            "command line), or use seg."
        )


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    lines = iter(lines)
    portions = iter(lambda: "".join(line + "\n" for line in islice(lines, WRITTEN_LINES)), "")
    try:
        if str(path) == "-":
            for portion in portions:
                sys.stdout.buffer.write(portion.encode())
            sys.stdout.buffer.flush()
            return
        with open(path, "wb") as file:
            file.writelines(portion.encode() for portion in portions)
    except UnicodeEncodeError as error:
        raise InputError(f"`data` holds a name that is not valid Unicode: {error}.") from None


def _lines(
    data: Segments,
    kind: str,
    samples: Sequence[Mapping[str, Any]],
    contigs: Mapping[str, int] | None,
    reference: str | None,
) -> Iterable[str]:
    """Return the lines of a text format, made as they are asked for."""
    if kind == "vcf" or kind == "json" or (kind == "bed" and data.call is not None):
        from bridgeae_copynumber.io.called import bed_lines, json_lines, vcf_lines  # most runs write SEG

        for column in (data.sample, data.chrom, *(() if data.gene is None else (data.gene,))):
            _names(column)
        if kind == "vcf":
            return vcf_lines(data, contigs, reference)
        return json_lines(data, samples) if kind == "json" else bed_lines(data)
    return _LINES[kind](data)


def _seg_lines(s: Segments) -> Iterable[str]:
    yield "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean"
    yield from _rows(_names(s.sample), _names(s.chrom), s.start + 1, s.end, s.n_bins, _decimals(s.mean))


def _cns_lines(s: Segments) -> Iterable[str]:
    weight = s.n_bins.astype(np.float32) if s.weight is None else s.weight  # CNVkit's `call --filter` asks for weights
    columns: dict[str, Iterable[object] | None] = {
        "chromosome": _names(s.chrom),
        "start": s.start,
        "end": s.end,
        "gene": ["-"] * len(s) if s.gene is None else _names(s.gene),
        "log2": _decimals(s.mean),
        "cn": s.copy_number,
        "depth": None if s.depth is None else _exact(s.depth),
        "probes": s.n_bins,
        "weight": _exact(weight),
        "ci_lo": None if s.ci_lo is None else _decimals(s.ci_lo),
        "ci_hi": None if s.ci_hi is None else _decimals(s.ci_hi),
        "call": None if s.call is None else _names(s.call),
        "probability": None if s.probability is None else _exact(s.probability),
    }
    yield from _table(columns)


def _bed_lines(s: Segments) -> Iterable[str]:
    label = [f"{a}|{b}" for a, b in zip(_names(s.sample), _decimals(s.mean), strict=True)]
    score = np.rint(1000 * np.nan_to_num(np.clip(s.confidence, 0, 1))).astype(int)
    yield from _rows(_names(s.chrom), s.start, s.end, label, score)


def _tsv_lines(s: Segments) -> Iterable[str]:
    columns: dict[str, Iterable[object] | None] = {
        "sample": _names(s.sample),
        "chrom": _names(s.chrom),
        "start": s.start,
        "end": s.end,
        "num_mark": s.n_bins,
        "mean": _exact(s.mean),
        "confidence": _exact(s.confidence),
        "copy_number": s.copy_number,
        "call": None if s.call is None else _names(s.call),
        "probability": None if s.probability is None else _exact(s.probability),
    }
    for name in ("ci_lo", "ci_hi", "weight", "depth"):
        columns[name] = None if (value := getattr(s, name)) is None else _exact(value)
    columns["gene"] = None if s.gene is None else _names(s.gene)
    yield from _table(columns)


def _table(columns: Mapping[str, Iterable[object] | None]) -> Iterable[str]:
    """Return the header and the rows of the columns that are there."""
    present = {name: column for name, column in columns.items() if column is not None}
    yield "\t".join(present)
    yield from _rows(*present.values())


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
    lists = (c.tolist() if isinstance(c, np.ndarray) else c for c in columns)
    return ("\t".join(map(str, row)) for row in zip(*lists, strict=True))


def _decimals(value: np.ndarray) -> list[str]:
    return [f"{v:.4f}" if v == v else "NA" for v in value.tolist()]


def _exact(value: np.ndarray) -> list[str]:
    """Return the shortest text of each value that reads back as the same float32."""
    return ["NA" if v != v else str(v) for v in value.astype(np.float32)] if len(value) else []


def _names(value: np.ndarray) -> list[str]:
    names = value.tolist()
    bad = next((n for n in set(names) if re.search(r'[\x00-\x1f"]', n)), None)
    if bad is not None:
        raise InputError(
            f"`data` holds the name {bad!r}: tabs, line ends and double quotes have no place in a text file."
        )
    return names
