from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from bridgeae.cli import main
from bridgeae.cli.commands import title_and_card
from bridgeae.serve import find_page

BINS = "chromosome\tstart\tend\tlog2\n" + "".join(
    f"chr1\t{k * 1000}\t{k * 1000 + 1000}\t{(k > 60) + (k * 7 % 5 - 2) / 20:.3f}\n" for k in range(120)
)


def test_a_page_is_served_until_it_is_interrupted() -> None:
    start = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "  # a script's `&` ignores it
    start += "import sys; from bridgeae.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "serve", "segment", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", url)
        headers = {"Origin": url.rpartition("/")[0].rpartition("/")[0], "X-Name": "tumour.tsv"}
        request = urllib.request.Request(f"{url}answer", BINS.encode(), headers)
        document = json.load(urllib.request.urlopen(request))["document"]
        assert "tumour" in urllib.request.urlopen(url + document).read().decode()
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)
    assert process.returncode == 0 and said.endswith("Stopped.\n") and "Traceback" not in said


@pytest.mark.parametrize(("option", "said"), [("70000", "0 to 65535"), ("x", "must be a whole number")])
def test_a_port_is_checked(option: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "segment", "--port", option])
    assert said in capsys.readouterr().err


def test_a_missing_model_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "nowhere"]) == 2
    error = capsys.readouterr().err
    assert "nowhere is no model folder" in error and error.count("\n") == 1


def test_a_page_is_called_as_its_model() -> None:
    assert title_and_card("runs/hand_signs/model") == ("Hand signs", "")
    assert title_and_card(Path("digits-to-hands")) == ("Digits to hands", "")
    title, card = title_and_card("segment-caller")
    assert title in card and "log2" in title


def test_a_packaged_segment_caller_has_its_page() -> None:
    assert find_page("segment-caller") is not None
