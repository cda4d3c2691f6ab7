"""The contract kit: what is right passes, and each check fails on something broken in just that way."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import keras
import numpy as np
import pytest

import other_process
from bridgeae import ClassPairing, Domain, FlowLinker, GivenPairing, LinkedAutoencoder, NetworkLinker, RidgeLinker
from bridgeae.errors import FileFormatError, InputError, MissingFileError, NotFittedError
from bridgeae.networks import dense_networks
from bridgeae.testing import ContractError, check_adapter, check_bridge, check_linker, check_pairing
from bridgeae_copynumber import CopyNumberAdapter
from bridgeae_images import ImageAdapter


class Rows:
    """A right adapter: one sample a row of a text file."""

    name: ClassVar[str] = "rows"

    def __init__(self, *, length: int = 6) -> None:
        self.length = length

    @property
    def sample_shape(self) -> tuple[int]:
        return (self.length,)

    def read(self, path: str | Path) -> Domain:
        if not Path(path).exists():
            raise MissingFileError(f"{path} is not there.")
        try:
            return Domain(np.loadtxt(path, ndmin=2)[:, : self.length])
        except ValueError as error:
            raise FileFormatError(f"{path}: {error}") from None

    def write(self, x: np.ndarray, path: str | Path) -> None:
        if x.shape[1:] != self.sample_shape:
            raise InputError(f"`x` has shape {x.shape}.")
        np.savetxt(path, x)

    def networks(self, latent_shape: tuple) -> tuple:
        return dense_networks(self.sample_shape, latent_shape, units=(8,))

    def augment(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return x + rng.normal(size=x.shape).astype(np.float32)

    def views(self, x: np.ndarray) -> np.ndarray:
        return np.stack([x, -x])

    def draw(self, sample: np.ndarray, axes: Any) -> None:
        axes.plot(sample)


pytestmark = pytest.mark.filterwarnings("ignore:loadtxt")


@pytest.fixture(autouse=True)
def quick_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork what the kit starts; its examples, which tests/test_public_api.py runs, start a whole interpreter."""
    monkeypatch.setattr("bridgeae.testing.assertions.subprocess", SimpleNamespace(run=other_process.run))


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "rows.txt"
    np.savetxt(path, np.random.default_rng(0).normal(size=(12, 6)))
    return path


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("profiles") / "cells.tsv"
    values = np.random.default_rng(0).normal(scale=0.2, size=(2, 2, 100))
    lines = [f"S{s}\tchr{c + 1}\t{k}000\t{k + 1}000\t{v:.4f}" for (s, c, k), v in np.ndenumerate(values)]
    path.write_text("\n".join(["sample\tchrom\tstart\tend\tlog2", *lines]))
    return path


# ---- what is right passes --------------------------------------------------------------------------------------------
# (a check raises a ContractError: it needs no assert)


def test_a_right_adapter_passes(rows: Path) -> None:
    check_adapter(Rows(), rows, installed=False)


@pytest.mark.parametrize("options", [{"channels": 1}, {"foreground": True}])
def test_the_image_adapter_keeps_its_promises(options: dict) -> None:
    path = "sklearn:digits?n=8" if "channels" in options else "drawn:hands?n=8"
    check_adapter(ImageAdapter(size=24, **options), path)


@pytest.mark.parametrize("side", ["raw", "segmented"])
def test_the_copy_number_adapter_keeps_its_promises(side: str, profiles: Path) -> None:
    adapter = CopyNumberAdapter(side=side, length=256)
    check_adapter(adapter, profiles, output="written.tsv", latent_shape=(None, 48))


@pytest.mark.parametrize("pairing", [ClassPairing(), GivenPairing(), GivenPairing([0, 5, 9], [1, 0, 3])])
def test_the_pairings_keep_their_promises(pairing: Any, waves: Domain, tiles: Domain) -> None:
    check_pairing(pairing, waves.select(slice(60)), tiles)


