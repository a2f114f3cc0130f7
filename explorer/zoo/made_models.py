"""Models that are made here, from their names to what is opened: a folder, and a change of its weights on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import BadRequestError
from explorer.fetching.progress import Progress
from explorer.zoo import checkpoints
from explorer.zoo.adapters import Adapter, adapter
from explorer.zoo.card import Card, shelf
from explorer.zoo.made_names import Adapted, Quantized, Trained, parse

if TYPE_CHECKING:
    from transformers import PreTrainedModel

#: It acts on the weights that were loaded, and says what made the difference: a hash, or a name.
Change = Callable[["PreTrainedModel", Progress], str]


@dataclass(frozen=True)
class Located:
    """What is opened."""

    card: Card
    folder: Path
    change: Change | None = None


def located(name: str, progress: Progress, folder_of: Callable[[Card, Progress], Path]) -> Located | None:
    """What the name stands for; None for one that is not made here. `folder_of` finds a model of the shelf.

    Raises UntrainedError for a checkpoint that is not here, BadRequestError for a base that is not on the shelf, and
    what `adapter` raises.
    """
    made = parse(name)
    if made is None:
        return None
    if isinstance(made, Trained):
        return Located(checkpoints.card_of(made), checkpoints.folder_of(made))
    base = base_of(made)
    if isinstance(made, Adapted):
        found = adapter(made.adapter)
        return Located(_adapted(base, made, found), folder_of(base, progress), found.merge)
    title = quantization_of(made)
    folder = folder_of(base, progress)
    return Located(_quantized(base, made, title), folder, lambda hf, told: quantize(hf, made.format, told))


def base_of(made: Adapted | Quantized) -> Card:
    """The card of the model that it is made of. Raises BadRequestError for one that is not on the shelf."""
    if (card := shelf().get(made.base)) is None:
        raise BadRequestError(
            f"“{made.text[:80]}” is made of “{made.base[:60]}”, which is not on the shelf.",
            f"The shelf holds {', '.join(shelf())}.",
        )
    return card


def quantization_of(made: Quantized) -> str:
    """The title of the format. Raises BadRequestError where there is none of that name."""
    from explorer.stack.systems.quantization.schemes import scheme

    return scheme(made.format).title


def _adapted(base: Card, made: Adapted, found: Adapter) -> Card:
    note = f"{base.weights_note}; {made.adapter} merged in, a {found.settings.title}"
    title = f"{base.title} + {made.adapter}"
    return replace(base, name=made.text, title=title, weights_note=note, weights=None, opt_in=False)


def _quantized(base: Card, made: Quantized, title: str) -> Card:
    note = f"{base.weights_note}; every matrix rounded to {title} and widened again"
    return replace(
        base, name=made.text, title=f"{base.title} in {title}", weights_note=note, weights=None, opt_in=False
    )


def quantize(hf: PreTrainedModel, name: str, progress: Progress) -> str:
    """Round all matrices of the model to a format, in place; returns the format's name.

    Raises BadRequestError where the format does not suit the model, NotApplicableError where the explorer's own decoder
    does not know its matrices.
    """
    import torch

    from explorer.stack.systems.quantization.matrices import matrices
    from explorer.stack.systems.quantization.schemes import scheme
    from explorer.stack.transformer.decoder import Decoder

    for parameter in hf.parameters():
        parameter.data = parameter.data.clone()  # the file that they may be mapped from stays as it is
    hf.tie_weights()
    known = matrices(Decoder.from_pretrained(hf))
    if reason := scheme(name).misfit(known):
        raise BadRequestError(f"The format “{name}” does not suit this model: {reason}", "Choose another format.")
    formats = scheme(name).formats(known)
    with torch.no_grad():
        for done, matrix in enumerate(known):
            progress("Quantizing the weights", done, len(known))
            matrix.weight.copy_(formats[matrix.name].quantize(matrix.weight).dequantize())
    return f"quantized {name}"
