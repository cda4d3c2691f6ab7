from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from importlib.resources import files

import numpy as np
import pytest

from bridgeae.report.charts import Layer, coverage_chart, interval_chart, line_chart, map_chart, residual_chart, style

from .sample_run import EVIL, Tags

NAN = float("nan")


@pytest.fixture(autouse=True)
def _styled() -> Iterator[None]:
    with style():
        yield


def texts(svg: str) -> list[str]:
    return [text for text in Tags(svg).texts if text.strip()]


@pytest.mark.parametrize(
    "name", [EVIL, "$\\frac$", "_hidden", "a\nb", "\x00", "\ud800", "日本語", "]]>", "--x #010203", "n" * 500, ""]
)
def test_any_name_is_drawn_as_it_is(name: str) -> None:
    points, labels = np.random.default_rng(0).normal(size=(6, 2)), np.array([name or "b"] * 6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with style():
            svgs = [line_chart({name: [0.1, 0.2]}, name), map_chart([Layer("a", points, labels)], np.ones(2), [name])]
    assert "<script" not in "".join(svgs)
    if name == EVIL:
        assert name in texts(svgs[0]) and name[:18] in texts(svgs[1])


@pytest.mark.parametrize(
    "line",
    [
        [NAN, NAN],
        [1.0, NAN, 2.0],
        [0.0, 0.0],
        [5.0, 5.0],
        [-1.0, 3.0],
        [1e-9, 1e9],
        [1e300, 1e-300],
        [float("inf"), 1.0],
    ],
)
def test_any_loss_is_drawn(line: list[float]) -> None:
    assert "epoch" in texts(line_chart({"loss": line, "none": []}, "loss"))


def test_axes_start_where_they_say() -> None:
    assert "0.0" in texts(line_chart({"loss": [0.5, 0.43]}, "loss"))
    assert {"0.0", "1.0"} <= set(texts(line_chart({"accuracy": [0.8, 0.9]}, "accuracy")))
    assert "loss, logarithmic" in texts(line_chart({"loss": [100.0, 0.1]}, "loss"))
    assert "loss" in texts(line_chart({"loss": [9.0, 0.1]}, "loss"))
    curve = [{"coverage": c, "accuracy": 0.9, "interval": [0.73, 0.95]} for c in (0.5, 1.0)]
    assert {"0 %", "70 %", "100 %"} <= set(texts(coverage_chart(curve)))


def test_epochs_are_whole() -> None:
    assert [t for t in texts(line_chart({"loss": [3.0, 2.0, 1.0]}, "y")) if re.fullmatch(r"\d", t)] == ["1", "2", "3"]


def test_colours_are_those_of_the_page() -> None:
    svg = line_chart({"a": [1.0, 2.0], "b": [2.0, 1.0]}, "loss")
    assert {"var(--c0)", "var(--c1)", "var(--c9)"} <= set(re.findall(r"var\(--c\d\)", svg))
    assert not re.findall(r"(?:fill|stroke): #\w+", svg)


def test_classes_are_told_apart_by_colour_or_shape_and_named_once() -> None:
    classes = [f"class {k}" for k in range(12)]
    labels = np.repeat(classes, 3)
    rings, points = np.random.default_rng(0).normal(size=(2, 36, 2))
    svg = map_chart([Layer("a", rings, labels), Layer("b", points, labels)], np.array([0.5, 0.25]), classes)
    assert sorted(t for t in texts(svg) if t in classes) == sorted(classes)
    assert "component 1, 50.0 % of variance" in texts(svg)
    looks: list[set[tuple[str, str]]] = [set() for _ in classes]
    for k, drawn in re.findall(r'<g data-point="b (\d+)">(.*?)<title>', svg, re.DOTALL):
        colour, shared = re.search(r"fill: (var\(--c\d\))", drawn), re.search(r'#(\w+)"', drawn)
        path = re.search(r' d="(.*?)"', drawn, re.DOTALL)
        shape = re.sub(r"[^A-Z]", "", path[1]) if path else shared[1] if shared else ""
        looks[int(k) // 3].add((colour[1] if colour else "", shape))
    assert [len(look) for look in looks] == [1] * 12 and len(set.union(*looks)) == 12


def test_points_that_are_no_numbers_and_points_without_a_class_are_drawn() -> None:
    points = np.array([[0.0, 1.0], [NAN, 1.0], [2.0, 3.0]])
    svg = map_chart([Layer("a", points)], np.array([0.5, NAN]), [])
    assert svg.count("<use") >= 2
    assert "component 1" in map_chart(
        [Layer("a", points * NAN, np.array(["a", "b", "c"]))], np.ones(2), ["a", "b", "c"]
    )


def test_charts_on_one_page_share_no_id_that_differs() -> None:
    first, second = (line_chart({"a": line}, "loss") for line in ([1.0, 2.0], [7.0, 5.0, 1.0]))
    content = [dict(re.findall(r'<(?:clipPath|path) id="(\w{11})"(.*?)/>', svg, re.DOTALL)) for svg in (first, second)]
    assert all(content[1].get(name, text) == text for name, text in content[0].items()) and content[0]


def test_a_point_says_its_sample() -> None:
    points, classes = np.random.default_rng(0).normal(size=(9, 2)), np.repeat(["a", "b"], [2, 7])
    points[4] = NAN
    svg = map_chart(
        [Layer("made", points, classes, np.array([f"{EVIL} {k}" for k in range(9)]))], np.ones(2), ["a", "b"]
    )
    said = dict(re.findall(r'<g data-point="(made \d)">.*?<title>(.*?)</title>', svg, re.DOTALL))
    assert sorted(said) == [f"made {k}" for k in range(9) if k != 4] and "<a " not in svg
    assert said["made 7"].endswith(" 7, class b") and f"{EVIL} 7, class b" in Tags(svg).words
    assert "sample 1<" in map_chart([Layer("made", points)], np.ones(2), [])


def test_validation_has_the_colour_of_its_figure_and_a_dashed_line() -> None:
    svg = line_chart({"loss": [3.0, 2.0], "val_loss": [3.0, 2.5]}, "loss")
    lines = re.findall(
        r'style="fill: none; ?(?:stroke-dasharray: [\d.,]+; stroke-dashoffset: 0; )?stroke: (var\(--c[0-8]\))', svg
    )
    assert lines == ["var(--c0)", "var(--c0)"] and svg.count("stroke-dasharray") == 1


def test_residuals_and_intervals_are_drawn() -> None:
    assert "true less predicted" in texts(residual_chart(np.arange(3.0), np.ones(3)))
    svg = interval_chart({EVIL: (0.5, 0.4, 0.6), "b": (0.9, 0.8, 1.0)}, "right", chance=0.1)
    assert {EVIL[:24], "b", "0 %", "100 %"} <= set(texts(svg))


LINEAR = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
PROTANOPIA = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
)


def lab(colours: list[str], seen: np.ndarray) -> np.ndarray:
    """Return CIELAB coordinates of colours as eyes see them; `seen` is of Machado et al. 2009, severity 1."""
    s = np.array([[int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in colours]) / 255
    linear = np.clip(np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4) @ seen.T, 0, 1)
    xyz = linear @ LINEAR.T / [0.95047, 1, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)


@pytest.mark.parametrize("seen", [np.eye(3), DEUTERANOPIA, PROTANOPIA], ids=["usual", "deuteranopia", "protanopia"])
def test_colour_blind_readers_tell_the_classes_apart(seen: np.ndarray) -> None:
    css = (files("bridgeae.report") / "templates" / "style.css").read_text()
    themes = [re.findall(r"--c[0-6]: (#\w{6})", block) for block in re.split(r"@media[^{]*\{", css) if "--c0:" in block]
    assert [len(theme) for theme in themes] == [7, 7, 7]  # light, dark, print
    for theme in themes:
        seen_as = lab(theme, seen)
        distance = np.linalg.norm(seen_as[:, None] - seen_as[None], axis=2)[np.triu_indices(7, 1)]
        assert distance.min() > 10, distance.min().round(1)