@pytest.mark.parametrize(
    ("linker", "options"),
    [
        (RidgeLinker(), {}),
        (NetworkLinker(), {"epochs": 1, "steps": 3}),
        (FlowLinker(units=16), {"epochs": 1, "steps": 3}),
        (FlowLinker("latent", units=16), {"epochs": 1, "steps": 3}),
    ],
)
def test_the_linkers_keep_their_promises(linker: Any, options: dict, waves: Domain, tiles: Domain) -> None:
    check_linker(linker, waves, tiles, ClassPairing().fit(waves, tiles), **options)


# ---- adapters broken in one way --------------------------------------------------------------------------------------


def broken(**changes: Any) -> Any:
    return type("Broken", (Rows,), changes)


def forgetful(self: Any, *, width: int = 6) -> None:
    self.length = width


def lossy(self: Any, x: np.ndarray, path: Path) -> None:
    Rows.write(self, np.round(x), path)


def draws_from_the_global_generator(self: Any, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return x + np.float32(np.random.normal())  # noqa: NPY002


def in_place(self: Any, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    x += 1
    return x


def reads_otherwise_every_time(self: Any, path: Path) -> Domain:
    domain = Rows.read(self, path)
    return Domain(domain.x + np.random.default_rng().normal())


def shared_networks(self: Any, latent_shape: tuple, kept: list = []) -> tuple:  # noqa: B006
    kept[:] = kept or [Rows.networks(self, latent_shape)]
    return kept[0]


def networks_of(sample: tuple, latent: tuple) -> Any:
    return lambda self, latent_shape: dense_networks(sample or self.sample_shape, latent or latent_shape, units=(8,))


def unseeded(self: Any, latent_shape: tuple) -> tuple:
    networks = Rows.networks(self, latent_shape)
    networks[0].layers[-2].kernel.assign_add(np.random.default_rng().normal(size=(8, 8)))
    return networks


def with_lambda(self: Any, latent_shape: tuple) -> tuple:
    encoder, decoder = Rows.networks(self, latent_shape)
    return encoder, keras.Model(decoder.input, keras.layers.Lambda(lambda x: 2 * x)(decoder.output))


def reads_raw(self: Any, path: Path) -> Domain:
    return Domain(np.loadtxt(path, ndmin=2))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "`name` must be a str of the class"),
        ({"__init__": forgetful}, "options must be plain values that are kept as attributes"),
        ({"read": lambda s, p: np.zeros((3, 6))}, "`read` must return a Domain, received ndarray"),
        ({"read": reads_otherwise_every_time}, "`read` must give the same samples and labels every time"),
        ({"sample_shape": (7,)}, r"`sample_shape` is \(7,\), but `read` gives \(6,\)"),
        ({"read": reads_raw}, "nothing is must raise bridgeae.errors.MissingFileError, it raised FileNotFoundError"),
        ({"write": lossy}, r"must be within 0.01 of the samples, it is 0\.\d+ off"),
        ({"write": lambda s, x, p: np.savetxt(p, x[:4])}, r"must be \(8, 6\), received \(4, 6\)"),
        ({"write": lambda s, x, p: np.savetxt(p, x.reshape(len(x), 6))}, "a wrong shape must raise .*InputError"),
        ({"augment": draws_from_the_global_generator}, "the same generator state must give the same samples"),
        ({"augment": in_place}, "`augment` must leave its input as it was"),
        ({"augment": lambda s, x, rng: x[:, :3]}, r"`augment` must return \(8, 6\) float32, received \(8, 3\) float32"),
        ({"augment": lambda s, x, rng: x.astype(float)}, "received .* float64"),
        ({"augment": lambda s, x, rng: x * np.nan}, "`augment` must return finite samples"),
        ({"views": lambda s, x: x}, r"`views` must return \(v, 8, 6\), received \(8, 6\)"),
        ({"draw": lambda s, x, axes: None}, "`draw` must draw the sample"),
        ({"networks": networks_of((5,), ())}, r"the encoder must read samples of shape \(6,\), its shape is \(5,\)"),
        ({"networks": networks_of((), (7,))}, r"write latents of shape \(8,\), its shape is \(7,\)"),
        ({"networks": shared_networks}, "must build new networks every time"),
        ({"networks": unseeded}, "set_random_seed must fix the initial weights"),
        ({"networks": with_lambda}, r"(?s)cannot be used in another process.*BundleError.*Lambda"),
    ],
)
def test_an_adapter_broken_in_one_way_is_told_so(changes: dict, message: str, rows: Path) -> None:
    with pytest.raises(ContractError, match=message):
        check_adapter(broken(**changes)(), rows, installed=False)


