import os
import warnings
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgeae.errors import FileFormatError, InputError, MissingFileError
from bridgeae_copynumber import Profile, segment
from bridgeae_copynumber.io import read_centromeres
from bridgeae_copynumber.segmentation.breakpoints import call
from bridgeae_copynumber.segmentation.copy_number import integer_copies
from bridgeae_copynumber.segmentation.packing import noise_sigma, pack

FEW = settings(max_examples=12, deadline=None)
LEVELS = ("mean", "median")
SEEDS = st.integers(0, 2**31)


def stairs(seed=0, sigma=0.1, sizes=(120, 60, 140), levels=(0.0, 0.8, -0.6)):
    rng = np.random.default_rng(seed)
    return np.repeat(levels, sizes) + rng.normal(0, sigma, sum(sizes))


def profile(log2, chrom=None, name="S1"):
    at = np.arange(len(log2)) * 1000
    return Profile(name, ["chr1"] * len(log2) if chrom is None else chrom, at, at + 1000, log2)


def test_clear_steps_are_found_where_they_are():
    segments = segment(profile(stairs()))
    assert segments.n_bins.tolist() == [120, 60, 140]
    np.testing.assert_allclose(segments.mean, [0, 0.8, -0.6], atol=0.05)
    assert segments.start.tolist() == [0, 120_000, 180_000]
    assert segments.end.tolist() == [120_000, 180_000, 320_000]
    assert (segments.confidence > 0.9).all()


@given(seed=SEEDS, shift=st.floats(-3, 3), factor=st.floats(0.3, 4))
@FEW
def test_shift_and_scale_leave_the_breakpoints(seed, shift, factor):
    values = stairs(seed)
    starts = call(values, [320], min_jump=0).starts
    np.testing.assert_array_equal(call(values * factor + shift, [320], min_jump=0).starts, starts)


@given(seed=SEEDS)
@FEW
def test_breakpoints_of_the_reverse_are_close(seed):
    values = stairs(seed)
    ends = np.sort(320 - call(values[::-1], [320]).starts[1:])
    starts = call(values, [320]).starts[1:]
    assert len(ends) == len(starts)
    assert np.abs(ends - starts).max() <= 3


@given(lengths=st.lists(st.integers(0, 90), min_size=1, max_size=8), seed=SEEDS)
@FEW
def test_every_bin_is_in_one_segment_of_its_chromosome(lengths, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=sum(lengths)) + 3 * (rng.random(sum(lengths)) < 0.5)
    called = call(values, lengths)
    firsts = np.cumsum(lengths) - lengths
    assert set(firsts[np.array(lengths) > 0]) <= set(called.starts)
    assert len(called.confidence) == len(called.starts) == len(set(called.starts.tolist()))
    assert ((called.confidence >= 0) & (called.confidence <= 1)).all()


def test_the_answer_does_not_depend_on_company_or_jobs():
    profiles = [profile(stairs(k), name=f"S{k}") for k in range(5)]
    together = segment(profiles)
    apart = [segment(p) for p in profiles]
    np.testing.assert_array_equal(together.n_bins, np.concatenate([a.n_bins for a in apart]))
    shared = segment(profiles, jobs=2)
    np.testing.assert_array_equal(together.mean, shared.mean)
    np.testing.assert_array_equal(together.sample, shared.sample)


def test_missing_bins_are_in_no_segment():
    log2 = stairs()
    log2[[0, 119, 150, 319]] = np.nan
    segments = segment(profile(log2))
    assert segments.n_bins.tolist() == [118, 59, 139]
    assert segments.start[0] == 1000
    assert segments.end[-1] == 319_000


def test_chromosomes_without_values_have_no_segments():
    chrom = ["1"] * 50 + ["2"] * 30 + ["3"]
    log2 = np.random.default_rng(0).normal(size=81)
    log2[50:80] = np.nan
    segments = segment(profile(log2, chrom))
    assert set(segments.chrom) == {"1", "3"}
    assert segments.n_bins.sum() == 51
    with warnings.catch_warnings(action="error"):
        assert [len(segment(profile(np.full(4, np.nan)), level=level)) for level in LEVELS] == [0, 0]


def test_segments_stop_at_centromeres():
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
def test_centromeres_that_cannot_be_used_are_refused(centromeres, message):
    with pytest.raises(InputError, match=message):
        segment(profile(np.zeros(200), ["chr1"] * 100 + ["chr2"] * 100), centromeres=centromeres)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("chr1\t5\t9\tcentromere of one\nchr2\t5\t9\tcen\n", {"chr1": (5, 9), "chr2": (5, 9)}),
        ('track name=x\n"chrom","start","end"\n"chr1",5,9\n', {"chr1": (5, 9)}),
        ("chr1 5 9 acen 0 +\n", {"chr1": (5, 9)}),
        ("chr1\t5\t9\tacen\nchr1\t9\t20\tacen\nchrM\t1\t2\t\tgneg\n", {"chr1": (5, 20)}),
        ("#c\nchr2\t1\t2\nchr1\t5e5\t5.1e5\n", "received 'chr1.*' on line 3"),
        ("chr1\t9\t5\n", "a larger end.* on line 1"),
        ("chr1\t0\t5\tp\nchr1\t9\t20\tq\n", "several rows for chr1"),
        ("chrom\tstart\tend\n", "no row"),
    ],
)
def test_centromere_tables_are_read_whole_or_refused(tmp_path, text, spans):
    (tmp_path / "table").write_text(text)
    if isinstance(spans, dict):
        assert read_centromeres(tmp_path / "table") == spans
    else:
        with pytest.raises(FileFormatError, match=spans):
            read_centromeres(tmp_path / "table")


