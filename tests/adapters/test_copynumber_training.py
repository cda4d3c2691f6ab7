import keras
import numpy as np
import onnxruntime
import pytest

from bridgeae import Autoencoder, Domain, GivenPairing, LinkedAutoencoder, NetworkLinker
from bridgeae.errors import AdapterError, InputError
from bridgeae_copynumber import CopyNumberAdapter, Profile, Segments, write
from bridgeae_copynumber.segmentation.breakpoints import call
from bridgeae_copynumber.training import networks
from bridgeae_copynumber.training.onnx_export import export_onnx
from bridgeae_copynumber.training.pairs import pair, profile_pairs, simulated_pairs
from bridgeae_copynumber.training.simulate import Simulated, simulate_array

onnx = pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def bridge():
    raw, segmented = simulated_pairs(np.random.default_rng(0), 4, length=64)
    sides = [
        Autoencoder(*CopyNumberAdapter(side=side, length=64).networks((None, 8)), loss=loss)
        for side, loss in (("raw", networks.signal_loss), ("segmented", networks.segment_loss))
    ]
    linked = LinkedAutoencoder(*sides, NetworkLinker(networks.linker(8, dilations=(1, 2))))
    fit = {"epochs": 1, "batch_size": 2}
    linked.fit(
        Domain(raw),
        Domain(segmented),
        pairing=GivenPairing(),
        source_options=fit,
        target_options=fit,
        linker_options={"epochs": 1, "steps": 2, "batch_size": 2},
    )
    return linked.finetune(batches=lambda rng: simulated_pairs(rng, 2, length=64), epochs=1, steps=2, decoder=True)


