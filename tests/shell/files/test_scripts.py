"""The page's head names what the first picture needs: every script that is imported at the start, and no other."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from posixpath import dirname, join, normpath

import pytest

from explorer import places
from explorer.shell.files import scripts
from explorer.shell.page import layout

#: lines of a script, of a stylesheet
SCRIPT, SHEET = 200, 400
#: what answers Gradio's own rules stands together
WHOLE = {"css/gradio.css"}


def test_what_the_page_imports_is_asked_for_at_once() -> None:
    found = scripts.imported()
    assert found[0] == scripts.ENTRY
    assert len(set(found)) == len(found)
    assert {"shell/store.js", "kit/tooltip.js", "vendor/lit.js"} <= set(found)
    assert all((places.assets() / path).is_file() for path in found)
    head = layout.head("/explorer/v1")
    assert all(f'href="/explorer/v1/{path}"' in head for path in found)


def test_the_stylesheets_come_in_one_with_the_layers_order_first() -> None:
    head = layout.head("/explorer/v1")
    assert head.count('rel="stylesheet"') == 1
    assert f'href="/explorer/v1/{scripts.SHEET}"' in head
    sheet = scripts.sheet()
    assert sheet.index("@layer gradio, base, kit, page;") < sheet.index("@layer base {")


def test_a_stylesheet_comes_with_what_it_imports_before_its_own() -> None:
    assets = places.assets()
    whole = scripts.sheet()
    parts = [path for folder in ("css/base", "css/page") for path in sorted((assets / folder).glob("*.css"))]
    assert len(parts) > 10
    assert all(path.read_text(encoding="utf-8") in whole for path in [*parts, *(assets / "shell").glob("*.css")])
    own = "views/tokenization/wordpiece/wordpiece.css"
    words = (assets / "kit/words.css").read_text(encoding="utf-8")
    assert scripts.sheet(own).index(words) < scripts.sheet(own).index('[id^="wordpiece-"]')
    for path in (path.relative_to(assets).as_posix() for path in assets.rglob("*.css")):
        text = scripts.sheet(path)
        assert "@import" not in text, path
        assert "url(" not in text or path in ("css/theme.css", scripts.SHEET), "a relative address says where it stands"


def test_what_is_opened_seldom_is_loaded_when_it_is() -> None:
    assert not {f"shell/{name}.js" for name in ("picture", "source", "find", "patch")} & set(scripts.imported())


def test_no_scripts_import_each_other_in_a_circle() -> None:
    """Raises graphlib.CycleError, which names the circle."""
    assets = places.assets()
    wanted = re.compile(r'^(?:import|export)\s(?:[^"]*?\sfrom\s)?"(\.[^"]+)"', re.MULTILINE)
    imports = {
        (at := path.relative_to(assets).as_posix()): [
            normpath(join(dirname(at), each)) for each in wanted.findall(path.read_text(encoding="utf-8"))
        ]
        for path in assets.rglob("*.js")
    }
    assert len([*TopologicalSorter(imports).static_order()]) >= len(imports) > 100


@pytest.mark.parametrize(("ending", "most"), [("js", SCRIPT), ("css", SHEET)])
def test_no_file_of_the_page_grows_too_long_to_read(ending: str, most: int) -> None:
    assets = places.assets()
    paths = [path for folder in assets.iterdir() if folder.name != "vendor" for path in folder.rglob(f"*.{ending}")]
    lines = {path.relative_to(assets).as_posix(): path.read_text(encoding="utf-8").count("\n") for path in paths}
    assert len(lines) > 100
    long = {name: count for name, count in lines.items() if count > most}
    assert long.keys() <= WHOLE, long


def test_no_view_draws_an_axis_itself_and_no_rule_is_overruled_by_force() -> None:
    assets = places.assets()
    own = re.compile(r"\baxis(Top|Right|Bottom|Left)\b|d3-axis|\.ticks\([^)]*\)\.map\(")
    assert not [path for path in (assets / "views").rglob("*.js") if own.search(path.read_text(encoding="utf-8"))]
    forced = [path.name for path in assets.rglob("*.css") if "!important;" in path.read_text(encoding="utf-8")]
    assert forced == ["elements.css"], "only what is hidden is so by force"
