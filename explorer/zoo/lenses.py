"""The lenses that lie on the shelf beside the model whose stream they read, and the directions that they name.

`models/<model>/lenses/lenses.safetensors` holds the tuned, the least-squares and the Jacobian lens in float16, or their
matrices in a format of fewer bits, as the recipe says; `lenses.json` is their card. An intervention calls a direction
lens-KIND-BLOCK-TOKEN.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from explorer.errors import BadRequestError
from explorer.stack.frontier.lenses.lens import Kind, Lens, logit_lens, reading
from explorer.zoo.card import shelf_folder
from explorer.zoo.narrow_tensors import PLAIN, Narrow, narrowed, widened

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from explorer.zoo.model import Model

FOLDER, FILE, ABOUT = "lenses", "lenses.safetensors", "lenses.json"
DIRECTION = re.compile(r"lens-(logit|tuned|least_squares|jacobian)-(\d{1,3})-(\d{1,6})", re.ASCII)
#: Windows of the passages that a direction of the Jacobian lens is measured on, and their tokens.
PROMPTS, LENGTH = 4, 48


def folder_of(model: str) -> Path:
    """Where a model's lie, or would."""
    return shelf_folder() / model / FOLDER


def write(path: Path, lenses: list[Lens], weights: Narrow = PLAIN) -> None:
    """In float16, or the matrices in fewer bits; what is the same for all blocks once."""
    import torch
    from safetensors.torch import save_file

    state: dict[str, Tensor] = {}
    for each in lenses:
        left, right = each.left, each.right
        if left.shape[1] == left.shape[2]:  # a whole matrix, once
            left, right = torch.eye(left.shape[1])[None], left @ right
        elif bool((left == left[:1]).all()):
            left = left[:1]
        for name, tensor in (("scale", each.scale), ("left", left), ("right", right), ("bias", each.bias)):
            as_stored = PLAIN if name == "bias" else weights
            state[f"{each.kind}.{name}"] = narrowed(tensor, as_stored, torch.float16)
    save_file(state, path, metadata={"format": "pt", "weights": weights})


def read(path: Path) -> dict[Kind, Lens]:
    """In float32, by kind."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        weights = (file.metadata() or {}).get("weights", PLAIN)
        state = {name: widened(file.get_tensor(name), weights) for name in file.keys()}  # noqa: SIM118  no mapping
    found = {}
    for kind in get_args(Kind):
        if f"{kind}.scale" in state:
            scale, left, right, bias = (state[f"{kind}.{part}"] for part in ("scale", "left", "right", "bias"))
            found[kind] = Lens(kind, scale, left.expand(len(scale), -1, -1), right, bias)
    return found


@lru_cache(maxsize=2)
def _read_once(path: Path, changed: int) -> dict[Kind, Lens]:
    del changed  # another file is another key
    return read(path)


def of_model(model: Model) -> dict[Kind, Lens]:
    """Those of the shelf, the logit lens among them, which needs no file; a model whose weights were changed has it
    alone: the others were fitted to other weights."""
    found: dict[Kind, Lens] = {"logit": logit_lens(model.dims.n_layers, model.dims.d_model)}
    path = folder_of(model.name) / FILE
    if model.edits or not path.is_file():
        return found
    return found | _read_once(path, path.stat().st_mtime_ns)


def direction(model: Model, name: str) -> Float[Tensor, " d_model"] | None:
    """The direction that a name means in this model, of length 1; None for a name of another kind. Raises
    BadRequestError where the model has no such lens, block or token.

    The Jacobian lens' is measured by one backward pass on passages, always the same ones."""
    if (said := DIRECTION.fullmatch(name)) is None:
        return None
    kind, block, token = said[1], int(said[2]), int(said[3])
    dims = model.dims
    if block >= dims.n_layers or token >= dims.d_vocab:
        raise BadRequestError(
            f"“{name}”: this model has blocks 0 to {dims.n_layers - 1} and tokens 0 to {dims.d_vocab - 1:,}."
        )
    return _direction(model, kind, token)[block]  # pyright: ignore[reportArgumentType]  the expression allows no other


def _direction(model: Model, kind: Kind, token: int) -> Float[Tensor, "layer d_model"]:
    import torch.nn.functional as F

    from explorer.stack.frontier.lenses.jacobian import rows_of

    row = reading(model.decoder, [token])
    if kind == "jacobian":
        return F.normalize(rows_of(model.decoder, prompts(model), row)[:, 0].mean(0), dim=-1)
    lens = of_model(model).get(kind)
    if lens is None:
        raise BadRequestError(f"The model {model.name} has no {kind.replace('_', '-')} lens.", "Choose another lens.")
    import torch

    return F.normalize(torch.cat([lens.pulled(layer, row) for layer in range(model.dims.n_layers)]), dim=-1)


def prompts(model: Model, count: int = PROMPTS, length: int = LENGTH) -> Tensor:
    """Windows of the passages, the kinds of text in turn. Raises BadRequestError where none is long enough."""
    import torch

    from explorer.corpora import passages

    rows: list[list[int]] = []
    texts = [[excerpt.text for excerpt in kind.excerpts] for kind in passages.read()]
    for turn in range(max(map(len, texts))):
        for kind in texts:
            ids = model.vocabulary.encode(kind[turn])[:length] if turn < len(kind) else []
            if len(ids) == length:
                rows.append(ids)
            if len(rows) == count:
                return torch.tensor(rows)
    if not rows:
        raise BadRequestError(f"No passage has {length} tokens of this model.")
    return torch.tensor(rows)
