from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from adapters.copynumber.samples import put
from bridgeae.errors import InputError
from bridgeae_copynumber import read


def one_column(name: str, values: list[float]) -> str:
    return f"chrom\tstart\tend\t{name}\n" + "".join(f"1\t{k}\t{k + 1}\t{v}\n" for k, v in enumerate(values))


@pytest.mark.parametrize(
    ("name", "values", "log2", "note"),
    [
        ("log2", [0, 1, -1], [0, 1, -1], ""),
        ("value", [0, 1, -1], [0, 1, -1], ""),
        ("ratio", [1, 2, 0.5], [0, 1, -1], ""),
        ("value", [1, 2, 0.5], [0, 1, -1], "read as copy ratios"),
        ("value", [2, 4, 1, 2], [0, 1, -1, 0], "read as copy numbers"),
        ("counts", [10, 20, 10], [0, 1, 0], "not corrected for GC"),
        ("reads", [10, 0, 10], [0, np.log2(0.05), 0], "1 of the .* were raised"),
        ("copy_ratio", [0, 1, -1.5], [0, 1, -1.5], "called a ratio|read as log2"),
        ("log2", [1, 1.1, 0.9], [1, 1.1, 0.9], "never negative"),
        ("ratio", [1, 0, 2], [0, np.log2(0.05), 1], "1 of the .* were raised"),
        ("value", [1, 2, -0.01], [0, 1, np.log2(0.05)], "read as copy ratios .*lowest -0.01, median 1.*give the scale"),
        ("ratio", [1, 2, -0.01], [0, 1, np.log2(0.05)], "read as copy ratios .*lowest -0.01"),
        ("value", [1, 2, -0.5], [1, 2, -0.5], "read as log2 ratios .*lowest -0.5, median 1.*give the scale"),
        ("log2", [1, 2, -0.01], [1, 2, -0.01], "hardly ever negative"),
        ("log2", [1, 2, -0.5], [1, 2, -0.5], ""),
        ("log2", [0, float("-inf"), 1], [0, np.log2(0.05), 1], "1 of the .* were raised"),
        ("log2", [4.9, 5.1, 3], [4.9, 5.1, 3], "lie far from 0 .*lowest 3, median 4.9.*--center"),
    ],
)
def test_name_and_range_decide_on_the_scale_and_doubts_are_noted(
    tmp_path: Path, name: str, values: np.ndarray, log2: list[float], note: str
) -> None:
    (p,) = read(put(tmp_path, one_column(name, values)))
    np.testing.assert_allclose(p.log2, log2, atol=1e-6)
    assert bool(p.notes) == bool(note)
    assert not note or any(re.search(note, n) for n in p.notes)


def test_scale_can_be_given_and_a_negative_ratio_is_refused(tmp_path: Path) -> None:
    (p,) = read(put(tmp_path, one_column("log2", [1, 2, 4])), scale="ratio")
    assert p.log2.tolist() == [0, 1, 2]
    (p,) = read(put(tmp_path, one_column("value", [1, 2, -0.5])), scale="ratio")
    assert p.log2.tolist() == [0, 1, np.float32(np.log2(0.05))]
    with pytest.raises(InputError, match="`scale` is ratio, but values of column 'ratio' go down to -1"):
        read(put(tmp_path, one_column("ratio", [0, -1.5])), scale="ratio")
    with pytest.raises(InputError, match="`scale` must be one of log2, ratio"):
        read(put(tmp_path, one_column("log2", [1])), scale="ln")


def test_a_file_may_mix_scales(tmp_path: Path) -> None:
    values = {"A": [0, 0.5, -1], "B": [1, 2, 0.5], "C": [0.9, 1, -0.01]}
    wide = "chrom\tpos\tA\tB\tC\n" + "".join(f"1\t{k + 1}\t{a}\t{b}\t{c}\n" for k, (a, b, c) in
                                            enumerate(zip(*values.values(), strict=True)))  # fmt: skip
    long = "sample\tchrom\tpos\tvalue\n" + "".join(
        f"{name}\t1\t{k + 1}\t{v}\n" for name, column in values.items() for k, v in enumerate(column)
    )
    for text in (wide, long):
        a, b, c = read(put(tmp_path, text))
        assert (a.log2.tolist(), b.log2.tolist(), c.log2[1]) == ([0, 0.5, -1], [0, 1, -1], 0)
        assert any(re.search(r"\(of B, C\) were read as copy ratios", note) for note in a.notes)
        assert [p.log2.tolist() for p in read(put(tmp_path, text), samples=["B"])] == [[0, 1, -1]]


