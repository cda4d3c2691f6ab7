from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from bridgeae.autoencoder import Encoding
from bridgeae.autoencoder.encoding import Views, apply, encode_views, stream
from bridgeae.errors import InputError


class Doubling:
    """A model that doubles, and counts what it was given."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def predict_on_batch(self, x: np.ndarray) -> np.ndarray:
        self.sizes.append(len(x))
        return 2 * x


@given(st.integers(1, 20), st.integers(1, 25))
def test_a_model_is_applied_batch_by_batch_and_in_order(n: int, batch_size: int) -> None:
    model, x = Doubling(), np.arange(n)[:, None]
    assert (apply(model, x, batch_size) == 2 * x).all()
    assert max(model.sizes) <= batch_size and sum(model.sizes) == n


def test_several_outputs_are_joined_each() -> None:
    x = layers.Input((2,))
    model = keras.Model(x, [layers.Rescaling(2.0)(x), layers.Rescaling(3.0)(x)])
    samples = np.arange(10, dtype=np.float32).reshape(5, 2)
    double, treble = apply(model, samples, 2)
    assert np.array_equal(double, 2 * samples) and np.array_equal(treble, 3 * samples)


def test_a_batch_holds_at_least_one_sample() -> None:
    with pytest.raises(InputError, match="`batch_size` must be at least 1"):
        apply(Doubling(), np.zeros((3, 1)), 0)


@given(st.integers(1, 30), st.integers(1, 4))
def test_the_mean_over_views_is_that_of_each_view_alone(n: int, count: int) -> None:
    x = np.arange(3.0 * n).reshape(n, 3)
    turned = [np.roll(x, k, 1) ** 2 for k in range(count)]

    def views(some: np.ndarray) -> np.ndarray:
        return np.stack([np.roll(some, k, 1) ** 2 for k in range(count)])

    assert np.allclose(encode_views(Doubling(), x, views, 4), 2 * np.mean(turned, 0))
    assert (encode_views(Doubling(), x, None, 4) == 2 * x).all()


def test_views_of_large_samples_are_made_a_few_at_a_time() -> None:
    made: list[int] = []

    def views(some: np.ndarray) -> np.ndarray:
        made.append(len(some))
        return np.stack([some, some])

    x = np.zeros((5, 2**18), np.float32)
    assert encode_views(Doubling(), x, views, 4).shape == x.shape
    assert made == [2, 2, 1]


@given(st.integers(1, 9000))
@settings(max_examples=20)
def test_portions_are_reported_up_to_the_last_sample(n: int) -> None:
    told: list[tuple[int, int]] = []
    x = np.arange(n)[:, None]
    made = stream(lambda part: 2 * x[part], n, report=lambda done, total: told.append((done, total)))
    assert (made == 2 * x).all()
    assert [total for _, total in told] == [n] * len(told)
    done = [0, *(count for count, _ in told)]
    assert done[-1] == n and (np.diff(done) > 0).all() and np.diff(done).max() <= 2048


def test_chosen_samples_keep_their_latents_and_probabilities() -> None:
    rng = np.random.default_rng(0)
    encoding = Encoding(rng.random((5, 3)), rng.random((5, 3)), rng.random((5, 2)), np.array(["no", "yes"]))
    chosen = encoding.select(np.array([4, 1]))
    for name in ("z", "plain", "probabilities", "predicted"):
        assert (getattr(chosen, name) == getattr(encoding, name)[[4, 1]]).all()
    assert set(encoding.predicted) <= {"no", "yes"}
    bare = Encoding(encoding.z, encoding.plain).select(np.array([2]))
    assert bare.probabilities is None and bare.predicted is None and (bare.z == encoding.z[[2]]).all()


@pytest.mark.parametrize("size", [1, 3, 7, 20])
def test_what_is_made_in_portions_is_what_is_made_at_once(size: int) -> None:
    x = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
    portions: list[int] = []

    def make(part: slice) -> np.ndarray:
        portions.append(len(x[part]))
        return x[part, :2] * 2

    assert np.array_equal(stream(make, 7, size=size), x[:, :2] * 2)
    assert max(portions) <= size and sum(portions) == 7
    out = np.zeros((7, 2))
    assert stream(make, 7, out, size=size) is out and np.array_equal(out, x[:, :2] * 2)
    assert np.array_equal(stream(make, 7, np.zeros, size=size), out)
    with pytest.raises(InputError, match=r"`out` must have shape \(7, 2\), received \(7, 3\)"):
        stream(make, 7, np.zeros((7, 3)), size=size)


@pytest.mark.parametrize("views", [lambda x: x, lambda x: None, lambda x: np.stack([x, x])[:, :, 1:]])
def test_views_of_another_shape_are_refused(views: Views) -> None:
    with pytest.raises(InputError, match=r"`views` of the adapter must return shape \(views, 5, 3\), received"):
        encode_views(Doubling(), np.zeros((5, 3), np.float32), views, 4)
