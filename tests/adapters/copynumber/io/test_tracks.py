"""Tracks of a genome, and their means over bins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adapters.copynumber.samples import profile, put
from bridgeae.errors import FileFormatError, InputError, MissingFileError
from bridgeae_copynumber.io.tracks import read_track

WIG = "track type=wiggle_0 name=gc_content\nfixedStep chrom=1 start=1 step=500 span=500\n-1\n0.4\n0.5\n0.7\n-1\n-1\n"
BEDGRAPH = "chr1\t500\t1000\t0.4\nchr1\t1000\t1500\t0.5\nchr1\t1500\t2000\t0.7\n"


@pytest.mark.parametrize("text", [WIG, BEDGRAPH])
def test_values_are_means_over_the_bins(tmp_path: Path, text: str) -> None:
    track = read_track(put(tmp_path, text, "gc"), "--gc")
    for chrom in ("1", "chr1"):
        np.testing.assert_allclose(track.over(profile(np.zeros(3), [chrom] * 3)), [0.4, 0.6, np.nan])


def test_a_track_of_another_genome_is_refused(tmp_path: Path) -> None:
    track = read_track(put(tmp_path, WIG, "gc"), "--gc")
    with pytest.raises(InputError, match="`--gc` has values in 0 of the 2 bins of sample S1"):
        track.over(profile(np.zeros(2), ["2L", "2L"]))
    with pytest.raises(FileFormatError, match=r"`--gc` .* must be a wig or bedGraph file"):
        read_track(put(tmp_path, "a\tb\n"), "--gc")
    with pytest.raises(MissingFileError):
        read_track(tmp_path / "absent", "--gc")
