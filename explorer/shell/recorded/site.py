"""A static site of recordings: the page's own script and stylesheets, and one file of answers a place.

site/
  index.html            what is there
  explorer.html         the page; what stands after its address is a link of the live page
  explorer/             the page's files, as the server gives them
  recorded/             steps.json, opening.json, and the answers of each place
"""

from __future__ import annotations

import gzip
import html
import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from explorer import places
from explorer.errors import BadRequestError, ExplorerError
from explorer.fetching.cache import cache_folder
from explorer.fetching.progress import Progress, silent
from explorer.shell.files import manifest, tables
from explorer.shell.jobs.kept_answers import Answers
from explorer.shell.recorded import document
from explorer.shell.recorded.link import Link
from explorer.shell.recorded.measured import Measured
from explorer.shell.recorded.modules import (
    BUNDLES,
    PLOTLY,
    at_once,
    charts,
    content,
    modules,
    served,
    sheet,
    stub,
)
from explorer.shell.recorded.nearby import beside
from explorer.shell.recorded.recording import BUDGET, Recording, Step, panel_of, record
from explorer.shell.service import Explorer, completed
from explorer.shell.views.subjects import made as made_for

if TYPE_CHECKING:
    from explorer.lessons.document import Lesson
    from explorer.panels.protocol import Panel
    from explorer.shell.envelope import lessons as sent
    from explorer.shell.envelope.page import OpeningFile
    from explorer.shell.envelope.recordings import LessonFile, Listing, Taught

#: files of `assets` that any page may ask for
SHARED = ("glossary.html", "fonts/OFL.txt", "vendor/LICENCES.txt")
#: stylesheets that pages and scripts name, and the script of the glossary's page
PAGES = ("css/all.css", "css/theme.css", "css/base.css", "css/terms.css", "shell/lesson/lesson.css")
GLOSSARY = "shell/glossary_page.js"
#: modules that the head asks for at once; those of the panel follow
ENTRY = "recorded/site.js"
INDEX = (
    document.START
    + """<title>LLM Internals Explorer, recorded</title>
<link rel="stylesheet" href="explorer/css/all.css">
<link rel="stylesheet" href="explorer/recorded/recorded.css">
<script>
document.documentElement.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
</script>
</head>
<body>
<main class="listing">
<h1>LLM Internals Explorer</h1>
<p>Real runs of language models, recorded on ABOUT. Each opens as it was: select, point, move the sampler.
Nothing new is computed here.</p>
<ol>ITEMS</ol>
<p>LIVE<a href="explorer/glossary.html">Glossary</a></p>
</main>
</body>
</html>
"""
)


@dataclass(frozen=True)
class Written:
    """A file of the site, and its bytes: as they are, and as a server packs them."""

    path: str
    nbytes: int
    packed: int


def export(
    steps: Sequence[Step],
    out: Path,
    *,
    lessons: Sequence[Lesson] = (),
    live: str = "",
    heavy: bool = True,
    seconds: float = math.inf,
    budget: int = BUDGET,
    progress: Progress = silent,
    said: Callable[[Recording], None] = lambda _: None,
) -> list[Written]:
    """Record these places and write the site. What cannot be recorded ends it: a site holds all that it lists.

    A view that is measured for longer than `seconds` is in it only where a place leads to that very view. What took
    long is kept in the cache folder: an export that was broken off goes on from there. Raises ExplorerError, naming the
    place.
    """
    steps = _places([*steps, *steps_of(lessons)])
    if not steps:
        raise BadRequestError("There is nothing to record.", "Name links with --link or --links, or lessons.")
    if (out / "recorded").exists() is False and out.exists() and any(out.iterdir()):
        raise BadRequestError(f"{out} is not empty, and no site of recordings.", "Choose another --out.")
    explorer = Explorer()
    measured = Measured(explorer, Answers(cache_folder() / "answers"), seconds)
    made: list[Recording] = []
    for step in steps:
        try:
            names = {view.name for view in panel_of(step.link).views if heavy}
            found = record(
                explorer, step, patience=math.inf, heavy=names, measured=measured, budget=budget, progress=progress
            )
        except ExplorerError as error:
            raise BadRequestError(f"{step.link.text[:120]}: {error.message}", error.hint) from error
        made.append(found)
        said(found)
    return write(made, out, live, {lesson.name: told_by(lesson) for lesson in lessons})


