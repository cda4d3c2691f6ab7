from __future__ import annotations

import numpy as np
import pytest

from bridgeae import Domain
from bridgeae.pairing.rows import rows_belong_together

LABELS = np.arange(120) % 3


def sides(share: float, *, unit: float = 1.0) -> tuple[Domain, Domain]:
    """Return two labelled sides whose rows share a part of what varies within a class."""
    rng = np.random.default_rng(0)
    common = rng.normal(size=(120, 2))
    a, b = (
        3 * LABELS[:, None] + share * common @ rng.normal(size=(2, 5)) + rng.normal(size=(120, 5)) for _ in range(2)
    )
    return Domain(a, LABELS), Domain(b * unit + 7, LABELS)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_rows_that_share_more_than_a_class_belong_together(unit: float) -> None:
    assert rows_belong_together(*sides(1.0, unit=unit))


def test_rows_that_share_only_a_class_do_not() -> None:
    assert not rows_belong_together(*sides(0.0))


def test_other_labels_or_too_few_rows_are_no_sign() -> None:
    a, b = sides(1.0)
    assert not rows_belong_together(a, Domain(b.x, np.roll(LABELS, 1)))
    assert not rows_belong_together(a, b.select(slice(90)))
    assert not rows_belong_together(a.select(slice(9)), b.select(slice(9)))
    assert not rows_belong_together(a, Domain(np.ones((120, 2)), LABELS))
