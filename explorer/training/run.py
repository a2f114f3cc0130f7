"""Training a model of the shelf from its recipe: the texts, the tokenizer, the run, and the folder that is committed.

`models/<name>/recipe.toml` goes in; config.json, model.safetensors, tokenizer.json, model.toml, loss.csv, held_out.csv
and sample.md come out beside it. The checkpoint lies in the cache until the run is over.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.corpora import texts
from explorer.corpora.source import Text
from explorer.fetching import cache
from explorer.fetching.progress import silent
from explorer.training import (
    chains,
    decoder,
    distilled,
    encoder_decoder,
    grams,
    planted,
    state_space,
    twins,
    unmask,
)
from explorer.training import recipe as recipes
from explorer.training.curves import write_curves
from explorer.training.folder import write_folder
from explorer.training.kept import Keep
from explorer.training.plan import Plan
from explorer.training.recipe import EncoderDecoderSizes, Recipe, StateSpaceSizes

if TYPE_CHECKING:
    from explorer.stack.pretraining.train import Progress


def run(
    recipe_path: Path,
    *,
    until: int | None = None,
    write: bool = False,
    announce: Callable[[str], None] = print,
    report: Callable[[Progress], None] = lambda _: None,
) -> Path | None:
    """Train what the recipe says and write the model beside it; None if the run was stopped before its end.

    `write` writes the model wherever the run stops, so with `until=0` the one of the checkpoint.
    SIGTERM and SIGINT end the run after the step that is under way, with a checkpoint; the same call goes on from it.
    """
    from explorer.stack.pretraining.train import evaluate, train

    recipe = recipes.read(recipe_path)
    if recipe.objectives is not None:
        return twins.run(recipe, recipe_path.parent, announce)
    if recipe.unmask is not None:
        return unmask.run(recipe, recipe_path.parent, announce)
    if recipe.planted is not None:
        return planted.run(recipe, recipe.planted, recipe_path.parent, announce)
    if recipe.distil is not None:
        return distilled.run(recipe, recipe.distil, recipe_path.parent, announce)
    if recipe.chains is not None:
        return chains.run(recipe, recipe.chains, recipe_path.parent, announce)
    loaded = [texts.load(name, silent) for name in recipe.data.texts]
    planned = plan(recipe, loaded)
    model, course, settings = planned.model, planned.course, recipe.settings()
    for line in planned.lines:
        announce(line)
    announce(
        f"{sum(p.numel() for p in model.parameters()):,} parameters, "
        f"{recipe.tokens:,} tokens in {recipe.optimiser.steps:,} steps"
    )
    keep = Keep(recipe, recipe_path.parent, model)
    if not checkpoint_of(recipe.name).is_file():
        keep(0)

    def told(progress: Progress) -> None:
        keep(progress.step)
        report(progress)

    with asked_to_stop() as stop:
        progress = train(
            model, course, settings, checkpoint_of(recipe.name), until=until, stopped=lambda: bool(stop), report=told
        )
    write_curves(progress, recipe_path.parent)
    if progress.step < recipe.optimiser.steps and not write:
        announce(f"Stopped at step {progress.step:,}; the same command goes on from there.")
        return None
    final = evaluate(model, course, progress, everything=True)
    written = planned.written(progress, final)
    folder = write_folder(recipe_path.parent, recipe, model, planned.tokenizer, loaded, progress, final, written)
    if recipe.run.keep:
        grams.write(folder, planned.tokenizer, loaded)
    announce(f"Written to {folder}: {written.note}.")
    return folder


@contextmanager
def asked_to_stop() -> Iterator[Sequence[int]]:
    """The signals that came, SIGTERM or SIGINT, which do nothing else meanwhile."""
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def plan(recipe: Recipe, loaded: list[Text]) -> Plan:
    """Model, texts and measures of a recipe. Raises BadRequestError for sizes that do not fit together."""
    if isinstance(recipe.model, EncoderDecoderSizes):
        return encoder_decoder.plan(recipe, recipe.model, loaded)
    if isinstance(recipe.model, StateSpaceSizes):
        return state_space.plan(recipe, recipe.model, loaded)
    return decoder.plan(recipe, recipe.model, loaded)


def checkpoint_of(name: str) -> Path:
    """Where a run's checkpoint lies."""
    return cache.cache_folder() / "training" / f"{name}.pt"
