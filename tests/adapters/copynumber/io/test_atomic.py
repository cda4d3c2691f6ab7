from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from bridgeae.errors import InputError, OutputExistsError
from bridgeae_copynumber.io import check_output, save


def test_a_file_appears_when_it_is_complete_or_not_at_all(tmp_path: Path) -> None:
    def fail_half_way(path: Path) -> None:
        path.write_text("half")
        assert not (tmp_path / "out.seg").exists()
        raise InputError("enough")

    with pytest.raises(InputError, match="enough"):
        save(tmp_path / "out.seg", fail_half_way, overwrite=False)
    assert not os.listdir(tmp_path)
    save(tmp_path / "out.seg", lambda path: path.write_text("new") and None, overwrite=False)
    assert os.listdir(tmp_path) == ["out.seg"]
    with pytest.raises(InputError, match="enough"):
        save(tmp_path / "out.seg", fail_in_place_of_new, overwrite=True)
    assert (tmp_path / "out.seg").read_text() == "new"


def fail_in_place_of_new(path: Path) -> None:
    path.write_text("half")
    raise InputError("enough")


def test_a_file_that_another_process_made_meanwhile_is_kept(tmp_path: Path) -> None:
    def slow(path: Path) -> None:
        (tmp_path / "out.seg").write_text("theirs")
        path.write_text("ours")

    with pytest.raises(OutputExistsError, match=r"out\.seg exists"):
        save(tmp_path / "out.seg", slow, overwrite=False)
    assert (tmp_path / "out.seg").read_text() == "theirs"


def test_what_the_system_refuses_is_explained(tmp_path: Path) -> None:
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match=r"out\.seg cannot be written: No space left"):
        save(tmp_path / "out.seg", full, overwrite=False)
    assert not os.listdir(tmp_path)


def test_outputs_are_checked_before_any_work(tmp_path: Path) -> None:
    check_output(tmp_path / "new.seg", overwrite=False)
    assert not os.listdir(tmp_path)
    with pytest.raises(OutputExistsError, match="is a folder"):
        check_output(tmp_path, overwrite=True)
    with pytest.raises(InputError, match="File name too long"):
        check_output(tmp_path / ("a" * 300), overwrite=False)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("step", ["chmod", "fsync", "replace", "link", "open"])
def test_a_full_disk_at_any_step_names_the_file_and_leaves_the_old_one(
    step: str, overwrite: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a temporary name")

    path = tmp_path / "out.seg"
    if overwrite:
        path.write_text("old")
    before = os.listdir(tmp_path)
    monkeypatch.setattr(os, step, full)
    if step == "link":  # the way out of a file system without hard links is full too
        monkeypatch.setattr(os, "replace", full)
    try:
        save(path, lambda file: file.write_text("new") and None, overwrite=overwrite)
        said = ""
    except InputError as error:
        said = str(error)
    monkeypatch.undo()
    assert not said or said.startswith(f"`path` {path} cannot be written: No space left")
    linked = step == "replace" and not overwrite  # a new file needs no replacing
    assert bool(said) == (not linked)
    assert os.listdir(tmp_path) == (before if said else ["out.seg"])
    assert not overwrite or path.read_text() == ("old" if said else "new")
