"""A text whose holes are filled step by step, and what texts that are written so cost another model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.corpora import passages
from explorer.experiments.frontier import unmask_twins as twins
from explorer.fetching.progress import Progress, silent
from explorer.stack.frontier.masked_diffusion.model import Unmasker
from explorer.stack.frontier.masked_diffusion.sampler import Format, Order, Step, Unmasking, gumbel, unmask
from explorer.stack.transformer.decoder import Decoder

#: Where the holes are; without it they are at the end.
GAP = "___"
#: Tokens of a prompt that are read: the last before the gap, and the first behind it.
BEFORE, BEHIND = 96, 48
#: Of the comparison: tokens given, tokens written, and how many steps.
CONTEXT, LENGTH = 24, 32
STEPS = (1, 2, 4, 8, 16, 32)
#: What is compared: its name, the order, and blocks that are filled one after the other.
WAYS: tuple[tuple[str, Order, int], ...] = (
    ("confident", "confident", 1), ("random", "random", 1), ("left", "left", 1), ("blocks", "confident", 4),
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One text and how its holes are filled."""

    text: str
    holes: int
    how: Unmasking
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Replay:
    """All steps of it."""

    asked: Asked
    ids: Int[Tensor, " pos"]
    """What was given, and [MASK]."""
    steps: list[Step]
    left_out: int
    """Tokens of the prompt that were too far from the holes."""
    nats: Float[Tensor, " pos"]
    """What each token of the finished text costs the causal twin; NaN for the first."""


def holed(text: str, holes: int) -> tuple[Int[Tensor, " pos"], int]:
    """The lead, what stands before the gap, the holes, and what stands behind; and how many tokens are left out."""
    before, _, behind = text.partition(GAP)
    first, last = (twins.tokenizer().encode(each, add_special_tokens=False).ids for each in (before, behind))
    left = max(len(first) - BEFORE, 0) + max(len(last) - BEHIND, 0)
    ids = [twins.LEAD, *first[-BEFORE:], *[twins.masked().mask] * holes, *last[:BEHIND]]
    return torch.tensor(ids), left


def replay(asked: Asked, progress: Progress = silent) -> Replay:
    """Fill the holes."""
    model, (ids, left_out) = twins.masked(), holed(asked.text, asked.holes)
    generator = torch.Generator().manual_seed(asked.seed)
    steps = list[Step]()
    filled = 0
    for step in unmask(model.at, ids[None], model.mask, asked.how, generator):
        steps.append(step)
        filled += int(step.kept.sum())
        progress("Holes filled", filled, asked.holes)
    nats = torch.cat([torch.tensor([torch.nan]), twins.causal_nats(steps[-1].after)[0]])
    return Replay(asked, ids, steps, left_out, nats)


def confidence_error(made: Replay) -> list[float]:
    """How far the probabilities of what was said, in the first step, the middle one and the last, are from those by
    transformers."""
    found = list[float]()
    for at in sorted({0, len(made.steps) // 2, len(made.steps) - 1}):
        step = made.steps[at]
        theirs = twins.told_by_transformers(step.ids)[step.holes].gather(-1, step.said[step.holes][:, None])
        apart = (theirs[:, 0].exp() - step.confidence[step.holes]).abs()
        found.append(float(apart.max()))
    return found


@dataclass(frozen=True)
class Compared:
    """What is written for the comparison."""

    temperature: float = 0.7
    each: int = 2
    """Texts of each kind."""
    seed: int = 0
    numbers: Format = "float64"
    steps: tuple[int, ...] = STEPS


@dataclass(frozen=True, eq=False)
class Written:
    """Texts that were written in one way."""

    order: str
    steps: int
    """Passes of the model over the text."""
    ids: Int[Tensor, "text pos"]
    nats: Float[Tensor, " text"]
    """What a written token costs the judge, the mean of each text."""
    distinct: Float[Tensor, " text"]
    """Different tokens among those written."""


def prompts(each: int) -> Int[Tensor, "text pos"]:
    """Held-out passages of every kind, so many of each: the given tokens and those that really follow."""
    rows = []
    for kind in passages.read():
        for excerpt in kind.excerpts[:each]:
            ids, _ = twins.encoded(excerpt.text, CONTEXT + LENGTH - 1)
            rows.append(ids)
    return torch.stack(rows)


def compare(asked: Compared, judge: Decoder, progress: Progress = silent) -> Iterator[list[Written]]:
    """The real texts, the causal twin's, and the masked model's in each order and number of steps, as they are made."""
    model, real = twins.masked(), prompts(asked.each)
    made = [judged("real", 0, real, judge)]
    made.append(judged("twin", LENGTH, left_to_right(twins.causal(), real[:, :CONTEXT], asked), judge))
    yield made
    ways = [(steps, *way) for steps in asked.steps for way in WAYS if steps >= way[-1]]  # a block has a step or more
    total, done = sum(steps for steps, *_ in ways), count(1)
    for steps, name, order, blocks in ways:
        how = Unmasking(steps, order, blocks, asked.temperature, numbers=asked.numbers)
        ids = filled(model, real, how, asked.seed, lambda: progress("Steps of unmasking", next(done), total))
        made.append(judged(name, steps, ids, judge))
        yield list(made)


def filled(
    model: Unmasker, real: Int[Tensor, "text pos"], how: Unmasking, seed: int,
    stepped: Callable[[], None] = lambda: None,
) -> Int[Tensor, "text pos"]:  # fmt: skip
    """The real texts' first tokens, and what the model writes behind them."""
    ids = real.clone()
    ids[:, CONTEXT:] = model.mask
    for step in unmask(model.at, ids, model.mask, how, torch.Generator().manual_seed(seed)):
        ids = step.after
        stepped()
    return ids


@torch.inference_mode()
def left_to_right(decoder: Decoder, given: Int[Tensor, "text pos"], asked: Compared) -> Int[Tensor, "text whole"]:
    """What the causal twin writes, by the same draws."""
    ids, generator = given, torch.Generator().manual_seed(asked.seed)
    for _ in range(LENGTH):
        logits = decoder(ids, last_only=True)[:, -1].double()
        if asked.temperature:
            logits = logits + asked.temperature * gumbel(logits.shape, asked.numbers, generator)
        ids = torch.cat([ids, logits.argmax(-1, keepdim=True)], 1)
    return ids


def judged(order: str, steps: int, ids: Int[Tensor, "text pos"], judge: Decoder) -> Written:
    """What the written tokens cost the judge."""
    nats = twins.causal_nats(ids, judge)[:, CONTEXT - 1 :].mean(1)
    written = ids[:, CONTEXT:].tolist()
    distinct = torch.tensor([len(set(each)) / len(each) for each in written])
    return Written(order, steps, ids, nats, distinct)


def judged_again(made: Written, theirs: torch.nn.Module) -> float:
    """The first text's mean by transformers' own loss on the judge's weights."""
    labels = made.ids[:1].clone()
    labels[:, :CONTEXT] = -100
    with torch.inference_mode():
        return float(theirs(made.ids[:1], labels=labels, use_cache=False).loss)
