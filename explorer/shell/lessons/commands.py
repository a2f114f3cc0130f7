"""`python -m explorer lessons`: what a teacher types to check a lesson, and to see what it may say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

lessons = typer.Typer(
    no_args_is_help=True,
    help="Check a lesson, list the lessons and the facts that they may state; CONTRIBUTING.md says how to write one.",
    rich_markup_mode="rich",
)


@lessons.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Lessons; without any, those that come with it.")] = None,
) -> None:
    """Walk lessons as a visitor would: each state applied, each claim held against the run. Exit code 1 if one fails.

    [dim]Example: python -m explorer lessons check my-lesson.md[/dim]
    """
    from explorer import zoo
    from explorer.lessons.catalogue import folder, read_file
    from explorer.shell.lessons.check import walk

    wrong = 0
    progress = zoo.TerminalProgress()
    try:
        for path in files or sorted(folder().glob("*.md")):
            lesson = read_file(path)
            print(f"{lesson.title} ({lesson.name}, {len(lesson.steps)} steps)")
            for number, walked in enumerate(walk(lesson, progress), 1):
                progress.close()
                print(f"  {number}. {walked.step.title}: {walked.n_held} of {walked.n_claims} hold on the run")
                for finding in walked.findings:
                    print(f"     {path.name}, {finding}")
                wrong += len(walked.findings)
    finally:
        progress.close()
    if wrong:
        raise typer.Exit(1)


@lessons.command("list")
def list_() -> None:
    """The lessons that there are."""
    from explorer.shell.lessons.for_page import known

    for each in known().values():
        print(f"{each.name:<18} {each.chapter:<14} {len(each.steps):>2} steps, {each.minutes:>2} min  {each.title}")


@lessons.command()
def facts() -> None:
    """What a lesson may ask of a run; a position, block or head that is left out is the selected one."""
    from explorer.lessons.facts import facts as known

    for each in known().values():
        print(f"{each.form}\n    {each.about}")
    print("unchanged(...)\n    The same in the run without its interventions.")
