"""Pictures: plotted for every kind of input, refused where they cannot be."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from adapters.copynumber.samples import NAN
from bridgeae.errors import InputError, OutputExistsError
from bridgeae_copynumber import Profile, Segments, plot
from without_training import run


def spread(name: str = "S1", chromosomes: int = 3, bins: int = 40) -> Profile:
    """Return a profile with one bin far above the axis, one far below and one missing."""
    rng = np.random.default_rng(len(name))
    chrom = np.repeat([f"chr{k}" for k in range(chromosomes)], bins)
    start = np.tile(np.arange(bins) * 100, chromosomes)
    log2 = rng.normal(0, 0.2, len(chrom)).astype(np.float32)
    log2[:3] = 9, -9, NAN
    return Profile(name, chrom, start, start + 100, log2)


def one_segment_a_chromosome(p: Profile) -> Segments:
    n = p.bins_present
    mean = np.linspace(-6, 6, len(n))
    return Segments([p.sample] * len(n), p.names, n * 0, n * 0 + p.end.max(), n, mean, n * 0 + 1)


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
@pytest.mark.parametrize("samples", [1, 4])
def test_pictures_have_the_format_of_their_ending(tmp_path: Path, ending: str, samples: int) -> None:
    many = [spread(f"S{'x' * k}") for k in range(samples)]
    path = tmp_path / f"picture.{ending}"
    plot(many, Segments.concatenate([one_segment_a_chromosome(p) for p in many]), path)
    head = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[ending]
    assert path.read_bytes().startswith(head)


def words(path: Path) -> set[str]:
    """Return the texts of an .svg file; matplotlib writes each as curves, with a comment above."""
    return set(re.findall(r"<!-- (.*?) -->", path.read_text()))


@pytest.mark.parametrize(
    ("chromosomes", "axis", "named"),
    [(1, "position on chr0 (bp)", 0), (30, "chromosome", 19), (200, "chromosome", 0)],
)
def test_chromosomes_are_named_where_there_is_room(tmp_path: Path, chromosomes: int, axis: str, named: int) -> None:
    p = spread(chromosomes=chromosomes, bins=5)
    plot(p, None, tmp_path / "a.svg")
    plot([p, spread("b", chromosomes, 5)], None, tmp_path / "b.svg", title="two")
    alone, both = words(tmp_path / "a.svg"), words(tmp_path / "b.svg")
    assert {axis, "S1", f"{5 * chromosomes - 1} bins"} <= alone and {axis, "S1", "b", "two"} <= both
    for found in (alone, both):
        assert len(found & {str(k) for k in range(11, 100)}) == named


def test_samples_without_any_value_are_plotted(tmp_path: Path) -> None:
    empty = Profile("E", ["1"] * 3, [0, 1, 2], [1, 2, 3], [np.nan] * 3)
    plot(empty, None, tmp_path / "a.svg")
    assert {"E", "0 bins", "log2 ratio"} <= words(tmp_path / "a.svg")
    grey = []
    for name, many in (("b.png", [spread(), spread("b")]), ("c.png", [empty, spread(), spread("b")])):
        plot(many, None, tmp_path / name)
        pixels = np.asarray(Image.open(tmp_path / name).convert("RGB"))
        grey.append((pixels == (0xE3, 0xE3, 0xE6)).all(-1).mean())
    assert grey[0] < 0.05 and grey[1] > 0.15  # a third of the picture is a row without values


def test_pictures_are_refused_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must end in one of \.png"):
        plot(spread(), None, tmp_path / "a.seg")
    with pytest.raises(InputError, match="at least one profile"):
        plot([], None, tmp_path / "a.png")
    with pytest.raises(InputError, match="`profiles` must be one `Profile` or several, received str"):
        plot("bins.tsv", None, tmp_path / "a.png")
    plot(spread(), None, tmp_path / "a.png")
    with pytest.raises(OutputExistsError, match="exists"):
        plot(spread(), None, tmp_path / "a.png")


def test_a_cohort_is_plotted_without_what_trains(tmp_path: Path) -> None:
    rows = (f"chr1\t{k}00\t{k}50" + f"\t{k % 2}.5" * 3 + "\n" for k in range(1, 30))
    (tmp_path / "cohort.tsv").write_text("chrom\tstart\tend\tA\tB\tC\n" + "".join(rows))
    command = "from bridgeae_copynumber.cli import main; sys.exit(main(sys.argv[1:]))"
    run(command, str(tmp_path / "cohort.tsv"), "--plot", str(tmp_path / "cohort.png"), "--scale", "log2", "-q")
    assert (tmp_path / "cohort.png").read_bytes().startswith(b"\x89PNG")
