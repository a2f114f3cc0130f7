"""`python -m explorer claims`: the ledger of claims of the reference, computed now and printed."""

from __future__ import annotations

import json as written_json
import sys
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.errors import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.experiments.overview.errata.claims import Claim, Ground
    from explorer.figures.overview.errata import ErrataEntry

#: The run that claims about a run are held against.
PROMPT, NEW = "Then Mary and John went to the store, and", 6


def claims(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Claims by name; default: all.")
    ] = None,
    chapter: Annotated[int | None, typer.Option(min=1, max=14, help="Those of one chapter.")] = None,
    verdict: Annotated[str | None, typer.Option(help="Those found right, loose, wrong, or open (not checked).")] = None,
    words: Annotated[str, typer.Option(help="Those that hold all of these words.")] = "",
    model: Annotated[str, typer.Option("--model", "-m", help="The model of the run.")] = "smollm2-135m",
    json: Annotated[bool, typer.Option("--json", help="Print JSON, one object a claim.")] = False,
) -> None:
    """Compute the claims of the reference now, and print what is said, what is found, and the verdict.

    A claim is a sentence, number, formula, table row or piece of code of the text “LLM Architecture & Internals”.

    [dim]Example: python -m explorer claims --chapter 6 --verdict wrong[/dim]
    """
    from explorer.experiments.overview.errata.book import CLAIMS
    from explorer.experiments.overview.errata.claims import checked
    from explorer.figures.overview.errata import entry
    from explorer.panels import panels

    known = {claim.name: claim for claim in CLAIMS}
    for name in names or ():
        if name not in known:
            raise BadRequestError(f"There is no claim “{name[:60]}”.", "Without a name all are listed.")
    if verdict is not None and verdict not in ("right", "loose", "wrong", "open"):
        raise BadRequestError(f"“{verdict[:60]}” is no verdict.", "Choose right, loose, wrong or open.")
    asked = [
        claim for claim in CLAIMS
        if (not names or claim.name in names) and chapter in (None, claim.chapter) and _holds(claim, words)
    ]  # fmt: skip
    ground = _ground(asked, model)
    titles = {name: panel.title for name, panel in panels().items()}
    made = [entry(checked(claim, ground), titles) for claim in asked]
    made = [each for each in made if verdict in (None, each.verdict)]
    print(written_json.dumps([asdict(each) for each in made], indent=1, ensure_ascii=False) if json else _said(made))


def _holds(claim: Claim, words: str) -> bool:
    text = f"{claim.name} {claim.section} {claim.says} {claim.quotation}".casefold()
    return all(word in text for word in words.casefold().split())


def _ground(asked: Sequence[Claim], model: str) -> Ground:
    """The run and its model, where one of the claims reads them."""
    from explorer.experiments.overview.errata.claims import Ground

    if not any(claim.grounded for claim in asked):
        return object.__new__(Ground)
    from explorer import zoo
    from explorer.tracing import TraceKey, capture

    progress = zoo.TerminalProgress()
    try:
        loaded = zoo.load(model, progress)
    finally:
        progress.close()
    run = capture(loaded, TraceKey(loaded.name, PROMPT, max_new_tokens=NEW))
    return Ground(run, loaded, run.n_prompt - 1)


def _said(made: Sequence[ErrataEntry]) -> str:
    """A table, and how many there are of each verdict."""
    from rich.console import Console
    from rich.table import Table

    table = Table("", "verdict", "claim", "said", "found", "where", box=None, pad_edge=False)
    for each in made:
        where = each.panel or each.command
        said = [each.says, each.said, each.found if each.verdict != "open" else each.why]
        table.add_row(str(each.chapter), each.verdict, *(text.replace("[", r"\[") for text in said), where)
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    with console.capture() as captured:
        console.print(table)
    counts = Counter(each.verdict for each in made)
    told = ", ".join(f"{counts[word]} {word}" for word in ("right", "loose", "wrong", "open"))
    return f"{captured.get()}\n{len(made)} claims: {told}"
