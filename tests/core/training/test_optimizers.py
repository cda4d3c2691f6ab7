from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgeae.errors import InputError
from bridgeae.training import Muon, OneCycle, check_optimizer
from bridgeae.training.optimizers import AdamW, build_optimizer


@pytest.mark.parametrize(("up", "down"), [(1, 1), (1, 6), (10, 90)])
def test_the_learning_rate_is_that_of_keras_cosine_decay(up: int, down: int) -> None:
    known = keras.optimizers.schedules.CosineDecay(0.02 / 25, down, warmup_target=0.02, warmup_steps=up)
    ours = OneCycle(0.02, up, down)
    assert [float(ours(k)) for k in range(up + down + 2)] == pytest.approx(
        [float(known(k)) for k in range(up + down + 2)], abs=1e-8
    )


@given(st.floats(1e-5, 10.0), st.integers(2, 40), st.integers(1, 40))
@settings(max_examples=10)
def test_the_learning_rate_rises_to_its_peak_and_falls_to_zero(peak: float, up: int, down: int) -> None:
    rate = [float(OneCycle(peak, up, down)(k)) for k in range(up + down + 1)]
    assert rate[0] == pytest.approx(peak / 25, rel=1e-5)
    assert rate[up] == max(rate) == pytest.approx(peak, rel=1e-5)
    assert rate[-1] == pytest.approx(0, abs=1e-6 * peak)
    assert np.all(np.diff(rate[: up + 1]) > 0) and np.all(np.diff(rate[up:]) < 0)


def test_a_schedule_is_rebuilt_from_its_config() -> None:
    schedule = OneCycle(0.1, 3, 7)
    assert float(OneCycle.from_config(schedule.get_config())(5)) == float(schedule(5))


def test_a_tenth_of_the_steps_goes_up() -> None:
    for steps, up, down in ((100, 10, 90), (3, 1, 2), (1, 1, 1)):
        schedule = build_optimizer("adamw", 0.1, steps)._learning_rate
        assert schedule.get_config() == {"peak": 0.1, "up": up, "down": down}


def test_an_unknown_optimizer_is_refused_under_the_name_of_its_argument() -> None:
    check_optimizer("muon")
    with pytest.raises(InputError, match=r'`target\.optimizer` must be one of "adamw", "muon", .*received .adamm.'):
        check_optimizer("adamm", "target.optimizer")


def gradients(*shapes: tuple[int, ...], seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def moved(optimizer: keras.optimizers.Optimizer, steps: list[list[np.ndarray]]) -> list[np.ndarray]:
    """Return where variables that start at zero come to."""
    variables = [keras.Variable(np.zeros(g.shape, np.float32)) for g in steps[0]]
    for step in steps:
        optimizer.apply([keras.ops.convert_to_tensor(g.astype(np.float32)) for g in step], variables)
    return [keras.ops.convert_to_numpy(v) for v in variables]


@pytest.mark.parametrize("small", [0, 50, 10_000], ids=["alone", "mixed", "together"])
def test_adamw_equals_keras_own(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AdamW, "SMALL", small)
    options = {"learning_rate": OneCycle(0.02, 2, 6), "weight_decay": 0.5, "global_clipnorm": 1.0, "use_ema": True}
    steps = [gradients((40, 50), (7,), (3, 3, 4), (), seed=k) for k in range(4)]
    for ours, theirs in zip(
        moved(AdamW(**options), steps), moved(keras.optimizers.AdamW(**options), steps), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize("nesterov", [True, False])
def test_muon_equals_keras_own_on_dense_kernels(nesterov: bool) -> None:
    shapes = (40, 50), (64, 32), (40,)
    options = {"learning_rate": 0.02, "weight_decay": 0.1, "adam_weight_decay": 1e-2, "nesterov": nesterov}
    steps = [gradients(*shapes, seed=k) for k in range(4)]
    for ours, theirs in zip(moved(Muon(**options), steps), moved(keras.optimizers.Muon(**options), steps), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_muon_treats_a_convolution_as_the_matrix_of_its_kernel() -> None:
    (kernel,) = gradients((3, 20, 40))
    (one,), (other,) = (moved(Muon(0.01), [[g]]) for g in (kernel, kernel.reshape(60, 40)))
    np.testing.assert_allclose(one.reshape(60, 40), other, rtol=1e-4)


def test_muon_moves_wide_kernels_equally_in_every_direction_and_leaves_the_rest_to_adamw() -> None:
    """The step of a wide kernel hardly depends on the size of its gradient, nor on what share of it has a direction."""
    wide, narrow, bias = gradients((3, 20, 40), (3, 3, 40), (40,))
    left, size, right = np.linalg.svd(wide.reshape(60, 40), full_matrices=False)
    wide = ((left * np.geomspace(1, 1e-2, len(size))) @ right).reshape(wide.shape)
    steps = moved(Muon(0.01, weight_decay=None), [[wide, narrow, bias]])
    singular = np.linalg.svd(steps[0].reshape(60, 40), compute_uv=False) / (0.01 * 0.2 * 60**0.5)
    assert 0.5 < singular.min() < singular.max() < 1.4
    for step, gradient in zip(steps[1:], (narrow, bias), strict=True):
        assert step == pytest.approx(-0.01 * np.sign(gradient), rel=1e-2)
