from __future__ import annotations

from pathlib import Path

import pytest

from bridgeae.errors import ConfigError, MissingFileError
from bridgeae.runs import LinkerConfig, PairingConfig, Together, read_config

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


@pytest.mark.parametrize("key", ["linker", "pairing"])
def test_a_linker_and_a_pairing_are_a_name_or_a_kind_with_its_options(tmp_path: Path, key: str) -> None:
    def part(text: str) -> LinkerConfig | PairingConfig:
        config = read_config(write(tmp_path, f"source: {SIDE}\ntarget: {SIDE}\n{text}\n"))
        return config.linker if key == "linker" else config.pairing

    named = part(f"{key}: one")
    assert named == part(f"{key}: {{kind: one}}") and named.kind == "one" and named.options == {}
    assert part(f"{key}: {{kind: one, options: {{a: 1}}}}").options == {"a": 1}
    assert part("seed: 1").kind is None  # the choice is left to the samples, as in Python


def test_a_test_is_files_or_a_share_of_the_side_or_of_the_run(tmp_path: Path) -> None:
    side = "{adapter: images, train: {all: [a.npz, b.npz]}, test: 0.3}"
    config = read_config(
        write(tmp_path, f"source: {side}\ntarget: {{adapter: images, train: [c, {{all: d}}]}}\ntest: 0.1\n")
    )
    assert config.source.train == (Together(("a.npz", "b.npz")),) and config.source.test == 0.3
    assert config.target.train == ("c", Together(("d",))) and config.target.test is None and config.test == 0.1
    assert read_config(write(tmp_path, f"source: {SIDE}\ntarget: {SIDE}\n")).test == 0.2


def test_the_seed_can_be_replaced(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, f"source: {SIDE}\ntarget: {SIDE}\nseed: 3\n"))
    assert config.with_seed(None) is config and config.with_seed(0).seed == 0


def test_numbers_are_read_as_numbers(tmp_path: Path) -> None:
    fit = "linker: {fit: {learning_rate: 1e-3, weight: 2.5E4, name: '1e-3', epochs: 5}}"
    config = read_config(write(tmp_path, f"source: {SIDE}\ntarget: {SIDE}\nhold_out: 0\n{fit}\n"))
    assert config.hold_out == 0
    assert config.linker.fit == {"learning_rate": 0.001, "weight": 25000.0, "name": "1e-3", "epochs": 5}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"source: {SIDE}\n", "`target` is missing"),
        (f"sorce: {SIDE}\n", r"run.yaml: unknown key `sorce`\. Did you mean `source`\?"),
        (f"source: {SIDE}\ntarget: {{adapter: images, train: a, tset: b}}\n", r"target: unknown key `tset`.*`test`"),
        (f"source: {SIDE}\ntarget: {SIDE}\nseed: many\n", "seed: expected int, received 'many'"),
        (f"source: {SIDE}\ntarget: {SIDE}\nlinker: {{kid: ridge}}\n", r"linker: unknown key `kid`.*`kind`"),
        (f"source: {SIDE}\ntarget: {SIDE}\npairing: 3\n", "pairing: expected keys and values, received int"),
        (f"source: 3\ntarget: {SIDE}\n", "source: expected keys and values, received int"),
        (f"source: {SIDE}\ntarget: {SIDE}\nseed: -1\n", "`seed` must be a whole number from 0 to 4294967295"),
        (f"source: {SIDE}\ntarget: {SIDE}\ndraws: 0\n", "`draws` must be at least 1, received 0"),
        (f"source: {SIDE}\ntarget: {SIDE}\nhold_out: 1.5\n", "`hold_out` must be a share .*, received 1.5"),
        (f"source: {SIDE}\ntarget: {SIDE}\nhold_out: all\n", "hold_out: expected float, received 'all'"),
        (f"source: {SIDE}\ntarget: {SIDE}\nlinker: null\n", "linker: expected keys and values, received NoneType"),
        (f"source: {SIDE}\ntarget: {SIDE}\nlinker: {{fit: {{1: 2}}}}\n", "linker: fit: expected keys and values"),
        (f"target: {SIDE}\nsource: {SIDE.replace('a.npz', 'null')}\n", "source: train: expected str, received None"),
        (f"target: {SIDE}\nsource: {SIDE.replace('a.npz', '5')}\n", "source: train: expected str, received 5"),
        (f"target: {SIDE}\nsource: {SIDE.replace('a.npz', '[]')}\n", "`train` of adapter 'images' must not be empty"),
        (f"target: {SIDE}\nsource: {SIDE[:-1]}, latent_shape: [a]}}\n", "latent_shape: expected int or null.*'a'"),
        (f"source: {SIDE}\ntarget: {SIDE}\ntest: 1\n", "`test` must be a share between 0 and 1.*, received 1"),
        (f"source: {SIDE}\ntarget: {SIDE}\ntest: a.csv\n", "test: expected float, received 'a.csv'"),
        (
            f"target: {SIDE}\nsource: {{adapter: images, train: a, test: 2}}\n",
            "`test` of adapter 'images' must be files",
        ),
        (f"target: {SIDE}\nsource: {{adapter: images, train: {{al: a}}}}\n", "train: unknown key `al`.*`all`"),
        (f"target: {SIDE}\nsource: {{adapter: images, train: {{all: 3}}}}\n", "train: all: expected str, received 3"),
        ("- 1\n", "expected keys and values, received list"),
        ("a: [1\n", "is not valid YAML"),
        ("", "expected keys and values, received NoneType"),
        ("source: !!python/object/apply:os.system [ls]\n", "is not valid YAML"),
    ],
)
def test_bad_runs_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_config(write(tmp_path, text))


def test_a_missing_run_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="there is no run file"):
        read_config(tmp_path / "none.yaml")
