from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridgeae.errors import BundleError, FileFormatError, MissingFileError
from bridgeae.report import ReportArrays, Results, charts, find, render, write_report
from bridgeae.report.reading import check

from .sample_run import EVIL, MANIFEST, RECORD, RESULTS, RIGHT, Tags, arrays, write, write_model

SIDE = MANIFEST["content"]["source"] | {"history": {"autoencoder": {EVIL: [0.5]}}}
MODEL = MANIFEST | {"content": {"source": SIDE, "linker": {"kind": EVIL, "history": {"loss": [1.0]}}}}
ODD = [EVIL, None, [1, [EVIL]], {EVIL: {EVIL: EVIL}}, -1, 10**400, float("nan"), float("inf"), True, [], {}]


def test_what_is_neither_a_run_nor_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="neither a run nor a model"):
        find(tmp_path)


@pytest.mark.parametrize("name", ["results.json", "run.json"])
@pytest.mark.parametrize(
    ("content", "words"), [("{", "damaged"), ("[]", "must"), ("[" * 10**5, "damaged"), ("\xff", "damaged")]
)
def test_damaged_json_is_refused(name: str, content: str, words: str, tmp_path: Path) -> None:
    write(tmp_path / "results.json", {})
    (tmp_path / name).write_text(content, encoding="latin-1")
    with pytest.raises(FileFormatError, match=rf"{name}.* {words}"):
        find(tmp_path)


def test_damaged_arrays_are_refused(run: Path, tmp_path: Path) -> None:
    write(tmp_path / "results.json", {})
    whole = (run / "report.npz").read_bytes()
    for content in (b"no zip", whole[:5000], whole[:200] + bytes(5000) + whole[5200:]):
        (tmp_path / "report.npz").write_bytes(content)
        with pytest.raises(FileFormatError, match=r"report\.npz is damaged"):
            find(tmp_path)
    np.savez(tmp_path / "report.npz", shown=np.array([{}], object))
    with pytest.raises(FileFormatError, match=r"report\.npz is damaged: Object arrays cannot be loaded"):
        find(tmp_path)


@pytest.mark.parametrize("content", [b"xx", b"\xff" * 40, None], ids=["short", "no header", "cut"])
def test_damaged_weights_are_refused(content: bytes | None, tmp_path: Path) -> None:
    path = write_model(tmp_path / "model") / "source-encoder.safetensors"
    path.write_bytes(path.read_bytes()[:60] if content is None else content)
    with pytest.raises(FileFormatError, match=r"source-encoder\.safetensors is damaged"):
        write_report(tmp_path / "model")


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({"shown": np.zeros((2, 4, 4, 3), np.uint8)}, "lacks shown_made"),
        ({"drawn_made": np.zeros((2, 3, 4, 4, 3), np.uint8)}, "lacks drawn"),
        ({"source_samples": np.zeros((2, 4, 4, 3), np.uint8)}, "lacks source_again"),
        ({"target_map": np.zeros((3, 2)), "target_share": np.ones(2)}, "lacks made_map"),
        ({"shown_made": np.zeros((1, 4, 4, 3), np.uint8)}, "shown_made must be `uint8 shown"),
        ({"shown_truth": np.zeros(40)}, "shown_truth must be `str shown`"),
        ({"shown": np.zeros((40, 4, 4, 3))}, r"shown must be `uint8 shown \* \* 3`, received float64"),
        ({"shown": np.zeros((40, 4, 4, 4), np.uint8)}, "shown must be"),
        ({"shown": np.zeros((40, 0, 4, 3), np.uint8)}, "shown must be"),
        ({"right": np.full(40, "yes")}, "right must be `bool tests`"),
        ({"confidence": np.ones(3)}, "confidence must be"),
        ({"made_map": np.ones((40, 1))}, "made_map must be"),
        ({"source_share": np.ones(3)}, "source_share must be"),
        ({"target_classes": np.full((40, 1), "a")}, "target_classes must be `str target`"),
    ],
    ids=lambda held: " ".join(held) if isinstance(held, dict) else "",
)
def test_arrays_that_are_not_as_declared_are_refused(held: dict[str, np.ndarray], said: str, tmp_path: Path) -> None:
    write(tmp_path / "results.json", {})
    whole = {} if said.startswith("lacks") else arrays()
    np.savez(tmp_path / "report.npz", **(whole | held))  # type: ignore[arg-type]
    with pytest.raises(FileFormatError, match=rf"report\.npz:? {said}.* Run `bridgeae fit` again"):
        find(tmp_path)


