"""The function `read`: a file of any supported format in, profiles out."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.io.columns import ParsedFile, Positions, genome_order
from bridgeae_copynumber.io.foreign import HDF5_MAGIC, refuse_foreign
from bridgeae_copynumber.io.header import open_table
from bridgeae_copynumber.io.loading import as_text, is_plain_file, load, load_blocks, refuse_empty
from bridgeae_copynumber.io.samples import read_table
from bridgeae_copynumber.io.scale import abbreviated, to_log2
from bridgeae_copynumber.io.spill import open_spilled, whole_lines, wide_columns
from bridgeae_copynumber.io.wig import is_wig, read_wig
from bridgeae_copynumber.profile import Profile, run_offsets

IN_MEMORY_BLOCKS = 32
"""Blocks of a file that are read before it counts as large: 32 MB."""


def read(
    path: str | Path,
    *,
    scale: str | None = None,
    samples: Sequence[str] | None = None,
    sort: bool = False,
    annotate: bool = True,
) -> list[Profile]:
    """Read the bins of one or many samples from a file of any supported format, gzipped or not.

    The content decides on the format: tables with a header (TSV, CSV; a sample column, a column a sample, or one
    sample), CNVkit ``.cnr``, SEG, bedGraph, fixedStep wig, AnnData ``.h5ad``. Columns are found by name, whatever
    their case and punctuation. Decisions and missing values are listed in each profile's `notes`.

    Args:
        path: the file; ``-`` is standard input.
        scale: "log2" or "ratio", for values whose name and range leave it open.
        samples: names of the samples to return; all by default.
        sort: sort unsorted bins (chromosomes in order of appearance) instead of refusing them.
        annotate: read the columns weight, depth and gene too, where a table has them.

    Returns:
        Profiles in the order of the file.

    Raises:
        MissingFileError: the file is not there.
        FileFormatError: it is empty, damaged, of another kind, lacks a column, or holds text for a number.
        InputError: bins are unsorted, overlapping, duplicated or infinite; a sample of `samples` is absent.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from bridgeae_copynumber import read
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder) / "tumour.tsv"
        ...     _ = path.write_text("chrom\\tstart\\tend\\tlog2\\n1\\t0\\t100\\t0.5\\n1\\t100\\t200\\t-1\\n")
        ...     (profile,) = read(path)
        >>> profile.sample, profile.log2.tolist()
        ('tumour', [0.5, -1.0])
    """
    return list(Samples(path, scale=scale, samples=samples, sort=sort, annotate=annotate))


class Samples:
    """Hold the samples of an open file; iterate over them to get their profiles, which are read as they are needed.

    Memory does not grow with the number of samples of ``.h5ad`` files that are not packed, and of tables with a column
    a sample: large ones go through a temporary file.

    Args:
        path, scale, samples, sort, annotate: as in `read`; `names` are those of the samples.

    Raises:
        MissingFileError, FileFormatError, InputError: as `read` does.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        scale: str | None = None,
        samples: Sequence[str] | None = None,
        sort: bool = False,
        annotate: bool = True,
    ) -> None:
        self._path, self._sort = path, sort
        self._parsed = _parse(path, scale, annotate)
        self._chosen = _chosen(self._parsed.names, samples, path)
        self.names = [self._parsed.names[k] for k in self._chosen]
        self._checked: tuple[Positions, Profile] | None = None

    def __iter__(self) -> Iterator[Profile]:
        return map(self._profile, self._chosen)

    def _profile(self, k: int) -> Profile:
        where, log2, name = self._parsed.positions[k], self._parsed.log2[k], self._parsed.names[k]
        extras = dict(self._parsed.annotations[k]) if self._parsed.annotations else {}
        if self._sort:
            order = genome_order(where.chrom, where.start)
            where, log2 = where.select(order), log2[order]
            extras = {key: column[order] for key, column in extras.items()}
            _check_repeated_bins(where, name, self._path)
        notes = self._parsed.notes + _missing_notes(name, where.chrom, log2)
        try:
            if self._checked and self._checked[0] is where and not extras:
                return self._checked[1].with_values(log2, sample=name, notes=notes)
            profile = Profile(name, where.chrom, where.start, where.end, log2, notes, **extras)
        except InputError as error:
            raise InputError(f"{self._path}: {error}") from None
        if not extras:
            self._checked = where, profile.with_values(np.broadcast_to(np.float32(np.nan), len(log2)))
        return profile


