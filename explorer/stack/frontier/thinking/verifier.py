"""Verifiers: a small network reads a model's own streams, and says how likely a text is right.

    outcome   one score for a whole text, read at its answer (Cobbe et al. 2021, arXiv 2110.14168)
    process   one score for each step, read at the step (Lightman et al. 2023, arXiv 2305.20050)

Both read the residual stream after every block, end to end, and have one hidden layer. They learn from texts that the
model itself wrote; whether a step follows from the number before it is known in this task. A text's process score is
the least of its steps', their product, or the last one's (`gathered`), the answer counting as a step.

>>> [round(gathered([0.9, 0.5, 0.8], how), 3) for how in ("least", "product", "last")]
[0.5, 0.36, 0.8]
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.transformer.decoder import Decoder

Gathering = Literal["least", "product", "last"]


class Verifier(nn.Module):
    """logit of "right" = w . relu(W x + b) + c."""

    def __init__(self, width: int, hidden: int = 64) -> None:
        super().__init__()
        self.inner, self.outer = nn.Linear(width, hidden), nn.Linear(hidden, 1)

    def forward(self, x: Float[Tensor, "row width"]) -> Float[Tensor, " row"]:
        return self.outer(F.relu(self.inner(x)))[:, 0]

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> Verifier:
        """With the weights of a file."""
        hidden, width = state["inner.weight"].shape
        made = cls(width, hidden)
        made.load_state_dict(dict(state))
        return made.eval().requires_grad_(False)


@torch.no_grad()
def streams(decoder: Decoder, ids: Int[Tensor, "row pos"]) -> Float[Tensor, "row pos width"]:
    """The residual stream after each block, each at unit root mean square, one behind the other."""
    x, at = decoder.entered(ids)
    found = list[Tensor]()
    for block in decoder.blocks:
        x = block(x, at)
        found.append(F.rms_norm(x, x.shape[-1:]))
    return torch.cat(found, -1)


@dataclass(frozen=True)
class Taught:
    """A verifier, and its loss at each step."""

    verifier: Verifier
    losses: tuple[float, ...]


def taught(
    x: Float[Tensor, "row width"], right: Float[Tensor, " row"], *, steps: int, rate: float, generator: torch.Generator,
    rows: int = 256, hidden: int = 64, decay: float = 0.01,
) -> Taught:  # fmt: skip
    """By cross-entropy on what is right, AdamW."""
    made, losses = Verifier(x.shape[1], hidden), list[float]()
    with torch.no_grad():
        for each in made.parameters():
            bound = 1 / math.sqrt(x.shape[1] if each.shape[-1] == x.shape[1] else hidden)
            each.uniform_(-bound, bound, generator=generator)
    optimiser = torch.optim.AdamW(made.parameters(), lr=rate, weight_decay=decay)
    for _ in range(steps):
        which = torch.randint(len(x), (min(rows, len(x)),), generator=generator)
        loss = F.binary_cross_entropy_with_logits(made(x[which]), right[which])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    return Taught(made.eval().requires_grad_(False), tuple(losses))


def gathered(scores: Sequence[float], how: Gathering) -> float:
    """One score of a text from those of its steps; of no step 1."""
    if not scores:
        return 1.0
    return min(scores) if how == "least" else math.prod(scores) if how == "product" else scores[-1]
