"""A right adapter passes, and each check names what is broken in just one way."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np
import pytest

from bridgeae import Domain
from bridgeae.errors import FileFormatError, InputError, MissingFileError
from bridgeae.networks import dense_networks
from bridgeae.testing import ContractError, adapter_checks, check_adapter
from bridgeae_copynumber import CopyNumberAdapter
from bridgeae_images import ImageAdapter

pytestmark = pytest.mark.filterwarnings("ignore:loadtxt")
BRIDGE = "bridge_survives_in_another_process"


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
        if x.shape[1:] != (self.length,):
            raise InputError(f"`x` has shape {x.shape}.")
        np.savetxt(path, x)

    def networks(self, latent_shape: tuple) -> tuple:
        return dense_networks((self.length,), latent_shape, units=(8,))

    def augment(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return x + rng.normal(size=x.shape).astype(np.float32)

    def views(self, x: np.ndarray) -> np.ndarray:
        return np.stack([x, -x])

    def draw(self, sample: np.ndarray, axes: Any) -> None:
        axes.plot(sample)


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


# ---- what is right passes (a check raises a ContractError: it needs no assert) ---------------------------------------


@pytest.mark.slow
def test_a_right_adapter_passes(rows: Path) -> None:
    check_adapter(Rows(), rows, installed=False)


def test_a_lossy_adapter_needs_to_be_recognised_only(rows: Path) -> None:
    for check in adapter_checks(with_changes(write=lossy, lossy=True), rows, installed=False):
        if check.__name__ == "write_is_read_back":
            check()


@pytest.mark.parametrize("options", [{"channels": 1}, {"foreground": True}])
@pytest.mark.slow
def test_the_image_adapter_keeps_its_promises(options: dict) -> None:
    path = "sklearn:digits?n=8" if "channels" in options else "drawn:hands?n=8"
    check_adapter(ImageAdapter(size=24, **options), path)


@pytest.mark.parametrize("side", ["raw", "segmented"])
@pytest.mark.slow
def test_the_copy_number_adapter_keeps_its_promises(side: str, profiles: Path) -> None:
    adapter = CopyNumberAdapter(side=side, length=256)
    check_adapter(adapter, profiles, output="written.tsv", latent_shape=(None, 48))


# ---- adapters broken in one way --------------------------------------------------------------------------------------


def with_changes(**changes: Any) -> Any:
    return type("Broken", (Rows,), changes)()


def forgetful(self: Any, *, width: int = 6) -> None:
    self.length = width


def lossy(self: Any, x: np.ndarray, path: Path) -> None:
    Rows.write(self, np.round(x), path)


def lossy_at_random(self: Any, x: np.ndarray, path: Path) -> None:
    Rows.write(self, x + np.random.default_rng().normal(scale=0.1, size=x.shape), path)


def draws_from_the_global_generator(self: Any, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return x + np.float32(np.random.normal())  # noqa: NPY002


def draws_on_its_own(self: Any, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return x + np.float32(np.random.default_rng().normal())


def in_place(self: Any, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    x += 1
    return x


def reads_otherwise_every_time(self: Any, path: Path) -> Domain:
    domain = Rows.read(self, path)
    return Domain(domain.x + np.random.default_rng().normal(scale=1e-3))


def reads_raw(self: Any, path: Path) -> Domain:
    try:
        return Domain(np.loadtxt(path, ndmin=2))
    except ValueError as error:
        raise FileFormatError(str(error)) from None


def swallows_nonsense(self: Any, path: Path) -> Domain:
    try:
        return Rows.read(self, path)
    except FileFormatError:
        return Domain(np.zeros((1, 6)))


def shared_networks(self: Any, latent_shape: tuple, kept: list = []) -> tuple:  # noqa: B006
    if latent_shape != (0,):
        kept[:] = kept or [Rows.networks(self, latent_shape)]
        return kept[0]
    return Rows.networks(self, latent_shape)


def networks_of(sample: tuple, latent: tuple) -> Any:
    def networks(self: Any, latent_shape: tuple) -> tuple:
        return dense_networks(
            sample or self.sample_shape, latent_shape if 0 in latent_shape else latent or latent_shape, units=(8,)
        )

    return networks


def unseeded(self: Any, latent_shape: tuple) -> tuple:
    networks = Rows.networks(self, latent_shape)
    networks[0].layers[-2].kernel.assign_add(np.random.default_rng().normal(size=(8, 8)))
    return networks


def of_any_latent(self: Any, latent_shape: tuple) -> tuple:
    return Rows.networks(self, (max(latent_shape[0], 1),))


def with_lambda(self: Any, latent_shape: tuple) -> tuple:
    encoder, decoder = Rows.networks(self, latent_shape)
    return encoder, keras.Model(decoder.input, keras.layers.Lambda(lambda x: 2 * x)(decoder.output))


BROKEN = [
    ({"name": ""}, "name_is_a_text", "`name` must be a str of the class"),
    ({"__init__": forgetful}, "options_are_plain_and_kept", "AdapterError: .* each constructor option"),
    ({"read": lambda s, p: Rows.read(s, p).x}, "read_returns_a_domain", r"must return a Domain, received \(12, 6\)"),
    ({"read": reads_otherwise_every_time}, "read_is_repeatable", "the same `x` every time"),
    ({"sample_shape": (7,)}, "read_returns_a_domain", r"`sample_shape` is \(7,\), but `read` gives \(6,\)"),
    ({"read": reads_raw}, "read_refuses_a_missing_file", "errors.MissingFileError, it raised FileNotFoundError"),
    ({"read": swallows_nonsense}, "read_refuses_meaningless_files", r"errors.FileFormatError, it raised nothing"),
    ({"write": lossy}, "write_is_read_back", r"must be within 0.01 of it, it is 0\.\d+ off"),
    ({"write": lossy_at_random, "lossy": True}, "write_is_read_back", "that are written twice must read the same"),
    ({"write": lambda s, x, p: Rows.write(s, x[::-1], p), "lossy": True}, "write_is_read_back", "0 of 8 are nearer"),
    ({"write": lambda s, x, p: Rows.write(s, x[:4], p)}, "write_is_read_back", r"\(8, 6\), received \(4, 6\)"),
    ({"write": lambda s, x, p: np.savetxt(p, x.reshape(-1, 6))}, "write_refuses_a_wrong_shape", "errors.InputError"),
    ({"augment": draws_from_the_global_generator}, "augment_returns_samples", "numpy's global generator"),
    ({"augment": draws_on_its_own}, "augment_returns_samples", "equal input and generator must give equal answers"),
    ({"augment": in_place}, "augment_returns_samples", "`augment` must leave its input as it was"),
    ({"augment": lambda s, x, rng: x[:, :3]}, "augment_returns_samples", r"must return \(8, 6\) .* received \(8, 3\)"),
    ({"augment": lambda s, x, rng: x.astype(float)}, "augment_returns_samples", "float32, received .* float64"),
    ({"augment": lambda s, x, rng: x * np.nan}, "augment_returns_samples", "`augment` must return finite values"),
    ({"views": lambda s, x: x}, "views_returns_views", r"must return \(v, \*\(8, 6\)\), received \(8, 6\)"),
    ({"draw": lambda s, x, axes: None}, "draw_plots_a_sample", "`draw` must plot the sample"),
    ({"pixels": lambda s, x: x}, "pixels_are_a_picture", r"must return \(height, width, 1 or 3\)"),
    ({"pixels": lambda s, x: np.zeros((4, 4, 3))}, "pixels_are_a_picture", "uint8, received .* float64"),
    ({"inputs": ("telepathy",)}, "inputs_suit_a_page", "must be among .* received .*telepathy"),
    ({"suffixes": ("csv", ".TXT")}, "inputs_suit_a_page", "must be endings in lower case"),
    ({"networks": networks_of((5,), ())}, "networks_fit_samples_and_latents", r"samples of shape \(6,\), .* \(5,\)"),
    ({"networks": networks_of((), (7,))}, "networks_fit_samples_and_latents", r"latents of shape \(8,\), .* \(7,\)"),
    ({"networks": shared_networks}, "networks_are_new_and_seeded", "must build new networks every time"),
    ({"networks": unseeded}, "networks_are_new_and_seeded", "set_random_seed must fix the initial weights"),
    ({"networks": of_any_latent}, "networks_refuse_an_empty_latent", "errors.InputError, it raised nothing"),
]


@pytest.mark.parametrize(("changes", "name", "message"), BROKEN)
def test_an_adapter_broken_in_one_way_is_found_by_name(
    changes: dict, name: str, message: str, rows: Path, broken: Any
) -> None:
    checks = adapter_checks(with_changes(**changes), rows, installed=False)
    found = broken([check for check in checks if check.__name__ != BRIDGE])
    assert re.search(message, found[name])
    assert len(set(found.values())) == 1  # what builds on the broken promise says so in the same words


def test_networks_that_cannot_be_saved_are_found_by_name(rows: Path, broken: Any) -> None:
    found = broken(adapter_checks(with_changes(networks=with_lambda), rows, installed=False))
    assert set(found) == {BRIDGE}
    assert re.search(r"BundleError.*Lambda", found[BRIDGE])


def test_an_adapter_without_entry_point_is_found_by_name(rows: Path) -> None:
    entry, *others = [c for c in adapter_checks(Rows(), rows) if c.__name__.startswith("entry")]
    assert not others
    with pytest.raises(ContractError, match=r"entry point 'rows' .* must lead to Rows, it leads to nothing"):
        entry()


def test_nothing_is_read_before_a_check_runs() -> None:
    assert len(adapter_checks(Rows(), "nowhere", installed=False)) > 10
