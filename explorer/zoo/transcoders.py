"""The transcoders that lie on the shelf: one for each MLP of a model, or for the last ones.

`models/<model>/transcoders/` holds `block3.safetensors` for each such block, and their card `transcoders.json`,
which says what placebos are worth too. Where only the last blocks have one, a graph begins with the stream into them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import BadRequestError, NotApplicableError
from explorer.zoo import autoencoders
from explorer.zoo.autoencoders import OFFERED, Role
from explorer.zoo.card import shelf_folder

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from explorer.stack.frontier.sparse_autoencoders.transcoder import Transcoder

FOLDER, ABOUT = "transcoders", "transcoders.json"
#: What an intervention calls the direction that a feature writes: mlp-BLOCK-FEATURE.
FEATURE = re.compile(r"mlp-(\d{1,3})-(\d{1,6})", re.ASCII)


def folder_of(model: str) -> Path:
    """Where a model's lie, or would."""
    return shelf_folder() / model / FOLDER


def opened(model: str, n_layers: int) -> tuple[Transcoder, ...]:
    """One for each block, or for each of the last ones, in float32. Raises NotApplicableError where the last has none.

    >>> coders = opened("six-kinds-dense", 6)
    >>> len(coders), tuple(coders[0].W_skip.shape)
    (6, (192, 192))
    """
    from explorer.stack.frontier.sparse_autoencoders.transcoder import Transcoder

    blocks = blocks_of(model)
    if not blocks or blocks != tuple(range(blocks[0], n_layers)):
        raise NotApplicableError(
            "No transcoders have been trained on this model’s MLPs, and a graph needs them.",
            "Open a model that has them.",
            offer=OFFERED,
        )
    read = [autoencoders.read(folder_of(model) / autoencoders.file_name(block, "trained")) for block in blocks]
    return tuple(each for each in read if isinstance(each, Transcoder))


def blocks_of(model: str) -> tuple[int, ...]:
    """Whose MLPs have one."""
    return autoencoders.blocks_in(folder_of(model))


def explained(model: str) -> dict[Role, list[float]]:
    """What the card says of those that there are: the explained variance on held-out texts, trained and placebo."""
    stored = json.loads((folder_of(model) / ABOUT).read_text(encoding="utf-8"))["dictionaries"]
    return {
        role: [stored[autoencoders.file_name(block, role)]["held_out"]["explained"] for block in blocks_of(model)]
        for role in ("trained", "placebo")
    }


def feature_direction(model: str, name: str) -> Float[Tensor, " d_model"] | None:
    """The direction that `mlp-BLOCK-FEATURE` means in this model, of length 1; None for a name of another kind. Raises
    BadRequestError where the model has no such feature.

    >>> feature_direction("six-kinds-dense", "sae-3-17") is None
    True
    >>> round(float(feature_direction("six-kinds-dense", "mlp-3-17").norm()), 4)
    1.0
    """
    if (said := FEATURE.fullmatch(name)) is None:
        return None
    block, feature = map(int, said.groups())
    if block not in blocks_of(model):
        raise BadRequestError(f"“{name}”: the model {model} has no transcoder of the MLP of block {block}.")
    directions = autoencoders.read(folder_of(model) / autoencoders.file_name(block, "trained")).W_dec
    if feature >= len(directions):
        raise BadRequestError(f"“{name}”: the transcoder has features 0 to {len(directions) - 1:,}.")
    return directions[feature]
