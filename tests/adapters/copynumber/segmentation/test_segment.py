from __future__ import annotations

import os
import warnings
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from adapters.copynumber.samples import profile, stairs
from bridgeae.errors import InputError
from bridgeae_copynumber import Profile, segment

LEVELS = ("mean", "median")


def test_clear_steps_are_found_where_they_are() -> None:
    segments = segment(profile(stairs()))
    assert segments.n_bins.tolist() == [120, 60, 140]
    np.testing.assert_allclose(segments.mean, [0, 0.8, -0.6], atol=0.05)
    assert segments.start.tolist() == [0, 120_000, 180_000]
    assert segments.end.tolist() == [120_000, 180_000, 320_000]
    assert (segments.confidence > 0.9).all()


def test_segments_do_not_depend_on_other_samples_or_jobs() -> None:
    profiles = [profile(stairs(k), name=f"S{k}") for k in range(5)]
    together = segment(profiles)
    apart = [segment(p) for p in profiles]
    np.testing.assert_array_equal(together.n_bins, np.concatenate([a.n_bins for a in apart]))
    shared = segment(profiles, jobs=2)
    np.testing.assert_array_equal(together.mean, shared.mean)
    np.testing.assert_array_equal(together.sample, shared.sample)


def test_missing_bins_are_in_no_segment() -> None:
    log2 = stairs()
    log2[[0, 119, 150, 319]] = np.nan
    segments = segment(profile(log2))
    assert segments.n_bins.tolist() == [118, 59, 139]
    assert segments.start[0] == 1000
    assert segments.end[-1] == 319_000


def test_chromosomes_without_values_have_no_segments() -> None:
    chrom = ["1"] * 50 + ["2"] * 30 + ["3"]
    log2 = np.random.default_rng(0).normal(size=81)
    log2[50:80] = np.nan
    segments = segment(profile(log2, chrom))
    assert set(segments.chrom) == {"1", "3"}
    assert segments.n_bins.sum() == 51
    with warnings.catch_warnings(action="error"):
        assert [len(segment(profile(np.full(4, np.nan)), level=level)) for level in LEVELS] == [0, 0]


def test_segments_stop_at_centromeres() -> None:
    flat = np.random.default_rng(0).normal(0, 0.1, 200)
    segments = segment(profile(flat), centromeres={"chr1": (90_000, 110_000)})
    assert segments.n_bins.tolist() == [100, 100]


@pytest.mark.parametrize(
    ("centromeres", "message"),
    [
        ("centromeres.bed", "must map chromosomes to .* received str.*read_centromeres"),
        ({"chr1": 90_000}, r"\(start, end\), received chr1: 90000"),
        ({"chr1": (90_000, 80_000)}, r"received chr1: \(90000, 80000\)"),
        ({"1": (80_000, 90_000)}, r"names 1 and so on, none of the chromosomes of the bins \(chr1, chr2"),
        ({"chr1": (80_000, 90_000), "2": (80_000, 90_000)}, "names 2, the bins chr2"),
    ],
)
def test_centromeres_that_cannot_be_used_are_refused(centromeres: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        segment(profile(np.zeros(200), ["chr1"] * 100 + ["chr2"] * 100), centromeres=centromeres)


def test_a_panel_removes_shared_bias() -> None:
    rng = np.random.default_rng(0)
    bias = np.repeat([0, 0.5, 0], [100, 40, 100])
    profiles = [profile(bias + rng.normal(0, 0.1, 240), name=f"S{k}") for k in range(6)]
    assert len(segment(profiles)) > 6
    assert len(segment(profiles, cohort="leave-one-out")) == 6
    assert len(segment(profiles[0], cohort=profiles[1:])) == 1


def test_medians_ignore_outliers() -> None:
    values = stairs()
    wild = values.copy()
    wild[10] = 9
    shift = {k: segment(profile(wild), level=k).mean[0] - segment(profile(values), level=k).mean[0] for k in LEVELS}
    assert abs(shift["median"]) < 0.01
    assert shift["mean"] > 0.05


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"penalty": 0}, "`penalty` must be positive"),
        ({"penalty": 1e308}, "`penalty` must be .* at most 1e9"),
        ({"min_bins": 0}, "`min_bins` must be at least 1"),
        ({"min_jump": -1}, "`min_jump` must be between 0"),
        ({"min_jump": np.inf}, "`min_jump` must be between 0 and 1e9"),
        ({"level": "mode"}, '`level` must be "mean" or "median"'),
        ({"ploidy": "two"}, "`ploidy` must be a positive number"),
        ({"ploidy": True}, "`ploidy` must be a positive number"),
        ({"jobs": 0}, "`jobs` must be at least 1"),
        ({"cohort": "all"}, '`cohort` must be normal profiles or "leave-one-out"'),
        ({"cohort": "leave-one-out"}, "`cohort` must hold at least 3 samples"),
        ({"cohort": []}, "`cohort` must hold at least one sample, received none"),
        ({"cohort": ["a.tsv"]}, "`cohort` must be one `Profile` or several, received str"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        segment(profile(stairs()), **options)


@pytest.mark.parametrize(
    ("profiles", "message"),
    [
        ("bins.tsv", "received str. `read` makes them"),
        (np.zeros(5), "received float64"),
        (None, "received NoneType"),
        ([profile(stairs()), profile(stairs())], "sample S1 more than once"),
    ],
)
def test_other_things_than_profiles_are_refused(profiles: list[Profile], message: str) -> None:
    with pytest.raises(InputError, match=message):
        segment(profiles)


def killed(*_: object, **__: object) -> None:
    os._exit(1)


def test_a_killed_process_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("bridgeae_copynumber.segmentation.segment"), "_segment_one", killed)
    with pytest.raises(InputError, match="`jobs` 2: processes are killed again and again"):
        segment([profile(stairs(), name=name) for name in "ab"], jobs=2)


def test_other_bins_in_the_cohort_are_refused() -> None:
    with pytest.raises(InputError, match="`cohort` must be measured in the same bins"):
        segment(profile(stairs()), cohort=[profile(np.zeros(9), name=f"S{k}") for k in range(3)])


def test_one_matched_normal_is_a_cohort_and_may_have_further_bins() -> None:
    wave = np.sin(np.arange(320) / 15)
    normal = profile(np.append(wave, [5, 5]), name="N")
    found = segment(profile(stairs() + wave), cohort=normal)
    assert found.n_bins.tolist() == [120, 60, 140]
