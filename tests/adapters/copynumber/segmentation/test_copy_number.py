from __future__ import annotations

import numpy as np

from adapters.copynumber.samples import profile, stairs
from bridgeae_copynumber import segment
from bridgeae_copynumber.segmentation.copy_number import integer_copies


def test_integer_copies_by_ploidy_and_fitted() -> None:
    mean, bins = np.log2(np.array([2, 3, 1, 4]) / 2), np.array([500, 100, 80, 60])
    average = np.average([2, 3, 1, 4], weights=bins)
    assert integer_copies(mean, bins, float(average)).tolist() == [2, 3, 1, 4]
    assert integer_copies(mean + 0.7, bins, "fit").tolist() == [2, 3, 1, 4]
    copies = [segment(profile(stairs()), ploidy=p).copy_number.tolist() for p in (2, np.int64(2), np.float32(2))]
    assert copies[0] == copies[1] == copies[2]