def steps_of(lessons: Sequence[Lesson]) -> list[Step]:
    """The places that lessons lead to, in their order."""
    from explorer.shell.lessons.for_page import link_of

    return [
        Step(Link.read(link_of(step.state(phase))), lesson.title, lesson=lesson.name)
        for lesson in lessons
        for step in lesson.steps
        for phase in ("shown", step.ask_phase)
    ]


def _places(steps: Sequence[Step]) -> list[Step]:
    """Each place once: lessons come back to what they have shown."""
    found: dict[str, Step] = {}
    for step in steps:
        found.setdefault(step.link.text, step)
    return list(found.values())


def told_by(lesson: Lesson) -> LessonFile:
    """A lesson as the page gets it, with what each step says of its run."""
    from explorer.lessons.step_values import told as said
    from explorer.shell.lessons import for_page

    told: dict[str, sent.Told] = {}
    for at, step in enumerate(lesson.steps):
        for phase in ("shown", step.ask_phase):
            state = step.state(phase)
            subject = made_for(for_page.reads(state), completed(state.run))
            told[f"{at} {phase}"] = for_page.told_form(said(step, phase, for_page.scene_of(state, subject)))
    return {"lesson": for_page.page_form(lesson), "told": told}


def write(
    recordings: list[Recording], out: Path, live: str = "", lessons: Mapping[str, LessonFile] | None = None
) -> list[Written]:
    """The files of a site of these recordings, and of lessons by their names."""
    live = live if not live or live.endswith("/") else live + "/"
    opening: OpeningFile = {
        **document.opening(recordings, _script, _sheet),
        "stored": "",
        "each": "",
        "all": "recorded/opening.json",
    }
    names = [document.file_of(each, place) for place, each in enumerate(recordings)]
    others, runs = beside(recordings, names)
    listing: Listing = {"steps": document.steps(recordings, runs), "live": live, "lessons": list(lessons or {})}
    data: dict[str, object] = {"steps": listing, "opening": opening}
    for recording in recordings:
        panel = panel_of(recording.step.link)
        data[f"{panel.name}.source"] = document.sources(panel)
    data |= {f"lesson-{name}": file for name, file in (lessons or {}).items()}
    files = {f"recorded/{name}.json": orjson.dumps(content) for name, content in data.items()}
    files |= {f"recorded/{name}.json": each.file() for name, each in zip(names, recordings, strict=True)}
    files |= {f"recorded/{name}.json": content for name, content in others.items()}
    from explorer.shell.lessons.for_page import courses_of

    taught = [_listed(file["lesson"]) for file in (lessons or {}).values()]
    files["explorer/lessons.json"] = orjson.dumps({"lessons": taught, "courses": courses_of(lessons or {})})
    files |= {f"explorer/{path}": content for path, content in _assets(recordings, opening).items()}
    files["explorer.html"] = _page().encode()
    files["index.html"] = _index(recordings, taught, live).encode()
    for folder in ("recorded", "explorer"):
        shutil.rmtree(out / folder, ignore_errors=True)
    for path, text in files.items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text)
    return [Written(path, len(content), len(gzip.compress(content, 6))) for path, content in files.items()]


def _script(panel: Panel) -> str:
    """Where the bundle of a panel's views is, from the one that loads it."""
    path = f"views/{panel.chapter}/{panel.name}"
    return "" if served(path) == path else f"./{served(path).removeprefix(BUNDLES)}"


