from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from bridgeae.report.charts import coverage_chart, line_chart, map_chart, style

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
            svgs = [line_chart({name: [0.1, 0.2]}, name), map_chart([(points, labels)], np.ones(2), [name])]
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
    svg = map_chart([(rings, labels), (points, labels)], np.array([0.5, 0.25]), classes)
    assert sorted(t for t in texts(svg) if t in classes) == sorted(classes)
    assert "component 1, 50.0 % of variance" in texts(svg)
    filled = re.findall(r'<use xlink:href="#(\w+)"[^>]*style="(fill: var\(--c[0-8]\))', svg)
    assert len(filled) == 36 and len(set(filled)) == 12


def test_points_that_are_no_numbers_and_points_without_a_class_are_drawn() -> None:
    points = np.array([[0.0, 1.0], [NAN, 1.0], [2.0, 3.0]])
    svg = map_chart([(points, None)], np.array([0.5, NAN]), [])
    assert svg.count("<use") >= 2
    assert "component 1" in map_chart([(points * NAN, np.array(["a", "b", "c"]))], np.ones(2), ["a", "b", "c"])


def test_charts_on_one_page_share_no_id_that_differs() -> None:
    first, second = (line_chart({"a": line}, "loss") for line in ([1.0, 2.0], [7.0, 5.0, 1.0]))
    content = [dict(re.findall(r'<(?:clipPath|path) id="(\w{11})"(.*?)/>', svg, re.DOTALL)) for svg in (first, second)]
    assert all(content[1].get(name, text) == text for name, text in content[0].items()) and content[0]