def test_the_bridge_runs_without_keras_and_gives_the_same(bridge, tmp_path):
    model = bridge.network()
    export_onnx(model, tmp_path / "bridge.onnx")
    x = np.random.default_rng(0).normal(size=(1, 160, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(tmp_path / "bridge.onnx")
    out = session.run(None, {session.get_inputs()[0].name: x})[0]
    np.testing.assert_allclose(out, model.predict(x, verbose=0), atol=1e-3)
    assert len(call(np.zeros(50), [50], model=tmp_path / "bridge.onnx").starts) >= 1


def test_a_saved_bridge_translates_the_same(bridge, tmp_path):
    x = simulated_pairs(np.random.default_rng(1), 1, length=64)[0]
    bridge.save(tmp_path / "bridge")
    again = LinkedAutoencoder.load(tmp_path / "bridge")
    np.testing.assert_allclose(again.translate(x), bridge.translate(x), atol=1e-5)


def test_the_exported_bridge_holds_no_step_that_a_convolution_can_do(bridge, tmp_path):
    export_onnx(bridge.network(), tmp_path / "bridge.onnx")
    kinds = [node.op_type for node in onnx.load(tmp_path / "bridge.onnx").graph.node]
    assert "Mul" not in kinds and "BatchNormalization" not in kinds  # neither normalisation nor its undoing
    assert kinds.count("Add") == 4  # skips over two convolutions, and of the U-Net: those over one are in its kernel


def test_layers_the_export_does_not_know_are_named(tmp_path):
    x = keras.Input((None, 2))
    with pytest.raises(AdapterError, match="a layer of kind Dense"):
        export_onnx(keras.Model(x, keras.layers.Dense(3)(x)), tmp_path / "x.onnx")


def test_loss_is_least_at_the_truth():
    _, segmented = simulated_pairs(np.random.default_rng(0), 2, length=256)
    level, spread, mask = np.moveaxis(segmented, -1, 0)
    inside = (mask > 0) & (np.diff(mask, axis=1, prepend=0) == 0)
    starts = (np.diff(level, axis=1, prepend=level[:, :1]) != 0) & inside
    right = np.stack([level, np.where(starts, 9.0, -9.0), spread], -1).astype(np.float32)
    wrong = right + np.random.default_rng(1).normal(0, 3, right.shape).astype(np.float32)
    loss = networks.segment_loss
    assert float(loss(segmented, right)) < 0.2 < float(loss(segmented, wrong))


def test_rows_hold_signal_and_level_in_the_same_units():
    sample = simulate_array(np.random.default_rng(0), [200], sigma=0.1, outliers=0.0, wave=0.0, tails=np.inf)
    raw, segmented = pair(sample, 256, min_jump=0.0)
    assert raw.shape == segmented.shape == (256, 3)
    np.testing.assert_array_equal(raw[:, 2], segmented[:, 2])
    assert np.abs(raw[:, 0] - segmented[:, 0]).mean() < 0.5
    assert not segmented[raw[:, 2] == 0].any()


def test_jumps_that_are_not_asked_for_are_no_breakpoints():
    level = np.repeat([0.0, 0.1, 0.7], 30).astype(np.float32)
    noise = np.random.default_rng(0).normal(0, 0.05, 90).astype(np.float32)
    sample = Simulated(level + noise, level, np.zeros(90, np.int64), np.array([90]))
    for min_jump, breakpoints in ((0.0, [30, 60]), (0.2, [60]), (2.0, [])):
        raw, segmented = pair(sample, min_jump=min_jump)
        assert (np.flatnonzero(np.diff(segmented[:90, 0])) + 1).tolist() == breakpoints
        assert len(np.unique(raw[:90, 1])) == 1
        assert (raw[0, 1] > 0) == (min_jump > 0)


def test_rows_ask_for_the_default_jump_or_for_none():
    raw, _ = simulated_pairs(np.random.default_rng(0), 12, length=128)
    asked = [row[row[:, 2] > 0, 1] for row in raw]
    assert all(len(np.unique(a)) == 1 for a in asked)  # smallest jump over sigma: the same in the whole row
    assert {bool(a[0]) for a in asked} == {True, False}


def test_simulated_pairs_follow_the_generator():
    a, b = (simulated_pairs(np.random.default_rng(3), 3, length=128) for _ in range(2))
    np.testing.assert_array_equal(a[0], b[0])
    np.testing.assert_array_equal(a[1], b[1])


def test_real_pairs_take_the_levels_of_the_segments():
    at = np.arange(40) * 10
    log2 = np.random.default_rng(0).normal(size=40)
    log2[5] = np.nan
    profile = Profile("A", ["1"] * 40, at, at + 10, log2)
    segments = Segments(["A", "A"], ["1", "1"], [0, 200], [200, 400], [19, 20], [0.0, 2.0], [1, 1])
    raw, segmented, names = profile_pairs([profile], segments, length=32)
    assert raw.shape == (4, 32, 3)  # once with every jump, once with those of the default size
    assert names.tolist() == ["A"] * 4
    level = np.concatenate(segmented[:2])[:39, 0]
    assert len(np.unique(level)) == 2
    assert np.flatnonzero(np.diff(level)).tolist() == [18]


def test_rows_come_back_as_they_were_written(tmp_path):
    adapter = CopyNumberAdapter(length=64)
    x = simulated_pairs(np.random.default_rng(0), 3, length=64)[0]
    adapter.write(x, tmp_path / "rows.tsv")
    np.testing.assert_allclose(adapter.read(tmp_path / "rows.tsv").x[..., [0, 2]], x[..., [0, 2]], atol=1e-6)


def test_files_of_bins_become_rows(tmp_path):
    at = np.arange(100) * 10
    write(
        Profile("A", ["1"] * 60 + ["2"] * 40, at, at + 10, np.random.default_rng(0).normal(size=100)),
        tmp_path / "a.tsv",
    )
    domain = CopyNumberAdapter(length=64).read(tmp_path / "a.tsv")
    assert domain.x.shape == (2, 64, 3)
    assert domain.x[..., 2].sum() == 100
    assert domain.groups.tolist() == ["A", "A"]
    segmented = CopyNumberAdapter(side="segmented", length=64).read(tmp_path / "a.tsv")
    assert segmented.x.shape == (2, 64, 3)


@pytest.mark.parametrize(
    ("options", "message"), [({"side": "x"}, "`side` must be"), ({"length": 30}, "`length` must be")]
)
def test_wrong_adapter_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        CopyNumberAdapter(**options)


def test_latents_that_are_no_sequence_are_refused():
    with pytest.raises(InputError, match="`latent_shape` must be"):
        CopyNumberAdapter().networks((32,))
