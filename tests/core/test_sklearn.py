from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from bridgeae.sklearn import BridgeRegressor, BridgeTransformer

WINE = load_wine()
X, Y = WINE.data[:, :6], WINE.data[:, 6:]


@parametrize_with_checks([BridgeRegressor(), BridgeTransformer()])
@pytest.mark.slow
def test_it_is_a_scikit_learn_estimator(estimator: Any, check: Any) -> None:
    check(estimator)


def test_a_search_tries_options_in_a_pipeline() -> None:
    options = {"bridgeregressor__linker_options": [{"networks": False}, None]}
    folds = KFold(3, shuffle=True, random_state=0)
    search = GridSearchCV(make_pipeline(StandardScaler(), BridgeRegressor()), options, cv=folds).fit(X, Y)
    assert search.best_score_ > 0.3
    assert search.predict(X[:4]).shape == (4, 7)


def test_latents_are_features() -> None:
    latents = BridgeTransformer().fit(X, Y).transform(X)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    assert model.fit(latents, WINE.target).score(latents, WINE.target) > 0.8


@pytest.mark.parametrize("kind", [BridgeRegressor, BridgeTransformer])
def test_it_is_pickled(kind: type) -> None:
    model = kind().fit(X, Y)
    again = pickle.loads(pickle.dumps(model))
    use = "predict" if kind is BridgeRegressor else "transform"
    np.testing.assert_array_equal(getattr(again, use)(X), getattr(model, use)(X))
