from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bridgeae import LinkedAutoencoder
from bridgeae.errors import InputError, OutputExistsError
from bridgeae.serve import BridgePage, export_web
from bridgeae.serve.web_runtime import FILES, runtime_files
from browser import CHROMIUM, Tab, browser
from served import static_site
from small_run import FinishedRun

RUNTIME = os.environ.get("BRIDGEAE_ONNXRUNTIME_WEB")  # an unpacked npm package onnxruntime-web
needs_runtime = pytest.mark.skipif(
    CHROMIUM is None or RUNTIME is None, reason="chromium or BRIDGEAE_ONNXRUNTIME_WEB is missing"
)


@pytest.fixture(scope="module")
def small(finished_run: FinishedRun) -> LinkedAutoencoder:
    return LinkedAutoencoder.load(finished_run.out / "model")


@pytest.fixture
def no_runtime(tmp_path: Path) -> Path:
    """A package with the right names, for what runs no model."""
    for name in FILES:
        (tmp_path / "package" / "dist").mkdir(parents=True, exist_ok=True)
        (tmp_path / "package" / "dist" / name).write_bytes(b"//")
    return tmp_path / "package"


@pytest.fixture
def site(small: LinkedAutoencoder, no_runtime: Path, tmp_path: Path) -> Path:
    return export_web(small, tmp_path / "site", title="Small digits", runtime=no_runtime)


def test_the_folder_holds_everything_and_asks_nobody(site: Path) -> None:
    found = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert {
        "index.html",
        "page.js",
        "engine.js",
        "model.json",
        "source/adapter.js",
        "target/adapter.js",
        *FILES,
    } <= found
    assert {"source-encoder.onnx", "source-head.onnx", "linker-network.onnx", "target-decoder.onnx"} <= found
    assert "source-decoder.onnx" not in found
    page = (site / "index.html").read_text()
    assert "Content-Security-Policy" in page and "script-src 'self' 'wasm-unsafe-eval';" in page
    assert "fetch(path" not in (site / "engine.js").read_text()  # it asks no server


def test_the_constants_are_those_of_the_bridge(small: LinkedAutoencoder, site: Path) -> None:
    model: dict[str, Any] = json.loads((site / "model.json").read_text())
    assert model["source"]["classes"] == ["0", "1", "2"] and model["source"]["adapter"]["size"] == 16
    assert small.confidence_ is not None
    np.testing.assert_array_equal(np.float32(model["confidence"]["means"]), small.confidence_.means_)
    assert model["shapes"]["linker-network"] == [[4], [13], [3]] and model["cloud"]["fixed"]


def test_an_occupied_folder_is_left_alone(small: LinkedAutoencoder, site: Path, no_runtime: Path) -> None:
    with pytest.raises(OutputExistsError):
        export_web(small, site, title="", runtime=no_runtime)
    (site / "old.txt").touch()
    export_web(small, site, title="", runtime=no_runtime, overwrite=True)
    assert not (site / "old.txt").exists()


def test_a_folder_that_is_no_runtime_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"lacks dist/ort\.wasm\.min\.mjs: it must be the npm package onnxruntime-web"):
        runtime_files(tmp_path)


def test_without_npm_a_folder_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="`runtime` is needed where npm is not installed"):
        runtime_files(None)


@needs_runtime
def test_a_browser_says_what_python_says(small: LinkedAutoencoder, tmp_path: Path) -> None:
    photo = tmp_path / "bars.png"
    Image.fromarray(np.tile(np.arange(0, 240, 10, np.uint8), (24, 1))).save(photo)
    (wanted,) = BridgePage(small, "").answer(photo, 0)["samples"]
    site = export_web(small, tmp_path / "site", title="Small digits", runtime=Path(str(RUNTIME)))
    (site / photo.name).write_bytes(photo.read_bytes())
    with static_site(site) as url, browser(tmp_path / "profile") as chromium:
        tab = Tab(chromium, url)
        tab.choose("#file", photo)
        tab.wait("!document.getElementById('result').hidden && document.querySelector('#map svg text')")
        assert tab.complaints() == []
        assert tab.run("document.querySelectorAll('#draws img').length") == 8
        made = tab.run(
            """(async () => {
              const { answer } = await import("./engine.js"), made = [];
              const photo = new File([await (await fetch("bars.png")).blob()], "bars.png");
              for (const seed of [0, 0, 1]) made.push(await answer(photo, seed));
              return made })()"""
        )
    first, same, other = (said["samples"][0] for said in made)
    assert first["draws"] == same["draws"] != other["draws"]
    for name in ("source_latent", "latent"):
        np.testing.assert_allclose(first[name], wanted[name], atol=0.02)
    np.testing.assert_allclose([c["p"] for c in first["classes"]], [c["p"] for c in wanted["classes"]], atol=0.01)
    assert first["trust"]["confidence"] == pytest.approx(wanted["trust"]["confidence"], abs=0.01)
    assert first["trust"]["trusted"] == wanted["trust"]["trusted"]
