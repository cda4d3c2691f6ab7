"""Contracts for adapters, pairings, linkers and bridges: call these checks from your own tests.

A check returns nothing, or raises a `ContractError` that says which promise of `bridgeae.protocols` is broken.
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bridgeae.domain import Domain
from bridgeae.errors import InputError, NotFittedError
from bridgeae.linked.linked import LinkedAutoencoder
from bridgeae.progress import Progress
from bridgeae.protocols import Adapter, Linker, Pairing, Shape
from bridgeae.saving.bundle import write_bundle
from bridgeae.testing.adapters import (
    check_augment,
    check_bad_files,
    check_identity,
    check_looks,
    check_networks,
    check_read,
    check_round_trip,
    small_bridge,
)
from bridgeae.testing.assertions import (
    ContractError,
    bytes_kept_by,
    close,
    elsewhere,
    global_generator_untouched,
    must_raise,
    promise,
    said,
)

__all__ = ["ContractError", "check_adapter", "check_bridge", "check_linker", "check_pairing"]

_RETAINED = 100_000  # bytes that a pairing may keep after many draws


def check_adapter(
    adapter: Adapter,
    path: str | Path,
    *,
    output: str = "written",
    latent_shape: Shape = (8,),
    atol: float = 0.01,
    installed: bool = True,
) -> None:
    """Check all that an adapter promises, and that a bridge between its samples survives in another process.

    Args:
        adapter: with the options to test.
        path: what it reads, two samples at least; the first eight are used.
        output: name of the file or folder it is asked to write, with the ending it needs.
        latent_shape: one that its networks support.
        atol: precision of the format, in the units of the samples.
        installed: whether its distribution is installed, so that its entry point has to lead to it.

    Raises:
        ContractError: a promise is broken.

    Example:
        >>> from bridgeae.testing import check_adapter
        >>> from bridgeae_images import ImageAdapter
        >>> check_adapter(ImageAdapter(size=16, channels=1), "sklearn:digits?n=8", latent_shape=(4,))
    """
    check_identity(adapter, installed)
    with TemporaryDirectory() as scratch, global_generator_untouched("an adapter"):
        folder, suffix = Path(scratch), Path(output).suffix
        domain = check_read(adapter, path)
        check_bad_files(adapter, folder, suffix)
        few = domain.select(slice(8))
        check_round_trip(adapter, few.x, folder / output, atol)
        check_augment(adapter, few.x)
        check_looks(adapter, few.x)
    check_networks(adapter, few.x, tuple(latent_shape))
    check_bridge(small_bridge(adapter, few, tuple(latent_shape), installed), few.x)


def check_pairing(pairing: Pairing, source: Domain, target: Domain) -> None:
    """Check all that a pairing promises.

    Args:
        pairing: before its `fit`.
        source: samples or latents of the source side, with all that the pairing needs; it has to allow several pairs.
        target: of the target side.

    Raises:
        ContractError: a promise is broken.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, GivenPairing
        >>> from bridgeae.testing import check_pairing
        >>> check_pairing(GivenPairing(), Domain(np.zeros((9, 2))), Domain(np.zeros((9, 3))))
    """
    draw = lambda seed, size: pairing.sample(size, np.random.default_rng(seed))  # noqa: E731
    with must_raise(NotFittedError, "`sample` before `fit`"):
        deepcopy(pairing).sample(1, np.random.default_rng(0))
    with global_generator_untouched("a pairing"):
        promise(pairing.fit(source, target) is pairing, "`fit` must return self.")
        for size in (1, 7, 1000):
            for name, index, side in zip(("i", "j"), draw(0, size), (source, target), strict=True):
                right = isinstance(index, np.ndarray) and index.dtype == np.int64 and index.shape == (size,)
                promise(right, f"`sample({size}, rng)`: `{name}` must be ({size},) int64, received {said(index)}.")
                inside = index.min() >= 0 and index.max() < len(side)
                promise(
                    inside, f"`sample`: `{name}` must lie in 0..{len(side) - 1}, received {index.min()}..{index.max()}."
                )
        first = np.stack(draw(1, 64))
        promise(np.array_equal(first, draw(1, 64)), "`sample`: the same generator state must give the same pairs.")
        promise(not np.array_equal(first, draw(2, 64)), "`sample`: another generator state must give other pairs.")
    promise(bytes_kept_by(lambda: draw(3, 1000)) < _RETAINED, "`sample` must keep nothing: memory grew with the draws.")
    latents = Domain(np.zeros((len(target), 1)), target.labels, target.groups)
    promise(pairing.fit(source, latents) is pairing, "`fit` must work again, on latents in place of samples.")


def check_linker(linker: Linker, source: Domain, target: Domain, pairing: Pairing, **fit_options: Any) -> None:
    """Check all that a linker promises; what samples, or can be saved, is checked for that too.

    Args:
        linker: before its `fit`.
        source: latents of the source side.
        target: latents of the target side.
        pairing: fitted on the two.
        fit_options: run length and the like, for the linker's `fit`.

    Raises:
        ContractError: a promise is broken.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, GivenPairing, RidgeLinker
        >>> from bridgeae.testing import check_linker
        >>> a, b = Domain(np.eye(6)), Domain(np.ones((6, 2)))
        >>> check_linker(RidgeLinker(), a, b, GivenPairing().fit(a, b), epochs=1)
    """
    options = {"seed": 3, "progress": Progress(quiet=True), **fit_options}
    with must_raise(NotFittedError, "`predict` before `fit`"):
        deepcopy(linker).predict(source.x)
    fitted, again = deepcopy(linker), deepcopy(linker)
    promise(fitted.fit(source, target, pairing, refresh=None, **options) is fitted, "`fit` must return self.")
    z, before = source.x, source.x.copy()
    made = fitted.predict(z)
    shape = len(z), *target.sample_shape
    right = isinstance(made, np.ndarray) and made.shape == shape and made.dtype == np.float32
    promise(right, f"`predict` must return {shape} float32, received {said(made)}.")
    promise(bool(np.isfinite(made).all()), "`predict` must return finite latents.")
    promise(np.array_equal(z, before), "`predict` must leave its input as it was.")
    promise(np.array_equal(made, fitted.predict(z)), "`predict` must give the same answer every time.")
    promise(close(made[:1], fitted.predict(z[:1])), "`predict` must not depend on what else is predicted.")
    again.fit(source, target, pairing, refresh=lambda rng: source.x, **options)
    promise(close(made, again.predict(z)), "`fit`: the same `seed` and the same latents must give the same linker.")
    with must_raise(InputError, "`predict` of latents of a wrong shape"):
        fitted.predict(np.zeros((2, *source.sample_shape, 1), np.float32))
    if callable(getattr(fitted, "sample", None)):
        _check_draws(fitted, z, shape)
    if callable(getattr(fitted, "get_state", None)):
        _check_saved_linker(fitted, z)


def check_bridge(bridge: LinkedAutoencoder, x: np.ndarray) -> None:
    """Check that a fitted bridge, saved and loaded in another process, translates as it does here.

    Args:
        bridge: fitted.
        x: (n, *sample), a few source samples.

    Raises:
        ContractError: it cannot be saved or loaded there, or translates differently.

    Example:
        >>> import numpy as np
        >>> from bridgeae import GivenPairing, LinkedAutoencoder
        >>> from bridgeae.testing import check_bridge
        >>> x = np.random.default_rng(0).normal(size=(32, 5))
        >>> check_bridge(LinkedAutoencoder().fit(x, x, pairing=GivenPairing()), x)
    """
    with TemporaryDirectory() as scratch:
        bridge.save(Path(scratch) / "model")
        code = "from bridgeae import LinkedAutoencoder as B; made = B.load(folder + '/model').translate(x)"
        made = elsewhere(code, scratch, x)
    promise(close(bridge.translate(x), made), "a bridge loaded in another process must translate as it did here.")


def _check_draws(linker: Any, z: np.ndarray, shape: tuple[int, ...]) -> None:
    one, same, other = (linker.sample(z, np.random.default_rng(seed)) for seed in (0, 0, 1))
    right = isinstance(one, np.ndarray) and one.shape == shape and one.dtype == np.float32
    promise(right, f"`sample` must return {shape} float32, received {said(one)}.")
    promise(np.array_equal(one, same), "`sample`: the same generator state must give the same draws.")
    promise(not np.array_equal(one, other), "`sample`: another generator state must give other draws.")


def _check_saved_linker(linker: Any, z: np.ndarray) -> None:
    kind = type(linker)
    with TemporaryDirectory() as scratch:
        write_bundle(Path(scratch) / "model", linker.get_state())
        code = (
            f"from bridgeae.saving import read_bundle; from {kind.__module__} import {kind.__name__} as Kind;"
            "made = Kind.from_state(read_bundle(folder + '/model')).predict(x)"
        )
        made = elsewhere(code, scratch, z)
    promise(close(linker.predict(z), made), "a linker loaded in another process must predict as it did here.")
