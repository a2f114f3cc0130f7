"""One position's walk through the model, as numbers to draw.

The river is the whole stream: what every write adds to the target's lead, how long the stream is, what the logit lens
reads at each depth, and the sampler's last step. One block is opened in `walk_block`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.figures.overview.measured import Measured
from explorer.figures.overview.why import Why
from explorer.figures.payload import Payload
from explorer.stack.inference.decoding.sampler_settings import SETTINGS
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing.derived.attribution import Attribution
from explorer.tracing.trace import Trace

#: How many of the likeliest next tokens the river's end splits into.
SHOWN_NEXT = 9


def targets(trace: Trace, position: int, chosen: int) -> list[int]:
    """The three likeliest next tokens, then the one that really came next (the fourth likeliest if it is among them
    or nothing came), then the chosen target if it is none of these."""
    likeliest = trace.logits[position].topk(min(4, trace.dims.d_vocab)).indices.tolist()
    out, fourth = likeliest[:3], likeliest[3:]
    came = trace.tokens[position + 1].id if position + 1 < len(trace.tokens) else None
    out += [came] if came is not None and came not in out else fourth
    return out if chosen in out else [*out, chosen]


def bars_say(reference: str) -> str:
    """What the river's bars show.

    >>> bars_say("the other tokens")
    'A bar shows how far its part pushes the chosen token ahead of the other tokens: blue up, orange down.'
    """
    if reference == "nothing":
        return "A bar shows what its part adds to the raw logit of the chosen token: blue up, orange down."
    return f"A bar shows how far its part pushes the chosen token ahead of {reference}: blue up, orange down."


@dataclass(frozen=True, kw_only=True)
class Ends:
    """The distribution at one position, as far as it is drawn."""

    ids: list[int]
    probabilities: list[float]
    rest: float
    """Probability of all tokens that are not listed."""


def ends(probabilities: Float[Tensor, " d_vocab"], ids: list[int] | None = None, k: int = SHOWN_NEXT) -> Ends:
    """The `k` likeliest tokens (or the given ids) and what remains.

    >>> e = ends(torch.tensor([0.125, 0.625, 0.25]), k=2)
    >>> e.ids, e.probabilities, e.rest
    ([1, 2], [0.625, 0.25], 0.125)
    """
    if ids is None:
        ids = probabilities.topk(min(k, len(probabilities))).indices.tolist()
    shown = probabilities[ids].tolist()
    return Ends(ids=ids, probabilities=shown, rest=max(1 - sum(shown), 0.0))


@dataclass(frozen=True)
class Writes:
    """One position's stream, from the embedding to the last block."""

    attn: Float[Tensor, "layer d_model"]
    """What each attention added."""
    mlp: Float[Tensor, "layer d_model"]
    stream: Float[Tensor, "depth d_model"]
    """The embedding, then the stream after each block."""


def writes(trace: Trace, position: int) -> Writes:
    """What was added to the stream at one position; what an intervention added after a block is not the MLP's."""
    stream = torch.cat([trace.embed[None, position], trace.resid_post[:, position]])
    mlp = stream[1:] - trace.resid_mid[:, position]
    for layer, edit in trace.edits.items():
        mlp[layer] -= edit[position]
    return Writes(trace.resid_mid[:, position] - stream[:-1], mlp, stream)


def differences(one: Attribution, other: Attribution) -> Float[Tensor, " part"]:
    """What each part of one run adds to the lead beyond that of the other: the embedding, every head and MLP or every
    mixer, biases and interventions."""
    parts = [torch.cat([part.flatten().double() for part in _all(each)]) for each in (one, other)]
    return parts[0] - parts[1]


def _all(share: Attribution) -> tuple[Tensor, ...]:
    outer = torch.tensor([share.embed, share.constant], dtype=torch.float64)
    if share.heads.shape[1]:
        return outer, share.heads, share.attn_bias, share.mlp, share.edits
    return outer, share.attn, share.edits  # each block has a mixer alone


def cosines(writes: Float[Tensor, "layer d_model"], toward: Float[Tensor, " d_model"]) -> Float[Tensor, " layer"]:
    """Cosine between each write and the direction; 0 for a write of length 0."""
    lengths = writes.double().norm(dim=-1) * toward.norm()
    return (writes.double() @ toward / lengths.clamp_min(1e-30)).float()


