"""Interventions: changes made to a running model, to see what a part of it causes.

Each is a frozen value with a text form (which stands in links) and acts at one site of one layer, through a
TransformerLens forward hook. Several may act at once; those at one site act in the order in which they are given.

- `AblateHead`: a head's output z is replaced by nothing, or by its mean over the prompt's positions
  (Michel et al. 2019, arXiv 1905.10650).
- `AblateMLP`: the same for a whole MLP's output.
- `ScaleResidual`: the residual stream after a block is multiplied at one position, or at all.
- `AddToken`: a multiple of a token's unit unembedding direction is added to the stream after a block
  (activation addition, Turner et al. 2023, arXiv 2308.10248).
- `PatchPosition`: the stream after a block takes at one position the value that it had in another prompt's run
  (activation patching, Meng et al. 2022, arXiv 2202.05262).
- `Erase`, `Steer`, `Contrast`: a direction is taken out of the stream, or added: a named one, or the one between two
  texts (see direction_edits.py).
- `Quantize`, `Wear`: matrices take another number format, or an adapter is merged into them with a strength (no hook:
  see weight_edits.py).

>>> parse_intervention("ablate:23.1:mean")
AblateHead(layer=23, head=1, mode='mean')
>>> parse_intervention("patch:10:13:5:The%20capital%2C%20of").source_text
'The capital, of'
>>> [parse_intervention(text).text for text in ("mlp:5", "scale:10:all:0.5", "add:10:3:288:4")]
['mlp:5', 'scale:10:all:0.5', 'add:10:3:288:4']
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, unquote

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.tokenization.text import well_formed
from explorer.stack.transformer.head_name import head_name
from explorer.tracing.changes.direction_edits import Contrast, Erase, Steer, direction_name
from explorer.tracing.changes.edits import (
    Limits,
    Run,
    Site,
    Source,
    WithoutConstant,
    changed_at,
    finite,
    mean_of_prompt,
    number,
    positioned,
    within,
)
from explorer.tracing.changes.routing_edits import ForbidExpert, ForceExpert, RoutingEdit, UseExperts
from explorer.tracing.changes.weight_edits import Quantize, Wear

Mode = Literal["zero", "mean"]


@dataclass(frozen=True)
class AblateHead(WithoutConstant):
    """Replace one head's output z, at every position, by zero or by its mean over the prompt."""

    layer: int
    head: int
    mode: Mode = "zero"
    site = "z"

    @property
    def text(self) -> str:
        return f"ablate:{self.layer}.{self.head}" + (":mean" if self.mode == "mean" else "")

    @property
    def label(self) -> str:
        return f"{head_name(self.layer, self.head)} off" + (" (mean)" if self.mode == "mean" else "")

    def check(self, limits: Limits) -> None:
        within("layer", self.layer, limits.n_layers, self)
        within("head", self.head, limits.n_heads, self)

    def edit(self, z: Float[Tensor, "batch pos head d_head"], run: Run) -> Float[Tensor, "batch pos head d_head"]:
        out = z.clone()
        out[:, :, self.head] = (
            mean_of_prompt(z[0, : run.n_prompt, self.head], self.text, run) if self.mode == "mean" else 0.0
        )
        return out


@dataclass(frozen=True)
class AblateMLP(WithoutConstant):
    """Replace one MLP's output, at every position, by zero or by its mean over the prompt."""

    layer: int
    mode: Mode = "zero"
    site = "mlp_out"

    @property
    def text(self) -> str:
        return f"mlp:{self.layer}" + (":mean" if self.mode == "mean" else "")

    @property
    def label(self) -> str:
        return f"MLP {self.layer} off" + (" (mean)" if self.mode == "mean" else "")

    def check(self, limits: Limits) -> None:
        within("layer", self.layer, limits.n_layers, self)

    def edit(self, out: Float[Tensor, "batch pos d_model"], run: Run) -> Float[Tensor, "batch pos d_model"]:
        if self.mode == "zero":
            return torch.zeros_like(out)
        return mean_of_prompt(out[0, : run.n_prompt], self.text, run).expand_as(out).clone()


@dataclass(frozen=True)
class ScaleResidual(WithoutConstant):
    """Multiply the residual stream after a block, at one position or (None) at all."""

    layer: int
    position: int | None
    factor: float
    site = "resid_post"

    @property
    def text(self) -> str:
        return f"scale:{self.layer}:{_place(self.position)}:{number(self.factor)}"

    @property
    def label(self) -> str:
        return f"stream after block {self.layer} × {number(self.factor)}{_at(self.position)}"

    def check(self, limits: Limits) -> None:
        within("layer", self.layer, limits.n_layers, self)
        positioned(self.position, limits, self)
        finite(self.factor, self)

    def edit(self, stream: Float[Tensor, "batch pos d_model"], run: Run) -> Float[Tensor, "batch pos d_model"]:
        return changed_at(stream, self.position, run, lambda x: x * self.factor)


@dataclass(frozen=True)
class AddToken:
    """Add `amount` times a token's unit unembedding direction to the stream after a block."""

    layer: int
    position: int | None
    token_id: int
    amount: float
    site = "resid_post"

    @property
    def text(self) -> str:
        return f"add:{self.layer}:{_place(self.position)}:{self.token_id}:{number(self.amount)}"

    @property
    def label(self) -> str:
        return f"{number(self.amount)} × token {self.token_id} added after block {self.layer}{_at(self.position)}"

    def check(self, limits: Limits) -> None:
        within("layer", self.layer, limits.n_layers, self)
        within("token", self.token_id, limits.d_vocab, self)
        positioned(self.position, limits, self)
        finite(self.amount, self)

    def constant(self, source: Source) -> Tensor | None:
        return source.direction(self.token_id) * self.amount

    def edit(self, stream: Float[Tensor, "batch pos d_model"], run: Run) -> Float[Tensor, "batch pos d_model"]:
        return changed_at(stream, self.position, run, lambda x: x + run.constants[self.text].to(x))


