"""The bias that a cohort shares is taken off, in the bins of the sample, and missing bins say nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bridgeae.errors import InputError
from bridgeae_copynumber import Profile
from bridgeae_copynumber.segmentation.cohort import Panel, aligned, corrected_values, subtract_cohort, weighted

N = 60
BIAS = np.sin(np.arange(N)).astype(np.float32)


def profile(name: str, log2: np.ndarray) -> Profile:
    start = np.arange(len(log2)) * 1000
    return Profile(name, np.full(len(log2), "chr1"), start, start + 1000, log2)


def test_nothing_is_subtracted_without_a_cohort() -> None:
    assert (corrected_values([profile("a", BIAS)], None)[0] == BIAS).all()


def test_the_median_of_normals_is_the_bias() -> None:
    normals = [profile(name, BIAS + shift) for name, shift in (("a", 0.0), ("b", 0.5), ("c", -0.5))]
    (made,) = subtract_cohort(profile("s", BIAS + 0.3), normals)
    assert np.ptp(made.log2) < 1e-6  # each normal is centred first


def test_samples_are_the_panel_of_each_other() -> None:
    level = np.where(np.arange(N) < 10, 1.0, 0.0)
    samples = [profile("altered", BIAS + level), *(profile(str(k), BIAS) for k in range(3))]
    made = corrected_values(samples, "leave-one-out")
    np.testing.assert_allclose(made[0] - made[0][-1], level, atol=1e-6)
    assert all(np.ptp(value) < 1e-6 for value in made[1:])


def test_a_bin_that_all_normals_lack_stays_as_it_is() -> None:
    gap = np.where(np.arange(N) == 5, np.nan, BIAS)
    sample = profile("s", BIAS)
    made = corrected_values([sample], [profile("a", gap), profile("b", gap)])[0]
    assert made[5] == BIAS[5] and np.isfinite(made).all()


def test_a_normal_with_more_bins_is_brought_to_those_of_the_sample() -> None:
    sample, normal = profile("s", BIAS[:40]), profile("n", BIAS)
    assert aligned(normal, sample).same_bins(sample)
    with pytest.raises(InputError, match="s lacks 20 of the 60 bins of n"):
        aligned(sample, normal)


def test_cohorts_that_cannot_serve_are_refused() -> None:
    sample = profile("s", BIAS)
    with pytest.raises(InputError, match="at least 3 samples for a median of the others, received 2"):
        corrected_values([sample, sample], "leave-one-out")
    with pytest.raises(InputError, match="received 'none'"):
        corrected_values([sample], "none")
    with pytest.raises(InputError, match="at least one sample"):
        corrected_values([sample], [])
    moved = replace(sample, start=sample.start + 7, end=sample.end + 7)
    with pytest.raises(InputError, match="same bins"):
        corrected_values([sample, sample, moved], "leave-one-out")


def test_a_reference_gives_its_weights_to_samples_that_have_none() -> None:
    weight = np.linspace(0.5, 2, N + 10).astype(np.float32)
    reference = replace(profile("reference", np.zeros(N + 10)), weight=weight)
    bare, own = profile("s", BIAS), replace(profile("t", BIAS), weight=np.ones(N, np.float32))
    for normals in (reference, [profile("n", BIAS), reference]):
        made = weighted([bare, own], normals)
        np.testing.assert_array_equal(made[0].weight, weight[:N])
        np.testing.assert_array_equal(made[1].weight, own.weight)
    np.testing.assert_array_equal(Panel(reference).subtracted(bare).weight, weight[:N])
    assert weighted([bare], None)[0].weight is weighted([bare], "leave-one-out")[0].weight is None


def test_a_reference_is_brought_into_the_bins_of_many_samples_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = replace(profile("reference", np.zeros(N + 10)), weight=np.ones(N + 10, np.float32))
    calls = []
    monkeypatch.setattr(
        "bridgeae_copynumber.segmentation.cohort.aligned", lambda *both: calls.append(both) or aligned(*both)
    )
    panel = Panel(reference)
    for name in "abc":
        assert panel.subtracted(profile(name, BIAS)).weight is not None
    assert len(calls) == 2  # for the median, and for the weights
