"""Profile and Segments: promises and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from adapters.copynumber.samples import NAN, profile, profiles_of_any_kind, segments
from bridgeae.errors import InputError
from bridgeae_copynumber import Profile, Segments


def test_offsets_and_names_follow_the_order_given() -> None:
    p = Profile("S", ["chrX", "chrX", "2", "Ω"], [5, 9, 0, 0], [9, 12, 4, 1], [0, 1, NAN, 2])
    assert p.names.tolist() == ["chrX", "2", "Ω"]
    assert p.offsets.tolist() == [0, 2, 3, 4]
    assert p.missing.tolist() == [False, False, True, False]


@given(profiles_of_any_kind())
def test_present_bins_are_counted_for_each_chromosome_that_has_any(profiles: list[Profile]) -> None:
    for p in profiles:
        counts = {name: int((~p.missing[p.chrom == name]).sum()) for name in p.names.tolist()}
        assert p.bins_present.tolist() == [n for n in counts.values() if n]


def test_same_bins_compares_positions_and_not_values() -> None:
    p = profile([0, 1, 2])
    assert p.same_bins(profile([5, NAN, 7], name="other"))
    assert not p.same_bins(profile([0, 1]))
    assert not p.same_bins(profile([0, 1, 2], ["chr1", "chr1", "chr2"]))
    assert not p.same_bins(Profile("S1", p.chrom, p.start, p.end - 1, p.log2))


def test_other_values_keep_the_bins_and_are_checked() -> None:
    p = Profile("S", ["1", "1"], [0, 10], [10, 20], [0, 1], weight=[1, 2])
    other = p.with_values([NAN, 2.5], sample="T", notes=("one",))
    assert (other.sample, other.notes, p.sample, p.log2.tolist()) == ("T", ("one",), "S", [0, 1])
    assert other.log2.dtype == np.float32 and other.log2[1] == 2.5 and other.missing.tolist() == [True, False]
    assert other.chrom is p.chrom and other.weight is p.weight and p.same_bins(other)
    for values, message in (([0], "equally long"), ([0, np.inf], "sample S has 1 infinite"), ([[0, 1]], "one-dim")):
        with pytest.raises(InputError, match=message):
            p.with_values(values)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ((["1", "1"], [0, 0], [10, 10], [0, 0]), "duplicated bins"),
        ((["1", "1"], [10, 0], [20, 10], [0, 0]), "unsorted bins"),
        ((["1", "1"], [0, 4], [10, 14], [0, 0]), "overlapping bins"),
        ((["1", "2", "1"], [0, 0, 20], [10, 10, 30], [0, 0, 0]), "comes back"),
        ((["1", "1"], [0, 10], [10, 20], [0, np.inf]), "infinite values, the first at 1:10-20"),
        ((["1", "1"], [0, 10], [10, 10], [0, 0]), "0 <= start < end"),
        ((["1"], [-5], [10], [0]), "0 <= start < end"),
        ((["1"], [0], [10, 20], [0]), "equally long columns"),
        (([], [], [], []), "at least one bin"),
        ((["1"], [0.7], [10], [0]), "`start` must be a column of int64, received .* not whole"),
        ((["1"], np.array([NAN]), [10], [0]), "`start` must be a column of int64"),
        ((["1", ""], [0, 0], [10, 10], [0, 0]), "`chrom` must name a chromosome"),
        ((["1"], [0], [10], [1e300]), "infinite values"),
        ((["1"], [0], [10], ["high"]), "`log2` must be a column of float32"),
        ((["1"], [0], [10], [[0]]), "one-dimensional"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_bad_bins_are_refused_by_name(columns: tuple, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Profile("S", *columns)


@pytest.mark.parametrize(
    ("start", "end"), [([0, 95], [100, 200]), ([0, 5], [10, 15]), ([7, 7, 8], [8, 8, 9]), ([0, 9], [10, 10])], ids=str
)
def test_small_overlaps_and_probes_at_one_place_are_kept(start: list[int], end: list[int]) -> None:
    p = Profile("S", ["1"] * len(start), start, end, [0.0] * len(start))
    assert (p.start.tolist(), p.end.tolist(), p.names.tolist()) == (start, end, ["1"])


def test_a_sample_needs_a_name() -> None:
    with pytest.raises(InputError, match="`sample` must be a non-empty name"):
        Profile("", ["1"], [0], [1], [0])


def test_levels_give_each_bin_with_a_value_its_segment() -> None:
    p = Profile("S", ["1"] * 5, np.arange(5) * 10, np.arange(5) * 10 + 10, [0, NAN, 1, 1, 5])
    np.testing.assert_array_equal(segments([2, 2], [0.5, 3]).levels(p), np.float32([0.5, NAN, 0.5, 3, 3]))


def test_levels_refuse_segments_of_another_profile() -> None:
    p = Profile("S", ["1"] * 3, [0, 10, 20], [10, 20, 30], [0, 1, 2])
    with pytest.raises(InputError, match="has 3 bins with a value on 1, its segments 4"):
        segments([2, 2], [0, 1]).levels(p)


def test_concatenate_then_by_sample_gives_the_parts_back() -> None:
    parts = [segments([2, 3], [0, 1], "b"), segments([4], [2], "a")]
    joined = Segments.concatenate(parts)
    assert joined.samples == ["b", "a"]
    for (name, part), original in zip(joined.by_sample(), parts, strict=True):
        assert name == original.sample[0]
        np.testing.assert_array_equal(part.mean, original.mean)
    assert len(Segments.concatenate([])) == 0


def test_unequal_segment_columns_are_refused() -> None:
    with pytest.raises(InputError, match="equally long columns"):
        Segments(["S"], ["1"], [0], [10], [1, 2], [0], [1])
