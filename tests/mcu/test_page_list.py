"""No page is forgotten by the walk over all pages: a new one must be put into tests/pages.py."""

from __future__ import annotations

from tests.pages import NOT_PAGES, PAGES, pages_of_the_product


def test_every_page_is_in_the_list_of_pages() -> None:
    listed = {page.name for page in PAGES}
    assert pages_of_the_product() == listed | NOT_PAGES.keys()
    assert not listed & NOT_PAGES.keys()
