"""The page's head names its files, in a checkout and in bundles; and its files stay such that one can read them."""

from __future__ import annotations

import json
import re
from graphlib import TopologicalSorter
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

from explorer import places
from explorer.panels import panels
from explorer.shell.files import bundles as listing
from explorer.shell.files import headed, manifest
from explorer.shell.page import layout
from explorer.shell.recorded import modules

#: lines of a script, of a stylesheet
SCRIPT, SHEET = 300, 400
#: what answers Gradio's own rules stands together
WHOLE = {"css/gradio.css"}


def test_a_checkouts_head_names_the_modules_as_they_lie() -> None:
    head = layout.head()
    assert 'import("/explorer/shell/page.js")' in head
    assert '<link id="sheet" rel="stylesheet" href="/explorer/css/all.css">' in head
    assert head.count('rel="stylesheet"') == 1
    assert headed.replaced() == {}
    opening = json.loads(manifest.opening_file())
    assert (opening["panels"][0]["script"], opening["stored"]) == ("", "/explorer/recorded/first.json")


def test_a_wheels_head_names_bundles(bundled: Path) -> None:
    head = layout.head()
    assert not re.search(r'"/explorer/(?!bundles/|opening\.json)', head)
    named = re.findall(r'"/explorer/bundles/([^"]+)"', head)
    assert len(named) >= 6
    assert all((bundled / name).is_file() for name in named)
    replaced = headed.replaced()
    assert {Path(name).suffix for name in replaced} == {".js", ".css"}
    assert all((bundled / name).is_file() for name in replaced.values())
    opening = json.loads(manifest.opening_file())
    for where in (opening["panels"][0]["script"], opening["panels"][0]["sheet"], opening["stored"]):
        assert (bundled / where.removeprefix("/explorer/bundles/")).is_file()


def test_gradios_bundle_stands_for_its_own_version_alone(bundled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradio.__version__", "6.99.0")
    assert headed.replaced() == {}


def test_a_panels_bundle_has_all_its_views(bundled: Path) -> None:
    files = listing.listed()["files"]
    for panel in panels().values():
        script = (bundled / files[f"views/{panel.chapter}/{panel.name}"]).read_text(encoding="utf-8")
        names = {each.split(" as ")[-1] for each in script[script.rindex("export{") + 7 :].rstrip(";}\n").split(",")}
        assert {view.name for view in panel.views} <= names, panel.name
        assert f"views/{panel.chapter}/{panel.name}/{panel.name}.css" in files


def test_a_bundle_holds_what_a_page_opens_with_and_no_more_files_than_it_must(bundled: Path) -> None:
    """What every page needs is one file, the rest of the kit another; a panel brings its own."""
    imports = listing.listed()["imports"]
    files = listing.listed()["files"]
    for panel in panels().values():
        found = {*modules.at_once("shell/page.js"), f"bundles/{files[f'views/{panel.chapter}/{panel.name}']}"}
        for path in (*found,):
            found |= {f"bundles/{name}" for name in imports[path.removeprefix("bundles/")]["now"]}
        assert len(found) <= 5, (panel.name, found)


def test_the_stylesheets_name_the_layers_order_first() -> None:
    sheet = modules.sheet("css/all.css")
    assert sheet.index("@layer gradio, base, kit, page;") < sheet.index("@layer base {")


def test_a_stylesheet_comes_with_what_it_imports_before_its_own() -> None:
    assets = places.assets()
    whole = modules.sheet("css/all.css")
    folders = ("css/base", "css/page", "shell/sidebar", "shell/strip", "shell/view")
    parts = [path for folder in folders for path in sorted((assets / folder).glob("*.css"))]
    assert len(parts) > 10
    assert all(path.read_text(encoding="utf-8") in whole for path in parts)
    own = "views/tokenization/wordpiece/wordpiece.css"
    words = (assets / "kit/text/words.css").read_text(encoding="utf-8")
    assert modules.sheet(own).index(words) < modules.sheet(own).index('[id^="wordpiece-"]')
    for path in (path.relative_to(assets).as_posix() for path in assets.rglob("*.css")):
        text = modules.sheet(path)
        assert "@import" not in text, path
        assert "url(" not in text or path in ("css/theme.css", "css/all.css"), "a relative address says where it stands"


def test_what_is_opened_seldom_is_loaded_when_it_is() -> None:
    seldom = {f"shell/{name}.js" for name in ("saving/picture", "view/source", "find/find", "sidebar/patch")}
    assert not seldom & set(modules.at_once("shell/page.js"))
    assert seldom <= set(modules.modules([], "shell/page.js"))


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
