"""The end of a stage of a model that was trained in stages, as a model of its own: `trained:sums,stage:sft@480`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import BadRequestError
from explorer.training import stages as recipes
from explorer.training.decoder import config_of
from explorer.training.stages import BY_NAME, FILE, STAGES, TITLES, Stage, Stages
from explorer.zoo import checkpoints
from explorer.zoo.card import shelf
from explorer.zoo.checkpoints import Checkpoint
from explorer.zoo.made_names import Trained

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

SETTING = "stage"


def folder_of(recipe: str) -> Path | None:
    """Of a model of the shelf that was trained in stages; None for any other."""
    card = shelf().get(recipe)
    folder = card.folder if card is not None else None
    return folder if folder is not None and (folder / FILE).is_file() else None


def name_of(recipe: str, stage: Stage) -> str:
    """The name that opens the end of a stage.

    >>> name_of("sums", "sft").split("@")[0]
    'trained:sums,stage:sft'
    """
    return Trained(recipe, ((SETTING, stage),), _recipe(recipe).steps[stage]).text


def stage_of(name: Trained) -> Stage:
    """Raises BadRequestError for a name that means the end of no stage."""
    steps, said = _recipe(name.recipe).steps, dict(name.settings)
    stage = BY_NAME.get(said.get(SETTING, ""))
    if stage is None or len(said) != 1 or name.step != steps[stage]:
        known = ", ".join(name_of(name.recipe, each) for each in STAGES)
        raise BadRequestError(f"“{name.text[:80]}” is not the end of a stage.", f"Kept are {known}.")
    return stage


def make(name: Trained) -> Checkpoint:
    """Read what is kept into the cache."""
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    from explorer.training.staged import D_VOCAB
    from explorer.training.staged_folder import path_of

    stage, said, folder = stage_of(name), _recipe(name.recipe), folder_of(name.recipe)
    assert folder is not None
    return checkpoints.write(
        name,
        config_of(said.model, D_VOCAB).to_hf(),
        load_file(path_of(folder, stage)),
        Tokenizer.from_file(str(folder / "tokenizer.json")),
        f"{said.title}, {TITLES[stage]}",
        f"Trained here: the end of the stage {TITLES[stage]}; float32",
        said.model.n_ctx,
    )


def decoder_of(recipe: str, stage: Stage) -> Decoder:
    """The explorer's own decoder on the weights of a stage."""
    from safetensors.torch import load_file
    from transformers import LlamaConfig

    from explorer.stack.transformer.decoder import Decoder
    from explorer.training.staged import D_VOCAB
    from explorer.training.staged_folder import path_of

    folder = folder_of(recipe)
    assert folder is not None
    config = LlamaConfig(**config_of(_recipe(recipe).model, D_VOCAB).to_hf())
    return Decoder.from_pretrained(config, load_file(path_of(folder, stage)))


def _recipe(recipe: str) -> Stages:
    folder = folder_of(recipe)
    if folder is None:
        raise BadRequestError(f"“{recipe[:60]}” was not trained in stages.", "Choose another model.")
    return recipes.read(folder / FILE)
