from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from adapters.copynumber.samples import stairs
from bridgeae.errors import FileFormatError, InputError, MissingFileError
from bridgeae_copynumber.segmentation import MODEL, call, network, pack
from bridgeae_copynumber.segmentation.network import CHUNK, run_network


def test_an_absent_model_is_named() -> None:
    with pytest.raises(MissingFileError, match=r"nowhere\.onnx is not there"):
        call(np.zeros(3), np.array([3]), model="nowhere.onnx")


def test_a_file_that_is_no_model_is_refused() -> None:
    with pytest.raises(FileFormatError, match=r"py is not an ONNX file that can be read"):
        call(np.zeros(3), np.array([3]), model=__file__)


def test_a_model_with_other_channels_is_refused(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    value = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, (1, "length", 2)) for n in "xy"]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["x"], ["y"])], "g", value[:1], value[1:])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, tmp_path / "two.onnx")
    with pytest.raises(InputError, match=r"two\.onnx reads .*2.*, not 3 channels x"):
        run_network(np.zeros((16, 3), np.float32), model=tmp_path / "two.onnx")


def test_a_long_row_gives_the_same_at_the_seam_of_two_chunks() -> None:
    values = np.tile(stairs(sigma=0.05), 130)
    x = pack(values, np.array([len(values)]), min_jump=0.2).x
    around = slice(CHUNK - 4096, CHUNK + 4096)  # in this part the seam lies in the middle of one chunk
    long, short = run_network(x).logit[around], run_network(x[around]).logit
    np.testing.assert_allclose(long[3072:5120], short[3072:5120], atol=0.05)


def test_long_chromosomes_keep_their_breakpoints() -> None:
    values = np.tile(stairs(sigma=0.05), 130)
    starts = call(values, np.array([len(values)])).starts
    inside = starts[(starts > 16000) & (starts < 33600)]
    assert {0, 120, 180} == set((inside % 320).tolist())


def test_a_damaged_network_of_the_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for source in (MODEL, MODEL.with_suffix(".json")):
        shutil.copy(source, tmp_path)
    copy = tmp_path / MODEL.name
    monkeypatch.setattr(network, "MODEL", copy)
    assert len(run_network(np.zeros((16, 3), np.float32), model=copy).level) == 0
    data = bytearray(copy.read_bytes())
    data[-100] ^= 1  # a weight, in a file that still loads
    copy.write_bytes(data)
    network._session.cache_clear()
    with pytest.raises(FileFormatError, match=r"sha256 differs from the one in segment_caller\.json"):
        run_network(np.zeros((16, 3), np.float32), model=copy)
