from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridgeae.errors import InputError
from bridgeae_copynumber.segmentation.processes import LARGEST_CHUNK, WAITING, chunks, spread


def add(common: int, one: int, other: int) -> int:
    return common + one * other


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_order(jobs: int) -> None:
    found = spread(add, range(100), iter(range(100)), common=7, jobs=jobs)
    assert list(found) == [7 + k * k for k in range(100)]


def test_rows_are_taken_as_they_are_needed() -> None:
    taken = 0

    def rows() -> Iterator[int]:
        nonlocal taken
        for k in range(10**9):
            taken = k
            yield k

    found = spread(add, rows(), rows(), common=0, jobs=2)
    assert [next(found) for _ in range(50)] == [k * k for k in range(50)]
    assert taken < 50 + 2 * (WAITING + 2) * LARGEST_CHUNK
    found.close()


def test_few_rows_are_shared_evenly() -> None:
    assert [len(c) for c in chunks(((k,) for k in range(4)), 2)] == [1, 1, 1, 1]
    sizes = [len(c) for c in chunks(((k,) for k in range(9999)), 2)]
    assert sum(sizes) == 9999 and max(sizes) == LARGEST_CHUNK


def kill_once(common: str, k: int) -> int:
    """Kill the process that gets row 5 for the first time."""
    if k == 5 and not os.path.exists(common):
        Path(common).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return k


def kill_always(common: None, k: int) -> int:
    if k == 5:
        os.kill(os.getpid(), signal.SIGTERM)
    return k


def test_the_rows_of_a_killed_process_are_computed_again(tmp_path: Path) -> None:
    found = spread(kill_once, range(40), common=str(tmp_path / "killed"), jobs=2)
    assert list(found) == list(range(40))
    assert (tmp_path / "killed").exists()


def test_rows_that_always_kill_their_process_are_refused() -> None:
    with pytest.raises(InputError, match="killed again and again"):
        list(spread(kill_always, range(40), common=None, jobs=2))


PARENT = """
import os, time
from bridgeae.errors import InputError
from bridgeae_copynumber.segmentation.processes import spread

def pause(common, k):
    os.write(1, b"%d\\n" % os.getpid())  # at once: print may mix the lines of two processes
    time.sleep(60)

list(spread(pause, range(4), common=None, jobs=2))
"""


def test_a_killed_parent_leaves_no_orphan(tmp_path: Path) -> None:
    (script := tmp_path / "parent.py").write_text(PARENT)
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    workers = [int(parent.stdout.readline()) for _ in range(2)]
    parent.kill()
    assert parent.stdout.read() == ""  # which ends once no process holds the pipe
    parent.wait()
    end = time.monotonic() + 60
    while any(is_running(worker) for worker in workers):
        assert time.monotonic() < end, "an orphan lives on"
        time.sleep(0.05)


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
