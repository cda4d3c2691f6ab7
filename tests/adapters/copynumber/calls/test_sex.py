"""Sex from the levels of X and Y."""

from __future__ import annotations

import pytest

from adapters.copynumber.samples import segments
from bridgeae.errors import InputError
from bridgeae_copynumber import Segments
from bridgeae_copynumber.calls import genome, sex_levels
from bridgeae_copynumber.calls.sex import expected_levels, normal_copies


def sample(x: float, y: float | None, bins: int = 50) -> Segments:
    parts = [segments([500], [0]), segments([bins], [x], chrom="chrX")]
    return Segments.concatenate(parts + ([] if y is None else [segments([bins], [y], chrom="chrY")]))


@pytest.mark.parametrize(
    ("x", "y", "sex", "expected_x"),
    [
        (0.05, -4.0, "female", 0),
        (0.0, None, "female", 0),
        (0.5, -3.0, "female", 0),  # X gained
        (-0.9, -1.1, "male", -1),
        (-1.0, 0.1, "male", -1),  # reference of men and women
        (-1.0, None, "male", -1),
        (-0.95, -4.0, "male", -1),  # Y lost
        (0.0, 0.0, "male", 0),  # reference of men
        (1.0, -5.0, "female", 1),  # reference of men
    ],
)
def test_sex_and_reference_are_inferred(x: float, y: float | None, sex: str, expected_x: float) -> None:
    found = sex_levels(sample(x, y))
    assert (found.sex, found.x) == (sex, expected_x)


def test_a_known_sex_is_kept() -> None:
    assert sex_levels(sample(-1.0, -1.0), "female").sex == "female"
    assert sex_levels(sample(0.0, None), "male").sex == "male"
    with pytest.raises(InputError, match="`sex` must be female or male, received 'm'"):
        sex_levels(sample(0, None), "m")


def test_without_sex_chromosomes_it_is_unknown() -> None:
    assert sex_levels(segments([10], [0])).sex == "unknown"
    assert sex_levels(sample(-1, -1, bins=2)).sex == "unknown"
    assert sex_levels(segments([10], [0]), "male").x == -1


def test_pseudoautosomal_regions_are_those_of_two_copies() -> None:
    par = Segments(["S"] * 4, ["chrX", "chrX", "chrY", "chr1"], [60_000, 5_000_000, 60_000, 0],
                   [2_000_000, 150_000_000, 2_000_000, 9], [40, 30, 9, 9], [0, -1, -3, 0], [1] * 4)  # fmt: skip
    hg38 = genome("hg38")
    levels = sex_levels(par, genome=hg38)
    assert levels.sex == "male" and levels.x == -1
    expected = expected_levels(par, levels, hg38)
    assert expected[[0, 1, 3]].tolist() == [0, -1, 0] and expected[2] != expected[2]
    assert normal_copies(par, levels, hg38).tolist() == [2, 1, 2, 2]
