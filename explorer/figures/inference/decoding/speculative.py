"""Speculative decoding as a picture: what decided each drafted token, where the time went, what a draft is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.experiments.inference.decoding.draft_opening import DraftOpening
from explorer.experiments.inference.decoding.speculative import Race
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds, TimesAsLong
from explorer.stack.inference.decoding.speculative import Evidence, Round

#: Tokens named at each position; the rest is summed up.
NAMED = 6


@dataclass(frozen=True, kw_only=True)
class SpecBars:
    """p and q on the tokens that matter at one position."""

    ids: tuple[int, ...]
    p: tuple[float, ...]
    q: tuple[float, ...]
    own_p: tuple[float, ...]
    """Before the sampler."""
    own_q: tuple[float, ...] | None
    """None when the draft is no model."""
    rest: tuple[float, float, float]
    """Of all other tokens: sum of min(p, q), of what p has more, of what q has more."""


@dataclass(frozen=True, kw_only=True)
class SpecRound:
    """One round: what was drafted, kept and put in its place."""

    start: int
    ids: tuple[int, ...]
    accepted: int
    next: int
    u: tuple[float, ...]
    next_u: float
    chance: tuple[float, ...]
    overlap: tuple[float, ...]
    copied_from: int | None
    matched: int
    draft_ms: float
    verify_ms: float
    judge_ms: float
    plain_ms: float
    """What plain decoding took for as many tokens."""
    bars: tuple[SpecBars, ...]


@dataclass(frozen=True, kw_only=True)
class SpecSettings:
    """What was asked for, and the drafts that this model can have."""

    kinds: tuple[str, ...]
    draft: str
    blocks: int
    gamma: int
    temperature: float
    seed: int
    new: int
    n_layers: int


@dataclass(frozen=True, kw_only=True)
class SpeculationRounds(Payload, SpecSettings):
    """One generation with a draft, raced against one without."""

    n_prompt: int
    context: tuple[int, ...]
    new_ids: tuple[int, ...]
    rounds: tuple[SpecRound, ...]
    seconds: float
    plain_seconds: float
    """Of the first time that the text was written, as the rounds' parts are."""
    mine_ms: Milliseconds | None
    plain_ms: Milliseconds | None
    """Of the whole text, over the repeats."""
    ratio: TimesAsLong | None
    """plain / speculative."""
    repeats: int
    of_repeats: int
    tested: int
    accepted: int
    overlap: float | None
    stopped: bool
    changed: bool
    """Whether the run has interventions, which do not act here."""
    opened: DraftOpening | None
    """How the draft was chosen; None where it was asked for."""


def bars(evidence: Evidence, at: int, always: Sequence[int], k: int = NAMED) -> SpecBars:
    """The `k` tokens with the most in p or q, before or after the sampler, and `always`. The last row has no q."""
    p = evidence.p[at]
    q = evidence.q[at] if at < len(evidence.q) else torch.zeros_like(p)
    own_p = evidence.target_logits[at].double().softmax(-1)
    drafted = evidence.draft_logits
    own_q = None if drafted is None or at >= len(drafted) else drafted[at].double().softmax(-1)
    weight = torch.maximum(p, q) + 1e-3 * (own_p if own_q is None else torch.maximum(own_p, own_q))
    named = list(dict.fromkeys([*always, *weight.topk(min(k, len(p))).indices.tolist()]))[:k]
    ids = sorted(named, key=lambda i: -float(weight[i]))
    kept, more, less = torch.minimum(p, q), (p - q).clamp(min=0), (q - p).clamp(min=0)
    kept_rest, more_rest, less_rest = (max(float(part.sum() - part[ids].sum()), 0.0) for part in (kept, more, less))

    def of(row: Tensor) -> tuple[float, ...]:
        return tuple(row[ids].tolist())

    return SpecBars(
        ids=tuple(ids),
        p=of(p),
        q=of(q),
        own_p=of(own_p),
        own_q=None if own_q is None else of(own_q),
        rest=(kept_rest, more_rest, less_rest),
    )


def shown(made: Round, plain_seconds: float) -> SpecRound:
    """One round for the page. `plain_seconds` is what plain decoding took for as many tokens."""
    assert made.evidence is not None
    drafted, n = made.drafted, len(made.drafted)
    rows = [
        bars(made.evidence, i, [*drafted[i : i + 1], *([made.next_id] if i == made.accepted else [])])
        for i in range(n + 1)
        if i < n or i == made.accepted
    ]
    return SpecRound(
        start=made.start,
        ids=drafted,
        accepted=made.accepted,
        next=made.next_id,
        u=made.u,
        next_u=made.next_u,
        chance=made.accept_probability,
        overlap=made.overlap,
        copied_from=made.copied_from,
        matched=made.matched,
        draft_ms=made.draft_seconds * 1e3,
        verify_ms=made.verify_seconds * 1e3,
        judge_ms=made.judge_seconds * 1e3,
        plain_ms=plain_seconds * 1e3,
        bars=tuple(rows),
    )


def race(
    made: Race, rounds: Sequence[SpecRound], settings: SpecSettings, of_repeats: int, changed: bool,
    opened: DraftOpening | None = None,
) -> SpeculationRounds:  # fmt: skip
    """`rounds`: those of the first time."""
    done = made.done
    return SpeculationRounds(
        **vars(settings),
        n_prompt=len(done.prompt_ids),
        context=done.prompt_ids[-1:],
        new_ids=done.new_ids,
        rounds=tuple(rounds),
        seconds=sum(r.draft_ms + r.verify_ms + r.judge_ms for r in rounds) / 1e3,
        plain_seconds=sum(r.plain_ms for r in rounds) / 1e3,
        mine_ms=Milliseconds.of(made.mine),
        plain_ms=Milliseconds.of(made.plain),
        ratio=TimesAsLong.of(made.ratio),
        repeats=made.repeats,
        of_repeats=of_repeats,
        tested=done.tested,
        accepted=done.accepted,
        overlap=done.overlap if done.tested else None,
        stopped=done.stopped,
        changed=changed,
        opened=opened,
    )
