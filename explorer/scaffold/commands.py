"""`python -m explorer new`: what a person types to begin a panel, a mechanism or a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

new = typer.Typer(
    no_args_is_help=True,
    help="Begin a panel, a mechanism or a model; CONTRIBUTING.md says how to go on.",
    rich_markup_mode="rich",
)
Place = Annotated[str, typer.Argument(metavar="CHAPTER/NAME", help="As in inference/kv_cache.")]


def _written(paths: list[Path], then: str) -> None:
    here = Path.cwd()
    for path in paths:
        print(path.relative_to(here) if path.is_relative_to(here) else path)
    print(then)


@new.command()
def panel(place: Place) -> None:
    """Write a panel's files, from mechanism to tests and lesson: it measures, and passes `make test`, at once.

    [dim]Example: python -m explorer new panel safety/refusal[/dim]
    """
    from explorer import scaffold

    made = scaffold.new_panel(place)
    _written(made, f"`make run`, then open ?panel={place.rpartition('/')[2]}; `make test` tests it.")


@new.command()
def mechanism(place: Place) -> None:
    """Write a mechanism of the stack, and its tests.

    [dim]Example: python -m explorer new mechanism safety/refusal[/dim]
    """
    from explorer import scaffold

    _written(scaffold.new_mechanism(place), "`make test` tests it.")


@new.command()
def model(
    name: Annotated[str, typer.Argument(help="Its name on the shelf.")],
    source: Annotated[
        Path | None,
        typer.Option("--from", help="A folder in transformers' layout, or a .gguf file; default: models/NAME."),
    ] = None,
    hub: Annotated[str | None, typer.Option(help="The owner/name that a .gguf file is fetched from.")] = None,
    licence: Annotated[str | None, typer.Option(help="The weights' licence, as SPDX names it.")] = None,
    summary: Annotated[str | None, typer.Option(help="One sentence: what it is good for.")] = None,
) -> None:
    """Open a model and write its card, with its sizes, bytes and sha256.

    [dim]Example: python -m explorer new model tiny-llama --from ~/tiny-llama --licence Apache-2.0[/dim]
    """
    from explorer import zoo
    from explorer.scaffold.card import UNSAID, new_model
    from explorer.zoo.card import read_card

    progress = zoo.TerminalProgress()
    try:
        path = new_model(name, source, hub, licence, summary, progress)
    finally:
        progress.close()
    unsaid = " Its licence is not stated: say it there." if read_card(path).licence == UNSAID else ""
    _written([path], f"Title and summary are yours to write.{unsaid}")
