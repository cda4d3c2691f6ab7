from __future__ import annotations

from pathlib import Path

import pytest

from bridgeae.config import read_config
from bridgeae.errors import ConfigError, MissingFileError

SIDE = "{adapter: images, train: a.npz, test: [b.npz, c.npz]}"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_run_is_read(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, f"source: {SIDE}\ntarget: {SIDE}\nseed: 3\nlinker: {{kind: dense}}\n"))
    assert config.seed == 3
    assert config.source.train == ("a.npz",)
    assert config.target.test == ("b.npz", "c.npz")
    assert config.linker.kind == "dense"
    assert config.judge is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"source: {SIDE}\n", "`target` is missing"),
        (f"sorce: {SIDE}\n", r"run.yaml: unknown key `sorce`\. Did you mean `source`\?"),
        (f"source: {SIDE}\ntarget: {{adapter: images, train: a, tset: b}}\n", r"target: unknown key `tset`.*`test`"),
        (f"source: {SIDE}\ntarget: {SIDE}\nseed: many\n", "seed: expected int, received 'many'"),
        (f"source: {SIDE}\ntarget: {SIDE}\nlinker: {{kind: magic}}\n", "`linker.kind` must be one of ridge, dense"),
        (f"source: {SIDE}\ntarget: {SIDE}\npairing: none\n", "`pairing` must be one of class"),
        (f"source: 3\ntarget: {SIDE}\n", "source: expected keys and values, received int"),
        ("- 1\n", "expected keys and values, received list"),
        ("a: [1\n", "is not valid YAML"),
        ("", "expected keys and values, received NoneType"),
        ("source: !!python/object/apply:os.system [ls]\n", "is not valid YAML"),
    ],
)
def test_bad_runs_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_config(write(tmp_path, text))


def test_a_missing_run_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="there is no run file"):
        read_config(tmp_path / "none.yaml")
