"""Speculative decoding: a cheap draft proposes tokens, one pass of the target checks all of them, nothing is lost.

Leviathan, Kalman, Matias 2022, "Fast Inference from Transformers via Speculative Decoding" (arXiv 2211.17192); Chen et
al. 2023, "Accelerating Large Language Model Decoding with Speculative Sampling" (arXiv 2302.01318). One round:

1. The draft proposes x_1 .. x_gamma, x_i drawn from q_i.
2. One pass of the target over its cache reads the last token and all of them: p_1 .. p_gamma+1. It costs little more
   than a pass for one token as long as a decoder waits for its weights, which are read once for all rows.
3. From left to right, x_i is kept with probability min(1, p_i(x_i) / q_i(x_i)).
4. The first x_i that is not kept is replaced by a draw from norm(max(0, p_i - q_i)), and what was drafted after it is
   dropped. If all were kept, p_gamma+1 gives one token more. Both caches forget the rejected tokens.

Why the output is the target's own: `speculative_sampling.py`. The drafts: `drafts.py`, `prompt_lookup.py`.

Worked example: a table stands for a model that counts 0 1 2 3 0 1 2 3. The look-up finds 2 3 0 again and copies what
followed: four tokens come out of two passes.

>>> from types import SimpleNamespace
>>> from explorer.stack.inference.decoding.prompt_lookup import PromptLookup
>>> table = torch.eye(4).roll(1, 1) * 9
>>> class Table:
...     config = SimpleNamespace(n_layers=1, n_kv_heads=1, d_head=1, d_vocab=4)
...     def __call__(self, ids, positions=None, cache=None, *, last_only=False):
...         cache.update(0, torch.zeros(1, 1, ids.shape[1], 1), torch.zeros(1, 1, ids.shape[1], 1), positions)
...         return table[ids]
>>> done = speculate(Table(), [2, 3, 0, 1, 2, 3, 0], PromptLookup(4), max_new_tokens=4, gamma=2)
>>> done.new_ids, done.passes, [(r.drafted, r.accepted, r.next_id) for r in done.rounds]
((1, 2, 3, 0), 2, [((1, 2), 2, 3), ((), 0, 0)])
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError, EmptyPromptError
from explorer.stack.inference.decoding.drafts import GREEDY, Draft, Drafted, Reads, distribution, read
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.stack.inference.decoding.speculative_sampling import judge
from explorer.stack.transformer.kv_cache import CacheFactory, ContiguousCache


@dataclass(frozen=True)
class Evidence:
    """The distributions that a round was judged by."""

    q: Float[Tensor, "drafted d_vocab"]
    p: Float[Tensor, "rows d_vocab"]
    """One row more than q: the last is what follows when all are kept."""
    target_logits: Float[Tensor, "rows d_vocab"]
    """Before the sampler."""
    draft_logits: Float[Tensor, "drafted d_vocab"] | None
    drawn_from: Float[Tensor, " d_vocab"]


@dataclass(frozen=True)
class Round:
    """One round: a draft, a pass of the target, a verdict."""

    start: int
    """Tokens before the round: the position of the first drafted one."""
    drafted: tuple[int, ...]
    accepted: int
    next_id: int
    u: tuple[float, ...]
    """The numbers that decided: one for each drafted token up to the first that was rejected."""
    next_u: float
    accept_probability: tuple[float, ...]
    overlap: tuple[float, ...]
    draft_seconds: float
    verify_seconds: float
    """The target's pass."""
    judge_seconds: float
    """Sampler and verdict."""
    copied_from: int | None = None
    matched: int = 0
    evidence: Evidence | None = None

    @property
    def replaced(self) -> bool:
        """True when `next_id` stands in for a rejected token, false when it is one more."""
        return self.accepted < len(self.drafted)

    @property
    def tested(self) -> int:
        """Drafted tokens that were decided on; what came after the first rejected one never was."""
        return len(self.u)

    @property
    def ids(self) -> tuple[int, ...]:
        return (*self.drafted[: self.accepted], self.next_id)

    @property
    def seconds(self) -> float:
        return self.draft_seconds + self.verify_seconds + self.judge_seconds


@dataclass(frozen=True)
class Speculation:
    """A whole generation, round by round."""

    prompt_ids: tuple[int, ...]
    new_ids: tuple[int, ...]
    rounds: tuple[Round, ...]
    prefill_seconds: float
    """The target's reading of the prompt."""
    draft_prefill_seconds: float
    stopped: bool
    """True when a stop token ended it."""

    @property
    def passes(self) -> int:
        """Passes of the target after the prompt: what plain decoding needs one of for each token."""
        return len(self.rounds)

    @property
    def drafted(self) -> int:
        return sum(len(r.drafted) for r in self.rounds)

    @property
    def tested(self) -> int:
        return sum(r.tested for r in self.rounds)

    @property
    def accepted(self) -> int:
        return sum(r.accepted for r in self.rounds)

    @property
    def tokens_per_pass(self) -> float:
        return len(self.new_ids) / max(1, self.passes)

    @property
    def acceptance(self) -> float:
        """Accepted share of the drafted tokens that were decided on; NaN when nothing was drafted."""
        return self.accepted / self.tested if self.tested else float("nan")

    @property
    def overlap(self) -> float:
        """Mean of sum of min(p, q) over the same positions: what the acceptance is expected to be."""
        tested = [o for r in self.rounds for o in r.overlap[: r.tested]]
        return sum(tested) / len(tested) if tested else float("nan")

    @property
    def seconds(self) -> float:
        """Of decoding, without the prompt."""
        return sum(r.seconds for r in self.rounds)


