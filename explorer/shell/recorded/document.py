"""The HTML of a page of recordings: beside its files, or all of it in one file.

In the one file everything but a short script lies in one packed block, text of visitors and models among it: nothing of
it can be read as markup. The script unpacks it, gives each module an address, and opens the page.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Sequence
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import orjson

from explorer import places
from explorer.shell.files import manifest, tables
from explorer.shell.recorded.modules import (
    ENTRY,
    PLOTLY,
    charts,
    modules,
    panel_module,
    served,
    sheet,
    within,
    worn,
)

if TYPE_CHECKING:
    from explorer.panels.protocol import Panel
    from explorer.shell.envelope.page import Chapter, Opening, OpenPanel
    from explorer.shell.envelope.recordings import Options, Step, ViewSource
    from explorer.shell.recorded.recording import Recording

#: of a page of recordings, beside the page's own
STYLES = ("recorded/recorded.css", "embed/embed.css")
#: bytes of a panel as one file, at most
LARGEST = 16_000_000
BRAND = """<div class="brand"><svg viewBox="0 0 28 20" width="28" height="20" aria-hidden="true">
<path d="M1 9.2C8 9.2 12 7.6 27 3v14C12 12.6 8 10.8 1 10.8Z" class="mark"/>
<path d="M9 1v5M15 1v3.4M9 14v5M15 15.6V19" class="marks"/>
</svg><span class="wordmark">LLM Internals Explorer</span>
<button class="btn ghost theme" type="button">Dark</button></div>"""
#: how each page begins
START = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
"""
PAGE = (
    START
    + """<title>LLM Internals Explorer</title>
HEAD
</head>
<body class="recordings">
<div class="gradio-container"><div id="app">
<aside id="side" aria-label="This recording">BRAND<div id="told"></div></aside>
<main id="main"><div id="stageview"><div class="stageroot"></div></div><footer id="foot"></footer></main>
</div></div>
<div id="wires"><button id="work" tabindex="-1"></button><button id="look" tabindex="-1"></button></div>
SCRIPT
</body>
</html>
"""
)
#: What unpacks the block of one file. `explorerFile` is where modules look for other files.
UNPACK = """(async () => {
const held = document.getElementById("held");
const bytes = Uint8Array.from(atob(held.textContent), (letter) => letter.charCodeAt(0));
held.remove();
const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
const { modules, entry, files, data, options } = await new Response(stream).json();
const addressOf = (text, type) => URL.createObjectURL(new Blob([text], { type }));
const types = { css: "text/css", js: "text/javascript", json: "application/json" };
const imports = {};
const addresses = {};
window.explorerFile = (path) => path in files
  ? (addresses[path] ??= addressOf(files[path], types[path.split(".").pop()])) : "about:blank";
for (const [path, text] of Object.entries(modules)) imports["explorer/" + path] = addressOf(text, types.js);
window.explorerOpening = fetch(addressOf(JSON.stringify({ ...data.opening,
  all: addressOf(JSON.stringify(data.opening), types.json) }), types.json));
const map = Object.assign(document.createElement("script"), { type: "importmap" });
map.textContent = JSON.stringify({ imports });
document.head.append(map);
const { open } = await import("explorer/" + entry);
open({ ...options, steps: data.steps, panels: data.opening.panels, read: async (file) => data.files[file] ?? {} });
})();"""


def opening(recordings: list[Recording], script: Callable[[Panel], str], sheet: Callable[[Panel], str]) -> Opening:
    """The chapters and panels of these recordings, as the page opens with them, and where it finds what draws them."""
    from explorer.shell.recorded.recording import panel_of

    panels = {each.step.link.panel: panel_of(each.step.link) for each in recordings}
    chapters: list[Chapter] = [
        {**chapter, "panels": [panel for panel in chapter["panels"] if panel["name"] in panels]}
        for chapter in manifest.chapters()
    ]
    found: list[OpenPanel] = [
        {
            **manifest.opened(panels[words["name"]], words),
            "script": script(panels[words["name"]]),
            "sheet": sheet(panels[words["name"]]),
        }
        for words in manifest.manifest()
        if words["name"] in panels
    ]
    return {"chapters": [each for each in chapters if each["panels"]], "panels": found}


