"""A direction held at the level that harmless text has, instead of taken out: an affine edit.

    y' = y0 + E (y - y0)        at every writer; E takes a direction out, y0 is its mean output over harmless requests
    y' . r = y0 . r             at strength 1: before each block the stream has the harmless mean's component along r

Ablation is the case y0 = 0. But zero is no level that the model knows: where harmless text has a component along r as
well, ablation takes that from it, and harmless answers change. What is held at the harmless level tells a reader
nothing, and takes nothing from harmless text on average. Means are those of the template's last token, where the
direction was found.

Marshall, Scherlis, Belrose 2024, Refusal in LLMs is an Affine Function (arXiv 2411.09003). They edit the stream of a
layer; here each writer is edited, so that the stream is edited before each block.

>>> from explorer.stack.safety.direction_edits import Edit
>>> edit, y0 = Edit(torch.tensor([1.0, 0.0]), torch.tensor([1.0, 0.0])), torch.tensor([3.0, 8.0])
>>> edit.of(torch.tensor([5.0, 6.0])).tolist(), Affine(edit, y0).of(torch.tensor([5.0, 6.0])).tolist()
([0.0, 6.0], [3.0, 6.0])
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.safety.direction_edits import Taking, edited_by, writers
from explorer.stack.transformer.decoder import Decoder


@dataclass(frozen=True, eq=False)
class Affine:
    """An edit about a point other than zero."""

    edit: Taking
    about: Float[Tensor, " d_model"]

    def of(self, y: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_model"]:
        about = self.about.to(y)
        return about + self.edit.of(y - about)


@dataclass(frozen=True, eq=False)
class _Seen:
    """Changes nothing, and keeps what is written at the last token."""

    total: list[Float[Tensor, "text d_model"]] = field(default_factory=list)

    def of(self, y: Float[Tensor, "text token d_model"]) -> Float[Tensor, "text token d_model"]:
        self.total.append(y[:, -1].double())
        return y


@torch.no_grad()
def writer_means(decoder: Decoder, batches: Iterable[tuple[Tensor, Tensor]]) -> Float[Tensor, "writer d_model"]:
    """What each writer writes at the last token on average, in float64. batches: ids and positions, each
    [text token] and padded on the left. Raises ValueError without a text."""
    seen = [_Seen() for _ in range(writers(decoder))]
    watched = edited_by(decoder, seen)
    for ids, positions in batches:
        watched.stream(ids, positions)
    if not seen[0].total:
        raise ValueError("a mean needs a text")
    return torch.stack([torch.cat(each.total).mean(0) for each in seen])


def held(decoder: Decoder, edit: Taking, means: Float[Tensor, "writer d_model"]) -> Decoder:
    """The same weights; what the edit takes out is held at the level of the means."""
    return edited_by(decoder, [Affine(edit, each) for each in means])
