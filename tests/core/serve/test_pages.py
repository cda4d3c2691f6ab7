from __future__ import annotations

from bridgeae.serve import find_page


def test_an_installed_page_is_found_by_name() -> None:
    page = find_page("segment")
    assert page is not None and page.describe()["title"] == "Segment caller"
    assert find_page("nowhere") is None
