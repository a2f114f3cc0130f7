"""Where a small model keeps the carry of a sum: directions learned by interchange, beside their controls.

`sums` answers 47+25= with 12+60: its first token begins the units' sum, so that it is 1 with a carry and 0 without.
Base and source are two sums of which one has a carry. A set of directions at a block and position holds the carry if
the base, given along them alone what the source has there, says the source's first digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from explorer import zoo
from explorer.fetching.progress import Progress, silent
from explorer.stack.frontier.interchange import Pairs, carried_over, interchanged, learned, paired, random_basis
from explorer.stack.transformer.decoder import Decoder

MODEL = "sums"
#: Positions of a prompt, and what stands there.
PLACES = ("tens", "units", "+", "tens", "units", "=")
#: Pairs that are learned from, and those that all is measured on.
TRAINED, HELD = 96, 200
RANKS, BATCH = (1, 2, 8), 32
#: Draws for each pair that is wanted: few share a first number and differ in the carry.
DRAWN = 600
#: The seed of the pairs: no training's.
PAIRS_SEED = 10_000
#: What is learned: on the pairs, on answers shuffled among them, on a model of random weights; and random directions.
KINDS = ("learned", "shuffled answers", "random weights", "random directions")


@dataclass(frozen=True)
class Asked:
    """What is measured."""

    layer: int
    position: int
    same: bool
    """Whether base and source have the same first number."""
    steps: int
    seed: int


@dataclass(frozen=True, eq=False)
class Sums:
    """All sums of two two-digit numbers below 100."""

    numbers: Int[Tensor, "sum 2"]
    ids: Int[Tensor, "sum pos"]
    carry: Bool[Tensor, " sum"]
    digits: tuple[int, int]
    """The tokens 0 and 1."""


@cache
def decoder() -> Decoder:
    return zoo.load(MODEL).plain_decoder


@cache
def untrained(seed: int) -> Decoder:
    """The same model with weights drawn anew."""
    made = Decoder(decoder().config).initialise(torch.Generator().manual_seed(seed))
    return made.eval().requires_grad_(False)


@cache
def sums() -> Sums:
    encode = zoo.load(MODEL).vocabulary.encode
    numbers = torch.tensor([(a, b) for a in range(10, 90) for b in range(10, 100 - a)])
    ids = torch.tensor([encode(f"{a}+{b}=") for a, b in numbers.tolist()])
    return Sums(numbers, ids, (numbers % 10).sum(1) >= 10, (encode("0")[-1], encode("1")[-1]))


@cache
def _right(which: Decoder) -> Bool[Tensor, " sum"]:
    """Whether its first digit is the right one of 0 and 1."""
    data = sums()
    with torch.no_grad():
        logits = which(data.ids, last_only=True)[:, -1]
    return (logits[:, data.digits[1]] > logits[:, data.digits[0]]) == data.carry


def right() -> float:
    """Share of all sums whose first digit the model gets right."""
    return float(_right(decoder()).double().mean())


def chosen(which: Decoder, same: bool, count: int, seed: int) -> tuple[Int[Tensor, " pair"], Int[Tensor, " pair"]]:
    """Bases and sources, of which one has a carry. The model says the base's answer, so that nothing is right before
    anything is interchanged, and of the trained model the source's as well."""
    data, generator = sums(), torch.Generator().manual_seed(seed)
    base, source = torch.randint(len(data.ids), (2, DRAWN * count), generator=generator)
    keep = _right(which)[base] & (data.carry[base] != data.carry[source])
    if same:
        keep &= data.numbers[base, 0] == data.numbers[source, 0]
    if which is decoder():
        keep &= _right(which)[source]
    some = keep.nonzero()[:count, 0]
    return base[some], source[some]


def pairs(which: Decoder, asked: Asked, count: int, seed: int) -> Pairs:
    data, (base, source) = sums(), chosen(which, asked.same, count, seed)
    own, other = (torch.tensor(data.digits)[data.carry[some].long()] for some in (base, source))
    return paired(which, data.ids[base], data.ids[source], own, other, asked.layer, asked.position)


