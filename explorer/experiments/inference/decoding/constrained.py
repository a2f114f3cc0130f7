"""A text under a rule, token by token, beside the same prompt without it; what other means say of its masks."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from explorer.experiments.inference.decoding.constrained_checks import Compared, against_regex, fits_schema
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.timing import Ratio, Timing, compare
from explorer.stack.inference.decoding.constrained import (
    Constrained,
    Constraint,
    JsonSchemaConstraint,
    RegexConstraint,
    constraining,
)
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.stack.inference.decoding.sampling import Sampler
    from explorer.stack.transformer.decoder import Decoder

#: Tokens of the text that are written again, twice, to time the mask.
TIMED = 16


@dataclass(frozen=True)
class RuleProof:
    """What other libraries and one uncached pass say."""

    compared: Compared | None
    """Of a regular expression."""
    fits: bool | None
    """Of a schema: whether the whole text is accepted; None where that was not found out."""
    left_out: str
    gap: float
    """`renormalisation_gap`."""


@dataclass(frozen=True)
class MaskCost:
    """Steps of the same text with and without the mask, in turns: a pass of one token, and the sampler's steps."""

    free: Timing
    masked: Timing
    mask: Timing
    """Of the masked steps, what the mask itself took."""
    ratio: Ratio
    """Masked / free, step by step."""


@dataclass(frozen=True)
class ConstrainedRun:
    """What has been written so far."""

    made: Constrained
    free: tuple[int, ...] | None = None
    """As many tokens without the rule; at the end."""
    proof: RuleProof | None = None
    cost: MaskCost | None = None


def constrained(
    decoder: Decoder,
    prompt: Sequence[int],
    constraint: Constraint,
    new: int,
    sampler: Sampler,
    seed: int,
    stops: Collection[int] = (),
    progress: Ticks = unheard,
) -> Iterator[ConstrainedRun]:
    """Write under the rule, then without it, then ask the others. Yields after every token under the rule."""
    made: Constrained | None = None
    for made in constraining(decoder, prompt, constraint, new, sampler, seed):
        progress(len(made.steps), 2 * new)
        yield ConstrainedRun(made)
    assert made is not None, "at least one token is written"
    done = n = len(made.steps)

    def tell(_: object = None) -> None:
        nonlocal done
        done += 1
        progress(min(done, 2 * n), 2 * n)

    (free,) = Engine(decoder).generate([list(prompt)], n, sampler, seed, stops, on_token=tell)
    progress(2 * n, 2 * n)
    proof = _proof(decoder, prompt, constraint, made)
    yield ConstrainedRun(made, tuple(free.new_ids), proof, mask_cost(decoder, prompt, constraint, made, sampler))


def written(
    decoder: Decoder,
    prompt: Sequence[int],
    constraint: Constraint,
    new: int,
    sampler: Sampler,
    seed: int,
    progress: Ticks = unheard,
) -> tuple[Constrained, float]:
    """The text under the rule alone, and its `renormalisation_gap`."""
    made: Constrained | None = None
    for made in constraining(decoder, prompt, constraint, new, sampler, seed):
        progress(len(made.steps), new)
    assert made is not None, "at least one token is written"
    return made, renormalisation_gap(decoder, prompt, made)


@torch.inference_mode()
def mask_cost(
    decoder: Decoder, prompt: Sequence[int], constraint: Constraint, made: Constrained, sampler: Sampler
) -> MaskCost | None:
    """Write the text twice more, a step with the mask and one without by turns, each way first every other time; None
    for a text of one token."""
    ids, most = list(prompt), len(prompt) + len(made.steps)
    caches = {masked: ContiguousCache(decoder.config, 1, most) for masked in (False, True)}
    taken: dict[bool, list[float]] = {False: [], True: []}
    of_mask: list[float] = []
    new = list(prompt)
    for at, step in enumerate(made.steps[:TIMED]):
        for masked in (at % 2 == 0, at % 2 == 1):
            started = time.perf_counter()
            logits = decoder(torch.tensor([new]), cache=caches[masked], last_only=True)[0, -1]
            allowed = None
            if masked:
                asked = time.perf_counter()
                allowed = torch.zeros(len(logits), dtype=torch.bool)
                allowed[: len(constraint.table)] = constraint.allowed(step.state)
                of_mask.append(time.perf_counter() - asked)
            sampler.stages(logits, ids, len(prompt), allowed).choose(step.u)
            taken[masked].append(time.perf_counter() - started)
        new = [step.token]
        ids.append(step.token)
    free, masked = (taken[each][1:] for each in (False, True))  # the first pass reads the prompt
    if not free:
        return None
    return MaskCost(Timing.of(free), Timing.of(masked), Timing.of(of_mask[1:]), compare(free, masked))


def _proof(decoder: Decoder, prompt: Sequence[int], constraint: Constraint, made: Constrained) -> RuleProof:
    compared, fits, left_out = None, None, ""
    if isinstance(constraint, RegexConstraint):
        compared = against_regex(constraint.pattern, made.steps, constraint.table, made.text)
        left_out = compared.left_out
    elif isinstance(constraint, JsonSchemaConstraint) and made.whole:
        fits, left_out = fits_schema(constraint.schema, made.text)
    return RuleProof(compared, fits, left_out, renormalisation_gap(decoder, prompt, made))


@torch.inference_mode()
def renormalisation_gap(decoder: Decoder, prompt: Sequence[int], made: Constrained) -> float:
    """Largest difference, over the vocabulary and all steps, of the probabilities under the mask from the model's own,
    divided by the share that is allowed: the own ones from one pass over the whole text, without a cache.
    """
    ids = torch.tensor([[*prompt, *(step.token for step in made.steps)]])
    own = decoder(ids[:, :-1])[0, len(prompt) - 1 :].double().softmax(-1)  # step d_vocab
    gap = 0.0
    for step, p in zip(made.steps, own, strict=True):
        left = p.where(step.allowed, 0.0)
        gap = worst(gap, float((step.stages["constraint"].probabilities - left / left.sum()).abs().max()))
    return gap