def test_an_adapter_that_swallows_nonsense_is_told_so(rows: Path) -> None:
    class Swallows(Rows):
        def read(self, path: str | Path) -> Domain:
            try:
                return super().read(path)
            except FileFormatError:
                return Domain(np.zeros((1, 6)))

    with pytest.raises(ContractError, match=r"meaningless bytes must raise .*FileFormatError, it raised nothing"):
        check_adapter(Swallows(), rows, installed=False)


def test_an_adapter_without_entry_point_is_told_so(rows: Path) -> None:
    with pytest.raises(ContractError, match=r"entry point 'rows' .* must lead to Rows, it leads to nothing"):
        check_adapter(Rows(), rows)


# ---- pairings broken in one way --------------------------------------------------------------------------------------


class Hoarder(GivenPairing):
    drawn: list = []  # noqa: RUF012

    def sample(self, size: int, rng: np.random.Generator) -> Any:
        self.drawn.append(super().sample(size, rng))
        return self.drawn[-1]


def pairing_with(change: Any) -> Any:
    class Broken(GivenPairing):
        def sample(self, size: int, rng: np.random.Generator) -> Any:
            return change(*super().sample(size, rng), rng)

    return Broken()


class Eager(GivenPairing):
    def sample(self, size: int, rng: np.random.Generator) -> Any:
        return np.zeros(size, int), np.zeros(size, int)


class Silent(GivenPairing):
    def fit(self, source: Domain, target: Domain) -> Any:
        super().fit(source, target)


@pytest.mark.parametrize(
    ("pairing", "message"),
    [
        (Eager(), "`sample` before `fit` must raise bridgeae.errors.NotFittedError, it raised nothing"),
        (Silent(), "`fit` must return self"),
        (pairing_with(lambda i, j, rng: (i[:-1], j)), r"`i` must be \(1,\) int64, received \(0,\) int64"),
        (pairing_with(lambda i, j, rng: (i, j.astype(np.int32))), r"`j` must be \(1,\) int64, received \(1,\) int32"),
        (pairing_with(lambda i, j, rng: (i, j + 60)), r"`j` must lie in 0..59"),
        (pairing_with(lambda i, j, rng: (np.random.default_rng().permutation(i), j)), "must give the same pairs"),
        (pairing_with(lambda i, j, rng: (i * 0, j * 0)), "another generator state must give other pairs"),
        (pairing_with(lambda i, j, rng: (i, j + 0 * np.random.randint(9))), "global generator"),  # noqa: NPY002
        (Hoarder(), "memory grew with the draws"),
    ],
)
def test_a_pairing_broken_in_one_way_is_told_so(pairing: Any, message: str, waves: Domain, tiles: Domain) -> None:
    with pytest.raises(ContractError, match=message):
        check_pairing(pairing, waves.select(slice(60)), tiles)


# ---- linkers broken in one way ---------------------------------------------------------------------------------------


class Eagerly(RidgeLinker):
    def predict(self, z: np.ndarray) -> np.ndarray:
        return super().predict(z) if hasattr(self, "coef_") else z


class Silently(RidgeLinker):
    def fit(self, *args: Any, **options: Any) -> Any:
        super().fit(*args, **options)


