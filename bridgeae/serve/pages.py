"""What a page shows: the interface, and how the page of a model is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, TypedDict

import numpy as np

from bridgeae.errors import InputError
from bridgeae.registry import Registry

PAGES = Registry("page", ("describe", "answer"), InputError)
"""Pages that are no bridge, such as that of the segment caller, in the entry-point group ``bridgeae.pages``."""


class Description(TypedDict, total=False):
    """What the page is made of.

    Args:
        title: name of the model.
        about: a sentence on what it does.
        card: more about it, as plain text or Markdown: data, figures, limits.
        noun: what is read, in the singular or plural.
        inputs: ways to make a sample beside a file: "camera", "drawing", "recording", "text".
        suffixes: endings of readable files; the first is that of pasted text and of recordings. Empty for any.
        rate: samples a second of recordings.
        draws: random answers beside the fixed one.
        movable: whether `cloud` and `decode` work, so that a point can be moved in the target's latents.
        answer_aspect: width by height of an answer's picture.
    """

    title: str
    about: str
    card: str
    noun: str
    inputs: list[str]
    suffixes: list[str]
    rate: int
    draws: int
    movable: bool
    answer_aspect: float


class Page(Protocol):
    """What answers a page. Everything it returns is written as JSON.

    Promises: `answer` gives the same for the same file and seed; errors in the file are `BridgeError`s.
    """

    def describe(self) -> Description:
        """Return what the page is made of."""
        ...

    def answer(self, path: Path, seed: int) -> dict[str, Any]:
        """Return what is said of a file: `samples` and `notes`, or a `document` of its own, an HTML page."""
        ...

    def decode(self, z: np.ndarray) -> dict[str, Any]:
        """Return the picture that the target latent ``(d,)`` decodes to."""
        ...

    def cloud(self, z: np.ndarray) -> dict[str, Any]:
        """Return target `latents`, with their `labels`, around which a source latent ``(d,)`` is shown."""
        ...


def find_page(name: str) -> Page | None:
    """Return the installed page of that name, or None."""
    return PAGES.create(name) if name in PAGES.entries() else None
