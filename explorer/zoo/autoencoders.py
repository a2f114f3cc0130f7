"""The sparse autoencoders that lie on the shelf, beside the model whose stream they read.

`models/<model>/autoencoders/` holds a file for each block: `block3.safetensors`, its placebo `block3-placebo`, and
where more seeds were trained `block3-1`, `block3-placebo-1` and so on; bfloat16, or matrices in a format of fewer bits,
as the recipe says. `autoencoders.json` is their card.
`models/<model>/transcoders/` holds those of its MLPs in the same way (`zoo.transcoders`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from explorer.errors import BadRequestError, NotApplicableError
from explorer.zoo.card import shelf_folder
from explorer.zoo.narrow_tensors import PLAIN, Narrow, narrowed, widened

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from explorer.stack.frontier.sparse_autoencoders.autoencoder import Kind, SparseAutoencoder

Role = Literal["trained", "placebo"]
FOLDER, ABOUT = "autoencoders", "autoencoders.json"
#: What an intervention calls the direction of a feature: sae-BLOCK-FEATURE.
FEATURE = re.compile(r"sae-(\d{1,3})-(\d{1,6})", re.ASCII)
#: The model that is offered where none has been trained.
OFFERED = "six-kinds-dense"


@dataclass(frozen=True, eq=False)
class Dictionary:
    """One that was trained."""

    sae: SparseAutoencoder
    """For the stream as it is, not scaled."""
    block: int
    role: Role
    seed: int
    """The how manieth: 0, 1, 2."""


def file_name(block: int, role: Role, seed: int = 0) -> str:
    """
    >>> file_name(3, "trained"), file_name(3, "placebo", 2)
    ('block3.safetensors', 'block3-placebo-2.safetensors')
    """
    return "-".join([f"block{block}", *([role] * (role == "placebo")), *([str(seed)] * (seed > 0))]) + ".safetensors"


def folder_of(model: str) -> Path:
    """Where a model's lie, or would."""
    return shelf_folder() / model / FOLDER


def blocks_of(model: str) -> tuple[int, ...]:
    """Behind which blocks a model of the shelf has dictionaries."""
    return blocks_in(folder_of(model))


def blocks_in(folder: Path) -> tuple[int, ...]:
    found = (each.stem.removeprefix("block") for each in folder.glob("block*.safetensors"))
    return tuple(sorted(int(each) for each in found if each.isdigit()))


def nearest(model: str, block: int) -> int:
    """The nearest block that has one. Raises NotApplicableError where none has."""
    found = blocks_of(model)
    if not found:
        raise NotApplicableError(
            "No sparse autoencoder has been trained on this model’s stream.",
            "“Training an SAE” trains one live on any model; or open a model that has them.",
            offer=OFFERED,
        )
    return min(found, key=lambda each: abs(each - block))


def seeds_of(model: str, block: int) -> int:
    """How often the dictionary behind this block was trained."""
    return sum((folder_of(model) / file_name(block, "trained", seed)).is_file() for seed in range(9))


def opened(model: str, block: int, role: Role, seed: int = 0) -> Dictionary:
    """From its file; directions are made unit length again, which bfloat16 rounds."""
    return Dictionary(read(folder_of(model) / file_name(block, role, seed)), block, role, seed)


def read(path: Path) -> SparseAutoencoder:
    """In float32."""
    import torch.nn.functional as F
    from safetensors import safe_open

    from explorer.stack.frontier.sparse_autoencoders.autoencoder import SparseAutoencoder
    from explorer.stack.frontier.sparse_autoencoders.transcoder import Transcoder

    with safe_open(path, framework="pt") as file:
        about = file.metadata()
        stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  no mapping
    state = {name: widened(each, about.get("weights", PLAIN)) for name, each in stored.items()}
    width, d_model = state["W_dec"].shape
    kind: Kind = about["kind"]  # pyright: ignore[reportAssignmentType]
    state["W_dec"] = F.normalize(state["W_dec"], dim=-1)
    made = (Transcoder if "W_skip" in state else SparseAutoencoder)(d_model, width, kind, int(about["k"]))
    made.load_state_dict(state)
    return made.eval().requires_grad_(False)


def write(path: Path, sae: SparseAutoencoder, weights: Narrow = PLAIN) -> None:
    """In bfloat16, or its matrices in a format of fewer bits."""
    import torch
    from safetensors.torch import save_file

    state = {name: narrowed(each, weights, torch.bfloat16) for name, each in sae.state_dict().items()}
    save_file(state, path, metadata={"format": "pt", "kind": sae.kind, "k": str(sae.k), "weights": weights})


def about(model: str) -> dict[str, object]:
    """What `autoencoders.json` says."""
    return json.loads((folder_of(model) / ABOUT).read_text(encoding="utf-8"))


def feature_direction(model: str, name: str) -> Float[Tensor, " d_model"] | None:
    """The direction that a name means in this model, of length 1; None for a name of another kind. Raises
    BadRequestError where the model has no such feature.

    >>> feature_direction("six-kinds-dense", "refusal") is None
    True
    >>> round(float(feature_direction("six-kinds-dense", "sae-3-17").norm()), 4)
    1.0
    """
    if (said := FEATURE.fullmatch(name)) is None:
        return None
    block, feature = map(int, said.groups())
    if block not in blocks_of(model):
        known = ", ".join(map(str, blocks_of(model))) or "none"
        raise BadRequestError(
            f"“{name}”: the model {model} has no dictionary behind block {block}.",
            f"It has one behind blocks: {known}.",
        )
    directions = opened(model, block, "trained").sae.W_dec
    if feature >= len(directions):
        raise BadRequestError(f"“{name}”: the dictionary has features 0 to {len(directions) - 1:,}.")
    return directions[feature]