def test_unusual_samples_get_the_scale_of_the_majority(tmp_path: Path) -> None:
    rows = ["1\t1\t1\t2\t0.3", "1.1\t1\t0.9\t2.1\t0.2", "0.5\t1\t1\t1.9\t0.4"]  # gained and lost nearly everywhere
    text = "chrom\tpos\tA\tB\tC\tD\tE\n" + "".join(f"1\t{k}\t{row}\n" for k, row in enumerate(rows, 1))
    *_, gained, lost = read(put(tmp_path, text))
    np.testing.assert_allclose(gained.log2, np.log2([2, 2.1, 1.9]), rtol=1e-6)
    np.testing.assert_allclose(lost.log2, np.log2([0.3, 0.2, 0.4]), rtol=1e-6)


def test_minus_one_alone_below_zero_is_missing_and_said_once(tmp_path: Path) -> None:
    for name, values in (
        ("ratio", [1, -1, 2, -1]),
        ("reads", [10, -1, 20, -1]),
        ("value", [1, -1, 2, -1, *[1.5] * 20]),
    ):
        (p,) = read(put(tmp_path, one_column(name, values)))
        assert p.missing[:4].tolist() == [False, True, False, True]
        assert sum("2 of the values of column" in note and "are -1" in note for note in p.notes) == 1
    for name, values in (("log2", [0, -1, 2]), ("ratio", [0.1, -1, -0.9]), ("value", [0, -1, 0.2])):
        assert not read(put(tmp_path, one_column(name, values)))[0].missing.any()


@pytest.mark.parametrize(
    ("counts", "missing"),
    [
        ([100] * 9 + [0, 0] + [90] * 9, [9, 10]),  # a gap of the assembly
        ([100] * 9 + [0] + [90] * 9, []),  # one bin may be a deletion
        ([0, 1, 0, 0, 2, 1, 0, 1] * 20, []),  # few reads: zeros come by chance
        ([0, 1, 0, 0, 2, 1, 0, 1] * 20 + [0] * 50, list(range(160, 210))),
    ],
)
def test_runs_of_zero_counts_that_chance_does_not_explain_are_missing(
    tmp_path: Path, counts: list[int], missing: list[int]
) -> None:
    (p,) = read(put(tmp_path, one_column("reads", counts)))
    assert np.flatnonzero(p.missing).tolist() == missing
    said = [note for note in p.notes if "in runs without reads were read as missing" in note]
    assert len(said) == bool(missing)
    text = "chrom\tstart\tend\tA\tB\n" + "".join(f"1\t{k}\t{k + 1}\t{v}\t{v}\n" for k, v in enumerate(counts))
    if missing and max(counts) > 10:
        a, b = read(put(tmp_path, text))
        assert a.missing.tolist() == b.missing.tolist() == p.missing.tolist()
        assert sum("4 bins in runs without reads" in note for note in a.notes) == 1


def test_sample_columns_of_few_reads_are_counts_like_the_others(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    cells = rng.poisson([[3], [8], [8], [2]], (4, 60))
    text = "chrom\tpos\tA\tB\tC\tD\n" + "".join(
        f"1\t{7 * k**2 + 1}\t" + "\t".join(map(str, row)) + "\n" for k, row in enumerate(cells.T)
    )
    for p, cell in zip(read(put(tmp_path, text)), cells, strict=True):
        np.testing.assert_allclose(np.nanmedian(p.log2), 0, atol=0.1)
        assert p.missing.sum() == 0 and cell.min() >= 0


def test_zeros_that_few_cells_share_are_deletions_and_stay(tmp_path: Path) -> None:
    cells = np.full((4, 60), 50)
    cells[:, 10:14] = 0  # a gap
    cells[0, 30:40] = 0  # a deletion of one cell
    text = "chrom\tstart\tend\tA\tB\tC\tD\n" + "".join(
        f"1\t{k}\t{k + 1}\t" + "\t".join(map(str, row)) + "\n" for k, row in enumerate(cells.T)
    )
    for p in read(put(tmp_path, text)):
        assert np.flatnonzero(p.missing).tolist() == [10, 11, 12, 13]
