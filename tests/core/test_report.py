from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imsave
from safetensors.numpy import save_file

from bridgeae.cli import main
from bridgeae.errors import FileFormatError, MissingFileError, OutputExistsError
from bridgeae.report.page import find, render, write_report
from bridgeae.saving.bundle import FORMAT

EVIL = "<script>alert('x')</script>\"&"
CHROMIUM = shutil.which("chromium")
RIGHT = {"n": 40, "right": 39, "accuracy": 0.975, "interval": [0.871, 0.996]}
MEASURED = RIGHT | {
    "classes": [0, 1, EVIL],
    "confusion": [[20, 0, 0], [1, 9, 0], [0, 0, 10]],
    "diversity": 0.93,
    "frechet": 9.7,
    "frechet_floor": 7.4,
}


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def model(folder: Path) -> Path:
    history = {"classifier": {"loss": [2.0, 0.1, 0.01], "accuracy": [0.3, 0.8, 0.9]}, "autoencoder": {"loss": [0.4]}}
    side = {"kind": "Autoencoder", "history": history, "classes": [0, 1, EVIL], "adapter": {"name": EVIL}}
    linker = {"kind": "RidgeLinker", "history": {"loss": [float("nan"), 1.0]}}
    content = {"source": side, "target": side, "linker": linker}
    networks = ["source-encoder"]
    digests = {"source-encoder.safetensors": "ab" * 32}
    write(folder / "manifest.json", {"format": FORMAT, "content": content, "networks": networks, "sha256": digests})
    save_file({"w": np.zeros((50, 30), np.float32)}, folder / "source-encoder.safetensors")
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "signs"
    rng = np.random.default_rng(0)
    tiles = lambda *shape: rng.integers(0, 255, (*shape, 32, 32, 3), np.uint8)  # noqa: E731
    data = {"train": 1080, "test": 40, "from": {"train": EVIL + "/a/very/long/path" * 8, "test": "b"}}
    results = {
        "seed": 3,
        "data": {"source": data, "target": data},
        "versions": {"keras": "3.15"},
        "stages": {"train source": {"cpu_s": 117.2, "wall_s": 61.0}, EVIL: {"cpu_s": 2.0}},
        "cpu_s": 4000.0,
        "peak_memory_gb": 1.2,
        "source": {"parameters": 1_200_000, "classifier": RIGHT},
        "translation": MEASURED,
        "drawn_translation": MEASURED | {"diversity": 0.5},
        "captions": {"genome.png": EVIL},
        "pictures": {EVIL: {"cohort.png": EVIL, "../../outside.png": "", EVIL: EVIL}},
        "table": [f"| caller | {EVIL} |", "|---|---|", f"| {EVIL} | 0.9 |"],
    }
    write(folder / "results.json", results)
    write(folder / "run.json", {"command": f"bridgeae fit {EVIL}", "config": {"source": {"adapter": "images"}}})
    labels = np.array([str(k % 3) for k in range(40)])
    arrays = {
        "shown": tiles(40),
        "shown_made": tiles(40),
        "shown_truth": labels,
        "shown_called": np.array([EVIL, *labels[1:]]),
        "drawn": tiles(3),
        "drawn_made": tiles(3, 8),
        "source_samples": tiles(5),
        "source_again": tiles(5),
        "confidence": rng.random(40),
        "right": rng.random(40) < 0.9,
    }
    for side in ("source", "target", "made"):
        arrays |= {f"{side}_map": rng.normal(size=(40, 2)), f"{side}_classes": labels, f"{side}_share": np.ones(2) / 2}
    np.savez(folder / "report.npz", **arrays)
    imsave(folder / "genome.png", rng.random((60, 1300, 3)))
    imsave(folder / "cohort.png", rng.random((60, 1300, 3)))
    imsave(folder.parent.parent / "outside.png", rng.random((9, 9, 3)))
    imsave(folder / f"odd {EVIL[:8]}.png", rng.random((20, 20, 3)))
    model(folder / "model")
    write_report(folder)
    return folder


