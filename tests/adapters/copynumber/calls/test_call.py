"""Centred and called segments of whole samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from adapters.copynumber.samples import genome as sample_genome
from adapters.copynumber.samples import profile, stairs
from bridgeae.errors import InputError
from bridgeae_copynumber import Profile, segment
from bridgeae_copynumber.calls import call_segments, genome

TUMOUR = profile(stairs(sizes=(200, 60, 200, 60), levels=(0.3, 0.8, 0.3, -0.5)))


def test_levels_and_bins_are_centred_together() -> None:
    plain = segment(TUMOUR)
    found = call_segments(plain, TUMOUR)
    (fact,) = found.samples
    assert fact.center == pytest.approx(0.3, abs=0.02) and fact.noise == pytest.approx(0.1, rel=0.15)
    np.testing.assert_allclose(found.segments.mean, plain.mean - np.float32(fact.center), atol=1e-6)
    np.testing.assert_allclose(found.profiles[0].log2, TUMOUR.log2 - np.float32(fact.center), atol=1e-6)
    assert found.segments.call is not None
    assert found.segments.call.tolist() == ["neutral", "gain", "neutral", "loss"]


def test_bins_do_not_depend_on_the_centre() -> None:
    plain = segment(TUMOUR)
    for how in ("median", "none"):
        found = call_segments(plain, TUMOUR, center=how)
        np.testing.assert_array_equal(found.segments.n_bins, plain.n_bins)
    np.testing.assert_array_equal(found.segments.mean, plain.mean)


def test_one_copy_of_x_is_normal_in_a_man() -> None:
    rng = np.random.default_rng(0)
    log2 = np.concatenate([rng.normal(0, 0.1, 300), rng.normal(-1, 0.1, 100)])
    man = profile(log2, ["1"] * 300 + ["X"] * 100)
    found = call_segments(segment(man), man, purity_ploidy=(1.0, 2.0))
    assert found.samples[0].sex == "male"
    assert found.segments.call is not None and set(found.segments.call.tolist()) == {"neutral"}
    assert found.segments.copy_number is not None and found.segments.copy_number.tolist() == [2, 1]
    woman = call_segments(segment(man), man, sex="female")
    assert woman.segments.call is not None and woman.segments.call[-1] == "loss"


def test_copies_follow_purity_and_ploidy() -> None:
    found = call_segments(segment(TUMOUR), TUMOUR, purity_ploidy=(0.8, 2.1))
    assert found.segments.copy_number is not None and found.segments.copy_number.tolist() == [2, 3, 2, 1]
    assert (found.samples[0].purity, found.samples[0].ploidy, found.samples[0].solutions) == (0.8, 2.1, ())
    fitted = call_segments(segment(TUMOUR), TUMOUR, purity_ploidy="fit").samples[0]
    assert fitted.solutions and fitted.purity == fitted.solutions[0].purity
    flat = profile(np.random.default_rng(0).normal(0, 0.1, 200))
    none = call_segments(segment(flat), flat, purity_ploidy="fit")
    assert none.samples[0].purity is None
    assert none.segments.copy_number is not None and none.segments.copy_number.tolist() == [2]


def test_normals_that_differ_widen_the_interval_there() -> None:
    def normal(k: int) -> Profile:
        log2 = np.random.default_rng(k).normal(0, 0.1, len(TUMOUR))
        log2[200:260] += (0.5, -0.5, 0.4, -0.4)[k]
        return replace(TUMOUR, sample=f"N{k}", log2=log2)

    plain = segment(TUMOUR)
    alone = call_segments(plain, TUMOUR).segments
    beside = call_segments(plain, TUMOUR, normals=[normal(k) for k in range(4)]).segments
    assert alone.ci_hi is not None and beside.ci_hi is not None
    ratio = (beside.ci_hi - beside.mean) / (alone.ci_hi - alone.mean)
    assert ratio[1] > 5 and (ratio[[0, 2]] < 2).all()


def test_samples_keep_their_order_and_wrong_options_are_refused() -> None:
    many = [sample_genome("B"), sample_genome("A")]
    found = call_segments(segment(many), many)
    assert found.segments.samples == [s.sample for s in found.samples] == ["B", "A"]
    with pytest.raises(InputError, match="`purity_ploidy` must be a purity above 0"):
        call_segments(segment(many), many, purity_ploidy=(1.2, 2))
    with pytest.raises(InputError, match='`purity_ploidy` must be "fit"'):
        call_segments(segment(many), many, purity_ploidy="best")
    with pytest.raises(InputError, match="`center` must be one of"):
        call_segments(segment(many), many, center="peak")
    with pytest.raises(InputError, match="`sex` must be"):
        call_segments(segment(many), many, sex="f")
    with pytest.raises(InputError, match="is not that of sample"):
        call_segments(segment(many), [replace(p, start=p.start + 10**9, end=p.end + 10**9) for p in many],
                      genome=genome("hg38"))  # fmt: skip
