from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae.checks import arguments as checks
from bridgeae.errors import InputError, MissingPackageError, NotFittedError

if TYPE_CHECKING:
    from nowhere import Thing

lengths = st.one_of(st.none(), st.integers(1, 9))
shapes = st.lists(lengths, max_size=4).map(tuple)


@pytest.mark.parametrize("value", [0, -3, 2.0, True, None, "3", np.float32(3)])
def test_a_count_is_a_whole_number_of_at_least_one(value: object) -> None:
    with pytest.raises(InputError, match=r"`steps` must be at least 1 and a whole number, received"):
        checks.check_counts(epochs=1, steps=value)


def test_counts_may_be_numpy_integers() -> None:
    checks.check_counts(a=1, b=np.int64(3), c=np.uint8(1))


@pytest.mark.parametrize("value", [-1, 2**32, 1.0, True, None, "3"])
def test_a_seed_is_a_whole_number_of_32_bits(value: object) -> None:
    checks.check_seed(np.int64(2**32 - 1))
    with pytest.raises(InputError, match=r"`seed` must be a whole number from 0 to 4294967295, received"):
        checks.check_seed(value)


def test_an_option_is_refused_with_what_there_is_and_the_nearest() -> None:
    def fit(x: int, *, epochs: int = 1, steps: int = 2) -> None: ...

    checks.check_options("options", None, fit)
    checks.check_options("options", {"steps": 3}, fit)
    checks.check_options("options", {"anything": 3}, lambda **options: options)
    for wrong in ("epoch", "x"):
        with pytest.raises(InputError, match=f"`options` has no option '{wrong}'. Known are epochs, steps"):
            checks.check_options("options", {wrong: 3}, fit)


def test_a_choice_is_refused_with_what_there_is_and_the_nearest() -> None:
    checks.check_choice("loss", "mse", ("mse", "bce"))
    checks.check_choice("classifier", None, (None, "first"))
    with pytest.raises(InputError, match=r'^`loss` must be one of "mse", "bce", received .mze.\. Did you mean `mse`'):
        checks.check_choice("loss", "mze", ("mse", "bce"))
    with pytest.raises(InputError, match=r'must be one of None, "first", received 3\.$'):
        checks.check_choice("classifier", 3, (None, "first"))


@given(shapes, shapes)
def test_a_free_length_fits_any(shape: tuple[int | None, ...], wanted: tuple[int | None, ...]) -> None:
    fits = checks.shape_fits(shape, wanted)
    assert fits == checks.shape_fits(wanted, shape)
    assert checks.shape_fits(shape, shape) and checks.shape_fits(shape, (None,) * len(shape))
    if None not in shape + wanted:
        assert fits == (shape == wanted)


def test_a_shape_is_refused_with_the_free_lengths_named() -> None:
    checks.check_shape("x", (7, 5, 1), (None, 1))
    with pytest.raises(InputError, match=r"`x` must have shape \(n, any, 1\) for this encoder, received \(7, 5, 2\)\."):
        checks.check_shape("x", (7, 5, 2), (None, 1), " for this encoder")


def test_what_is_not_fitted_says_what_to_call() -> None:
    class Linker:
        coef_: np.ndarray | None = None

    linker = Linker()
    with pytest.raises(NotFittedError, match=r"call `fit\(source, target\)` first: this Linker is not fitted"):
        checks.check_fitted(linker, "coef_")
    with pytest.raises(NotFittedError, match=r"call `load\(folder\)` first"):
        checks.check_fitted(linker, "never_set_", call="load(folder)")
    linker.coef_ = np.zeros(3)
    checks.check_fitted(linker, "coef_")


def test_missing_methods_are_named() -> None:
    checks.check_methods("pairing", [], ("append", "sort"))
    with pytest.raises(InputError, match=r"methods of `bridgeae\.protocols\.Pairing`: list lacks sample, fit\."):
        checks.check_methods("pairing", [], ("sample", "sort", "fit"))


def function(size: int, share: float = 0.5, name: str | None = None, path: Path | None = None) -> None: ...


def foreign(size: Thing) -> None: ...


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 3, "share": 1, "name": None, "path": "anything"}, ""),
        ({"size": 3.0}, "`size`: expected int, received 3.0"),
        ({"size": True, "share": "x"}, "`size`: expected int, received True; `share`: expected float, received 'x'"),
        ({"name": 4}, "`name`: expected str or null, received 4"),
    ],
)
def test_options_of_a_wrong_type_are_named(options: dict[str, Any], message: str) -> None:
    assert checks.wrong_types(options, function) == message


def test_types_that_only_a_checker_knows_are_left_alone() -> None:
    assert checks.wrong_types({"size": 3}, foreign) == ""


def test_only_plain_types_are_checked() -> None:
    assert checks.is_of(3, float) and checks.is_of(3, float | None) and checks.is_of([1], Sequence[float])
    assert not checks.is_of("3", float | None) and not checks.is_of("f", Callable[[int], int] | None)
    assert checks.type_name(int | None) == "int or null"


@pytest.mark.parametrize(("backend", "extra"), [("tensorflow", "tensorflow"), ("jax", "jax"), (None, "tensorflow")])
def test_what_is_not_installed_is_named_with_its_extra(
    backend: str | None, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks.check_installed("numpy")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    if backend:
        monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.setattr(checks, "find_spec", lambda name: None if name in ("keras", "sklearn") else name)
    with pytest.raises(MissingPackageError, match=rf"Keras and scikit-learn, .* pip install 'bridgeae\[{extra}\]'"):
        checks.check_installed("keras", "scipy", "sklearn")


@pytest.mark.parametrize(
    ("modules", "extra"),
    [(["pyarrow"], "parquet"), (["anndata", "pandas"], "anndata"), (["anndata", "distributed"], "anndata,dask")],
)
def test_each_module_has_an_extra(modules: list[str], extra: str) -> None:
    said = checks.which_extra(*modules)
    assert said.endswith(f"pip install 'bridgeae[{extra}]'.") and "trains none" not in said


def test_a_module_that_no_extra_brings_has_none() -> None:
    assert checks.which_extra("nowhere") == "" == checks.which_extra("keras", "nowhere")


def test_jax_is_named_with_its_own_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=r"needs JAX, .* pip install 'bridgeae\[jax\]'"):
        checks.check_installed("jax")