def _parse(path: str | Path, scale: str | None, annotate: bool) -> ParsedFile:
    blocks = load_blocks(path)
    head = deque(islice(blocks, IN_MEMORY_BLOCKS))
    following = _emptied(head, blocks)
    refuse_foreign(first := head[0] if head else b"", path)
    if first.startswith(HDF5_MAGIC):
        from bridgeae_copynumber.io.h5ad import read_h5ad

        return read_h5ad(path if is_plain_file(path) else b"".join(following), path, scale)
    large = len(head) == IN_MEMORY_BLOCKS
    if large and wide_columns(next(whole_lines(head, path)), path):
        return read_table(open_spilled(following, path), sample_name(path), scale, annotate)
    if large and is_plain_file(path):
        head.clear()
        data = load(path)
    elif not (data := b"".join(following)) or data.isspace():
        refuse_empty(path)
    return _read_text(as_text(data, path), path, scale, annotate)


def _emptied(head: deque[bytes], blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield all blocks of a file, and keep none of them."""
    while head:
        yield head.popleft()
    yield from blocks


def sample_name(path: str | Path) -> str:
    """Return the name of the sample in a file that does not name it: the file's name without its endings."""
    name = re.sub(r"\.gz$", "", Path(path).name)
    return (name.rsplit(".", 1)[0] if "." in name[1:] else name) or "sample"


def _read_text(data: bytes, path: str | Path, scale: str | None, annotate: bool) -> ParsedFile:
    if is_wig(data):
        where, value = read_wig(data, path)
        names = [sample_name(path)]
        log2, notes = to_log2([value], names, "values of the wig file", "value", scale, path)
        return ParsedFile([where], log2, names, where.notes + notes)
    return read_table(open_table(data, path), sample_name(path), scale, annotate)


def _check_repeated_bins(where: Positions, name: str, path: str | Path) -> None:
    """Refuse sorted bins of which at least half lie where another one does. Probes may share a position, but few do."""
    chrom, start, end = where.chrom, where.start, where.end
    repeated = int(((chrom[1:] == chrom[:-1]) & (start[1:] == start[:-1]) & (end[1:] == end[:-1])).sum())
    if 2 * repeated >= len(start):
        raise InputError(
            f"{path}: `start` and `end` hold duplicated bins: sample {name}, {repeated} of {len(start)} lie where "
            "another does. A sample that is in the file twice looks like this: remove or rename one of the two."
        )


def _missing_notes(name: str, chrom: np.ndarray, log2: np.ndarray) -> tuple[str, ...]:
    missing = np.isnan(log2)
    if not missing.any():
        return ()
    offsets = run_offsets(chrom)
    notes = [f"{name}: {int(missing.sum())} of {len(log2)} bins have no value and are left out"]
    empty = chrom[offsets[:-1]][np.add.reduceat(missing, offsets[:-1]) == np.diff(offsets)].tolist()
    if empty:
        notes.append(f"{name}: no values at all on chromosome {abbreviated(empty)}: no segments there")
    return tuple(notes)


def _chosen(names: list[str], samples: Sequence[str] | None, path: str | Path) -> list[int]:
    """Return the indices of the samples to read, in the order of `samples`, each once."""
    if samples is None:
        return list(range(len(names)))
    absent = [s for s in samples if s not in names]
    if absent:
        raise InputError(
            f"`samples` asks for {', '.join(map(repr, absent[:5]))}, but {path} holds "
            f"{', '.join(names[:10])}{' ...' if len(names) > 10 else ''}."
        )
    index = {name: k for k, name in enumerate(names)}
    return [index[s] for s in dict.fromkeys(samples)]