def steps(recordings: list[Recording], runs: Sequence[str]) -> list[Step]:
    """What the page must know of each, before it reads its answers; `runs` name the files of their runs."""
    return [
        {
            "link": each.step.link.text,
            "panel": each.step.link.panel,
            "query": each.query,
            "runs": each.run is not None,
            "model": each.run["model"]["title"] if each.run else "",
            "title": each.step.title,
            "lesson": each.step.lesson,
            "text": each.step.text,
            "at": each.at,
            "file": file_of(each, place),
            "run": runs[place],
        }
        for place, each in enumerate(recordings)
    ]


def file_of(recording: Recording, place: int) -> str:
    """The name of its answers, which is the same for the same site."""
    return f"{place + 1:03}-{recording.step.link.panel}"


def sources(panel: Panel) -> dict[str, ViewSource]:
    """The sources of a panel's views, as its drawers show them."""
    from explorer.shell.service import source_parts

    return {view.name: {"parts": source_parts(panel.name, view.name)} for view in panel.views}


def of(panel: Panel) -> tuple[str, str, list[str]]:
    """What its modules are found by."""
    return panel.chapter, panel.name, [view.name for view in panel.views]


def panels_of(recordings: list[Recording]) -> list[Panel]:
    """Each once."""
    from explorer.shell.recorded.recording import panel_of

    return list({each.step.link.panel: panel_of(each.step.link) for each in recordings}.values())


def stylesheet(panel: Panel) -> str:
    """Its stylesheet in `assets`; nothing where it has none."""
    path = f"views/{panel.chapter}/{panel.name}/{panel.name}.css"
    return path if served(path) != path or (places.assets() / path).is_file() else ""


def plotly() -> Path:
    """The script that draws charts, as the installed package brings it."""
    return Path(str(resources("plotly"))) / "package_data" / "plotly.min.js"


def page(head: str, script: str) -> str:
    """The document around a head and a script, which are the explorer's own words."""
    return PAGE.replace("HEAD", head).replace("BRAND", BRAND).replace("SCRIPT", script)


def one_file(recording: Recording, *, live: str = "", embed: bool = False) -> str:
    """A recording as a page of one file, which needs nothing else. Raises ValueError where it would be too large."""
    held = base64.b64encode(gzip.compress(orjson.dumps(_held(recording, live, embed)), 9, mtime=0)).decode()
    styles = "\n".join(map(worn, ("css/all.css", *STYLES)))
    head = f'{tables.script()}\n<style id="sheet">{styles}</style>'
    block = f'<script type="text/plain" id="held">{held}</script>\n<script>{UNPACK}</script>'
    made = page(head, block)
    if len(made) > LARGEST:
        raise ValueError(f"{len(made):,} bytes")
    return made


class _Data(TypedDict):
    """What a page reads of files: here they are at hand."""

    opening: Opening
    steps: list[Step]
    files: dict[str, orjson.Fragment | dict[str, ViewSource]]


class _Held(TypedDict):
    """What lies in a page of one file; `UNPACK` opens it."""

    modules: dict[str, str]
    entry: str
    files: dict[str, str]
    data: _Data
    options: Options


def _held(recording: Recording, live: str, embed: bool) -> _Held:
    from explorer.shell.recorded.nearby import beside
    from explorer.shell.recorded.recording import panel_of

    panel = panel_of(recording.step.link)
    module, text = panel_module(*of(panel))
    texts = {path: within(path) for path in modules([of(panel)])} | {module: text}
    files = {"glossary.json": manifest.glossary_file().decode()}
    if path := stylesheet(panel):
        files[path] = sheet(path)
    if charts(*of(panel)):
        files[PLOTLY] = plotly().read_text(encoding="utf-8")
    name = file_of(recording, 0)
    others, runs = beside([recording], [name])
    answers = {
        name: orjson.Fragment(recording.file()),
        **{file: orjson.Fragment(content) for file, content in others.items()},
        f"{panel.name}.source": sources(panel),
    }
    return {
        "modules": texts,
        "entry": served(ENTRY),
        "files": files,
        "data": {
            "opening": opening([recording], lambda _: f"explorer/{module}", lambda _: ""),
            "steps": steps([recording], runs),
            "files": answers,
        },
        "options": {"live": live, "link": recording.step.link.text, "list": "", "lessons": [], "embed": embed},
    }
