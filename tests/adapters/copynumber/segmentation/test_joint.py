from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from adapters.copynumber.samples import FEW, SEEDS
from bridgeae.errors import InputError
from bridgeae_copynumber import Profile, Segments, segment
from bridgeae_copynumber.training import simulate_clones

LENGTHS = np.array([160, 120])


def cells(log2: np.ndarray) -> list[Profile]:
    chrom = np.repeat(["chr1", "chr2"], LENGTHS)
    at = np.concatenate([np.arange(n) for n in LENGTHS]) * 1000
    return [Profile(f"c{k}", chrom, at, at + 1000, row) for k, row in enumerate(log2)]


def clone(seed: int, count: int = 12, sigma: float = 0.6) -> np.ndarray:
    """Return noisy cells that share a gain of 12 bins and a loss of half of a chromosome, (count, 280) float."""
    level = np.zeros(280)
    level[60:72], level[220:] = 0.58, -0.6
    return level + np.random.default_rng(seed).normal(0, sigma, (count, 280))


def starts(segments: Segments, name: str) -> np.ndarray:
    part = segments.select(segments.sample == name)
    return np.cumsum(part.n_bins) - part.n_bins


def found(segments: Segments, at: int) -> int:
    return sum(bool(np.abs(starts(segments, name) - at).min() <= 2) for name in segments.samples)


def test_shared_breakpoints_that_one_cell_hardly_shows_are_found() -> None:
    profiles = cells(clone(0))
    alone, joint = segment(profiles), segment(profiles, joint=True)
    for at in (60, 72, 220):
        assert found(joint, at) >= max(10, found(alone, at))
    assert found(joint, 60) >= found(alone, 60) + 4


def test_a_private_event_stays_and_does_not_spread() -> None:
    log2 = clone(1)
    log2[3, 20:32] += 2.5
    joint = segment(cells(log2), joint=True)
    near = [name for name in joint.samples if np.abs(starts(joint, name) - 20).min() <= 2]
    assert near == ["c3"]
    assert np.abs(starts(joint, "c3") - 32).min() <= 2


def test_a_cell_without_a_shared_event_does_not_get_it() -> None:
    log2 = clone(2, sigma=0.3)
    log2[5, 220:] += 0.6
    joint = segment(cells(log2), joint=True)
    assert np.abs(starts(joint, "c5") - 220).min() > 2
    assert found(joint, 220) >= 10


@given(seed=SEEDS)
@FEW
def test_flat_cells_stay_flat(seed: int) -> None:
    log2 = np.random.default_rng(seed).normal(0, 0.3, (6, 280))
    alone, joint = segment(cells(log2)), segment(cells(log2), joint=True)
    assert len(joint) <= len(alone) + 2


def test_the_order_of_the_cells_and_the_number_of_jobs_do_not_matter() -> None:
    profiles = cells(clone(3))
    one, back = segment(profiles, joint=True), segment(profiles[::-1], joint=True)
    two = segment(profiles, joint=True, jobs=2)
    np.testing.assert_array_equal(one.n_bins, two.n_bins)
    for name in one.samples:
        np.testing.assert_array_equal(starts(one, name), starts(back, name))


def test_missing_bins_and_cells_without_a_bin_are_no_obstacle() -> None:
    log2 = clone(4)
    rng = np.random.default_rng(4)
    log2[rng.random(log2.shape) < 0.2] = np.nan
    log2[:, 100:105] = np.nan
    log2[2, 160:] = np.nan
    log2[7] = np.nan
    joint = segment(cells(log2), joint=True)
    assert joint.samples == [f"c{k}" for k in range(12) if k != 7]
    for name, part in joint.by_sample():
        assert part.n_bins.sum() == np.isfinite(log2[int(name[1:])]).sum()
        assert (part.end > part.start).all()


def test_segments_cross_no_centromere() -> None:
    joint = segment(cells(clone(5)), joint=True, centromeres={"chr1": (99_500, 100_500)})
    assert found(joint, 100) == 12


def test_a_higher_penalty_gives_fewer_segments() -> None:
    profiles = cells(clone(6))
    counts = [len(segment(profiles, joint=True, penalty=penalty)) for penalty in (1.0, 5.0, 1e6)]
    assert counts[0] > counts[1] > counts[2] == 24


@pytest.mark.parametrize("count", [2, 3])
def test_few_cells_are_enough(count: int) -> None:
    assert segment(cells(clone(7, count)), joint=True).samples == [f"c{k}" for k in range(count)]


def test_one_cell_and_other_bins_are_refused() -> None:
    one, two = cells(clone(8, 2))
    with pytest.raises(InputError, match="`joint` needs at least two cells"):
        segment(one, joint=True)
    with pytest.raises(InputError, match="`joint` needs samples in the same bins: c1"):
        segment([one, replace(two, start=two.start + 1)], joint=True)


def test_a_cohort_of_the_cells_themselves_is_refused() -> None:
    with pytest.raises(InputError, match="`cohort` leave-one-out subtracts what the samples share"):
        segment(cells(clone(8, 4)), joint=True, cohort="leave-one-out")


def test_joint_calls_of_simulated_clones_are_better() -> None:
    cohort = simulate_clones(np.random.default_rng(9), 15, lengths=LENGTHS, clones=2, depth=9.0)
    profiles, true = cells(cohort.log2), cohort.breakpoints
    hits = {}
    for joint in (False, True):
        called = segment(profiles, joint=joint)
        hits[joint] = sum(
            bool(np.abs(starts(called, p.sample) - at).min() <= 2)
            for p, row in zip(profiles, true, strict=True)
            for at in np.flatnonzero(row)
        )
    assert hits[True] > 1.2 * hits[False]
