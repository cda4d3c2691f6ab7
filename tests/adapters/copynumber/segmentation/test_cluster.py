"""A cluster of Dask workers gives what one process gives, in order, even when a worker is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.copynumber.samples import genome
from bridgeae.errors import AdapterError, InputError
from bridgeae_copynumber import Profile, read, segment, write
from bridgeae_copynumber.cli import main
from bridgeae_copynumber.segmentation import Options, segment_each, spread
from bridgeae_copynumber.segmentation.cluster import dask_cluster

COLUMNS = ("sample", "chrom", "start", "end", "n_bins", "mean", "confidence")
Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    pytest.importorskip("joblib")
    settings = {"n_workers": 3, "threads_per_worker": 1, "dashboard_address": None, "memory_limit": 0}
    with distributed.LocalCluster(processes=True, silence_logs=50, **settings) as made:
        yield made


@pytest.fixture
def samples() -> list[Profile]:
    return [genome("p" + "x" * k) for k in range(40)]


def one(options: Options, profile: Profile) -> list[Any]:
    return list(segment_each([profile], options))


@pytest.mark.parametrize("kill", [False, True])
def test_results_are_those_of_one_process(cluster: Any, samples: list[Profile], kill: bool) -> None:
    whole = dict(segment(samples).by_sample())
    workers = list(cluster.workers.values())
    with dask_cluster(cluster.scheduler_address):
        found = spread(one, samples, common=Options(), jobs=1)
        parts = [next(found) for _ in range(10)]
        if kill:
            os.kill(workers[1].pid, signal.SIGKILL)
        parts += list(found)
    assert [part.samples for (part,) in parts] == [[p.sample] for p in samples]
    for (part,) in parts:
        for column in COLUMNS:
            np.testing.assert_array_equal(getattr(part, column), getattr(whole[part.samples[0]], column))


def test_a_backend_that_the_caller_chose_is_used(samples: list[Profile]) -> None:
    joblib = pytest.importorskip("joblib")
    with joblib.parallel_config(backend="threading", n_jobs=2):
        found = segment(samples[:9])
    whole = segment(samples[:9])
    assert all(np.array_equal(getattr(found, c), getattr(whole, c)) for c in COLUMNS)


def test_the_command_writes_the_same_file_on_a_cluster(cluster: Any, samples: list[Profile], tmp_path: Path) -> None:
    write(samples[:12], tmp_path / "cells.tsv")
    write(segment(read(tmp_path / "cells.tsv")), tmp_path / "whole.seg")
    command = [str(tmp_path / "cells.tsv"), "-o", str(tmp_path / "out.seg"), "-q", "--dask", cluster.scheduler_address]
    assert main(command) == 0
    assert (tmp_path / "out.seg").read_bytes() == (tmp_path / "whole.seg").read_bytes()


def test_an_error_on_a_worker_is_ours(cluster: Any, tmp_path: Path, capsys: Captured) -> None:
    write(genome("good"), tmp_path / "a.tsv")
    (tmp_path / "b.tsv").write_text("chrom\tstart\tend\tlog2\n1\t0\t5\thigh\n")
    command = [f"{tmp_path}/a.tsv", f"{tmp_path}/b.tsv", "-o", f"{tmp_path}/out.seg"]
    assert main([*command, "--dask", cluster.scheduler_address]) == 2
    assert "'high' on line 2" in capsys.readouterr().err


def test_a_scheduler_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("bridgeae_copynumber.segmentation.cluster.SECONDS", 0.2)
    with pytest.raises(InputError, match=r"`--dask` tcp://127\.0\.0\.1:9: no scheduler answers there"):
        dask_cluster("tcp://127.0.0.1:9").__enter__()


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured) -> None:
    monkeypatch.setattr("bridgeae_copynumber.segmentation.cluster.find_spec", lambda _: None)
    write(genome(), tmp_path / "a.tsv")
    assert main([str(tmp_path / "a.tsv"), "--dask", "tcp://host:1"]) == 2
    assert "pip install 'bridgeae[dask]'" in capsys.readouterr().err
    with pytest.raises(AdapterError, match=r"bridgeae\[dask\]"):
        dask_cluster("tcp://host:1").__enter__()
