"""A concept's directions in the stream by the Jacobian lens, prompt by prompt, and where they are met on a text.

What stands ready is the stream's share along the concept's direction, h . v_l / |h|, in standard deviations from what
the same direction reads on the prompts, the same block's. So a word that every text makes a little likelier shows none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.fetching.progress import Progress
from explorer.stack.frontier.carried import blocks_of
from explorer.stack.frontier.lenses.jacobian import pulled_back, streams, valid
from explorer.stack.frontier.lenses.lens import reading
from explorer.zoo import lenses

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

#: Halvings of the prompts behind an agreement; prompts of one pass.
DRAWS, TOGETHER = 8, 4


@dataclass(frozen=True, eq=False)
class Ready:
    """Where one token stands ready on a text."""

    token: int
    vectors: Float[Tensor, "prompt layer d_model"]
    z: Float[Tensor, "layer pos"]
    """Standard deviations; NaN at the first token."""
    error: Float[Tensor, "layer pos"]
    """Of z, the standard error over the prompts (jackknife); NaN of one prompt."""
    logit: Float[Tensor, "layer pos"]
    """z of the logit lens: J = I."""
    length: int
    """Tokens of a prompt."""
    of: int
    slope: float | None = None
    """The gradient at one place less a real step of 1 %, relative."""


def ready(
    model: Model, decoder: Decoder, token: int, text: Float[Tensor, "layer pos d_model"], count: int, progress: Progress
) -> Iterator[Ready]:
    """After each few prompts. `text` is the stream behind every block."""
    ids = lenses.prompts(model, count)
    row = reading(decoder, [token])
    vectors: list[Tensor] = []
    seen: list[Tensor] = []
    for rows in ids.split(TOGETHER):
        progress("Prompts, one backward pass each", len(vectors), len(ids))
        with torch.enable_grad():
            found, last = streams(decoder, rows)
            vectors += pulled_back(found, last, row)[:, 0]
        where = valid(rows.shape[1])
        seen.append(torch.stack([each.detach()[:, where].flatten(0, 1) for each in found]))
        made = _made(token, torch.stack(vectors), torch.cat(seen, 1), text, row[0], rows.shape[1], len(ids))
        if len(vectors) == len(ids):
            middle = found[len(found) // 2].detach()[-1:]
            made = replace(made, slope=slope_error(decoder, rows[-1], middle, row[0], vectors[-1]))
        yield made


def _made(token: int, vectors: Tensor, ordinary: Tensor, text: Tensor, row: Tensor, length: int, of: int) -> Ready:
    n = len(vectors)
    mean = vectors.mean(0)  # layer d_model
    z = deviations(mean, ordinary, text)
    error = torch.full_like(z, torch.nan)
    if n > 1:
        each = torch.stack([deviations((n * mean - one) / (n - 1), ordinary, text) for one in vectors])
        error = ((n - 1) / n * (each - each.mean(0)).square().sum(0)).sqrt()
    return Ready(token, vectors, z, error, deviations(row.expand_as(mean), ordinary, text), length, of)


def deviations(
    vectors: Float[Tensor, "layer d_model"],
    ordinary: Float[Tensor, "layer token d_model"],
    text: Float[Tensor, "layer pos d_model"],
) -> Float[Tensor, "layer pos"]:
    """The text's shares along the vectors, against those of ordinary tokens of the same block."""

    def shares(stream: Tensor) -> Tensor:
        return torch.einsum("ld,lpd->lp", vectors, stream) / stream.norm(dim=-1)

    usual = shares(ordinary)
    made = (shares(text) - usual.mean(1, keepdim=True)) / usual.std(1, keepdim=True)
    made[:, 0] = torch.nan  # a sink
    return made


def agreement(vectors: Float[Tensor, "prompt layer d_model"]) -> Float[Tensor, "count two layer"]:
    """Of so many prompts (1, 2, ...), the cosine with as many others: mean and standard deviation over draws."""
    generator = torch.Generator().manual_seed(0)
    found = []
    for n in range(1, len(vectors) // 2 + 1):
        drawn = []
        for _ in range(DRAWS):
            order = torch.randperm(len(vectors), generator=generator)
            halves = (vectors[order[:n]].mean(0), vectors[order[n : 2 * n]].mean(0))
            drawn.append(torch.nn.functional.cosine_similarity(*halves, dim=-1))
        cosines = torch.stack(drawn)
        found.append(torch.stack([cosines.mean(0), cosines.std(0)]))
    return torch.stack(found) if found else torch.empty(0, 2, vectors.shape[1])


@torch.no_grad()
def slope_error(
    decoder: Decoder,
    ids: Int[Tensor, " pos"],
    x: Float[Tensor, "1 pos d_model"],
    row: Float[Tensor, " d_model"],
    vectors: Float[Tensor, "layer d_model"],
) -> float:
    """The middle block's vector against real steps: all positions that count pushed along it by 1 % of the stream.
    `x` is the stream behind that block."""
    where, block = valid(len(ids)), len(vectors) // 2
    at = decoder.entered(ids.expand(2, -1))[1]
    direction = torch.nn.functional.normalize(vectors[block], dim=0)
    size = 0.01 * float(x[0, where].norm(dim=-1).mean())

    y = torch.cat([x, x])
    y[0, where] += size * direction
    y[1, where] -= size * direction
    for each in blocks_of(decoder)[block + 1 :]:
        y = each(y, at)
    high, low = (y[:, where] @ row).double().sum(1).tolist()
    measured = (high - low) / (2 * size * (where.stop - where.start))
    expected = float(vectors[block] @ direction)
    return abs(measured - expected) / abs(expected)