@dataclass(frozen=True)
class Share:
    """Of the held-out pairs, those that say the source's answer."""

    kind: str
    rank: int
    count: int
    of: int


@dataclass(frozen=True, eq=False)
class Found:
    """What is measured so far."""

    whole: list[Share]
    """All directions at once, block by block, position by position; `rank` counts both."""
    shares: list[Share]
    done: bool
    redone: float | None = None
    """Largest difference of a lead from that of a whole run with a hook; None until the end."""


def found(asked: Asked, progress: Progress = silent) -> Iterator[Found]:
    made, d = decoder(), decoder().config.d_model
    places = [(layer, position) for layer in range(made.config.n_layers) for position in range(len(PLACES))]
    whole: list[Share] = []
    for at, (layer, position) in enumerate(places):
        progress("Places", at, len(places))
        held = pairs(made, Asked(layer, position, asked.same, 0, 0), HELD, PAIRS_SEED)
        whole.append(_share("whole", at, made, held, torch.eye(d)))
    yield Found(whole, [], False)
    shares: list[Share] = []
    other = untrained(asked.seed)
    train, held = pairs(made, asked, TRAINED, asked.seed), pairs(made, asked, HELD, PAIRS_SEED)
    train_other, held_other = pairs(other, asked, TRAINED, asked.seed), pairs(other, asked, HELD, PAIRS_SEED)
    generator = torch.Generator().manual_seed(asked.seed)
    total, basis = len(RANKS) * 3 * asked.steps, torch.eye(d)
    for at, rank in enumerate(RANKS):
        for kind, (which, some, measured) in enumerate(
            ((made, train, held), (made, train.shuffled(generator), held), (other, train_other, held_other))
        ):

            def told(step: int, _: float, begun: int = (3 * at + kind) * asked.steps) -> None:
                progress("Training steps", begun + step, total)

            learnt = learned(which, some, rank, asked.steps, generator, batch=BATCH, told=told)
            basis = learnt if kind == 0 else basis
            shares.append(_share(KINDS[kind], rank, which, measured, learnt))
        shares.append(_share(KINDS[3], rank, made, held, random_basis(d, rank, generator)))
        if rank != RANKS[-1]:
            yield Found(whole, list(shares), False)
    yield Found(whole, shares, True, whole_run_error(asked, basis))


def _share(kind: str, rank: int, which: Decoder, held: Pairs, basis: Tensor) -> Share:
    yes = carried_over(which, held, basis)
    return Share(kind, rank, int(yes.sum()), len(yes))


@torch.no_grad()
def whole_run_error(asked: Asked, basis: Tensor, count: int = 8) -> float:
    """Leads after the interchange against whole runs of transformers' own model with a hook on the block."""
    from explorer.stack.frontier.interchange import leads

    model, data = zoo.load(MODEL), sums()
    base, source = chosen(decoder(), asked.same, count, PAIRS_SEED)
    ours = leads(decoder(), pairs(decoder(), asked, count, PAIRS_SEED), basis)
    block, kept = model.hf.get_submodule(f"model.layers.{asked.layer}"), list[Tensor]()

    def keep(_: torch.nn.Module, given: tuple[Tensor, ...]) -> None:
        kept.append(given[0][:, asked.position].clone())

    def put(_: torch.nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        h = given[0].clone()
        h[:, asked.position] = interchanged(h[:, asked.position], kept[0], basis)
        return (h, *given[1:])

    for which, hook in ((source, keep), (base, put)):
        handle = block.register_forward_pre_hook(hook)
        logits = model.hf(data.ids[which]).logits[:, -1]
        handle.remove()
    tokens = torch.tensor(data.digits)
    own, other = (tokens[data.carry[some].long()] for some in (base, source))
    theirs = (logits.gather(1, other[:, None]) - logits.gather(1, own[:, None]))[:, 0]
    return float((theirs - ours).abs().max())
