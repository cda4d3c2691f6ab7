from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium")
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
FLAGS += "--disable-component-update --disable-sync --hide-scrollbars"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]


def browse(folder: Path, *arguments: str) -> str:
    command = [str(CHROMIUM), *FLAGS.split(), f"--user-data-dir={folder / 'profile'}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.stdout + done.stderr


def test_it_prints(run: Path, tmp_path: Path) -> None:
    pdf = tmp_path / "a.pdf"
    said = browse(tmp_path, f"--print-to-pdf={pdf}", "--no-pdf-header-footer", f"file://{run}/report.html")
    assert pdf.exists(), said
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF")
    pages = len(re.findall(rb"/Type\s*/Page\b", content))
    assert 4 <= pages <= 16, pages  # neither one endless page nor a page for every picture


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_shows_it_without_overflow_and_with_every_picture(
    run: Path, width: int, scheme: str, tmp_path: Path
) -> None:
    measure = """<script>addEventListener("load", () => parent.postMessage({
      inner: innerWidth, wide: document.documentElement.scrollWidth, pictures: document.images.length,
      broken: [...document.images].filter(image => !image.naturalWidth).length,
      charts: [...document.querySelectorAll("svg")].filter(svg => svg.getBoundingClientRect().height > 100).length,
      text: getComputedStyle(document.querySelector("svg text")).fill,
      page: getComputedStyle(document.body).backgroundColor}, "*"))</script></body>"""
    page = (run / "report.html").read_text(encoding="utf-8").replace("</body>", measure)
    (tmp_path / "page.html").write_text(re.sub(r"<meta http-equiv.*?>", "", page, count=1), encoding="utf-8")
    (tmp_path / "frame.html").write_text(  # a window of its own is never narrower than 500 pixels
        f"""<script>addEventListener("message", e => {{ document.title = JSON.stringify(e.data) }})</script>
        <iframe src="page.html" style="border: 0; width: {width}px; height: 800px"></iframe>"""
    )
    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    said = browse(tmp_path, *dark, "--virtual-time-budget=5000", "--dump-dom", f"file://{tmp_path}/frame.html")
    title = re.search(r"<title>(\{.*?\})</title>", said)
    assert title, said
    colours = {"light": ("rgb(92, 102, 112)", "rgb(255, 255, 255)"), "dark": ("rgb(154, 165, 176)", "rgb(20, 23, 27)")}
    text, background = colours[scheme]
    shown = {"inner": width, "wide": width, "pictures": 173, "broken": 0, "charts": 12}
    assert json.loads(title[1]) == shown | {"text": text, "page": background}