class Speculative:
    """One generation under way: every `step` is a round. Without a draft it is plain decoding, one token a pass."""

    @torch.inference_mode()
    def __init__(
        self,
        decoder: Reads,
        prompt_ids: Sequence[int],
        draft: Draft | None,
        *,
        max_new_tokens: int,
        gamma: int = 4,
        sampler: Sampler = GREEDY,
        seed: int = 0,
        stop_ids: Collection[int] = (),
        cache: CacheFactory = ContiguousCache,
    ) -> None:
        """Reads the prompt but for its last token, which the first round reads. Raises EmptyPromptError."""
        if not prompt_ids:
            raise EmptyPromptError("There is nothing to continue: the prompt has no tokens.")
        if gamma < 0 or max_new_tokens < 0:
            raise BadRequestError(f"gamma {gamma} and {max_new_tokens} new tokens must be 0 or more.")
        self.decoder, self.draft, self.gamma, self.sampler, self.stop_ids = decoder, draft, gamma, sampler, stop_ids
        self.ids, self.n_prompt, self.end = list(prompt_ids), len(prompt_ids), len(prompt_ids) + max_new_tokens
        self.generator = torch.Generator().manual_seed(seed)
        self.stopped = False
        began = time.perf_counter()
        self.cache = cache(decoder.config, 1, self.end)
        if self.n_prompt > 1:
            read(decoder, self.ids[:-1], self.cache, last_only=True)
        between = time.perf_counter()
        if draft is not None:
            draft.begin(self.ids, self.end)
        self.prefill_seconds, self.draft_prefill_seconds = between - began, time.perf_counter() - between

    @property
    def done(self) -> bool:
        return self.stopped or len(self.ids) >= self.end

    @torch.inference_mode()
    def step(self) -> Round:
        """Draft, check, keep."""
        start = len(self.ids)
        began = time.perf_counter()
        # The target adds a token of its own to what it keeps: drafting the last one as well would waste it.
        drafted = self._propose(min(self.gamma, self.end - start - 1))
        n = len(drafted.ids)
        proposed = time.perf_counter()
        # One pass: the last token, which the cache lacks, and all that was drafted after it.
        logits = read(self.decoder, [self.ids[-1], *drafted.ids], self.cache)
        passed = time.perf_counter()
        # Row i is what follows the i-th drafted token, so it sees those before it as said already.
        p = torch.stack(
            [distribution(self.sampler, logits[i], [*self.ids, *drafted.ids[:i]], self.n_prompt) for i in range(n + 1)]
        )
        *u, next_u = torch.rand(n + 1, generator=self.generator, dtype=torch.double).tolist()
        verdict = judge(drafted.ids, drafted.q, p, u, next_u)
        self._keep((*drafted.ids[: verdict.accepted], verdict.next_id))
        return Round(
            start=start,
            drafted=drafted.ids,
            accepted=verdict.accepted,
            next_id=verdict.next_id,
            u=tuple(u[: verdict.accepted + 1]),
            next_u=next_u,
            accept_probability=verdict.accept_probability,
            overlap=verdict.overlap,
            draft_seconds=proposed - began,
            verify_seconds=passed - proposed,
            judge_seconds=time.perf_counter() - passed,
            copied_from=drafted.copied_from,
            matched=drafted.matched,
            evidence=Evidence(drafted.q, p, logits, drafted.logits, verdict.drawn_from),
        )

    def result(self, rounds: Sequence[Round]) -> Speculation:
        """The rounds made so far, together."""
        n = self.n_prompt
        return Speculation(
            tuple(self.ids[:n]),
            tuple(self.ids[n:]),
            tuple(rounds),
            self.prefill_seconds,
            self.draft_prefill_seconds,
            self.stopped,
        )

    def _propose(self, gamma: int) -> Drafted:
        if self.draft is None or gamma == 0:
            return Drafted((), torch.zeros(0, self.decoder.config.d_vocab, dtype=torch.double))
        return self.draft.propose(self.ids, gamma, self.sampler, self.generator)

    def _keep(self, kept: tuple[int, ...]) -> None:
        known = len(self.ids) + len(kept) - 1  # the last of the kept tokens has not been read yet
        stop = next((i for i, each in enumerate(kept) if each in self.stop_ids), None)
        self.stopped = stop is not None
        self.ids += kept if stop is None else kept[: stop + 1]
        self.cache.truncate(known)
        if self.draft is not None:
            self.draft.truncate(known)


def speculate(
    decoder: Reads,
    prompt_ids: Sequence[int],
    draft: Draft | None,
    *,
    max_new_tokens: int,
    keep_evidence: bool = True,
    **settings: Any,
) -> Speculation:
    """Generate `max_new_tokens` tokens after the prompt; settings as for `Speculative`.

    `keep_evidence` keeps p, q and logits of every round: 28 bytes an entry of the vocabulary and drafted token.
    """
    run = Speculative(decoder, prompt_ids, draft, max_new_tokens=max_new_tokens, **settings)
    rounds: list[Round] = []
    while not run.done:
        made = run.step()
        rounds.append(made if keep_evidence else replace(made, evidence=None))
    return run.result(rounds)
