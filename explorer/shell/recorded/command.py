"""`python -m explorer export-site`: links to a site of recordings."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NotRequired

import typer
from typing_extensions import TypedDict

from explorer.errors import BadRequestError

if TYPE_CHECKING:
    from explorer.lessons.document import Lesson
    from explorer.shell.recorded.recording import Recording, Step
    from explorer.shell.recorded.site import Written


class Listed(TypedDict):
    """A link in a file of them."""

    link: str
    title: NotRequired[str]
    text: NotRequired[str]


def export_site(
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write.")],
    link: Annotated[
        list[str] | None, typer.Option("--link", help="A link of the page; may be given several times.")
    ] = None,
    links: Annotated[
        Path | None, typer.Option(help="A file of links, one a line; or JSON, a list of {link, title, text}.")
    ] = None,
    lessons: Annotated[
        str | None, typer.Option(help="Names of lessons, with commas between them; “all” takes every lesson.")
    ] = None,
    course: Annotated[str | None, typer.Option(help="Name of a course; its lessons are recorded in its order.")] = None,
    live: Annotated[str, typer.Option(help="Address of a running explorer; the site links to it.")] = "",
    heavy: Annotated[bool, typer.Option(help="Also record views that take seconds or minutes to measure.")] = True,
    seconds: Annotated[
        float, typer.Option(min=0, help="Leave out measurements that take longer, unless a link names them.")
    ] = 60,
    timed: Annotated[bool, typer.Option("--timed", help="Also open each place in Chromium and time it.")] = False,
    megabytes: Annotated[float, typer.Option(min=0.1, help="Most megabytes of pictures for one place, packed.")] = 1.5,
) -> None:
    """Write a site that needs no server: recorded runs, drawn by the page's own script. Any host of files serves it.

    [dim]Example: python -m explorer export-site --link "?panel=attention&text=The cat sat" --out site[/dim]
    """
    from explorer.shell.recorded.site import export
    from explorer.zoo import TerminalProgress

    if live and not live.startswith(("http://", "https://")):
        raise BadRequestError(f"“{live[:80]}” is not an address.", "It begins with https:// or http://.")
    chosen = [*read_links(links), *([_step(each) for each in link or []])]
    progress = TerminalProgress()
    try:
        written = export(
            chosen,
            out,
            lessons=[*read_course(course), *read_lessons(lessons)],
            live=live,
            heavy=heavy,
            seconds=seconds,
            budget=int(megabytes * 1e6),
            progress=progress,
            said=_said,
        )
    finally:
        progress.close()
    print(table(written))
    if timed:
        from explorer.shell.recorded.timing import opened

        for place, seconds in opened(out):
            print(f"{place}: drawn after {seconds:.2f} s, with nothing cached, from this machine")
    print(f"written to {out}; try it: python -m http.server --directory {out}")


def _step(link: str, title: str = "", text: str = "") -> Step:
    from explorer.shell.recorded.link import Link
    from explorer.shell.recorded.recording import Step

    return Step(Link.read(link), title, text)


def read_links(path: Path | None) -> list[Step]:
    """The places that a file lists. Raises BadRequestError."""
    if path is None:
        return []
    from pydantic import TypeAdapter

    try:
        if path.suffix == ".json":
            listed = TypeAdapter(list[Listed]).validate_json(path.read_bytes(), strict=True)
            return [_step(**each) for each in listed]
        lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
        return [_step(line) for line in lines if line and not line.startswith("#")]
    except (OSError, ValueError) as error:
        raise BadRequestError(
            f"{path} is no list of links.", "One link a line; or JSON, a list of {link, title, text}."
        ) from error


def read_course(name: str | None) -> list[Lesson]:
    """The lessons of a course. Raises BadRequestError."""
    if name is None:
        return []
    from explorer.lessons.courses import COURSES

    found = {each.name: each for each in COURSES}.get(name)
    if found is None:
        names = ", ".join(each.name for each in COURSES)
        raise BadRequestError(f"There is no course “{name[:40]}”.", f"The courses are: {names}.")
    return read_lessons(",".join(found.lessons))


def read_lessons(names: str | None) -> list[Lesson]:
    """The lessons of those names. Raises BadRequestError."""
    if names is None:
        return []
    from explorer.shell.lessons.for_page import known

    there = known()
    wanted = list(there) if names == "all" else [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in there:
            raise BadRequestError(f"There is no lesson “{name[:40]}”.", f"The lessons are: {', '.join(there)}.")
    return [there[name] for name in wanted]


def _said(recording: Recording) -> None:
    link = recording.step.link
    selections, kilobytes = len(recording.answers), recording.nbytes / 1e3
    print(f"{recording.step.title or link.panel}: {selections} selections, {kilobytes:,.0f} kB packed", file=sys.stderr)


def table(written: list[Written]) -> str:
    """The sizes of a site: what a visitor loads once, with each place, and with a selection near it."""
    places = [each for each in written if re.fullmatch(r"recorded/\d+-\w+\.json", each.path)]
    runs = [each for each in written if each.path.startswith("recorded/run-")]
    near = [each for each in written if each.path.endswith(".near.json")]
    parts = [each for each in written if re.search(r"\.part\.\d+\.json$", each.path)]
    plotly = [each for each in written if each.path.endswith("/plotly.js")]
    once = [each for each in written if each not in (*places, *runs, *near, *parts, *plotly)]
    rows = [("the page itself, once", once), *((each.path, [each]) for each in places)]
    rows += [(f"{len(runs)} runs", runs), (f"selections near the places, {len(parts)} parts", [*near, *parts])]
    if plotly:
        rows.append(("charts (plotly), once", plotly))
    width = max(len(name) for name, _ in rows)
    lines = [
        f"{name:<{width}} {_kilobytes(files, 'nbytes')}, {_kilobytes(files, 'packed')} packed" for name, files in rows
    ]
    opened, run, part = (
        sum(file.packed for file in files) / max(1, len(files)) / 1e3 for files in (places, runs, [*near, *parts])
    )
    said = f"{len(places)} places; packed, one takes {opened:,.0f} kB, its run {run:,.0f} kB, a part {part:,.0f} kB"
    return "\n".join((*lines, said))


def _kilobytes(files: list[Written], of: str) -> str:
    return f"{sum(getattr(each, of) for each in files) / 1e3:>9,.1f} kB"