@pytest.mark.parametrize("values", [np.zeros(100), np.full(7, 0.3), np.array([1.0]), np.tile([0.0, 1.0], 50)])
def test_signals_without_noise_are_segmented(values):
    called = call(values, [len(values)])
    assert called.starts[0] == 0


def test_wild_bins_do_not_hide_a_gain():
    values = stairs(sigma=0.25, sizes=(900, 51, 1049), levels=(0, 0.585, 0))
    values[[200, 1700]] = -20
    starts = call(values, [2000]).starts
    assert all(np.abs(starts - end).min() <= 3 for end in (900, 951))


@pytest.mark.parametrize(("off", "starts"), [((-8, -8), [0, 100, 102]), ((-8, 8), [0]), ((-8, 0), [0])])
def test_two_bins_are_a_segment_if_they_agree(off, starts):
    profiles = np.random.default_rng(0).normal(0, 0.1, (20, 200))
    profiles[:, 100:102] += 0.1 * np.array(off)
    assert sum(call(values, [200]).starts.tolist() == starts for values in profiles) > 14


def test_smallest_jump_is_the_users():
    values = stairs(sigma=0.03, sizes=(100, 30, 100), levels=(0, 0.12, 0))
    assert call(values, [230]).starts.tolist() == [0]
    assert len(call(values, [230], min_jump=0).starts) == 3


def test_more_penalty_gives_fewer_segments():
    rng = np.random.default_rng(0)
    values = np.repeat(rng.normal(0, 0.3, 40), 25) + rng.normal(0, 0.2, 1000)
    counts = [len(call(values, [1000], penalty=p, min_jump=0).starts) for p in (0.3, 1, 6)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[2]


def test_a_panel_takes_off_shared_bias():
    rng = np.random.default_rng(0)
    bias = np.repeat([0, 0.5, 0], [100, 40, 100])
    profiles = [profile(bias + rng.normal(0, 0.1, 240), name=f"S{k}") for k in range(6)]
    assert len(segment(profiles)) > 6
    assert len(segment(profiles, cohort="leave-one-out")) == 6
    assert len(segment(profiles[0], cohort=profiles[1:])) == 1


def test_integer_copies_by_ploidy_and_fitted():
    mean, bins = np.log2(np.array([2, 3, 1, 4]) / 2), np.array([500, 100, 80, 60])
    average = np.average([2, 3, 1, 4], weights=bins)
    assert integer_copies(mean, bins, float(average)).tolist() == [2, 3, 1, 4]
    assert integer_copies(mean + 0.7, bins, "fit").tolist() == [2, 3, 1, 4]
    copies = [segment(profile(stairs()), ploidy=p).copy_number.tolist() for p in (2, np.int64(2), np.float32(2))]
    assert copies[0] == copies[1] == copies[2]


def test_medians_shrug_off_outliers():
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
        ({"cohort": profile(stairs())}, "`cohort` must hold at least 3 samples for a median, received 1"),
        ({"cohort": ["a.tsv"]}, "`cohort` must be one `Profile` or several, received str"),
    ],
)
def test_knobs_out_of_range_are_refused(options, message):
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
def test_what_is_no_set_of_profiles_is_refused(profiles, message):
    with pytest.raises(InputError, match=message):
        segment(profiles)


def killed(*_, **__):
    os._exit(1)


def test_a_killed_process_is_explained(monkeypatch):
    monkeypatch.setattr(import_module("bridgeae_copynumber.segmentation.segment"), "_segment_one", killed)
    with pytest.raises(InputError, match="`jobs` 2: one of the processes was killed"):
        segment([profile(stairs(), name=name) for name in "ab"], jobs=2)


def test_other_bins_in_the_cohort_are_refused():
    with pytest.raises(InputError, match="`cohort` must be measured in the same bins"):
        segment(profile(stairs()), cohort=[profile(np.zeros(9), name=f"S{k}") for k in range(3)])


def test_infinite_values_and_wrong_lengths_are_refused():
    with pytest.raises(InputError, match="`values` must be finite"):
        call(np.array([0.0, np.inf]), [2])
    with pytest.raises(InputError, match="`lengths` must add up"):
        call(np.zeros(3), [2])


def test_an_absent_model_is_named():
    with pytest.raises(MissingFileError, match=r"nowhere\.onnx is not there"):
        call(np.zeros(3), [3], model="nowhere.onnx")


def test_a_model_that_is_none_is_refused():
    with pytest.raises(FileFormatError, match=r"py is not an ONNX file that can be read"):
        call(np.zeros(3), [3], model=__file__)


def test_long_chromosomes_are_read_in_overlapping_chunks():
    values = np.tile(stairs(sigma=0.05), 130)
    starts = call(values, [len(values)]).starts
    inside = starts[(starts > 16000) & (starts < 33600)]
    assert {0, 120, 180} == set((inside % 320).tolist())


@given(seed=SEEDS, sigma=st.floats(0.01, 2))
@FEW
def test_noise_is_measured_through_steps(seed, sigma):
    values = stairs(seed, sigma=sigma, levels=(0, 5, -5))
    assert noise_sigma(values, np.array([320])) == pytest.approx(sigma, rel=0.3)
    packed = pack(values, np.array([120, 200]), length=400)
    assert packed.x.shape == (400, 3)
    assert packed.x[:, 2].sum() == 320