def _sheet(panel: Panel) -> str:
    """Where a panel's stylesheet is, from the page."""
    return f"explorer/{served(document.stylesheet(panel))}"


def _assets(recordings: list[Recording], opening: OpeningFile) -> dict[str, bytes]:
    """The page's files that these recordings need."""
    panels = document.panels_of(recordings)
    needed = modules(map(document.of, panels), ENTRY)
    fonts = [path.relative_to(places.assets()).as_posix() for path in (places.assets() / "fonts").glob("*.woff2")]
    named = [*PAGES, *document.STYLES, *filter(None, map(document.stylesheet, panels))]
    found = {path: content(path) for path in (*needed, *map(served, fonts), *SHARED)}
    found |= {path: content(path) for path in modules([], GLOSSARY)}
    for path in (*named, GLOSSARY):
        bundle = served(path)
        if bundle != path:  # what names it finds its bundle
            found |= {bundle: content(bundle), path: stub(path)}
        else:
            found[path] = sheet(path).encode() if path.endswith(".css") else content(path)
    found["glossary.json"] = manifest.glossary_file()
    found["panels.json"] = orjson.dumps({"panels": opening["panels"]})  # of the glossary's page
    if any(charts(*document.of(panel)) for panel in panels):
        found[PLOTLY] = document.plotly().read_bytes()
    return found


def _page() -> str:
    preloads = [f'<link rel="modulepreload" href="explorer/{path}">' for path in at_once(ENTRY)]
    styles = [f'<link rel="stylesheet" href="explorer/{served(path)}">' for path in document.STYLES]
    styles.insert(0, f'<link id="sheet" rel="stylesheet" href="explorer/{served("css/all.css")}">')
    inter = f"explorer/{served('fonts/inter.woff2')}"
    font = f'<link rel="preload" href="{inter}" as="font" type="font/woff2" crossorigin>'
    first = '<script>window.explorerOpening = fetch("recorded/opening.json");</script>'
    head = "\n".join((tables.script(), font, *styles, *preloads, first))
    return document.page(head, f'<script type="module" src="explorer/{served(ENTRY)}"></script>')


def _index(recordings: list[Recording], lessons: list[Taught], live: str) -> str:
    items = "\n".join((*map(_lesson_item, lessons), *(_item(each) for each in recordings if not each.step.lesson)))
    day = date.fromisoformat(max(each.at for each in recordings))
    about = f"{day.day} {day:%B %Y}"
    way = f'<a href="{html.escape(live)}">Run the explorer live</a> · ' if live else ""
    return INDEX.replace("ABOUT", about).replace("LIVE", way).replace("ITEMS", items)


def _listed(lesson: sent.Lesson) -> Taught:
    """A lesson as the list of them has it, with the place that it begins with."""
    return {
        "name": lesson["name"], "title": lesson["title"], "chapter": lesson["chapter"],
        "chapterTitle": lesson["chapterTitle"], "minutes": lesson["minutes"], "learn": lesson["learn"],
        "steps": len(lesson["steps"]), "first": lesson["steps"][0]["link"],
    }  # fmt: skip


def _lesson_item(lesson: Taught) -> str:
    href = html.escape(f"explorer.html{lesson['first']}&lesson={lesson['name']}&step=1")
    about = f"Lesson, {lesson['minutes']} minutes. {lesson['learn']}"
    return f'<li><a href="{href}"><b>{html.escape(lesson["title"])}</b><span>{html.escape(about)}</span></a></li>'


def _item(recording: Recording) -> str:
    panel, run = panel_of(recording.step.link), recording.run
    title = recording.step.title or panel.title
    prompt = f"<span>{html.escape(run['model']['title'])}: “{html.escape(run['text'][:160])}”</span>" if run else ""
    about = f"<span>{html.escape(panel.about)}</span>" if not recording.step.title else ""
    href = html.escape(f"explorer.html{recording.step.link.text}")
    return f'<li><a href="{href}"><b>{html.escape(title)}</b>{about}{prompt}</a></li>'
