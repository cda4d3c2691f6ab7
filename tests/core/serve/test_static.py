from __future__ import annotations

import re

import pytest

from bridgeae.serve.static import static_files

FILES = {name: file.content.decode() for name, file in static_files().items()}


def test_the_page_asks_nobody_else() -> None:
    for name, text in FILES.items():
        found = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+", text)) - {"http://www.w3.org"}
        assert not found, (name, found)


def test_the_page_keeps_its_own_policy() -> None:
    page = FILES["index.html"]
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", page)
    for name, text in FILES.items():
        assert not re.search(r"\beval\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|new Function", text), (
            name
        )


def test_every_file_that_is_named_is_there_and_used() -> None:
    named = {"index.html", *re.findall(r'(?:src|href)="([\w.]+)"', FILES["index.html"])}
    for text in FILES.values():
        named |= {name.removeprefix("./") for name in re.findall(r'(?:from |addModule\()"([\w./]+)"', text)}
    assert named == set(FILES)


def test_every_control_has_a_name() -> None:
    page = FILES["index.html"]
    for tag in re.findall(r"<(?:input|textarea|video|canvas|iframe|meter)\b[^>]*>", page):
        label = re.search(r'id="([\w-]+)"', tag)
        assert "aria-label" in tag or "title=" in tag or (label and f'for="{label[1]}"' in page), tag
    assert 'lang="en"' in page and all(re.findall(r"<button[^>]*>([^<]+)<", page))


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_background(scheme: int) -> None:
    block = re.findall(r":root \{(.*?)\}", FILES["style.css"], re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", block))
    pairs = [
        (text, ground) for text in ("ink", "quiet", "accent", "bad", "good", "warn") for ground in ("page", "soft")
    ]
    for text, ground in [*pairs, ("on-accent", "accent"), *((f"c{k}", "soft") for k in range(10))]:
        high, low = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
        least = 3 if text.startswith("c") and text[1:].isdigit() else 4.5  # labels of the map repeat often
        assert (high + 0.05) / (low + 0.05) >= least, (text, ground, (high + 0.05) / (low + 0.05))
