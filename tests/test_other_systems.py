"""Commands work where the modules, signals and file handles of Unix are missing, as on Windows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

POORER = """
import errno, fcntl, os, shutil, signal, subprocess, sys, tempfile

for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[name] = None
for name in ("SIGALRM", "SIGHUP", "SIGKILL", "setitimer"):
    delattr(signal, name)
shutil._use_fd_functions = False
opened, synced = os.open, os.fsync

def open_file(path, flags, *rest, **more):
    if os.path.isdir(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))
    return opened(path, flags, *rest, **more)

def sync(handle):
    if fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, "Bad file descriptor")
    synced(handle)

os.open, os.fsync = open_file, sync
sys.argv = sys.argv[1:]
"""
TRANSLATE = "from bridgeae.cli import main; sys.exit(main(sys.argv[1:]))"
SEGMENT = "from bridgeae_copynumber.cli import main; sys.exit(main())"
RUN = """
from pathlib import Path
from bridgeae.runs.stages import alone_in
from bridgeae.saving import whole_folder
with alone_in(Path("run")), whole_folder(Path("run", "model")) as folder:
    (folder / "weights").write_text("1")
print(Path("run", "model", "weights").read_text())
"""


def _poorer(folder: Path, code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", POORER + code, "bridgeae", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_packaged_model_translates(tmp_path: Path) -> None:
    said = _poorer(tmp_path, TRANSLATE, "translate", "hand-signs", "drawn:hands?n=6", "-o", "digits.npz")
    assert "wrote 6 translated samples" in said and (tmp_path / "digits.npz").is_file()


def test_a_sample_is_segmented(tmp_path: Path) -> None:
    rows = [f"1\t{k}00\t{k + 1}00\t{(k > 40) * 0.8 + k % 3 / 20}\n" for k in range(80)]
    (tmp_path / "S1.tsv").write_text("chrom\tstart\tend\tlog2\n" + "".join(rows))
    _poorer(tmp_path, SEGMENT, "S1.tsv", "-o", "S1.seg")
    assert len((tmp_path / "S1.seg").read_text().splitlines()) == 3


def test_a_run_keeps_its_folder_and_writes_models_whole(tmp_path: Path) -> None:
    assert _poorer(tmp_path, RUN) == "1\n"
