"""A checkpoint of a recipe of the shelf: the first steps of the run that made the model, as a model of their own.

Where the run has kept the weights of that step they are opened; else the steps are trained again. Of a model that was
trained in stages (`stages`) the end of each stage is kept, and nothing else is: `trained:sums,stage:sft@480`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.corpora import texts
from explorer.errors import BadRequestError
from explorer.fetching.progress import Progress, silent
from explorer.training import recipe as recipes
from explorer.training import staged_checkpoint
from explorer.training.decoder import config_of
from explorer.training.kept import path_of, state_at
from explorer.training.recipe import DecoderSizes, Recipe
from explorer.training.run import plan
from explorer.zoo import checkpoints
from explorer.zoo.card import shelf
from explorer.zoo.checkpoints import Checkpoint
from explorer.zoo.made_names import Trained

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

#: Steps between two evaluations of a run that is not evaluated.
NEVER = 10**9


def recipe_of(name: Trained) -> Recipe:
    """The recipe that a name means. Raises BadRequestError where there is none, or not of a decoder."""
    card = shelf().get(name.recipe)
    path = card.folder / "recipe.toml" if card is not None and card.folder is not None else None
    if path is None or not path.is_file():
        known = [each.name for each in shelf().values() if each.folder and (each.folder / "recipe.toml").is_file()]
        raise BadRequestError(
            f"There is no recipe “{name.recipe[:60]}”.",
            f"Recipes of the shelf: {', '.join(known) or 'none'}. A training on the page is panel.view.arm.",
        )
    if name.settings:
        raise BadRequestError(
            f"The recipe “{name.recipe}” has no settings to choose.", f"Write trained:{name.recipe}@{name.step}."
        )
    found = recipes.read(path)
    if not isinstance(found.model, DecoderSizes):
        raise BadRequestError(f"The recipe “{name.recipe}” trains no decoder.", "Only decoders open in the panels.")
    return found


def last_step(name: Trained) -> int:
    """The greatest step that the name may have. Raises BadRequestError for a name that means no checkpoint."""
    if staged_checkpoint.folder_of(name.recipe) is not None:
        staged_checkpoint.stage_of(name)
        return name.step
    return recipe_of(name).optimiser.steps


def seconds_of(name: Trained) -> float | None:
    """About how long it takes: processor time of the recorded run so far; None where none is recorded."""
    if staged_checkpoint.folder_of(name.recipe) is not None:
        return 0.0
    folder = shelf()[name.recipe].folder
    if folder is not None and path_of(folder, name.step).is_file():
        return 0.0
    record = folder / "training.json" if folder is not None else None
    if record is None or not record.is_file():
        return None
    whole = json.loads(record.read_text(encoding="utf-8"))
    return whole["processor_seconds"] / max(1, whole["steps"]) * name.step


def make(name: Trained, progress: Progress = silent) -> Checkpoint:
    """Read what the run has kept, or train it from the first step; and keep it in the cache."""
    from explorer.stack.pretraining.train import train
    from explorer.stack.transformer.decoder import Decoder

    if staged_checkpoint.folder_of(name.recipe) is not None:
        return staged_checkpoint.make(name)
    recipe, folder = recipe_of(name), shelf()[name.recipe].folder
    if folder is not None and path_of(folder, name.step).is_file():
        return _stored(name, recipe, folder)
    planned = plan(recipe, [texts.load(each, progress) for each in recipe.data.texts])
    model = planned.model
    assert isinstance(model, Decoder)
    said = f"Training {recipe.title or recipe.name}, steps"
    progress(said, 0, name.step)
    train(
        model,
        planned.course,
        replace(recipe.settings(), evaluate_every=NEVER),
        until=name.step,
        report=lambda run: progress(said, run.step, name.step),
    )
    return _written(name, recipe, model.hf_config(), model.hf_state_dict(), planned.tokenizer)


def _stored(name: Trained, recipe: Recipe, folder: Path) -> Checkpoint:
    """The weights that the run has kept."""
    from tokenizers import Tokenizer

    assert isinstance(recipe.model, DecoderSizes)
    config = config_of(recipe.model, recipe.data.d_vocab).to_hf()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return _written(name, recipe, config, state_at(folder, name.step), tokenizer, "; float16, opened as float32")


def _written(
    name: Trained,
    recipe: Recipe,
    config: Mapping[str, object],
    state: Mapping[str, Tensor],
    tokenizer: Tokenizer,
    stored: str = "",
) -> Checkpoint:
    return checkpoints.write(
        name,
        config,
        state,
        tokenizer,
        f"{recipe.title or recipe.name}, step {name.step}",
        f"Trained here for {name.step} of {recipe.optimiser.steps:,} steps{stored}",
        recipe.data.n_ctx,
    )
