"""Speculative decoding as a picture: what decided each drafted token, where the time went, what a draft is worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from explorer.experiments.inference.speculative import ROWS, Drafts, Race
from explorer.experiments.timing import Timing
from explorer.figures.inference.timed import Milliseconds, TimesAsLong
from explorer.figures.payload import Payload
from explorer.stack.inference.speculative import Evidence, Round
from explorer.stack.inference.speculative_sampling import expected_speedup, expected_tokens

#: Tokens named at each position; the rest is summed up.
NAMED = 6


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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
    unmodified: bool
    """Whether the run has interventions, which do not act here."""


@dataclass(frozen=True)
class DraftWorth:
    """What a draft promises, by formula from measured inputs: medians over the rounds, and the middle half of them."""

    kind: str
    alpha: float
    cost: float
    """One drafted token, in plain steps."""
    tokens: tuple[float, ...]
    """Expected a pass, for gamma = 1, 2, .."""
    speedup: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    best: int
    """The gamma of the highest median."""
    verdict: Literal["pays", "costs", "unclear"]
    """At its best gamma: whether half of the rounds lie above 1, below 1, or on both sides."""


@dataclass(frozen=True)
class DraftsWorth(Payload, SpecSettings):
    """Every draft at this run's positions."""

    positions: int
    found: int
    step: Milliseconds
    """A plain step."""
    rows: tuple[int, ...]
    pass_cost: tuple[float, ...]
    """Of passes over so many tokens, in plain steps."""
    drafts: tuple[DraftWorth, ...]
    rounds: int
    of_rounds: int


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
    kept_rest, more_rest, less_rest = (max(0.0, float(part.sum() - part[ids].sum())) for part in (kept, more, less))

    def of(row: Tensor) -> tuple[float, ...]:
        return tuple(row[ids].tolist())

    return SpecBars(
        tuple(ids), of(p), of(q), of(own_p), None if own_q is None else of(own_q), (kept_rest, more_rest, less_rest)
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
    made: Race, rounds: Sequence[SpecRound], settings: SpecSettings, of_repeats: int, unmodified: bool
) -> SpeculationRounds:
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
        mine_ms=_milliseconds(made.mine),
        plain_ms=_milliseconds(made.plain),
        ratio=TimesAsLong.of(made.ratio),
        repeats=made.repeats,
        of_repeats=of_repeats,
        tested=done.tested,
        accepted=done.accepted,
        overlap=done.overlap if done.tested else None,
        stopped=done.stopped,
        unmodified=unmodified,
    )


def _milliseconds(taken: Timing | None) -> Milliseconds | None:
    return None if taken is None else Milliseconds.of(taken)


def drafts(made: Drafts, settings: SpecSettings, gammas: int, of_rounds: int) -> DraftsWorth:
    """Every draft up to `gammas` tokens a pass, by the formula, from each round's own times."""
    steps = made.seconds["1"]
    passes = [[made.seconds[str(n)][r] / step for n in ROWS] for r, step in enumerate(steps)]  # round row
    none = [0.0] * len(steps)  # copying costs nothing
    costs = {
        kind: [t / step for t, step in zip(made.seconds[kind], steps, strict=True)] if kind in made.seconds else none
        for kind in settings.kinds
    }
    return DraftsWorth(
        **vars(settings),
        positions=made.positions,
        found=made.found,
        step=Milliseconds.of_all(steps),
        rows=ROWS,
        pass_cost=tuple(float(v) for v in np.median(passes, axis=0)),
        drafts=tuple(worth(kind, made.alphas[kind], costs[kind], passes, gammas) for kind in settings.kinds),
        rounds=made.rounds,
        of_rounds=of_rounds,
    )


def worth(
    kind: str, alpha: float, costs: Sequence[float], passes: Sequence[Sequence[float]], gammas: int
) -> DraftWorth:
    """Expected tokens and speed for each gamma. By round: `costs` of a drafted token, `passes` over ROWS tokens, both
    in plain steps.

    >>> promised = worth("lookup", 0.8, [0.0] * 3, [[1.0] * len(ROWS)] * 3, 4)
    >>> [round(s, 2) for s in promised.speedup], promised.best, promised.verdict
    ([1.8, 2.44, 2.95, 3.36], 4, 'pays')
    """
    by_round = [
        [expected_speedup(alpha, g, cost, between(ROWS, of_rows)(g + 1)) for g in range(1, gammas + 1)]
        for cost, of_rows in zip(costs, passes, strict=True)
    ]
    low, median, high = (tuple(float(v) for v in np.quantile(by_round, q, axis=0)) for q in (0.25, 0.5, 0.75))
    best = max(range(gammas), key=lambda i: median[i])
    verdict = "pays" if low[best] > 1 else "costs" if high[best] < 1 else "unclear"
    tokens = tuple(expected_tokens(alpha, g) for g in range(1, gammas + 1))
    return DraftWorth(kind, alpha, float(np.median(costs)), tokens, median, low, high, best + 1, verdict)


def between(rows: Sequence[int], seconds: Sequence[float]) -> Callable[[int], float]:
    """Straight lines between measured points; flat beyond them.

    >>> cost = between([1, 3, 9], [1.0, 1.2, 2.4])
    >>> round(cost(2), 3), round(cost(6), 3), cost(20)
    (1.1, 1.8, 2.4)
    """

    def at(n: int) -> float:
        for (a, x), (b, y) in pairwise(zip(rows, seconds, strict=True)):
            if n <= b:
                return x + (y - x) * max(0, n - a) / (b - a)
        return seconds[-1]

    return at