def test_every_declared_array_is_in_the_sample_run() -> None:
    assert arrays().keys() == ReportArrays.__annotations__.keys()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"title": 3}, "results.title must be str, received 3"),
        ({"smoke": 1}, "results.smoke must be bool"),
        ({"seed": True}, "results.seed must be int"),
        ({"cpu_s": "long"}, "results.cpu_s must be float"),
        ({"data": {"source": {"train": 1}}}, "results.data.source lacks `test`"),
        ({"translation": RIGHT | {"interval": [0.5]}}, "results.translation.interval must be tuple"),
        ({"translation": RIGHT | {"accuracy": None}}, "results.translation.accuracy must be float"),
        ({"source": {"classifier": {"n": 0}}}, "results.source.classifier lacks `accuracy`"),
        ({"source": {"classifier_without_copies": {"n": 1}}}, "results.source.classifier_without_copies must be"),
        ({"refusing": [RIGHT]}, "results.refusing.0 lacks `coverage`"),
        ({"tables": {"a": [{"b": []}]}}, "results.tables.a.0.b must be"),
        ({"pictures": {"a": ["b.png"]}}, "results.pictures.a must be dict"),
        ({"translation": RIGHT | {"classes": [0], "confusion": [[1, 2]]}}, "results.translation.confusion must have"),
        ({"translation": RIGHT | {"confusion": [[1]]}}, "results.translation.confusion must have"),
        ({"more_tests": {"a": {"translation": RIGHT | {"confusion": [[]]}}}}, "results.more_tests.a.translation.conf"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_key_that_is_not_as_declared_is_named(content: dict[str, Any], said: str, tmp_path: Path) -> None:
    write(tmp_path / "results.json", content)
    with pytest.raises(FileFormatError, match=rf"results\.json: {said}"):
        write_report(tmp_path)


def test_what_is_not_declared_is_kept() -> None:
    content = {"odd": None, "source": {"parameters": 1, "more": []}, "stages": {"a": {"cpu_s": 1, "disk": 2}}}
    left = {"odd": None, "source": {"more": []}, "stages": {"a": {"disk": 2}}}
    assert check(content, Results, "") == left


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the path to every value within nested ones, of lists to the first two."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, item in items:
        yield from leaves(item, (*path, key))


def once(chart: Callable[..., Any]) -> Callable[..., Any]:
    drawn: dict[str, Any] = {}

    def draw(*given: Any) -> Any:
        if repr(given) not in drawn:
            drawn[repr(given)] = chart(*given)
        return drawn[repr(given)]

    return draw


DRAW_ONCE = {name: once(getattr(charts, name)) for name in ("line_chart", "interval_chart")}


@pytest.fixture
def _draw_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw a chart of the same figures once: most variants of a file leave its charts as they are."""
    for name, draw in DRAW_ONCE.items():
        monkeypatch.setattr(charts, name, draw)


@pytest.mark.usefixtures("_draw_once")
@pytest.mark.parametrize(("name", "whole"), [("results", RESULTS), ("run", RECORD), ("manifest", MODEL)])
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: f"{odd!r:.30}")
def test_no_value_breaks_the_page_or_out_of_it(name: str, whole: Any, odd: Any, tmp_path: Path) -> None:
    shown, refused = 0, []
    for *above, last in leaves(whole):
        content = deepcopy(whole)
        holder = content
        for key in above:
            holder = holder[key]
        holder[last] = odd
        write(tmp_path / "results.json", {})
        write(tmp_path / f"{name}.json", content)
        try:
            found = find(tmp_path)
        except BundleError:  # of `saving`, which has tests of its own
            continue
        except FileFormatError as error:
            refused.append(str(error))
        else:
            page = render(found)
            assert page.count("<script") == 1 and not Tags(page).open
            shown += 1
    assert shown and refused
    assert all(f"{name}.json: {name}." in message for message in refused)
