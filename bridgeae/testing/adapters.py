"""The contract of adapters."""

from __future__ import annotations

import json
import re
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from warnings import catch_warnings

import numpy as np

from bridgeae.autoencoder import Autoencoder
from bridgeae.autoencoder.reconstruction import ReconstructionWarning
from bridgeae.checks import Shape, shape_fits
from bridgeae.domain import Domain
from bridgeae.errors import FileFormatError, InputError, MissingFileError
from bridgeae.linked import LinkedAutoencoder
from bridgeae.linker import NetworkLinker, RidgeLinker
from bridgeae.pairing import GivenPairing
from bridgeae.progress import Progress
from bridgeae.protocols import Adapter
from bridgeae.registry import ADAPTERS, adapter_options
from bridgeae.testing import assertions as kit
from bridgeae.testing.bridges import must_survive

WAYS = {"camera", "drawing", "recording", "text"}
"""Ways beside a file in which a page may ask; see `bridgeae.protocols.Adapter`."""
_RECOGNISED = 0.75  # least share of samples of a lossy format that are nearest to their own


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
        path: what it reads, two samples at least; eight of them, evenly spread, are used.
        output: name of the file or folder it is asked to write, with the ending it needs.
        latent_shape: one that its networks support.
        atol: precision of the format, in the units of the samples. An adapter whose class has ``lossy = True``, as for
            compressed pictures and spectrograms, promises less: what is written twice reads the same, and reads as the
            sample it was, nearer to it than to the others.
        installed: whether its distribution is installed, so that its entry point has to lead to it.

    Raises:
        ContractError: promises are broken.

    Example:
        >>> from bridgeae.testing import check_adapter
        >>> from bridgeae_images import ImageAdapter
        >>> check_adapter(ImageAdapter(size=16, channels=1), "sklearn:digits?n=8", latent_shape=(4,))
    """
    options: Any = {"output": output, "latent_shape": latent_shape, "atol": atol, "installed": installed}
    kit.run_checks(adapter, adapter_checks(adapter, path, **options))


def adapter_checks(
    adapter: Adapter,
    path: str | Path,
    *,
    output: str = "written",
    latent_shape: Shape = (8,),
    atol: float = 0.01,
    installed: bool = True,
) -> list[kit.Check]:
    """Return the checks that `check_adapter` runs, for `parametrize_with_checks`. Nothing is read before they run.

    Example:
        >>> from bridgeae.testing import adapter_checks
        >>> from bridgeae_tables import TableAdapter
        >>> [check.__name__ for check in adapter_checks(TableAdapter(), "samples.csv")][:2]
        ['name_is_a_text', 'options_are_plain_and_kept']
    """
    without = [name for name in ("augment", "views", "draw", "pixels") if not callable(getattr(adapter, name, None))]
    without += [] if installed else ["entry"]
    contract = AdapterContract(adapter, path, output, tuple(latent_shape), atol, installed)
    return kit.checks_of(contract, without=without)


class AdapterContract:
    """What an adapter promises; see `bridgeae.protocols.Adapter`."""

    def __init__(self, adapter: Any, path: Any, output: str, latent_shape: Shape, atol: float, installed: bool) -> None:
        self._adapter, self._path, self._output, self._atol = adapter, path, output, atol
        self._latent_shape, self._installed = latent_shape, installed

    def name_is_a_text(self) -> None:
        name = getattr(type(self._adapter), "name", None)
        kit.promise(isinstance(name, str) and name != "", f"`name` must be a str of the class, received {name!r}.")

    def options_are_plain_and_kept(self) -> None:
        kept = json.loads(json.dumps(adapter_options(self._adapter)))
        again = json.loads(json.dumps(adapter_options(type(self._adapter)(**kept))))
        kit.promise(kept == again, f"an adapter built from its options must have the same: {kept} became {again}.")

    def entry_point_leads_to_the_adapter(self) -> None:
        name, kind, entry = self._adapter.name, type(self._adapter), ADAPTERS.entries().get(self._adapter.name)
        otherwise = f"the entry point {name!r} in the group {ADAPTERS.group} must lead to {kind.__name__}, it leads to "
        otherwise += f"{entry.value if entry else 'nothing'}. Install the distribution, or pass installed=False."
        kit.promise(entry is not None and ADAPTERS.load(name) is kind, otherwise)

    def read_returns_a_domain(self) -> None:
        shape, stated = self._read.sample_shape, getattr(self._adapter, "sample_shape", self._read.sample_shape)
        kit.promise(tuple(stated) == shape, f"`sample_shape` is {stated}, but `read` gives {shape}.")

    def read_is_repeatable(self) -> None:
        with kit.global_generator_untouched("`read`"):
            again = self._adapter.read(self._path)
        for name in ("x", "labels"):
            one, two = (np.asarray(getattr(domain, name)) for domain in (self._read, again))
            kit.promise(np.array_equal(one, two), f"`read` must give the same `{name}` every time.")

    def read_refuses_a_missing_file(self) -> None:
        with TemporaryDirectory() as scratch, kit.must_raise(MissingFileError, "`read` of a path where nothing is"):
            self._adapter.read(Path(scratch, self._output))

    def read_refuses_meaningless_files(self) -> None:
        for content in (b"", bytes(range(256)) * 4):
            what = f"`read` of a file of {len(content)} meaningless bytes"
            with TemporaryDirectory() as scratch, kit.must_raise(FileFormatError, what):
                Path(scratch, self._output).write_bytes(content)
                self._adapter.read(Path(scratch, self._output))

    def write_is_read_back(self) -> None:
        x, again = self._few.x, self._written_and_read()
        kit.promise(again.shape == x.shape, f"`read` of what `write` wrote must be {x.shape}, received {again.shape}.")
        if getattr(self._adapter, "lossy", False):
            self._is_recognised(again)
            return
        off, limit = float(np.abs(again - x).max()), self._atol
        kit.promise(off <= limit, f"`read` of what `write` wrote must be within {limit} of it, it is {off:.3g} off.")

    def _written_and_read(self) -> np.ndarray:
        given, x = self._few.x.copy(), self._few.x
        with TemporaryDirectory() as scratch, kit.global_generator_untouched("`write`"):
            self._adapter.write(given, Path(scratch, self._output))
            again: np.ndarray = self._adapter.read(Path(scratch, self._output)).x
        kit.promise(np.array_equal(given, x), "`write` must leave the samples as they were.")
        return again

    def _is_recognised(self, again: np.ndarray) -> None:
        """Check what a lossy format keeps: what is written twice is equal, and samples are nearest to their own."""
        same = np.array_equal(again, self._written_and_read())
        kit.promise(same, "`lossy`: samples that are written twice must read the same, seed what is random in `write`.")
        flat = [samples.reshape(len(samples), -1) for samples in (again, self._few.x)]
        distance = np.linalg.norm(flat[0][:, None] - flat[1], axis=-1)
        own = int((np.diag(distance) <= distance.min(1)).sum())
        kit.promise(
            own >= _RECOGNISED * len(again),
            f"`lossy`: what `write` wrote must be read as the sample it was: {own} of {len(again)} are nearer to their "
            "own sample than to the others.",
        )

    def write_refuses_a_wrong_shape(self) -> None:
        wrong = self._few.x[..., None]
        with TemporaryDirectory() as scratch, kit.must_raise(InputError, "`write` of samples of a wrong shape"):
            self._adapter.write(wrong, Path(scratch, self._output))

    def augment_returns_samples(self) -> None:
        samples = self._few.x
        kit.must_map("augment", lambda x: self._adapter.augment(x, np.random.default_rng(0)), samples, samples.shape)

    def views_returns_views(self) -> None:
        x = self._few.x
        shape = np.shape(self._adapter.views(x.copy()))
        kit.promise(shape[1:] == x.shape, f"`views` must return (v, *{x.shape}), received {shape}.")

    def draw_plots_a_sample(self) -> None:
        from matplotlib.figure import Figure

        axes = Figure().subplots()
        self._adapter.draw(self._few.x[0], axes)
        kit.promise(axes.has_data(), "`draw` must plot the sample into the axes it is given.")

    def pixels_are_a_picture(self) -> None:
        pixels = self._adapter.pixels(self._few.x[0])
        shape = (*np.shape(pixels)[:2], 3 if np.shape(pixels)[2:] == (3,) else 1)
        kit.must_be("`pixels` must return (height, width, 1 or 3):", pixels, shape, "uint8")

    def inputs_suit_a_page(self) -> None:
        ways, endings = (tuple(getattr(self._adapter, name, ())) for name in ("inputs", "suffixes"))
        kit.promise(set(ways) <= WAYS, f"`inputs` must be among {sorted(WAYS)}, received {ways}.")
        plain = all(isinstance(e, str) and re.fullmatch(r"(\.[a-z0-9]{1,8}){1,2}", e) for e in endings)
        kit.promise(plain, f"`suffixes` must be endings in lower case such as '.csv', received {endings}.")

    def networks_fit_samples_and_latents(self) -> None:
        (encoder, decoder), x = self._networks(), self._few.x
        for what, (_, *shape), wanted in (
            ("the encoder must read samples", encoder.input_shape, x.shape[1:]),
            ("the encoder must write latents", encoder.output_shape, self._latent_shape),
            ("the decoder must read latents", decoder.input_shape, self._latent_shape),
            ("the decoder must write samples", decoder.output_shape, x.shape[1:]),
        ):
            right = shape_fits(wanted, tuple(shape)) if "samples" in what else tuple(shape) == wanted
            kit.promise(right, f"`networks`: {what} of shape {wanted}, its shape is {tuple(shape)}.")
        made = decoder.predict(encoder.predict(x, verbose=0), verbose=0)
        kit.promise(made.shape == x.shape, f"`networks`: samples {x.shape} came back as {made.shape}.")

    def networks_are_new_and_seeded(self) -> None:
        first, second = self._networks()[0], self._networks()[0]
        kit.promise(first is not second, "`networks` must build new networks every time, not share them.")
        same = all(map(np.array_equal, first.get_weights(), second.get_weights()))
        kit.promise(same, "`networks`: keras.utils.set_random_seed must fix the initial weights.")

    def networks_refuse_an_empty_latent(self) -> None:
        with kit.must_raise(InputError, "`networks` of the latent shape (0,)"):
            self._adapter.networks((0,))

    def bridge_survives_in_another_process(self) -> None:
        quick = dict[str, Any](epochs=1, progress=Progress(quiet=True))
        # given pairs must be several different ones, a file may hold two samples
        few = Domain(np.concatenate([self._few.x * np.float32(1 - k / 50) for k in range(3)]))
        adapter = self._adapter if self._installed else None  # what is not installed cannot be loaded
        with catch_warnings(action="ignore", category=ReconstructionWarning):  # of one epoch
            a, b = (Autoencoder(*self._networks(), adapter=adapter).fit(few, **quick) for _ in range(2))
        linker: Any = RidgeLinker()
        if None in self._latent_shape:
            linker, quick = NetworkLinker("convolutional"), quick | {"steps": 1, "batch_size": 2}
        bridge = LinkedAutoencoder(a, b, linker).fit(few, few, pairing=GivenPairing(), linker_options=quick)
        must_survive(bridge, few.x)

    @cached_property
    def _read(self) -> Domain:
        read: Domain = self._adapter.read(self._path)
        kit.promise(isinstance(read, Domain), f"`read` must return a Domain, received {kit.describe(read)}.")
        kit.promise(len(read) > 1, f"`path` {self._path} must hold two samples or more, `read` found {len(read)}.")
        return read

    @cached_property
    def _few(self) -> Domain:
        spread = np.linspace(0, len(self._read) - 1, min(8, len(self._read)))  # neighbours in a file are often alike
        return self._read.select(spread.astype(int))

    def _networks(self) -> Any:
        from bridgeae.networks.backend import keras

        keras.utils.set_random_seed(0)
        return self._adapter.networks(self._latent_shape)
