"""What an adapter promises, one function a promise; `bridgeae.testing.check_adapter` runs them all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

from bridgeae.autoencoder.autoencoder import Autoencoder
from bridgeae.checks import shape_fits
from bridgeae.domain import Domain
from bridgeae.errors import BridgeError, FileFormatError, InputError, MissingFileError
from bridgeae.linked.linked import LinkedAutoencoder
from bridgeae.linker import NetworkLinker, RidgeLinker
from bridgeae.pairing import GivenPairing
from bridgeae.protocols import Shape
from bridgeae.registry import ADAPTERS, adapter_options
from bridgeae.testing.assertions import ContractError, must_raise, promise, said


def check_identity(adapter: Any, installed: bool) -> None:
    """Check name, options and entry point."""
    name = getattr(type(adapter), "name", None)
    promise(isinstance(name, str) and name != "", f"`name` must be a str of the class, received {name!r}.")
    try:
        options = adapter_options(adapter)
        kept = json.loads(json.dumps(options))
        again = json.loads(json.dumps(adapter_options(type(adapter)(**kept))))
    except (BridgeError, TypeError) as error:
        raise ContractError(f"options must be plain values that are kept as attributes: {error}") from error
    promise(kept == again, f"an adapter built from its options must have the same: {kept} became {again}.")
    if installed:
        found = ADAPTERS.load(str(name)) if name in ADAPTERS.entries() else None
        promise(
            found is type(adapter),
            f"the entry point {name!r} in the group bridgeae.adapters must lead to {type(adapter).__name__}, it leads "
            f"to {'nothing' if found is None else found.__name__}. Install the distribution, or pass installed=False.",
        )


def check_read(adapter: Any, path: str | Path) -> Domain:
    """Check that reading is repeatable; return what was read."""
    domain, again = adapter.read(path), adapter.read(path)
    promise(isinstance(domain, Domain), f"`read` must return a Domain, received {type(domain).__name__}.")
    promise(len(domain) > 1, f"`path` {path} must hold two samples or more for this check, `read` found one.")
    same = np.array_equal(domain.x, again.x) and np.array_equal(_labels(domain), _labels(again))
    promise(same, "`read` must give the same samples and labels every time.")
    said = tuple(getattr(adapter, "sample_shape", domain.sample_shape))
    promise(said == domain.sample_shape, f"`sample_shape` is {said}, but `read` gives {domain.sample_shape}.")
    return domain


def check_bad_files(adapter: Any, folder: Path, suffix: str) -> None:
    """Check what reading nothing, an empty file and noise raises."""
    with must_raise(MissingFileError, "`read` of a path where nothing is"):
        adapter.read(folder / f"nothing{suffix}")
    for name, content in (("empty", b""), ("noise", bytes(range(256)) * 4)):
        bad = folder / f"{name}{suffix}"
        bad.write_bytes(content)
        with must_raise(FileFormatError, f"`read` of a file of {len(content)} meaningless bytes"):
            adapter.read(bad)


def check_round_trip(adapter: Any, x: np.ndarray, path: Path, atol: float) -> None:
    """Check that what is written is read back."""
    before = x.copy()
    adapter.write(x, path)
    promise(np.array_equal(x, before), "`write` must leave the samples as they were.")
    again = adapter.read(path).x
    promise(again.shape == x.shape, f"`read` of what `write` wrote must be {x.shape}, received {again.shape}.")
    off = float(np.abs(again - x).max())
    promise(off <= atol, f"`read` of what `write` wrote must be within {atol} of the samples, it is {off:.3g} off.")
    with must_raise(InputError, "`write` of samples of a wrong shape"):
        adapter.write(x[..., None], path.with_name(f"wrong{path.suffix}"))


def check_augment(adapter: Any, x: np.ndarray) -> None:
    """Check `augment`, where there is one."""
    if not callable(getattr(adapter, "augment", None)):
        return
    before = x.copy()
    made, again = (adapter.augment(x, np.random.default_rng(0)) for _ in range(2))
    right = isinstance(made, np.ndarray) and made.shape == x.shape and made.dtype == np.float32
    promise(right, f"`augment` must return {x.shape} float32, received {said(made)}.")
    promise(bool(np.isfinite(made).all()), "`augment` must return finite samples.")
    promise(np.array_equal(x, before), "`augment` must leave its input as it was.")
    promise(np.array_equal(made, again), "`augment`: the same generator state must give the same samples.")


def check_looks(adapter: Any, x: np.ndarray) -> None:
    """Check `views` and `draw`, where they are."""
    if callable(getattr(adapter, "views", None)):
        views = np.asarray(adapter.views(x))
        right = views.ndim == x.ndim + 1 and views.shape[1:] == x.shape
        promise(right, f"`views` must return (v, {', '.join(map(str, x.shape))}), received {views.shape}.")
    if callable(getattr(adapter, "draw", None)):
        from matplotlib.figure import Figure

        axes = Figure().subplots()
        adapter.draw(x[0], axes)
        promise(axes.has_data(), "`draw` must draw the sample into the axes it is given.")


def check_networks(adapter: Any, x: np.ndarray, latent_shape: Shape) -> None:
    """Check that networks fit samples and latents and come out the same under a seed."""
    built = []
    for _ in range(2):
        keras.utils.set_random_seed(0)
        built.append(adapter.networks(latent_shape))
    (encoder, decoder), (other, _) = built
    for what, shape, right in (
        ("the encoder must read samples", encoder.input_shape[1:], shape_fits(x.shape[1:], encoder.input_shape[1:])),
        ("the encoder must write latents", encoder.output_shape[1:], encoder.output_shape[1:] == latent_shape),
        ("the decoder must read latents", decoder.input_shape[1:], decoder.input_shape[1:] == latent_shape),
        ("the decoder must write samples", decoder.output_shape[1:], shape_fits(x.shape[1:], decoder.output_shape[1:])),
    ):
        wanted = latent_shape if "latents" in what else x.shape[1:]
        promise(right, f"`networks`: {what} of shape {wanted}, its shape is {tuple(shape)}.")
    made = decoder.predict(encoder.predict(x, verbose=0), verbose=0)
    promise(made.shape == x.shape, f"`networks`: samples {x.shape} came back as {made.shape}.")
    promise(other is not encoder, "`networks` must build new networks every time, not share them.")
    same = all(np.array_equal(a, b) for a, b in zip(encoder.get_weights(), other.get_weights(), strict=True))
    promise(same, "`networks`: keras.utils.set_random_seed must fix the initial weights.")
    with must_raise(InputError, "`networks` of the latent shape (0,)"):
        adapter.networks((0,))


def small_bridge(adapter: Any, few: Domain, latent_shape: Shape, installed: bool) -> LinkedAutoencoder:
    """Train for one epoch a bridge between the samples and themselves."""
    sides = [
        Autoencoder(*adapter.networks(latent_shape), adapter=adapter if installed else None).fit(few, epochs=1)
        for _ in range(2)
    ]
    linker: Any = NetworkLinker("convolutional") if None in latent_shape else RidgeLinker()
    options = {"epochs": 1} if None not in latent_shape else {"epochs": 1, "steps": 1, "batch_size": 2}
    bridge = LinkedAutoencoder(sides[0], sides[1], linker)
    return bridge.fit(few, few, pairing=GivenPairing(), linker_options=options)


def _labels(domain: Domain) -> np.ndarray:
    return np.empty(0) if domain.labels is None else domain.labels
