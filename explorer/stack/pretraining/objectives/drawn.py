"""A text under the objective of a name: what each draws comes from one generator.

>>> marks = MarkIds(d_vocab=50, sentinels=4)
>>> text = torch.arange(10, 20)
>>> for name in NAMES:
...     made = drawn(name, text, marks, Settings(heads=2), torch.Generator().manual_seed(1))
...     print(name, len(made.inputs), int(made.counted.sum()))
clm 10 9
mlm 10 1
spans 14 4
prefix 10 5
fim 13 12
mtp 10 17
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.stack.pretraining.objectives import causal, infilling, masked, multi_token, prefix, spans
from explorer.stack.pretraining.objectives.example import Example
from explorer.stack.pretraining.objectives.marks import MarkIds
from explorer.stack.pretraining.span_corruption import noise_mask

NAMES = ("clm", "mlm", "spans", "prefix", "fim", "mtp")


@dataclass(frozen=True)
class Settings:
    """How much each objective hides or asks for."""

    rate: float = masked.RATE
    """Of tokens that are chosen, by MLM and by span corruption."""
    mean_span: int = 3
    order: infilling.Order = "psm"
    heads: int = 4


def drawn(
    name: str,
    text: Int[Tensor, " token"],
    marks: MarkIds,
    settings: Settings,
    generator: torch.Generator | None = None,
) -> Example:
    """Raises ValueError for an objective that there is not, and for spans of fewer than two tokens."""
    n = len(text)
    match name:
        case "clm":
            return causal.causal(text)
        case "mlm":
            return masked.masked(text, marks.id("[MASK]"), marks.d_vocab, settings.rate, generator)
        case "spans":
            noise = noise_mask(n, settings.rate, settings.mean_span, generator)
            return spans.spans(text, noise, marks.extra, marks.id("<start>"), marks.id("<end>"))
        case "prefix":
            return prefix.prefix_lm(text, prefix.drawn_prefix(n, generator))
        case "fim":
            return infilling.infill(text, infilling.drawn_cut(n, generator), marks.fim, settings.order)
        case "mtp":
            return multi_token.multi_token(text, settings.heads)
    raise ValueError(f"there is no objective “{name}”; there are {', '.join(NAMES)}")
