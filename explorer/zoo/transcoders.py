"""The transcoders that lie on the shelf: one for each MLP of a model, and its placebo.

`models/<model>/transcoders/` holds `block3.safetensors` and `block3-placebo.safetensors` for each block, bfloat16, and
their card `transcoders.json`. All blocks have one, since a graph of the whole model needs all of them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import NotApplicableError
from explorer.zoo import autoencoders
from explorer.zoo.autoencoders import OFFERED, Role
from explorer.zoo.card import shelf_folder

if TYPE_CHECKING:
    from explorer.stack.frontier.sparse_autoencoders.transcoder import Transcoder

FOLDER, ABOUT = "transcoders", "transcoders.json"


def folder_of(model: str) -> Path:
    """Where a model's lie, or would."""
    return shelf_folder() / model / FOLDER


def opened(model: str, n_layers: int, role: Role = "trained") -> tuple[Transcoder, ...]:
    """One for each block, in float32. Raises NotApplicableError where a block has none.

    >>> coders = opened("six-kinds-dense", 6)
    >>> len(coders), tuple(coders[0].W_skip.shape)
    (6, (192, 192))
    """
    from explorer.stack.frontier.sparse_autoencoders.transcoder import Transcoder

    if autoencoders.blocks_in(folder_of(model)) != tuple(range(n_layers)):
        raise NotApplicableError(
            "No transcoders have been trained on this model’s MLPs, and a graph needs one for each.",
            "Open a model that has them.",
            offer=OFFERED,
        )
    read = [autoencoders.read(folder_of(model) / autoencoders.file_name(block, role)) for block in range(n_layers)]
    return tuple(each for each in read if isinstance(each, Transcoder))


def explained(model: str) -> dict[Role, list[float]]:
    """What the card says of each block's: the explained variance on held-out texts, trained and placebo."""
    stored = json.loads((folder_of(model) / ABOUT).read_text(encoding="utf-8"))["dictionaries"]
    blocks = autoencoders.blocks_in(folder_of(model))
    return {
        role: [stored[autoencoders.file_name(block, role)]["held_out"]["explained"] for block in blocks]
        for role in ("trained", "placebo")
    }