class Tags(HTMLParser):
    """Collect tags and text, and check that what is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(path: Path) -> tuple[Tags, str]:
    tags = Tags(path.read_text(encoding="utf-8"))
    return tags, " ".join(" ".join(tags.words).split())


def test_a_run_is_shown_whole(run: Path) -> None:
    tags, words = read(run / "report.html")
    for title in (
        "At a glance",
        "What was bridged",
        "Translations",
        "Many translations of one sample",
        "How good they are",
        "When to trust an answer",
        "Latent maps",
        "The two sides",
        "Training",
        "Pictures",
        "Time and memory",
        "How it was made",
    ):
        assert title in words
    for figure in ("97.5 %", "39 of 40", "0.93", "which score 7.4 themselves", "1,500", "bridgeae fit", "1.1 h"):
        assert figure in words
    images = [attributes for tag, attributes in tags.tags if tag == "img"]
    assert len(images) == 2 * 40 + 3 * 9 + 2 * 5 + 3


def test_names_from_data_are_only_ever_text(run: Path) -> None:
    page = (run / "report.html").read_text(encoding="utf-8")
    tags, words = read(run / "report.html")
    assert "<script" not in page and escape(EVIL) in page
    assert EVIL in words  # as a reader sees it
    assert {tag for tag, _ in tags.tags}.isdisjoint({"script", "iframe", "link", "object"})
    assert not [name for _, attributes in tags.tags for name in attributes if name.startswith("on")]


def test_nothing_comes_from_the_network(run: Path) -> None:
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=\"(?!data:)|url\(|@import|https?://", page)


def test_any_folder_with_results_and_pictures_is_shown(tmp_path: Path) -> None:
    table = {"array": {"f1": 0.871, "bins": 2268}, "sc": {"f1": 0.905, "bins": 1163}}
    results = {
        "title": "Copy-number segments",
        "description": "Breakpoints found in five sets.",
        "scores": table,
        "figures": {"shipped": table, "CBS": {"array": {"f1": 0.743}}},
        "peers": [{"name": "CBS", "f1": 0.743}, {"name": EVIL, "f1": None}],
        "translation": {"f1": 0.8},
        "data": {"profiles": 12},
        "stages": {"simulate": {"wall_s": 3.0}},
        "long": list(range(50)),
        "deep": {"a": {"b": {"c": [[1, 2], [3, 4]]}}},
        "captions": {"cohort.png": "Forty samples, blue lost, red gained."},
    }
    write(tmp_path / "results.json", results)
    for name in ("pictures/cohort.png", "genome_10.png", "genome_2.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        imsave(tmp_path / name, np.zeros((20, 30, 3)))
    (tmp_path / "curve.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    tags, words = read(write_report(tmp_path))
    for part in (
        "Copy-number segments",
        "Breakpoints found in five sets.",
        "Forty samples, blue lost, red gained.",
        "array 0.871 2,268",
        "f1 array sc shipped 0.871 0.905 CBS 0.743",
        EVIL,
        "profiles 12",
        "3 s elapsed",
        "0, 1, 2",
        "…",
    ):
        assert part in words, part
    assert words.index("Genome 2") < words.index("Genome 10")
    assert len([1 for tag, _ in tags.tags if tag == "img"]) == 4


def test_a_model_alone_is_shown_without_samples(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["report", str(model(tmp_path / "model"))]) == 0
    page = tmp_path / "model-report.html"
    assert str(page) in capsys.readouterr().out
    tags, words = read(page)
    assert "after one epoch source: autoencoder loss 0.4" in words
    assert "1,500" in words and "RidgeLinker" not in words and "ab" * 32 in words
    assert "Training" in words and "Translations" not in words
    assert not [1 for tag, _ in tags.tags if tag == "img"]
    assert sorted(f.name for f in (tmp_path / "model").iterdir()) == ["manifest.json", "source-encoder.safetensors"]


def test_what_cannot_be_shown_is_said(run: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputExistsError, match="already exists"):
        write_report(run)
    with pytest.raises(MissingFileError, match="neither a run nor a model"):
        write_report(tmp_path)
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(FileFormatError, match="is damaged"):
        write_report(tmp_path)
    (tmp_path / "results.json").write_text("[]")
    with pytest.raises(FileFormatError, match="must hold keys and values"):
        write_report(tmp_path)
    write(tmp_path / "results.json", {})
    whole = (run / "report.npz").read_bytes()
    for content in (b"no zip", whole[:5000], whole[:200] + bytes(5000) + whole[5200:]):
        (tmp_path / "report.npz").write_bytes(content)
        with pytest.raises(FileFormatError, match=r"report\.npz is damaged"):
            write_report(tmp_path)


@pytest.mark.parametrize(
    "held",
    [
        {"shown": np.zeros((2, 4, 4, 3), np.uint8)},
        {"shown": np.zeros((2, 4, 4, 3), np.uint8), "shown_made": np.zeros((1, 4, 4, 3), np.uint8)},
        {"drawn_made": np.zeros((2, 3, 4, 4, 3), np.uint8)},
        {"source_samples": np.zeros((2, 4, 4, 3), np.uint8)},
        {"target_map": np.zeros((3, 2)), "target_share": np.ones(2)},
        {"confidence": np.ones(3), "right": np.full(3, "yes")},
        {"confidence": np.ones(3), "right": np.ones(2)},
    ],
    ids=lambda held: " ".join(held),
)
def test_arrays_that_do_not_belong_together_are_said(held: dict[str, np.ndarray], tmp_path: Path) -> None:
    write(tmp_path / "results.json", {"seed": 0})
    np.savez(tmp_path / "report.npz", **held)
    with pytest.raises(FileFormatError, match=r"report\.npz does not hold what a report shows"):
        write_report(tmp_path)


@pytest.mark.parametrize("content", [b"xx", b"\xff" * 40, None], ids=["short", "no header", "cut"])
def test_damaged_weights_are_said(content: bytes | None, tmp_path: Path) -> None:
    path = model(tmp_path / "model") / "source-encoder.safetensors"
    path.write_bytes(path.read_bytes()[:60] if content is None else content)
    with pytest.raises(FileFormatError, match=r"source-encoder\.safetensors is damaged"):
        write_report(tmp_path / "model")


def test_figures_that_could_not_be_told_are_left_blank(tmp_path: Path) -> None:
    unknown = {"diversity": None, "frechet": None, "frechet_floor": None}
    write(tmp_path / "results.json", {"translation": MEASURED, "drawn_translation": RIGHT | unknown})
    _, words = read(write_report(tmp_path))
    assert "real samples are 1 \N{EN DASH} 0.93" in words


@pytest.mark.parametrize("key", ["data", "stages", "source", "translation", "captions", "versions", "smoke", "cpu_s"])
def test_results_of_another_shape_are_shown_among_the_figures(key: str, tmp_path: Path) -> None:
    name = key.replace("_", " ")
    values = {
        "words": "words",
        "a list": [1, {"a": 2}],
        "none": None,
        "a number": 3,
        "a dict": {"a": {"b": [1]}},
        "no": {},
    }
    seen = {"words": f"Figures {name} words", "a list": f"Figures {name} 1, a 2", "none": f"Figures {name} \N{EN DASH}"}
    for case, value in values.items():
        write(tmp_path / "results.json", {key: value})
        _, words = read(write_report(tmp_path, tmp_path / f"{case}.html"))
        assert seen.get(case, "Run") in words


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the path to every value within nested ones, of lists to the first two."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, item in items:
        yield from leaves(item, (*path, key))


@pytest.mark.parametrize("part", ["results", "record", "manifest"])
@pytest.mark.parametrize("odd", [EVIL, None, [1, [EVIL]], {EVIL: {EVIL: EVIL}}, -1, float("nan"), True, []], ids=repr)
def test_no_value_breaks_the_page_or_out_of_it(part: str, odd: Any, run: Path) -> None:
    found = replace(find(run), arrays={})
    whole = getattr(found, part)
    for *above, last in leaves(whole):
        content = deepcopy(whole)
        holder = content
        for key in above:
            holder = holder[key]
        holder[last] = odd
        page = render(replace(found, **{part: content}))
        assert "<script" not in page
        assert not Tags(page).open


def test_a_run_names_sections_of_its_own(tmp_path: Path) -> None:
    pictures = {"Along the genome": {"genome_1.png": "T1", "genome_2.png": "T2"}, "The cohort": {"cohort.png": "All"}}
    write(tmp_path / "results.json", {"pictures": pictures, "table": ["| caller | f1 |", "|---|---|", "| ours | .9 |"]})
    for name in ("genome_1.png", "genome_2.png", "cohort.png", "other.png"):
        imsave(tmp_path / name, np.zeros((20, 300, 3)))
    tags, words = read(write_report(tmp_path))
    assert "Along the genome T1 T2 The cohort All Pictures Other Figures caller f1 ours .9" in words
    assert len([1 for tag, _ in tags.tags if tag == "img"]) == 4


def test_samples_far_wider_than_high_stand_below_each_other(tmp_path: Path) -> None:
    write(tmp_path / "results.json", {"seed": 0})
    wide = np.zeros((2, 16, 128, 3), np.uint8)
    np.savez(tmp_path / "report.npz", shown=wide, shown_made=wide, source_samples=wide, source_again=wide)
    page = write_report(tmp_path).read_text()
    assert '<div class="pairs broad">' in page and '<div class="columns broad">' in page


FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
FLAGS += "--disable-component-update --disable-sync --hide-scrollbars"


def browse(folder: Path, *arguments: str) -> str:
    command = [str(CHROMIUM), *FLAGS.split(), f"--user-data-dir={folder / 'profile'}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.stdout + done.stderr


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_it_prints(run: Path, tmp_path: Path) -> None:
    said = browse(
        tmp_path, f"--print-to-pdf={tmp_path / 'a.pdf'}", "--no-pdf-header-footer", f"file://{run}/report.html"
    )
    assert (tmp_path / "a.pdf").exists(), said
    content = (tmp_path / "a.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    pages = len(re.findall(rb"/Type\s*/Page\b", content))
    assert 4 <= pages <= 14, pages  # neither one endless page nor a page for every picture


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_shows_it_without_overflow_and_with_every_picture(run: Path, width: int, tmp_path: Path) -> None:
    measure = """<script>addEventListener("load", () => parent.postMessage({
      inner: innerWidth, wide: document.documentElement.scrollWidth, pictures: document.images.length,
      broken: [...document.images].filter(image => !image.naturalWidth).length}, "*"))</script></body>"""
    page = (run / "report.html").read_text(encoding="utf-8").replace("</body>", measure)
    (tmp_path / "page.html").write_text(re.sub(r"<meta http-equiv.*?>", "", page, count=1), encoding="utf-8")
    (tmp_path / "frame.html").write_text(  # a window of its own is never narrower than 500 pixels
        f"""<script>addEventListener("message", e => {{ document.title = JSON.stringify(e.data) }})</script>
        <iframe src="page.html" style="border: 0; width: {width}px; height: 800px"></iframe>"""
    )
    said = browse(tmp_path, "--virtual-time-budget=5000", "--dump-dom", f"file://{tmp_path}/frame.html")
    title = re.search(r"<title>(\{.*?\})</title>", said)
    assert title, said
    assert json.loads(title[1]) == {"inner": width, "wide": width, "pictures": 120, "broken": 0}
