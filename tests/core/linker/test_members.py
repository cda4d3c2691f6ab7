from __future__ import annotations

import numpy as np
from sklearn.cross_decomposition import PLSRegression

from bridgeae.linker.members import one_component

RNG = np.random.default_rng(0)


def test_one_component_is_that_of_partial_least_squares() -> None:
    x = RNG.normal(size=(18, 5))
    y = x[:, :3] + RNG.normal(size=(18, 3))
    x, y, fold = x - x.mean(0), y - y.mean(0), np.arange(18) // 2
    member, left_out = one_component(x, y, fold)
    peer = PLSRegression(1, scale=False)  # iterates to 1e-6
    new = RNG.normal(size=(7, 5))
    assert np.allclose(member.predict(new), peer.fit(x, y).predict(new), atol=1e-4)
    for f in range(9):
        peer.fit(x[fold != f], y[fold != f])
        assert np.allclose(left_out[fold == f], peer.predict(x[fold == f]), atol=1e-4)


def test_constant_targets_are_predicted_by_their_mean() -> None:
    x = RNG.normal(size=(6, 2))
    member, left_out = one_component(x - x.mean(0), np.zeros((6, 1)), np.arange(6))
    assert (member.predict(x) == 0).all() and (left_out == 0).all()
