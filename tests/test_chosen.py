"""A chapter's tests, and those that a change can touch: what is left out cannot have failed by it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from explorer.panels import panels
from tests import chosen

HERE = Path(__file__).parent


def item(path: str, params: str = "", fixtures: tuple[str, ...] = ()) -> pytest.Item:
    said = {"path": HERE / path, "fixturenames": fixtures}
    return cast(Any, SimpleNamespace(**said, **({"callspec": SimpleNamespace(id=params)} if params else {})))


TILES = item("panels/systems/test_flash_tiles.py")
PAGES = [item("browser/test_pages.py", f"{name}-light", ("server",)) for name in panels()]


@pytest.mark.parametrize(
    ("of", "chapters"),
    [
        (TILES, {"systems"}),
        (item("stack/inference/decoding/test_sampling.py"), {"inference"}),
        (item("shell/test_settings.py"), set()),
        (item("browser/test_pages.py", "kv_cache-dark", ("server",)), {"inference"}),
        (item("browser/test_labs_systems_tiles.py", "", ("server",)), {"systems"}),
    ],
)
def test_a_test_is_of_the_chapter_of_what_it_shows(of: pytest.Item, chapters: set[str]) -> None:
    assert chosen.chapters_of(of) == chapters


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("assets/views/systems/flash_tiles/tiles.js", {"flash_tiles"}),
        ("explorer/panels/systems/flash_tiles_views.py", {"flash_tiles"}),
        ("explorer/stack/inference/decoding/contrastive_search.py", {"contrastive_search"}),
        ("tests/panels/systems/gptq_brief.py", {"gptq"}),
    ],
)
def test_a_change_of_one_panel_asks_its_page_alone(path: str, names: set[str]) -> None:
    asked = {name for name, page in zip(panels(), PAGES, strict=True) if chosen.reaches(page, frozenset({path}))}
    assert names <= asked
    assert len(asked) < len(panels()) / 3, asked


def test_what_all_rest_on_asks_all() -> None:
    table = "assets/kit/numbers/table.js"
    for path in ("explorer/stack/worst.py", "explorer/shell/app.py", "tests/conftest.py", table):
        assert all(chosen.reaches(each, frozenset({path})) for each in PAGES), path
    assert not any(chosen.reaches(each, frozenset({"README.md"})) for each in [*PAGES, TILES])


def test_a_mechanism_asks_the_tests_that_import_it() -> None:
    change = frozenset({"explorer/stack/systems/flash_attention.py"})
    assert chosen.reaches(TILES, change)
    assert chosen.reaches(item("stack/systems/test_flash_attention.py"), change)
    assert not chosen.reaches(item("stack/tokenization/test_unigram.py"), change)
    assert not chosen.reaches(
        item("panels/systems/test_memory_table.py"), frozenset({"explorer/stack/context/extrapolation.py"})
    )
