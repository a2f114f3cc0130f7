"""A visitor's own files in *Retrieve*: chosen, found, refused where they are no text, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ready

QUESTION = "?panel=retrieve&retrieve.source=files&retrieve.question=How+large+is+a+whale%3F"


def file(name: str, contents: bytes) -> Any:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": contents}


@pytest.mark.thorough
def test_files_are_found_refused_and_deleted(open_page: Callable[..., Page]) -> None:
    page = open_page(QUESTION)
    view = page.locator("#retrieve-lists")
    bring, toast = view.locator("input[type=file]"), page.locator("#toast")
    for name, contents, said in (
        ("empty.txt", b" \n", "holds no text"),
        ("picture.png", b"\x89PNG\r\n\x00\x00" + bytes(range(256)), "is no text in UTF-8"),
        ("old.txt", b"Wale sind gro\xdf\n" + bytes(range(128, 256)) * 9, "is no text in UTF-8"),
        ("paper.pdf", b"%PDF-1.7\n1 0 obj", "is a PDF"),
    ):
        bring.set_input_files(file(name, contents))
        expect(toast).to_contain_text(f"“{name}” {said}")
    odd = "<script>window.broken=1</script>.html"
    bring.set_input_files(
        [
            file(odd, b"<script>window.broken=1</script><p>Whales are the largest animals.</p>"),
            file("sea, ships.md", b"# Ships\n\nShips sail on the sea."),
        ]
    )
    expect(view.locator(".chip button")).to_have_count(2)
    ready(page)
    expect(view.get_by_text("<script>window.broken=1</script><p>Whales").first).to_be_visible()
    assert page.evaluate("window.broken") is None
    view.get_by_role("button", name=f"Delete {odd}").click()
    expect(view.locator(".chip button")).to_have_count(1)
    ready(page)
    expect(view.get_by_text("Whales are the largest")).to_have_count(0)
