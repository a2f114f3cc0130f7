"""Gradio's stylesheets come in a layer, whole, and nothing else does."""

from __future__ import annotations

from urllib.request import urlopen

from explorer.shell.files import styles


def test_a_stylesheet_comes_whole_and_in_its_layer(server: str) -> None:
    name = next(styles.FOLDER.glob("Index-*.css")).stem
    text = styles.layered(name)
    assert text is not None
    assert text.startswith("@layer gradio {")
    assert (styles.FOLDER / f"{name}.css").read_text(encoding="utf-8") in text
    with urlopen(f"{server}/assets/{name}.css") as answer:
        assert answer.read().decode() == text
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]


def test_no_other_file_does() -> None:
    assert styles.layered("nothing-of-that-name") is None
    assert styles.layered("../index") is None
    assert styles.layered("") is None


def test_an_import_would_be_lost_in_a_layer() -> None:
    """`@import` and `@charset` count only at the top of a file."""
    for file in styles.FOLDER.glob("*.css"):
        text = file.read_text(encoding="utf-8")
        assert "@import" not in text, file.name
        assert "@charset" not in text, file.name
