"""Damaged files and odd commands raise errors of our own, and nothing else.

`BRIDGEAE_FUZZ_CASES=10000 pytest tests/test_fuzz.py` tries as many of each, at random; without it the same 200
are tried each time. What ever failed is kept in `tests/hostile` and in the examples below.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridgeae.cli import main as bridgeae
from bridgeae.errors import BridgeError
from bridgeae.runs import read_config
from bridgeae.saving import State, read_bundle, write_bundle
from bridgeae.saving.inspecting import inspect_bundle
from bridgeae_copynumber import read
from bridgeae_copynumber.cli import main as segment
from bridgeae_images import ImageAdapter
from bridgeae_tables import TableAdapter
from fuzzing import damaged, tried
from hostile import run_files
from image_files import picture

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


def held(fill: Callable[[Any], Any]) -> bytes:
    fill(buffer := io.BytesIO())
    return buffer.getvalue()


def tolerated(reader: Callable[[Path], Any], path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with suppress(BridgeError):
        reader(path)


BINS = b"chrom\tstart\tend\tlog2\nchr1\t0\t10\t0.1\nchr1\t10\t20\tNA\nchr2\t0\t10\t-0.5\n"
TEXTS = [
    BINS,
    b"sample,chrom,start,end,log2\na,1,0,10,0.5\nb,1,0,10,.\n",
    b"track type=wiggle_0\nfixedStep chrom=chr1 start=1 step=10 span=10\n1\n2.5\nvariableStep chrom=chr2\n5 1\n",
    b"chr1\t0\t10\t0.1\nchr1\t10\t20\t0.2\n",
    b"ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\na\t1\t1\t100\t9\t0.3\n",
    b'"chrom";"start";"end";"ratio"\n"chr1";0;10;"1.1"\n',
    gzip.compress(BINS, mtime=0),
]


def _cells(buffer: Any) -> None:
    with h5py.File(buffer, "w") as file:
        file["X"] = np.array([[0.1, -0.2], [0.0, 1.5]])
        for key, values in (("var/chrom", [b"1", b"1"]), ("var/_index", [b"a", b"b"]), ("obs/_index", [b"c", b"d"])):
            file[key] = np.array(values)
        file["var/start"], file["var/end"] = [0, 10], [10, 20]


@tried()
@given(damaged([*TEXTS, held(_cells)]))
@example(b"fixedStep chrom=chr1 start=1 step=0\n1\n")
def test_bins(folder: Path, data: bytes) -> None:
    tolerated(read, folder / "bins.txt", data)


def _pictures(buffer: Any) -> None:
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("0/a.png", "1/b.png"):
            archive.writestr(zipfile.ZipInfo(name), picture(size=(9, 9)))


def _digits(buffer: Any) -> None:
    x, y = np.zeros((2, 9, 9), np.uint8), np.arange(2)
    np.savez_compressed(buffer, x_train=x, y_train=y, x_test=x, y_test=y)


def _signs(buffer: Any) -> None:
    with h5py.File(buffer, "w") as file:
        file["train_set_x"], file["train_set_y"] = np.zeros((2, 9, 9, 3), "u1"), np.arange(2)


KINDS = {".png": picture(size=(9, 9)), ".zip": held(_pictures), ".npz": held(_digits), ".h5": held(_signs)}


@pytest.mark.parametrize("ending", KINDS)
def test_pictures(folder: Path, ending: str) -> None:
    adapter = ImageAdapter(size=8)

    @tried()
    @given(damaged([KINDS[ending]]))
    @example(bytes.fromhex("89504e470d0a1a0a0000000d49484452000000110000001410000000001e5b55d6cd0001ee4944415450f9"))
    def test(data: bytes) -> None:
        tolerated(adapter.read, folder / f"a{ending}", data)

    test()


TABLES = {
    ".csv": b"name,type,a,b\nx,T,0.5,1\ny,B,,2\n",
    ".tsv": b"\ta\tb\nx\t1\t2\n",
    ".npy": held(lambda b: np.save(b, np.eye(3))),
    ".npz": held(lambda b: np.savez(b, x=np.eye(3), labels=np.arange(3), columns=np.array(["a", "b", "c"]))),
}


@pytest.mark.parametrize("ending", TABLES)
def test_tables(folder: Path, ending: str) -> None:
    @tried()
    @given(damaged([TABLES[ending]]))
    def test(data: bytes) -> None:
        tolerated(TableAdapter().read, folder / f"a{ending}", data)

    test()


QUERY = st.lists(
    st.sampled_from("? & = , - n seed repeat classes half x drop label 0 9 999999999999 all ² é".split()), max_size=9
)


@tried()
@given(QUERY.map("".join))
def test_queries(folder: Path, query: str) -> None:
    (folder / "t.csv").write_bytes(TABLES[".csv"])
    (folder / "p.png").write_bytes(KINDS[".png"])
    for adapter, name in ((ImageAdapter(size=8), "p.png"), (TableAdapter(), "t.csv")):
        with suppress(BridgeError):
            adapter.read(f"{folder / name}?{query}")


@tried()
@given(damaged([run_files.RUN.encode()]))
def test_run_files(folder: Path, data: bytes) -> None:
    tolerated(read_config, folder / "run.yaml", data)


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    write_bundle(folder / "model", State({"source": {"kind": "Autoencoder"}}, arrays={"mean": np.arange(4.0)}))
    return folder / "model"


@tried()
@given(data=st.data())
def test_manifests_and_arrays(model: Path, data: st.DataObject) -> None:
    manifest, arrays = model / "manifest.json", model / "arrays.safetensors"
    sound = manifest.read_bytes(), arrays.read_bytes()
    try:
        if data.draw(st.booleans()):
            manifest.write_bytes(data.draw(damaged([sound[0]])))
        else:
            arrays.write_bytes(data.draw(damaged([sound[1]])))
            told = json.loads(sound[0])
            told["sha256"][arrays.name] = sha256(arrays.read_bytes()).hexdigest()  # the next check has to find it
            manifest.write_text(json.dumps(told))
        for reader in (read_bundle, inspect_bundle):
            with suppress(BridgeError):
                reader(model)
    finally:
        manifest.write_bytes(sound[0])
        arrays.write_bytes(sound[1])


WORDS = "-o --output --overwrite --seed --draws --json -q -1 nan inf 0 9999999999999999999999 -- = é a/b".split()
WORDS += [
    "",
    " ",
    "a" * 300,
    "\udcff",
    "--target",
    "--penalty",
    "--jobs",
    "--min-jump",
    "--sample",
    "--format",
    "bed",
    "/dev/null",
]


@tried()
@given(
    st.sampled_from(["translate", "evaluate", "report", "inspect", "info-", ""]),
    st.lists(st.sampled_from(WORDS), max_size=5),
)
@example("translate", ["--", "--"])
def test_the_command_line(folder: Path, command: str, words: list[str]) -> None:
    quiet(bridgeae, [command, str(folder / "no-model"), *words])


@tried()
@given(st.lists(st.sampled_from(WORDS), max_size=5))
def test_the_command_line_of_the_segmenter(folder: Path, words: list[str]) -> None:
    (folder / "in.tsv").write_bytes(BINS)
    words = [word if word != "9999999999999999999999" else "2" for word in words]  # processes are really started
    quiet(segment, [str(folder / "in.tsv"), "-o", str(folder / "out.seg"), "--overwrite", *words])


def quiet(main: Callable[[list[str]], int], arguments: list[str]) -> None:
    """Run a command; an exit of argparse is its way to refuse."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), suppress(SystemExit):
        assert main(arguments) in (0, 2)
