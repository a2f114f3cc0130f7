"""Choices read out of a smaller cache: what a policy has dropped or rounded of the prompt is not there when they come.

As a server does it: the prompt but for its last token is read at once and kept by the policy; from there on token after
token is read out of what is kept. Prompts of one length are one batch, so that no padding moves a group of codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import BadRequestError, NotApplicableError, NotFiniteError
from explorer.experiments.evaluation.reader import Writing
from explorer.experiments.inference.cache.cache_corpus import MakeCache, caches
from explorer.fetching.progress import Progress, silent
from explorer.stack.evaluation.scoring import Request, Scored
from explorer.stack.transformer.kv_cache import KVCache

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Prompts that are read at once.
ROWS = 16
#: Policies that evict, which are named with the tokens that they hold.
EVICTS = {"window": "newest", "sinks": "first and newest", "heavy": "heaviest and newest"}
CODES = {"int8": "INT8 codes", "int4": "INT4 codes"}
#: Tokens that are held.
LEAST, MOST = 4, 4096


def policy_of(text: str) -> tuple[str, int]:
    """The policy and the tokens that it holds, 0 where it holds all. Raises BadRequestError.

    >>> policy_of("int4"), policy_of("window:16")
    (('int4', 0), ('window', 16))
    """
    name, _, held = text.partition(":")
    if name in CODES and not held:
        return name, 0
    if name in EVICTS and held.isdecimal() and LEAST <= int(held) <= MOST:
        return name, int(held)
    raise BadRequestError(
        f"There is no cache policy “{text[:60]}”.",
        f"There are {', '.join(CODES)}, and {', '.join(EVICTS)} with the tokens that they hold, such as window:16.",
    )


def policy_title(text: str) -> str:
    """What a policy is called.

    >>> policy_title("int4"), policy_title("sinks:16")
    ('Cache in INT4 codes', 'Cache of 16 tokens, first and newest')
    """
    name, held = policy_of(text)
    return f"Cache in {CODES[name]}" if name in CODES else f"Cache of {held} tokens, {EVICTS[name]}"


class Cached:
    """The explorer's own decoder, with a cache of this policy."""

    def __init__(self, model: Model, policy: str) -> None:
        """Raises BadRequestError for a policy that there is not, NotApplicableError where weights are not plain."""
        self.decoder = model.plain_decoder
        self.name, self.held = policy_of(policy)

    @property
    def n_ctx(self) -> int:
        return self.decoder.config.n_ctx

    def score(self, requests: Sequence[Request]) -> Iterator[tuple[int, Scored]]:
        placed = sorted(
            ((at, each.within(self.n_ctx)) for at, each in enumerate(requests)),
            key=lambda one: (len(one[1].context), one[1].context),
        )
        for _, alike in groupby(placed, key=lambda one: len(one[1].context)):
            prompts = [list(own) for _, own in groupby(alike, key=lambda one: one[1].context)]
            for begin in range(0, len(prompts), ROWS):
                yield from self._batch(prompts[begin : begin + ROWS])

    def surprises(self, ids: Sequence[int], targets: Sequence[int]) -> Float[Tensor, " target"]:
        del ids, targets
        raise NotApplicableError("A cache policy is measured on choices here.", "Choose a task with choices.")

    def write(
        self, prompts: Sequence[Sequence[int]], way: Writing, seeds: Sequence[int], progress: Progress = silent
    ) -> list[str]:
        del prompts, way, seeds, progress
        raise NotApplicableError("A cache policy is measured on choices here.", "Choose a task with choices.")

    @torch.inference_mode()
    def _batch(self, prompts: list[list[tuple[int, Request]]]) -> Iterator[tuple[int, Scored]]:
        """All choices of prompts of one length."""
        contexts = torch.tensor([own[0][1].context for own in prompts])
        longest = max(len(each.continuation) for own in prompts for _, each in own)
        jobs = [(row, at, each.continuation) for row, own in enumerate(prompts) for at, each in own]
        jobs.sort(key=lambda job: -len(job[2]))  # those that end first are last
        cache, logits = self._read(contexts, contexts.shape[1] + longest)
        rows = torch.tensor([row for row, _, _ in jobs])
        cache.reorder(rows)
        logits = logits[rows]
        found: list[list[tuple[float, bool]]] = [[] for _ in jobs]
        for step in range(longest):
            left = sum(len(one) > step for _, _, one in jobs)
            wanted = torch.tensor([one[step] for _, _, one in jobs[:left]])
            for mine, one in zip(found, _scored(logits[:left], wanted), strict=False):
                mine.append(one)
            going = sum(len(one) > step + 1 for _, _, one in jobs)
            if going:
                cache.reorder(torch.arange(going))
                at = torch.full((going, 1), contexts.shape[1] + step)
                logits = self.decoder(wanted[:going, None], at, cache, last_only=True)[:, -1]
        for (_, at, _), scored in zip(jobs, found, strict=True):
            yield at, Scored(tuple(p for p, _ in scored), all(best for _, best in scored))

    def _read(self, ids: Int[Tensor, "row pos"], capacity: int) -> tuple[KVCache, Float[Tensor, "row d_vocab"]]:
        """A cache that holds the prompts, and what the last token says out of it."""
        n = ids.shape[1]
        cache = self._maker(capacity)(len(ids), capacity)
        if n > 1:
            self.decoder(ids[:, :-1], cache=cache, last_only=True)
        last = torch.full((len(ids), 1), n - 1)
        return cache, self.decoder(ids[:, -1:], last, cache, last_only=True)[:, -1]

    def _maker(self, length: int) -> MakeCache:
        made = caches(self.decoder.config, length, self.held or length)
        if self.name not in made:
            raise NotApplicableError(
                "This model’s mask needs one position for all heads, and heavy hitters differ from head to head.",
                "Take another cache policy.",
            )
        return made[self.name]


def _scored(logits: Float[Tensor, "row d_vocab"], wanted: Int[Tensor, " row"]) -> list[tuple[float, bool]]:
    logp = logits.log_softmax(-1).gather(-1, wanted[:, None])[:, 0]
    if not logp.isfinite().all():
        raise NotFiniteError("The model’s log-probabilities are not finite.", "Take another cache policy.")
    return list(zip(logp.tolist(), (logits.argmax(-1) == wanted).tolist(), strict=True))
