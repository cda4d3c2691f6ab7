from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridgeae.errors import InputError
from bridgeae_tables import TableAdapter, frames

X = np.arange(6.0).reshape(3, 2)


def test_parquet_columns_have_roles(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = {"a": [1, 2], "b": [0.5, 1.5], "type": ["T", "B"], "__index_level_0__": ["c1", "c2"]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "x.parquet")
    domain = TableAdapter().read(f"{tmp_path / 'x.parquet'}?label=type")
    assert domain.x.tolist() == [[1, 0.5], [2, 1.5]] and domain.known_labels().tolist() == ["T", "B"]
    assert domain.names is not None and domain.names.tolist() == ["c1", "c2"]


def test_cells_have_the_columns_of_their_table(tmp_path: Path) -> None:
    anndata, sparse = pytest.importorskip("anndata"), pytest.importorskip("scipy.sparse")
    cells = anndata.AnnData(sparse.csr_matrix(X.astype(np.float32)))
    cells.obs_names, cells.var_names = ["c1", "c2", "c3"], ["g1", "g2"]
    cells.obs["type"] = ["T", "B", "T"]
    cells.layers["counts"], cells.obsm["X_pca"] = X + 1, X[:, :1]
    cells.write_h5ad(tmp_path / "x.h5ad")
    domain = TableAdapter().read(f"{tmp_path / 'x.h5ad'}?label=type")
    assert domain.x.tolist() == X.tolist() and domain.known_labels().tolist() == ["T", "B", "T"]
    assert domain.names is not None and domain.names.tolist() == ["c1", "c2", "c3"]
    assert TableAdapter().for_file(tmp_path / "x.h5ad").columns == ["g1", "g2"]
    assert TableAdapter().read(f"{tmp_path / 'x.h5ad'}?x=counts").x.tolist() == (X + 1).tolist()
    assert TableAdapter().read(f"{tmp_path / 'x.h5ad'}?x=X_pca").sample_shape == (1,)
    with pytest.raises(InputError, match=r"has no matrix 'X_pcb'\. Did you mean `X_pca`"):
        TableAdapter().read(f"{tmp_path / 'x.h5ad'}?x=X_pcb")


@pytest.mark.parametrize("name", ["x.parquet", "x.h5ad"])
def test_a_missing_extra_is_named_before_any_work(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "find_spec", lambda package: None)
    with pytest.raises(InputError, match=r"files need \w+. Run: python -m pip install \"bridgeae\[\w+\]\"$"):
        TableAdapter().read(tmp_path / name)
    with pytest.raises(InputError, match="files need"):
        TableAdapter().write(X, tmp_path / name)