@dataclass(frozen=True)
class PatchPosition:
    """Give the stream after a block, at one position, the value that it had in another prompt's run."""

    layer: int
    position: int
    source_text: str
    source_position: int
    site = "resid_post"

    def __post_init__(self) -> None:
        object.__setattr__(self, "source_text", well_formed(self.source_text))

    @property
    def texts(self) -> tuple[str, ...]:
        """What is run for it."""
        return (self.source_text,)

    @property
    def text(self) -> str:
        return f"patch:{self.layer}:{self.position}:{self.source_position}:{quote(self.source_text, safe='')}"

    @property
    def label(self) -> str:
        return (
            f"stream after block {self.layer}{_at(self.position)} from position {self.source_position} of another text"
        )

    def check(self, limits: Limits) -> None:
        within("layer", self.layer, limits.n_layers, self)
        positioned(self.position, limits, self)

    def constant(self, source: Source) -> Tensor | None:
        return source.stream(self.source_text, self.layer, self.source_position)

    def edit(self, stream: Float[Tensor, "batch pos d_model"], run: Run) -> Float[Tensor, "batch pos d_model"]:
        return changed_at(stream, self.position, run, lambda x: run.constants[self.text].to(x).expand_as(x))


StreamEdit = AblateHead | AblateMLP | ScaleResidual | AddToken | PatchPosition | Erase | Steer | Contrast
Intervention = StreamEdit | RoutingEdit | Quantize | Wear


def parse_intervention(text: str) -> Intervention:
    """An intervention from its text form. Raises BadRequestError."""
    kind, _, rest = text.partition(":")
    try:
        match kind, rest.split(":"):
            case "ablate", [where, *mode]:
                layer, head = where.split(".")
                return AblateHead(_index(layer), _index(head), _mode(mode))
            case "mlp", [layer, *mode]:
                return AblateMLP(_index(layer), _mode(mode))
            case "scale", [layer, position, factor]:
                return ScaleResidual(_index(layer), _position(position), float(factor))
            case "add", [layer, position, token, amount]:
                return AddToken(_index(layer), _position(position), _index(token), float(amount))
            case "patch", [layer, position, source, *words]:
                return PatchPosition(_index(layer), _index(position), unquote(":".join(words)), _index(source))
            case "erase", [name, strength]:
                return Erase(direction_name(name), float(strength))
            case "steer", [name, layer, position, amount]:
                return Steer(direction_name(name), _index(layer), _position(position), float(amount))
            case "contrast", [layer, position, amount, more, less]:
                return Contrast(_index(layer), _position(position), float(amount), unquote(more), unquote(less))
            case "forbid", [layer, position, expert]:
                return ForbidExpert(_position(layer), _position(position), _index(expert))
            case "force", [layer, position, expert]:
                return ForceExpert(_position(layer), _position(position), _index(expert))
            case "experts", [layer, k]:
                return UseExperts(_position(layer), _index(k))
            case "quant", [where, fmt]:
                return Quantize.parse(where, fmt)
            case "adapter", [name, strength]:
                return Wear.parse(name, strength)
    except ValueError:
        pass
    raise BadRequestError(
        f"“{text[:60]}” is not an intervention.",
        "One of ablate:LAYER.HEAD[:mean], mlp:LAYER[:mean], scale:LAYER:POSITION|all:FACTOR, "
        "add:LAYER:POSITION|all:TOKEN_ID:AMOUNT, patch:LAYER:POSITION:SOURCE_POSITION:SOURCE_TEXT, "
        "erase:DIRECTION:STRENGTH, steer:DIRECTION:LAYER:POSITION|all:AMOUNT, "
        "contrast:LAYER:POSITION|all:AMOUNT:TEXT:TEXT, "
        "forbid:LAYER|all:POSITION|all:EXPERT, force:LAYER|all:POSITION|all:EXPERT, experts:LAYER|all:COUNT, "
        "quant:all|BLOCK|FIRST-LAST[.ROLE]|unembed:FORMAT, adapter:NAME:STRENGTH.",
    )


def apply(edits: list[StreamEdit], activation: Tensor, run: Run) -> Tensor:
    """All edits of one site, in order."""
    for edit in edits:
        activation = edit.edit(activation, run)
    return activation


def by_site(interventions: tuple[Intervention, ...], n_layers: int) -> Mapping[tuple[Site, int], list[Any]]:
    """(site, layer) -> the interventions that act there by a hook, in order."""
    found: dict[tuple[Site, int], list[Any]] = {}
    for each in interventions:
        if isinstance(each, Quantize | Wear):
            continue
        for layer in range(n_layers) if each.layer is None else (each.layer,):
            found.setdefault((each.site, layer), []).append(each)  # pyright: ignore[reportArgumentType]
    return found


def _index(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)


def _position(text: str) -> int | None:
    return None if text == "all" else _index(text)


def _mode(rest: list[str]) -> Mode:
    if rest in ([], ["zero"]):
        return "zero"
    if rest == ["mean"]:
        return "mean"
    raise ValueError(rest)


def _place(position: int | None) -> str:
    return "all" if position is None else str(position)


def _at(position: int | None) -> str:
    return "" if position is None else f" at position {position}"
