"""The page of `bridgeae serve segment`: a profile becomes a genome with its segments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bridgeae_copynumber.io import read
from bridgeae_copynumber.plotting.page import render_page
from bridgeae_copynumber.segmentation import segment
from bridgeae_copynumber.segmentation.model import SEGMENT_CALLER

__all__ = ["SegmentPage"]


class SegmentPage:
    """Answer a page with the segments of profiles, as the entry-point group `bridgeae.pages` asks."""

    def describe(self) -> dict[str, Any]:
        """Return what the page is made of."""
        return {
            "title": "Segment caller",
            "about": "Reads the bins of copy-number profiles and answers with their segments.",
            "card": SEGMENT_CALLER.card,
            "noun": "profiles",
            "inputs": ["text"],
            "suffixes": [],
        }

    def answer(self, path: Path, seed: int) -> dict[str, Any]:
        """Return a `document`: the genomes of a file of bins, in any format of `read`. Nothing in it is random."""
        profiles = read(path)
        return {"document": render_page(profiles, segment(profiles))}
