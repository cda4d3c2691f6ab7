"""Wide tables that go through a file on disk give what they give in memory."""

from __future__ import annotations

import gzip
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.copynumber.samples import SEEDS, put
from bridgeae.errors import FileFormatError
from bridgeae_copynumber import Profile, read
from bridgeae_copynumber.io import Samples

READER = import_module("bridgeae_copynumber.io.read")
SCALES = {
    "log2": lambda rng, shape: rng.normal(0, 0.5, shape).round(4),
    "ratios": lambda rng, shape: np.where(rng.random(shape) < 0.05, -1, rng.uniform(0.5, 2, shape).round(3)),
    "counts": lambda rng, shape: rng.poisson(20, shape) * (np.arange(shape[0]) % 40 > 5)[:, None],
}


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat every table with three samples as a large one, read in blocks of a few lines."""
    monkeypatch.setattr(READER, "IN_MEMORY_BLOCKS", 1)
    monkeypatch.setattr("bridgeae.checks.files._BLOCK", 400)
    for name, value in (("MIN_COLUMNS", 3), ("MIN_LINES", 3)):
        monkeypatch.setattr(f"bridgeae_copynumber.io.spill.{name}", value)
    monkeypatch.setattr("bridgeae_copynumber.io.lazy.PORTION", 2)


def wide(values: np.ndarray, *, ends: bool = True, note: str = "") -> str:
    """Return a table of (bins, samples) values, with a column of text and words for missing values."""
    rng = np.random.default_rng(values.size)
    names = [f"cell{k}" for k in range(values.shape[1])]
    lines = [note + "\t".join(["chrom", "start", *(["end"] if ends else []), "label", *names])]
    for k, row in enumerate(values.tolist()):
        fields = [rng.choice(["NA", "", "nan"]) if rng.random() < 0.05 else f"{v:g}" for v in row]
        lines.append(
            "\t".join([f"chr{1 + k // 30}", str(k * 100), *([str(k * 100 + 100)] if ends else []), "x", *fields])
        )
    return "\n".join(lines) + "\n"


def text_of(profile: Profile) -> list[list[str]]:
    columns = (profile.chrom, profile.start, profile.end, profile.log2, np.array(profile.notes))
    return [[profile.sample], *(column.astype(str).tolist() for column in columns)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=SEEDS, scale=st.sampled_from(sorted(SCALES)), ends=st.booleans(), packed=st.booleans())
def test_large_tables_read_as_small_ones_do(
    tmp_path: Path, small_blocks: None, seed: int, scale: str, ends: bool, packed: bool
) -> None:
    rng = np.random.default_rng(seed)
    text = wide(SCALES[scale](rng, (int(rng.integers(20, 90)), int(rng.integers(3, 9)))), ends=ends, note="# a\n")
    path = put(tmp_path, gzip.compress(text.encode()) if packed else text)
    large = Samples(path, scale=None, samples=None, sort=False, annotate=False)
    assert large._parsed.log2.__class__.__name__ == "Made"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(READER, "IN_MEMORY_BLOCKS", 1 << 30)
        assert list(map(text_of, large)) == list(map(text_of, read(path)))


def test_some_samples_of_a_large_table(tmp_path: Path, small_blocks: None) -> None:
    path = put(tmp_path, wide(SCALES["log2"](np.random.default_rng(0), (40, 5))))
    assert [p.sample for p in read(path, samples=["cell4", "cell0"])] == ["cell4", "cell0"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("chr2\t5900\t6000\tx\t", "chr2\t5900\t6000\tx\thigh", "column 'cell0' must hold numbers .* on line 61"),
        ("chr2\t5900\t", "chr2\t5900\t7\t", "line 61 has 8 fields, expected 7"),
        ("chr2\t5900\t", "chr2\tfar\t", "column 'start' must hold numbers .* 'far' on line 61"),
        ("cell2", "cell1", "two columns for sample 'cell1'"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, small_blocks: None, old: str, new: str, message: str) -> None:
    text = wide(SCALES["log2"](np.random.default_rng(0), (90, 3)))
    assert text.count(old) == 1
    with pytest.raises(FileFormatError, match=message):
        read(put(tmp_path, text.replace(old, new)))


def test_tables_with_a_column_of_values_are_read_whole(tmp_path: Path, small_blocks: None) -> None:
    text = wide(SCALES["log2"](np.random.default_rng(0), (90, 4))).replace("cell0", "log2")
    assert [p.sample for p in read(put(tmp_path, text))] == ["S1"]
