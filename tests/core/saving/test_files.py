from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridgeae.errors import OutputExistsError
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


KILLED = """
import os, sys
from pathlib import Path
from bridgeae.saving import whole_folder

step, rename = 0, os.rename

def killed(*places):
    global step
    step += 1
    if step == int(sys.argv[2]):
        os._exit(9)
    rename(*places)

os.rename = killed
with whole_folder(Path(sys.argv[1])) as new:
    (new / "new.txt").write_text("new")
"""


@pytest.mark.parametrize("step", [1, 2])
def test_a_folder_survives_a_kill_at_every_step_of_its_replacement(tmp_path: Path, step: int) -> None:
    out = tmp_path / "out"
    write_folder(out, "old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(out), str(step)], capture_output=True, text=True)
    assert done.returncode == 9, done.stderr
    restore_folder(out)
    assert sorted(p.name for p in out.iterdir()) == ["end.txt", "old.txt"]
    write_folder(out, "new")
    assert sorted(p.name for p in out.iterdir()) == ["end.txt", "new.txt"]
    assert not (tmp_path / ".out.replaced").exists()


def test_what_was_put_aside_never_replaces_what_is_there(tmp_path: Path) -> None:
    write_folder(tmp_path / "out", "new")
    write_folder(tmp_path / ".out.replaced", "old")
    restore_folder(tmp_path / "out")
    assert (tmp_path / "out" / "new.txt").exists()
