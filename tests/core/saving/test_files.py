from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from bridgeae.errors import InputError, OutputExistsError
from bridgeae.saving import refuse_existing, restore_folder, whole_file, whole_folder


class Stopped(BaseException):
    """What stops a block midway, as Ctrl-C does."""


def write_file(path: Path, text: str, *, stop: bool = False) -> None:
    with whole_file(path) as new:
        new.write_text(text[:2])
        if stop:
            raise Stopped
        new.write_text(text)


def write_folder(path: Path, text: str, *, stop: bool = False) -> None:
    with whole_folder(path) as new:
        (new / f"{text}.txt").write_text(text)
        if stop:
            raise Stopped
        (new / "end.txt").write_text("end")


@pytest.fixture(params=[0o022, 0o077, 0o002], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.parametrize("write", [write_file, write_folder])
def test_a_block_that_stops_leaves_nothing_where_nothing_was(tmp_path: Path, write) -> None:
    with pytest.raises(Stopped):
        write(tmp_path / "out", "new", stop=True)
    assert list(tmp_path.iterdir()) == []


def test_a_block_that_stops_leaves_the_old_file(tmp_path: Path) -> None:
    write_file(tmp_path / "out", "old")
    with pytest.raises(Stopped):
        write_file(tmp_path / "out", "new", stop=True)
    assert (tmp_path / "out").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_block_that_stops_leaves_the_old_folder(tmp_path: Path) -> None:
    write_folder(tmp_path / "out", "old")
    with pytest.raises(Stopped):
        write_folder(tmp_path / "out", "new", stop=True)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["end.txt", "old.txt"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_block_that_ends_replaces_what_was_there(tmp_path: Path) -> None:
    for text in ("old", "new"):
        write_file(tmp_path / "file", text)
        write_folder(tmp_path / "folder", text)
    assert (tmp_path / "file").read_text() == "new"
    assert sorted(p.name for p in (tmp_path / "folder").iterdir()) == ["end.txt", "new.txt"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.parametrize("write", [write_file, write_folder])
def test_nothing_is_seen_before_the_end_and_folders_above_are_made(tmp_path: Path, write) -> None:
    out = tmp_path / "a" / "b" / "out"
    with (whole_file if write is write_file else whole_folder)(out) as new:
        assert not out.exists() and new.parent.parent == out.parent
        if write is write_file:
            new.write_text("x")
    assert out.exists()


def test_files_and_folders_have_ordinary_permissions(tmp_path: Path, umask: int) -> None:
    write_file(tmp_path / "file", "text")
    write_folder(tmp_path / "folder", "text")
    (tmp_path / "plain").write_text("text")
    (tmp_path / "plain_folder").mkdir()
    for made, plain in (("file", "plain"), ("folder", "plain_folder"), ("folder/end.txt", "plain")):
        assert (tmp_path / made).stat().st_mode == (tmp_path / plain).stat().st_mode


def test_what_exists_is_refused_unless_it_may_go(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("file", "full", "dangling"):
        with pytest.raises(OutputExistsError, match=rf"{name} already exists\. Choose another place"):
            refuse_existing(tmp_path / name, overwrite=False)
        refuse_existing(tmp_path / name, overwrite=True)
    for name in ("empty", "nothing"):
        refuse_existing(tmp_path / name, overwrite=False)


def test_a_place_in_a_read_only_folder_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)  # a test may run as root
    with pytest.raises(InputError, match=r"out cannot be written: .* is read-only\. Name another place"):
        refuse_existing(tmp_path / "a" / "out", overwrite=False)


STEPS = ("mkdir", "open", "fsync", "rename", "replace", "unlink", "rmdir")


class Faults:
    """Let the n-th call of the system's functions that write end the process, or fail as on a full disk."""

    def __init__(self, patch: pytest.MonkeyPatch, step: int, *, kill: bool) -> None:
        self.left, self.kill = step, kill
        for name in STEPS:
            patch.setattr(os, name, partial(self._call, getattr(os, name)))

    def _call(self, function: Callable[..., object], *arguments: object, **options: object) -> object:
        self.left -= 1
        if self.left == 0 and self.kill:
            os._exit(9)
        if self.left == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), arguments[0])
        return function(*arguments, **options)


def content(path: Path) -> list[str]:
    """Return what is whole at a path, by its text or its files; a folder may have to be brought back."""
    restore_folder(path)
    return sorted(p.name for p in path.iterdir()) if path.is_dir() else [path.read_text()]


@pytest.mark.parametrize("write", [write_file, write_folder])
@pytest.mark.parametrize("kill", [False, True])
def test_a_fault_at_any_step_leaves_the_old_or_the_new_one_whole(tmp_path: Path, write, kill: bool) -> None:
    wholes, steps, happened = [], 0, True
    for text in ("old", "new"):
        write(tmp_path / text, text)
        wholes.append(content(tmp_path / text))
    while happened:
        steps += 1
        (folder := tmp_path / str(steps)).mkdir()
        write(out := folder / "out", "old")
        with pytest.MonkeyPatch.context() as patch:
            if not kill:
                faults, said = Faults(patch, steps, kill=False), ""
                try:
                    write(out, "new")
                except InputError as error:
                    said = str(error)
                assert not said or said.startswith(f"{out} cannot be written: No space left")
                happened = faults.left <= 0
            elif (child := os.fork()) == 0:
                Faults(patch, steps, kill=True)
                write(out, "new")
                os._exit(0)
            else:
                happened = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
        assert content(out) in wholes, f"after a fault at step {steps}"
        write(out, "new")
        assert content(out) == wholes[1]
        assert not (folder / ".out.replaced").exists()
    assert steps > (6 if write is write_file else 10)


def test_what_was_put_aside_never_replaces_what_is_there(tmp_path: Path) -> None:
    write_folder(tmp_path / "out", "new")
    write_folder(tmp_path / ".out.replaced", "old")
    restore_folder(tmp_path / "out")
    assert (tmp_path / "out" / "new.txt").exists()
