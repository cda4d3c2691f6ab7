"""The adapter: every format comes back as it was written, and two files make a bridge."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bridgeae import Autoencoder
from bridgeae.cli import main
from bridgeae.errors import InputError, MissingFileError
from bridgeae.testing import adapter_checks, parametrize_with_checks
from bridgeae.testing.assertions import Check
from bridgeae_tables import TableAdapter

SAMPLES = Path(__file__).with_name("samples.csv")
FORMATS = ["csv", "tsv", "csv.gz", "tsv.gz", "npy", "npz"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tables of the same 90 bottles in three classes, in other units and in another order."""
    folder = tmp_path_factory.mktemp("tables")
    rng, labels = np.random.default_rng(0), np.arange(90) % 3
    x = rng.normal(labels[:, None] * 3, 1, (90, 4)) * [1, 1000, 0.01, 1]
    y = x @ rng.normal(size=(4, 5)) / 100 + 40
    for name, values, rows in (("a", x, np.arange(90)), ("b", y, rng.permutation(90))):
        lines = [f"bottle,kind,{','.join(f'{name}{k}' for k in range(values.shape[1]))}"]
        lines += [f"n{k:02d},{'rst'[labels[k]]},{','.join(map(repr, values[k].tolist()))}" for k in rows]
        (folder / f"{name}.csv").write_text("\n".join(lines))
    return folder


@parametrize_with_checks(adapter_checks(TableAdapter(columns=["a", "b"]), SAMPLES, output="written.csv"))
def test_the_adapter_keeps_its_promises(check: Check) -> None:
    check()


@settings(max_examples=20)
@given(
    arrays.arrays(np.float32, (3, 2), elements=st.floats(-(2.0**99), 2.0**99, width=32, allow_subnormal=False)),
    st.lists(st.text("ab,;\"' 1.é", min_size=1).filter(lambda n: n == n.strip()), min_size=3, max_size=3),
    st.sampled_from(FORMATS),
)
def test_samples_and_names_come_back_exactly(x: np.ndarray, names: list[str], ending: str) -> None:
    adapter = TableAdapter(columns=["first, of all", "second"])
    with TemporaryDirectory() as place:
        file = Path(place, f"x.{ending}")
        adapter.write(x, file, None if ending == "npy" else names)
        again = adapter.read(file)
        np.testing.assert_array_equal(again.x, x)
        if ending != "npy":
            assert again.names is not None and again.names.tolist() == names
            assert TableAdapter().for_file(file).columns == adapter.columns


@pytest.mark.parametrize(("ending", "package"), [("parquet", "pyarrow"), ("h5ad", "anndata")])
def test_formats_of_extras_come_back(ending: str, package: str, tmp_path: Path) -> None:
    pytest.importorskip(package)
    x = np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32)
    adapter = TableAdapter(columns=["a", "b"])
    adapter.write(x, tmp_path / f"x.{ending}", list("wxyz"))
    again = adapter.read(tmp_path / f"x.{ending}")
    np.testing.assert_array_equal(again.x, x)
    assert again.names is not None and again.names.tolist() == list("wxyz")


def test_the_adapter_of_a_file_remembers_columns_and_roles(folder: Path, tmp_path: Path) -> None:
    adapter = TableAdapter().for_file(f"{folder / 'a.csv'}?label=kind&name=bottle")
    assert adapter.columns == ["a0", "a1", "a2", "a3"] and adapter.sample_shape == (4,)
    (tmp_path / "new.csv").write_text("a3,bottle,a2,more,a1,a0\n4,m,3,text,2,1\n")
    domain = adapter.read(tmp_path / "new.csv")
    assert domain.x.tolist() == [[1, 2, 3, 4]] and domain.labels is None
    assert domain.names is not None and domain.names.tolist() == ["m"]


def test_a_file_without_column_names_needs_as_many_columns(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 3)))
    assert TableAdapter(columns=["a", "b", "c"]).read(tmp_path / "x.npy").sample_shape == (3,)
    with pytest.raises(InputError, match=r"x.npy has 3 columns of numbers, 2 are expected"):
        TableAdapter(columns=2).read(tmp_path / "x.npy")


def test_samples_of_any_unit_are_standardised(folder: Path) -> None:
    domain = (adapter := TableAdapter(columns=["a0", "a1"])).read(folder / "a.csv")
    side = Autoencoder(*adapter.networks((2,)), adapter=adapter)
    side.build(domain)
    assert side.scaling_ is not None and side.scaling_.kind == "feature"


def test_wrong_arguments_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`columns` must be names"):
        TableAdapter(columns="a")
    with pytest.raises(InputError, match="unknown option 'lable'"):
        TableAdapter(query="lable=a")
    with pytest.raises(InputError, match="`columns` must be known"):
        TableAdapter().networks((2,))
    endings = ".csv, .tsv, .csv.gz, .tsv.gz, .npy, .npz, .h5, .parquet, .h5ad"
    with pytest.raises(InputError, match=f"must end in {endings}, received"):
        TableAdapter().read(tmp_path / "x.xlsx")
    with pytest.raises(MissingFileError, match="is no file"):
        TableAdapter().read(tmp_path / "x.csv")


RUN = """
source: {{adapter: tables, train: "a.csv?label=kind&name=bottle", {fit}}}
target: {{adapter: tables, train: "b.csv?label=kind&name=bottle", {fit}}}
"""


@pytest.mark.slow
def test_two_files_and_a_short_run_file_make_a_measured_bridge(folder: Path, tmp_path: Path) -> None:
    (folder / "class.yaml").write_text(RUN.format(fit="fit: {epochs: 8, learning_rate: 0.01}"))
    assert main(["fit", str(folder / "class.yaml"), "--out", str(tmp_path), "--quiet"]) == 0
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["data"]["source"] == {
        "train": 72,
        "test": 18,
        "from": {"train": "a.csv?label=kind&name=bottle", "test": "0.2 of train"},
    }
    assert results["translation"]["accuracy"] > 0.8
    made = tmp_path / "made.csv"
    assert main(["translate", str(tmp_path / "model"), str(folder / "a.csv"), "-o", str(made), "--quiet"]) == 0
    domain = TableAdapter().read(made)
    assert domain.x.shape == (90, 5) and domain.names is not None and domain.names[:2].tolist() == ["n00", "n01"]
    assert made.read_text().startswith(",b0,b1,b2,b3,b4\n")


@pytest.mark.nightly
def test_given_pairs_are_found_by_name_and_split_alike(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "given.yaml").write_text(RUN.format(fit="fit: {epochs: 1}") + "pairing: given\ntest: 0.3\n")
    assert main(["fit", str(folder / "given.yaml"), "--out", str(tmp_path)]) == 0
    assert "train pairs: 90 rows by their names; 0 of the source and 0 of the target have no" in capsys.readouterr().out
    assert json.loads((tmp_path / "results.json").read_text())["data"]["target"]["test"] == 27
