from __future__ import annotations

import re
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bridgeae import LinkedAutoencoder
from bridgeae.serve import BridgePage, PageServer
from bridgeae.serve.pictures import data_url
from browser import CHROMIUM, Browser, Tab, browser
from served import Recorder, running
from small_run import FinishedRun

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]
ANSWERED = "!document.getElementById('result').hidden && !document.body.classList.contains('busy')"
PROBLEM = "!document.getElementById('problem').hidden && document.getElementById('problem').textContent"
THREE = [(0.3, 0.2), (0.6, 0.25), (0.4, 0.45), (0.65, 0.6), (0.35, 0.8)]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    flags = ("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    with browser(tmp_path_factory.mktemp("profile"), *flags) as running_browser:
        yield running_browser


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera and microphone are simulated and allowed."""
    flags = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    with browser(tmp_path_factory.mktemp("media"), *flags) as running_browser:
        yield running_browser


@pytest.fixture
def tab(chromium: Browser, digit_server: PageServer) -> Tab:
    return Tab(chromium, digit_server.url)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("picture") / "bars.png"
    Image.fromarray(np.tile(np.arange(0, 240, 10, np.uint8), (24, 1))).save(path)
    return path


def test_an_upload_shows_answer_draws_classes_and_trust(tab: Tab, picture: Path) -> None:
    tab.choose("#file", picture)
    tab.wait(ANSWERED)
    assert tab.run("document.querySelectorAll('#draws img').length") == 8
    assert tab.run("document.querySelectorAll('#classes li').length") == 3
    assert tab.run("document.getElementById('card-part').hidden")  # this one has no card
    assert "bars.png: " in tab.run("document.getElementById('status').textContent")
    assert re.search("trusted|right", tab.run("document.getElementById('verdict').textContent"))
    tab.wait("document.querySelector('#map svg text')")
    assert tab.run("[...document.images].every(image => image.naturalWidth > 0)")
    before = tab.run("document.querySelector('#draws img').src")
    tab.run("document.getElementById('again').click()")
    tab.wait(f"document.querySelector('#draws img').src !== {before!r}")
    assert tab.complaints() == []


def test_a_bridge_that_was_not_calibrated_has_a_map_with_classes(
    chromium: Browser, finished_run: FinishedRun, picture: Path
) -> None:
    bridge = LinkedAutoencoder.load(finished_run.out / "model")
    bridge.confidence_ = None  # as of every bridge that is fitted in Python
    with running(BridgePage(bridge, "Small digits")) as server:
        tab = Tab(chromium, server.url)
        tab.choose("#file", picture)
        tab.wait("document.querySelector('#moved img')")
        assert tab.run("document.querySelectorAll('#map svg text').length") > 3
        assert tab.run("document.getElementById('problem').hidden") and tab.complaints() == []


def test_several_files_are_read_in_turn_and_can_be_chosen(tab: Tab, picture: Path, tmp_path: Path) -> None:
    other = tmp_path / "white.png"
    Image.new("L", (30, 30), 255).save(other)
    tab.choose("#file", picture, other)
    tab.wait("document.querySelectorAll('#asked button').length === 2 && !document.body.classList.contains('busy')")
    assert "white.png" in tab.run("document.getElementById('status').textContent")
    tab.run("document.querySelector('#asked button').click()")
    assert "bars.png" in tab.run("document.getElementById('status').textContent")
    assert tab.run("document.querySelector('#asked button').getAttribute('aria-pressed')") == "true"


def test_a_drawing_is_read_once_the_pen_rests(tab: Tab) -> None:
    assert tab.run("!document.getElementById('drawing').hidden")  # a grey source is drawn first of all
    tab.stroke("#board", *THREE)
    tab.wait(ANSWERED)
    assert "drawing-1.png" in tab.run("document.getElementById('status').textContent")
    light = """(async () => {
      const paper = new OffscreenCanvas(16, 16).getContext('2d');
      paper.drawImage(document.querySelector('#read-picture img'), 0, 0);
      const [pixels, all] = [paper.getImageData(0, 0, 16, 16).data, [0, 0, 0]];
      for (let k = 0; k < 256; k++) [1, k % 16, k >> 4].forEach((by, n) => { all[n] += by * pixels[4 * k]; });
      return [all[0] / 256, all[1] / all[0], all[2] / all[0]] })()"""
    mean, x, y = tab.run(light)
    assert 15 < mean < 110  # light strokes on dark
    assert abs(x - 7.5) < 1 and abs(y - 7.5) < 1  # the centre of mass is in the middle


def test_a_camera_that_is_refused_is_told_in_a_line(tab: Tab) -> None:
    tab.run("document.getElementById('way-camera').click()")
    assert "not allowed" in tab.wait(PROBLEM)
    assert tab.run("document.getElementById('camera').hidden")


def test_the_camera_takes_a_picture(media: Browser, digit_server: PageServer) -> None:
    tab = Tab(media, digit_server.url)
    tab.run("document.getElementById('way-camera').click()")
    tab.wait("document.getElementById('video').videoWidth")
    tab.run("document.getElementById('snap').click()")
    tab.wait(ANSWERED)
    assert "camera-1.jpg" in tab.run("document.getElementById('status').textContent")
    tab.run("document.getElementById('way-camera').click()")
    assert tab.run("document.getElementById('video').srcObject") is None  # and it is off again
    assert tab.complaints() == []


def test_a_recording_is_a_wav_file_of_the_declared_rate(media: Browser) -> None:
    class Sounds(Recorder):
        def describe(self) -> dict[str, Any]:
            return {
                "title": "S",
                "about": "",
                "noun": "words",
                "inputs": ["recording"],
                "suffixes": [".wav"],
                "rate": 8000,
            }

        def answer(self, path: Path, seed: int) -> dict[str, Any]:
            with wave.open(str(path)) as sound:
                self.heard = sound.getparams()[:4]
            return {"document": "<p>heard"}

    page = Sounds()
    with running(page) as server:
        tab = Tab(media, server.url)
        tab.run("document.getElementById('way-recording').click()")
        tab.run("document.getElementById('record').click()")
        tab.wait("document.getElementById('loudness').value > 0")
        tab.run("document.getElementById('record').click()")
        tab.wait("!document.getElementById('document').hidden")
    assert page.heard[:3] == (1, 2, 8000) and page.heard[3] > 200


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.txt", b"hello", "is no file that this model reads"),
        ("broken.png", b"\x89PNG broken", "is not a readable picture"),
        ("empty.png", b"", "is empty"),
    ],
)
def test_a_wrong_file_is_told_in_a_line(tab: Tab, tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    tab.choose("#file", tmp_path / name)
    line = tab.wait(PROBLEM)
    assert said in line and name in line and "/tmp" not in line
    tab.stroke("#board", *THREE)  # the page goes on
    tab.wait(ANSWERED)
    assert not tab.run(PROBLEM)


def test_a_photo_of_20_megapixels_is_read(tab: Tab, tmp_path: Path) -> None:
    photo = tmp_path / "large.jpg"
    Image.effect_noise((5200, 3900), 80).convert("RGB").save(photo, quality=90)
    assert photo.stat().st_size > 5e6
    tab.choose("#file", photo)
    tab.wait(ANSWERED)
    assert "large.jpg" in tab.run("document.getElementById('status').textContent")


def test_two_tabs_get_their_own_answers(
    chromium: Browser, digit_server: PageServer, picture: Path, tmp_path: Path
) -> None:
    other = tmp_path / "white.png"
    Image.new("L", (30, 30), 255).save(other)
    a, b = (Tab(chromium, digit_server.url) for _ in range(2))
    a.choose("#file", picture)
    b.choose("#file", other)
    for tab, name in ((a, "bars.png"), (b, "white.png")):
        tab.wait(ANSWERED)
        assert name in tab.run("document.getElementById('status').textContent")


def test_the_point_on_the_map_moves_by_keys_and_pointer(tab: Tab, picture: Path) -> None:
    tab.choose("#file", picture)
    tab.wait("document.querySelector('#moved img')")
    at_home = tab.run("document.querySelector('#moved img').src")
    assert at_home == tab.run("document.querySelector('#answer-picture img').src")
    tab.run("document.getElementById('map').focus()")
    for _ in range(6):
        tab.key("ArrowLeft")
    tab.wait(f"document.querySelector('#moved img').src !== {at_home!r}")
    assert "to the right" in tab.run("document.getElementById('map').getAttribute('aria-valuetext')")
    tab.key("Home")
    tab.wait(f"document.querySelector('#moved img').src === {at_home!r}")
    tab.stroke("#map", (0.9, 0.1), (0.8, 0.1))
    tab.wait(f"document.querySelector('#moved img').src !== {at_home!r}")


def test_a_document_runs_in_its_frame(chromium: Browser, server: PageServer) -> None:
    tab = Tab(chromium, server.url)
    tab.run("document.getElementById('way-text').click()")
    tab.run("document.getElementById('pasted').value = 'page'; document.getElementById('read').click()")
    tab.wait("!document.getElementById('document').hidden")
    frames: list[str] = []
    while not frames:  # it is in a process of its own, which starts
        targets = chromium.call("Target.getTargets")["targetInfos"]
        frames = [t["targetId"] for t in targets if t["type"] == "iframe" and server.token in t["url"]]
    (frame,) = frames
    session = chromium.call("Target.attachToTarget", targetId=frame, flatten=True)["sessionId"]
    said = ""
    while not said.startswith("ran"):  # until it has loaded
        script = "document.readyState === 'complete' ? document.body.textContent + origin : ''"
        said = chromium.call("Runtime.evaluate", session, expression=script)["result"].get("value", "")
    assert said.endswith("null")  # it has no origin, so it cannot ask for anything


def test_an_answer_in_sound_can_be_heard_and_values_are_plotted(chromium: Browser, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(3200))

    class Speaks(Recorder):
        def answer(self, path: Path, seed: int) -> dict[str, Any]:
            file = {"name": "answer.wav", "src": data_url((tmp_path / "a.wav").read_bytes(), "audio/wav")}
            trust = {"trusted": None, "confidence": None, "why": "It cannot tell."}
            curve, named = {"values": [0.0, 1.0, -1.0], "names": []}, {"values": [1.5], "names": ["iron"]}
            sample = {"name": "a", "read": named, "answer": curve, "file": file, "trust": trust}
            draws = [{"values": [v], "names": ["iron"]} for v in (1.25, -2.0)]
            sample |= {"classes": [], "draws": draws, "latent": None, "source_latent": None}
            return {"notes": ["<b>odd</b>"], "samples": [sample]}

    with running(Speaks()) as server:
        tab = Tab(chromium, server.url)
        tab.run("document.getElementById('way-text').click()")
        tab.run("document.getElementById('pasted').value = 'x'; document.getElementById('read').click()")
        tab.wait("document.querySelector('audio')?.readyState > 0")
        assert tab.run("document.querySelector('audio').duration") == pytest.approx(0.2)
        points = tab.run("document.querySelector('#answer-picture polyline').getAttribute('points')")
        assert points == "0.00,20.00 50.00,2.00 100.00,38.00"
        assert tab.run("document.querySelector('#read-picture table').innerText").split() == ["iron", "1.5"]
        assert tab.run("document.querySelector('#draws table').innerText").split() == ["iron", "1.25", "-2"]
        assert tab.run("document.getElementById('notes').textContent") == "<b>odd</b>"  # text, never markup
        assert tab.complaints() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_and_everything_is_seen_and_reached(tab: Tab, picture: Path, width: int, scheme: str) -> None:
    tab.choose("#file", picture)
    tab.wait(ANSWERED)
    tab.resize(width, 844, scheme)
    assert tab.run("[innerWidth, document.documentElement.scrollWidth]") == [width, width]
    small = (
        "[...document.querySelectorAll('button')].filter(b => b.offsetParent && b.getBoundingClientRect().height < 44)"
    )
    assert tab.run(f"{small}.map(b => b.textContent)") == []  # fingers hit them
    background = tab.run("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}[scheme]
    unnamed = (
        "[...document.querySelectorAll('img')].filter(i => i.alt === '' && !i.closest('button[aria-label]')).length"
    )
    assert tab.run(unnamed) == 0
