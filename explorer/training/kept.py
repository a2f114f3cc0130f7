"""Weights of a run on its way: one file a kept step, beside the model that the run ends with.

`models/<name>/steps/000128.safetensors` holds the weights after 128 steps, in float16: half the bytes, and finer than
bfloat16 for numbers of the size of weights, so that the first steps still differ from the start. Config and tokenizer
are those of the model.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from explorer.training.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.stack.architectures.t5 import T5
    from explorer.stack.frontier.state_spaces.model import StateSpaceModel
    from explorer.stack.transformer.decoder import Decoder

FOLDER = "steps"
DIGITS = 6


class Keep:
    """Called after every step, and before the first: writes the weights where the recipe keeps them."""

    def __init__(self, recipe: Recipe, folder: Path, model: Decoder | T5 | StateSpaceModel) -> None:
        self.steps, self.folder, self.model = frozenset(recipe.run.keep), folder, model

    def __call__(self, step: int) -> None:
        from safetensors.torch import save_file

        if step in self.steps:
            path = path_of(self.folder, step)
            path.parent.mkdir(exist_ok=True)
            state = {name: tensor.half().contiguous() for name, tensor in self.model.hf_state_dict().items()}
            save_file(state, path, metadata={"format": "pt"})


def path_of(folder: Path, step: int) -> Path:
    """Where the weights of a step lie, or would.

    >>> path_of(Path("models/tiny"), 128).name
    '000128.safetensors'
    """
    return folder / FOLDER / f"{step:0{DIGITS}}.safetensors"


def steps_of(folder: Path) -> tuple[int, ...]:
    """The steps that are kept there."""
    return tuple(sorted(int(path.stem) for path in (folder / FOLDER).glob("*.safetensors") if path.stem.isdigit()))


def state_at(folder: Path, step: int) -> dict[str, Tensor]:
    """The weights after that step, in float32, under transformers' names."""
    from safetensors.torch import load_file

    return {name: tensor.float() for name, tensor in load_file(path_of(folder, step)).items()}
