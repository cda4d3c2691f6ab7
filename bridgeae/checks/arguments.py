"""Checks of arguments: one wording each for counts, shapes, choices, types, methods and what is not fitted."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from importlib.util import find_spec
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import numpy as np

from bridgeae.errors import InputError, MissingPackageError, NotFittedError

Shape = tuple[int | None, ...]
"""Shape of one sample or latent, without the batch; None is a free length."""

MAX_SEED = 2**32 - 1
"""The largest seed that Keras takes."""

TRAINING = ("keras", "scipy", "sklearn")
"""What training imports; see `check_installed`."""

# what a module is called where it is installed from
_DISTRIBUTIONS = {"jax": "JAX", "keras": "Keras", "sklearn": "scikit-learn"}
_EXTRAS = {"anndata": "anndata", "pandas": "anndata", "pyarrow": "parquet", "joblib": "dask", "distributed": "dask"}
_TRAINING = {*TRAINING, "tensorflow", "jax", "onnx"}


def check_installed(*modules: str) -> None:
    """Raise MissingPackageError unless all these modules, which only an extra of bridgeae brings, are installed."""
    if missing := [module for module in modules if find_spec(module) is None]:
        raise MissingPackageError(which_extra(*missing))


def which_extra(*modules: str) -> str:
    """Return which extra of bridgeae brings modules that are missing; "" for one that no extra brings."""
    if not _TRAINING.union(_EXTRAS).issuperset(modules):
        return ""
    trains = not _TRAINING.isdisjoint(modules)
    training = "jax" if "jax" in (*modules, os.environ.get("KERAS_BACKEND")) else "tensorflow"
    extra = training if trains else ",".join(dict.fromkeys(_EXTRAS[module] for module in modules))
    names = " and ".join(_DISTRIBUTIONS.get(module, module) for module in modules)
    plain = " A plain bridgeae uses models, and trains none." if trains else ""
    return f"this needs {names}, which you have not installed: pip install 'bridgeae[{extra}]'.{plain}"


def check_counts(**counts: Any) -> None:
    """Raise InputError unless every number is a whole number of at least 1."""
    for name, value in counts.items():
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
            raise InputError(f"`{name}` must be at least 1 and a whole number, received {value!r}.")


def check_seed(seed: Any) -> None:
    """Raise InputError unless a seed is a whole number from 0 to `MAX_SEED`."""
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or not 0 <= seed <= MAX_SEED:
        raise InputError(f"`seed` must be a whole number from 0 to {MAX_SEED}, received {seed!r}.")


def check_options(name: str, options: Mapping[str, Any] | None, function: Callable[..., Any]) -> None:
    """Raise InputError unless a function takes all these options; the message names the nearest."""
    parameters = inspect.signature(function).parameters.values()
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        known = [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]
        for option in options or {}:
            if option not in known:
                hint = did_you_mean(option, known)
                raise InputError(f"`{name}` has no option {option!r}. Known are {', '.join(known)}.{hint}")


def check_choice(name: str, value: Any, allowed: Iterable[Any]) -> None:
    """Raise InputError unless `value` is one of the allowed ones; the message names the nearest."""
    allowed = list(allowed)
    if value not in allowed:
        words = ", ".join('"' + v + '"' if isinstance(v, str) else str(v) for v in allowed)
        raise InputError(f"`{name}` must be one of {words}, received {value!r}.{did_you_mean(value, allowed)}")


def did_you_mean(value: Any, allowed: Iterable[Any]) -> str:
    """Return a hint with the nearest allowed word, or nothing where none is near."""
    near = get_close_matches(str(value), [str(v) for v in allowed], n=1, cutoff=0.65)
    return f" Did you mean `{near[0]}`?" if near else ""


def shape_fits(shape: Shape, wanted: Shape) -> bool:
    """Return whether a shape equals the wanted one, where None is any length."""
    return len(shape) == len(wanted) and all(None in (s, w) or s == w for s, w in zip(shape, wanted, strict=True))


def check_shape(name: str, shape: Shape, wanted: Shape, of: str = "") -> None:
    """Raise InputError unless an array of shape ``(n, *sample)`` has samples of the wanted shape."""
    if not shape_fits(shape[1:], wanted):
        words = ", ".join("any" if n is None else str(n) for n in wanted)
        raise InputError(f"`{name}` must have shape (n, {words}){of}, received {shape}.")


def check_fitted(thing: object, attribute: str, *, call: str = "fit(source, target)") -> None:
    """Raise NotFittedError unless `thing` has the attribute that its `fit` sets."""
    if getattr(thing, attribute, None) is None:
        raise NotFittedError(f"call `{call}` first: this {type(thing).__name__} is not fitted.")


def check_methods(name: str, thing: object, methods: Iterable[str]) -> None:
    """Raise InputError unless `thing` is an object with all these methods."""
    if isinstance(thing, type):
        raise InputError(f"`{name}` must be an object, received the class {thing.__name__}: pass {thing.__name__}().")
    if missing := [m for m in methods if not callable(getattr(thing, m, None))]:
        lacks = f"{type(thing).__name__} lacks {', '.join(missing)}"
        raise InputError(f"`{name}` must have the methods of `bridgeae.protocols.{name.capitalize()}`: {lacks}.")


def wrong_types(options: Mapping[str, Any], function: Callable[..., Any]) -> str:
    """Return which options of a function or class are not of the plain type that it annotates, or ""."""
    try:
        parameters = inspect.signature(function, eval_str=True).parameters
    except NameError:  # a stranger's annotations may be for type checkers only
        return ""
    given = [(option, value, parameters[option].annotation) for option, value in options.items()]
    wrong = [f"`{o}`: expected {type_name(hint)}, received {v!r}" for o, v, hint in given if not is_of(v, hint)]
    return "; ".join(wrong)


def is_of(value: Any, hint: Any) -> bool:
    """Return whether a value has an annotated type, if that is a plain one; a whole number is a number too."""
    if get_origin(hint) in (Union, UnionType):
        return any(is_of(value, option) for option in get_args(hint))
    if get_origin(hint) is Callable:
        return callable(value)
    if isinstance(value, bool) and hint in (int, float):
        return False
    return hint not in (int, float, str, bool, NoneType) or isinstance(value, int | float if hint is float else hint)


def type_name(hint: Any) -> str:
    """Return the name of an annotated type as an error message writes it."""
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(map(type_name, get_args(hint)))
    return "null" if hint is NoneType else getattr(hint, "__name__", "")