class Unseeded(RidgeLinker):
    def fit(self, *args: Any, **options: Any) -> Any:
        return super().fit(*args, **options | {"seed": int(np.random.default_rng().integers(1e6))})


class Shapeless(RidgeLinker):
    def predict(self, z: np.ndarray) -> np.ndarray:
        return super().predict(z[..., 0] if np.ndim(z) > 2 else z)


class Amnesiac(RidgeLinker):
    @classmethod
    def from_state(cls, state: Any, networks: Any, arrays: Any) -> Any:
        return super().from_state(state, networks, {"coef": arrays["coef"], "intercept": 0 * arrays["intercept"]})


def linker_with(change: Any, base: Any = RidgeLinker, method: str = "predict") -> Any:
    def changed(self: Any, z: np.ndarray, *rest: Any) -> Any:
        return change(getattr(base, method)(self, z, *rest), z)

    return type("Broken", (base,), {method: changed})()


def in_place_too(made: np.ndarray, z: np.ndarray) -> np.ndarray:
    z += 1
    return made


NOISE = np.random.default_rng()


@pytest.mark.parametrize(
    ("linker", "message"),
    [
        (Eagerly(), "`predict` before `fit` must raise"),
        (Silently(), "`fit` must return self"),
        (linker_with(lambda y, z: y[:, :2]), r"must return \(90, 6, 6, 1\) float32"),
        (linker_with(lambda y, z: y.astype(float)), "received .* float64"),
        (linker_with(lambda y, z: y * np.float32("nan")), "finite latents"),
        (linker_with(in_place_too), "leave its input as it was"),
        (linker_with(lambda y, z: y + np.float32(NOISE.normal())), "the same answer every time"),
        (linker_with(lambda y, z: y - y.mean(0)), "must not depend on what else is predicted"),
        (Unseeded(), "the same `seed` and the same latents"),
        (Shapeless(), "latents of a wrong shape must raise .*InputError, it raised nothing"),
        (Amnesiac(), "a linker loaded in another process must predict as it did here"),
    ],
)
def test_a_linker_broken_in_one_way_is_told_so(linker: Any, message: str, waves: Domain, tiles: Domain) -> None:
    with pytest.raises(ContractError, match=message):
        check_linker(linker, waves, tiles, ClassPairing().fit(waves, tiles))


class Sampling(RidgeLinker):
    """Draws by adding noise."""

    def sample(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        made = self.predict(z)
        return made + rng.normal(size=made.shape).astype(np.float32)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y, z: y[0], r"`sample` must return \(90, 6, 6, 1\) float32"),
        (lambda y, z: y + np.float32(NOISE.normal()), "`sample`: the same generator state"),
        (lambda y, z: 0 * y, "`sample`: another generator state"),
    ],
)
def test_a_sampling_linker_broken_in_one_way_is_told_so(
    change: Any, message: str, waves: Domain, tiles: Domain
) -> None:
    with pytest.raises(ContractError, match=message):
        check_linker(linker_with(change, Sampling, "sample"), waves, tiles, ClassPairing().fit(waves, tiles))


# ---- bridges ---------------------------------------------------------------------------------------------------------


def test_a_bridge_passes(bridge: LinkedAutoencoder, waves: Domain) -> None:
    check_bridge(bridge, waves.x)


def test_a_bridge_that_loses_something_is_told_so(bridge: LinkedAutoencoder, waves: Domain) -> None:
    class Forgets(LinkedAutoencoder):
        def translate(self, *args: Any, **options: Any) -> Any:
            return super().translate(*args, **options) + 1

    forgets = Forgets(bridge.source, bridge.target, bridge.linker)
    forgets.fitted_ = True
    with pytest.raises(ContractError, match="must translate as it did here"):
        check_bridge(forgets, waves.x)


def test_a_bridge_that_is_not_fitted_is_refused(waves: Domain) -> None:
    with pytest.raises(NotFittedError):
        check_bridge(LinkedAutoencoder(), waves.x)
