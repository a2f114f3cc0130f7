"""Steering: a text continued while a direction is added behind a block, beside placebos of the same length.

    h' = h + a d       behind one block, at every token;  d of length 1,  a in parts of the stream's mean length there

How much a direction does is told by the first new token's distribution: its KL from the unchanged one, and the
log-probability of one watched token. What it costs is told by fluency: the surprise of the unchanged model at what was
written (a mean over its tokens). Where a placebo of the same length does as much, it is not the direction that did it:
two are random, one is a random mixture of this text's own streams at a right angle to the direction, along which the
model is used to being moved (`stack.safety.direction_placebos`).

Activation addition: Turner et al. 2023, arXiv 2308.10248.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.safety import direction_placebos as placebos
from explorer.stack.transformer.decoder import Decoder

#: Parts of the stream's length that are added, in the order in which they are tried.
SHARES = (0.5, 0.25, 0.125, 1.0, -0.5)
#: Tokens that are written, and those of the text that are read at most.
NEW, MOST = 12, 64
#: What stands beside the direction: random ones by seed (`zoo.directions.drawn`), and the mixture.
SEEDS = (1, 2)
NAMES = ("direction", *(f"random-{seed}" for seed in SEEDS), "mixture")


@dataclass(frozen=True, eq=False)
class Continued:
    """A text continued while a vector is added behind a block, and what the unchanged model thinks of it."""

    ids: list[int]
    surprise: float
    """Nats a token of the continuation, by the unchanged model."""
    divergence: float
    """KL of the first new token's distribution from the unchanged one's, nats."""
    first: Float[Tensor, " d_vocab"]
    """Log-probabilities of the first new token."""


@torch.inference_mode()
def continued(
    decoder: Decoder,
    ids: Int[Tensor, " pos"],
    block: int,
    pushes: Float[Tensor, "row d_model"],
    tokens: int,
    *,
    first: bool = False,
) -> list[Continued]:
    """Greedily, a text for each vector, which is added at every token; at the first one where `first` says so."""
    name, now, found = f"blocks.{block}.hook_resid_post", ids.expand(len(pushes), -1), torch.empty(0)

    def pushed(stream: Tensor, **_: object) -> Tensor:
        out = stream.clone()
        out[:, 0 if first else 1 :] += pushes[:, None].to(stream)
        return out

    for step in range(tokens):
        logits = decoder.run_with_hooks(now, fwd_hooks=[(name, pushed)], last_only=True)[:, -1]
        found = logits.double().log_softmax(-1) if step == 0 else found
        now = torch.cat([now, logits.argmax(-1, keepdim=True)], 1)
    made = []
    for row, changed in zip(now, found, strict=True):
        plain = decoder(row[None])[0].double().log_softmax(-1)
        at, clean = torch.arange(len(ids) - 1, len(row) - 1), plain[len(ids) - 1]
        surprise = -plain[at, row[at + 1]].mean()
        divergence = (clean.exp() * (clean - changed)).sum().clamp_min(0)
        made.append(Continued(row[len(ids) :].tolist(), float(surprise), float(divergence), changed.float()))
    return made


@dataclass(frozen=True, eq=False)
class Steered:
    """One direction on one text, as far as it is measured."""

    block: int
    length: float
    """Of the stream behind the block, the mean of the text's tokens but the first."""
    vectors: Float[Tensor, "name d_model"]
    """Of length 1, as NAMES has them."""
    plain: Continued
    by_share: dict[float, list[Continued]]
    """Of each share as NAMES has them."""


def directions(
    direction: Float[Tensor, " d_model"], streams: Float[Tensor, "pos d_model"]
) -> Float[Tensor, "name d_model"]:
    """The direction and its placebos, of length 1. `streams`: the text's, behind the block."""
    from explorer.zoo.directions import drawn

    unit = F.normalize(direction.float(), dim=0)
    random = [drawn(name, len(unit)) for name in NAMES[1:-1]]
    mixture = placebos.subspace(unit, streams[1:].float(), torch.Generator().manual_seed(len(SEEDS)))
    return torch.stack([unit, *(each for each in random if each is not None), mixture])


def steered(
    decoder: Decoder,
    ids: Int[Tensor, " pos"],
    block: int,
    direction: Float[Tensor, " d_model"],
    shares: Sequence[float],
) -> Iterator[Steered]:
    """After each share."""
    name = f"blocks.{block}.hook_resid_post"
    with torch.inference_mode():
        streams = decoder.run_with_cache(ids[None], names_filter={name})[1][name][0].clone()
    length = float(streams[1:].norm(dim=-1).mean())
    vectors = directions(direction, streams)
    plain = continued(decoder, ids, block, torch.zeros(1, len(direction)), NEW, first=True)[0]
    found: dict[float, list[Continued]] = {}
    for share in shares:
        found[share] = continued(decoder, ids, block, share * length * vectors, NEW, first=True)
        yield Steered(block, length, vectors, plain, dict(found))


def raised(made: Steered) -> int:
    """The token whose probability the direction raises most, at the smallest share measured that is added."""
    share = min((each for each in made.by_share if each > 0), default=next(iter(made.by_share)))
    return int((made.by_share[share][0].first.exp() - made.plain.first.exp()).argmax())