@dataclass(frozen=True, kw_only=True)
class Draw:
    """The sampler's last step at one position: what it kept, and where the random number fell."""

    kept: int
    ids: list[int]
    """The likeliest kept tokens."""
    probabilities: list[float]
    rest: float
    kept_shown: list[bool]
    """For each token that the river's end shows: is it kept?"""
    chosen: int | None
    u: float | None
    low: float
    high: float
    """The chosen token owns [low, high) of the unit interval, tokens sorted by falling probability."""
    forced: bool


def drawn(
    probabilities: Float[Tensor, " d_vocab"],
    shown: list[int],
    chosen: int | None = None,
    u: float | None = None,
    forced: bool = False,
    most: int = 12,
) -> Draw:
    """Lay the kept tokens end to end from 0 to 1, likeliest first (ties by id), and find the chosen one.

    >>> d = drawn(torch.tensor([0.25, 0.0, 0.75]), [2, 1], chosen=0, u=0.8)
    >>> d.kept, d.ids, d.kept_shown, d.low, d.high
    (2, [2, 0], [True, False], 0.75, 1.0)
    """
    p = probabilities.double()
    order = torch.argsort(p, descending=True, stable=True)[: int((p > 0).sum())]
    sums = p[order].cumsum(0)
    low = high = 0.0
    if chosen is not None and bool((order == chosen).any()):
        at = int((order == chosen).nonzero()[0])
        low, high = (float(sums[at - 1]) if at else 0.0), float(sums[at])
    ids = order[:most].tolist()
    return Draw(
        kept=len(order),
        ids=ids,
        probabilities=p[ids].tolist(),
        rest=max(1 - float(p[ids].sum()), 0.0),
        kept_shown=(p[shown] > 0).tolist(),
        chosen=chosen,
        u=u,
        low=low,
        high=high,
        forced=forced,
    )


def sampler_words(sampler: Sampler) -> str:
    """The sampler's settings in a few words: only what is switched on.

    >>> sampler_words(Sampler(temperature=0.7, top_p=0.9)), sampler_words(Sampler(temperature=0))
    ('temperature 0.7, top-p 0.9', 'greedy: temperature 0')
    """
    if sampler.temperature == 0:
        return "greedy: temperature 0"
    on = [each for each in SETTINGS if sampler.numbers[each.name] != each.neutral or each.name == "temperature"]
    return ", ".join(f"{each.term} {sampler.numbers[each.name]:g}" for each in on)


# ---- what the river is drawn from ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class WalkToken:
    """The token that walks."""

    id: int
    bytes: list[int]
    start: int
    end: int
    is_row: bool
    """Whether what enters the first block is its row of W_E, unchanged."""


@dataclass(frozen=True, kw_only=True)
class WalkTarget:
    """A token that the shares may be taken toward."""

    id: int
    p: float
    logit: float


@dataclass(frozen=True, kw_only=True)
class WalkSample(Draw):
    """The sampler's work at this position."""

    temperature: float
    words: str


@dataclass(frozen=True, kw_only=True)
class WalkShares:
    """Shares of the lead, and lengths of the stream."""

    embed: float
    attn: Float[Tensor, " layer"]
    mlp: Float[Tensor, " layer"]
    norms: Float[Tensor, " depth"]
    """Embedding to last block."""


@dataclass(frozen=True, kw_only=True)
class WalkBefore(WalkShares):
    """The run without interventions."""

    logit: float
    lead: float
    p: float
    kl: float
    """KL(without || with), nats."""
    next: Ends


@dataclass(frozen=True, kw_only=True)
class WalkRiver(WalkShares, Payload):
    """One position's stream."""

    position: int
    target: int
    vocabulary: int
    token: WalkToken
    targets: list[WalkTarget]
    edits: Float[Tensor, " layer"]
    constant: float
    measured: Measured
    """What the shares add up to: before a softcap."""
    attn_norms: Float[Tensor, " layer"]
    mlp_norms: Float[Tensor, " layer"]
    attn_cosines: Float[Tensor, " layer"]
    mlp_cosines: Float[Tensor, " layer"]
    direction: float
    """The length of what writes are compared with."""
    lens_ids: Int[Tensor, " depth"]
    lens_p: Float[Tensor, " depth"]
    target_rank: Int[Tensor, " depth"]
    target_p: Float[Tensor, " depth"]
    embedding: Float[Tensor, " d_model"]
    rms: float
    """What the final norm divides by."""
    norm_word: Literal["rms", "deviation"]
    logit: float
    p: float
    logsumexp: float
    next: Ends
    sample: WalkSample | None
    """None inside the prompt, where the next token is given."""
    next_given: int | None
    next_given_p: float | None
    why: Why
    base: WalkBefore | None
