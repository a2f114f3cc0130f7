"""A picture among words: nearest words of image tokens, attention against cause, answers, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.corpora.scenes.asked import KINDS, WORDS
from explorer.experiments.frontier.picture_words import Causes
from explorer.experiments.frontier.scenes_kept import Answered, Arm, Point, Record
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import paired_interval
from explorer.stack.evaluation.standard_errors import wilson

#: Words of a distribution that are shown; bounds of the share hidden.
SHOWN = 8
HIDDEN = ((0.0, 0.01, "nothing hidden"), (0.01, 0.2, "1 to 20 %"), (0.2, 1.01, "over 20 %"))

On = Sequence[tuple[str, str, list[int]]]
"""Of each thing: colour, shape, patches."""


@dataclass(frozen=True, kw_only=True)
class ShownThing:
    """A thing of a drawn scene."""

    colour: str
    shape: str
    patches: list[int]


@dataclass(frozen=True, kw_only=True)
class Pictured:
    """The picture and the question, as every view of them begins."""

    picture: str
    """The name of one that was brought; empty: a drawn scene."""
    takes: bool
    """Whether a picture of one's own can be brought here."""
    image: str
    """A data address."""
    grid: tuple[int, int]
    things: list[ShownThing]
    """Empty where the picture was brought."""
    question: str
    offered: list[str]
    answer: str
    """What the model says."""
    truth: str
    """Empty where it is not known."""


def things(on: On) -> list[ShownThing]:
    return [ShownThing(colour=colour, shape=shape, patches=patches) for colour, shape, patches in on]


# ---- image tokens ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TokenWords(Payload):
    """The nearest words of each image token, by depth."""

    pictured: Pictured
    words: list[str]
    nearest: Int[Tensor, "depth token rank"]
    share: Float[Tensor, "depth token rank"]
    named: Float[Tensor, "rows what"]
    """Of the patches on things, how many have the thing's colour, or its shape, as the nearest word; and on the empty
    page, any colour or shape at all. Without rows where the picture was brought."""


def nearest(shares: Float[Tensor, "depth token d_vocab"], ranks: int = 3) -> tuple[Tensor, Tensor]:
    """Word ids and shares, the likeliest first."""
    found = shares.topk(ranks, -1)
    return found.indices, found.values


def named(ids: Int[Tensor, "depth token rank"], on: On) -> Float[Tensor, "rows what"]:
    """
    >>> ids = torch.tensor([[[WORDS.index("red")], [WORDS.index("circle")], [WORDS.index("the")]]])
    >>> named(ids, [("red", "circle", [0, 1])]).tolist()
    [[0.5, 0.5, 0.0]]
    """
    if not on:
        return torch.zeros(0, 3)
    first = ids[..., 0]  # depth token
    colour, shape, count = torch.zeros(len(first)), torch.zeros(len(first)), 0
    bare = torch.ones(first.shape[1], dtype=torch.bool)
    for own_colour, own_shape, patches in on:
        colour += (first[:, patches] == WORDS.index(own_colour)).sum(1)
        shape += (first[:, patches] == WORDS.index(own_shape)).sum(1)
        count += len(patches)
        bare[patches] = False
    content = torch.isin(first, torch.tensor([WORDS.index(word) for thing in on for word in thing[:2]]))
    empty = content[:, bare].float().mean(1) if bool(bare.any()) else torch.zeros(len(first))
    return torch.stack([colour / max(count, 1), shape / max(count, 1), empty], 1)


@dataclass(frozen=True, kw_only=True)
class LookedAt(Payload):
    """What the answer reads and needs."""

    pictured: Pictured
    words: list[str]
    """Of the question; at the last the answer is written."""
    attention: Float[Tensor, "word layer head token"]
    effect: Float[Tensor, " token"]
    counts: list[int]
    by_attention: list[float]
    by_effect: list[float]
    at_random: list[float]
    """The mean of the draws."""
    random_low: list[float]
    random_high: list[float]
    """The middle nine tenths of the draws."""
    draws: int
    agreement: float
    """Spearman's correlation of attention at the last word, the mean of all heads, with effect."""


def looked_at(pictured: Pictured, words: list[str], causes: Causes) -> LookedAt:
    read = causes.attention[-1].mean((0, 1))
    low, high = causes.at_random.quantile(torch.tensor([0.05, 0.95]), 0)
    return LookedAt(
        pictured=pictured, words=words, attention=causes.attention, effect=causes.effect, counts=causes.counts,
        by_attention=causes.by_attention, by_effect=causes.by_effect, at_random=causes.at_random.mean(0).tolist(),
        random_low=low.tolist(), random_high=high.tolist(), draws=len(causes.at_random),
        agreement=rank_correlation(read, causes.effect),
    )  # fmt: skip


def rank_correlation(one: Float[Tensor, " n"], other: Float[Tensor, " n"]) -> float:
    """Spearman's, without ties.

    >>> round(rank_correlation(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([5.0, 6.0, 9.0])), 6)
    1.0
    """
    ranks = torch.stack([each.argsort().argsort().double() for each in (one, other)])
    return float(torch.corrcoef(ranks)[0, 1])


# ---- answers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class AnswerWord:
    """A word and its probability, with the picture and without."""

    word: str
    share: float
    blank: float


@dataclass(frozen=True, kw_only=True)
class PictureAnswer(Payload):
    """The distribution over the answer."""

    pictured: Pictured
    answers: list[AnswerWord]
    """The likeliest in either case; the others together are what is missing from 1."""
    caption: str
    """What the model writes when it is asked to describe."""
    true_caption: str


def answers(
    shares: Float[Tensor, " d_vocab"], blank: Float[Tensor, " d_vocab"], words: tuple[str, ...] = WORDS
) -> list[AnswerWord]:
    """By the larger of both."""
    order = torch.maximum(shares, blank).argsort(descending=True)[:SHOWN].tolist()
    order.sort(key=lambda word: -float(shares[word]))
    return [AnswerWord(word=words[word], share=float(shares[word]), blank=float(blank[word])) for word in order]


# ---- mistakes --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """Questions of one sort: how many are right, with the interval of 95 %."""

    name: str
    n: int
    right: float
    low: float
    high: float
    blind: float
    usual: float


@dataclass(frozen=True, kw_only=True)
class Confused:
    """A wrong answer, and how often it was given."""

    kind: str
    answer: str
    said: str
    count: int
    example: str
    """A question, and the scene's seed."""
    seed: int


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    step: int
    loss: float
    right: float | None
    """The mean over kinds; None where it was not measured."""


@dataclass(frozen=True, kw_only=True)
class Mistakes(Payload):
    """The held-out questions."""

    by: dict[str, list[Sorted]]
    unseen: Sorted
    """About pairs of colour and shape that were never trained on."""
    seen: Sorted
    """The same kinds of question about pairs that were."""
    confused: list[Confused]
    scenes: int
    captions_right: float
    captions_of: int
    parameters: int
    steps: int
    machine: str
    seconds: float
    curve: list[CurvePoint]


def mistakes(kept: Record) -> Mistakes:
    """What the page shows of the record."""
    rows = kept.answers
    usual = [each for each in rows if not each.unseen]
    strange = [each for each in rows if each.unseen]
    kinds = {each.kind for each in strange}
    sorts: dict[str, Callable[[Answered], str]] = {
        "kind": lambda each: each.kind, "things": lambda each: str(each.things), "hidden": lambda each: _hidden(each),
        "answer": lambda each: each.answer,
    }  # fmt: skip
    return Mistakes(
        by={name: _by(usual, sort) for name, sort in sorts.items()},
        unseen=sorted_("never trained on", strange),
        seen=sorted_("trained on", [each for each in usual if each.kind in kinds]),
        confused=confused(usual), scenes=len({each.seed for each in usual}), captions_right=kept.captions_right,
        captions_of=kept.captions_of, parameters=kept.kept.parameters, steps=kept.kept.steps, machine=kept.machine,
        seconds=kept.seconds, curve=[_point(each) for each in kept.curve],
    )  # fmt: skip


def _hidden(each: Answered) -> str:
    return next(name for low, high, name in HIDDEN if low <= each.hidden < high)


def _by(rows: Sequence[Answered], sort: Callable[[Answered], str]) -> list[Sorted]:
    names = dict.fromkeys([*KINDS, *"12345", *(name for *_, name in HIDDEN), *WORDS])
    found = {sort(each) for each in rows}
    return [sorted_(name, [each for each in rows if sort(each) == name]) for name in names if name in found]


def sorted_(name: str, rows: Sequence[Answered]) -> Sorted:
    n = len(rows)
    right = wilson(sum(each.said == each.answer for each in rows), n)
    blind, usual = (sum(said == each.answer for said, each in zip(column, rows, strict=True)) / n
                    for column in ([each.blind for each in rows], [each.usual for each in rows]))  # fmt: skip
    return Sorted(name=name, n=n, right=right.mean, low=right.low, high=right.high, blind=blind, usual=usual)


def confused(rows: Sequence[Answered], most: int = 12) -> list[Confused]:
    """The commonest wrong answers."""
    found: dict[tuple[str, str, str], list[Answered]] = {}
    for each in rows:
        if each.said != each.answer:
            found.setdefault((each.kind, each.answer, each.said), []).append(each)
    ordered = sorted(found.items(), key=lambda item: -len(item[1]))[:most]
    return [
        Confused(kind=kind, answer=answer, said=said, count=len(own), example=own[0].question, seed=own[0].seed)
        for (kind, answer, said), own in ordered
    ]


def _point(each: Point) -> CurvePoint:
    right = sum(each.right.values()) / len(each.right) if each.right else None
    return CurvePoint(step=each.step, loss=each.loss, right=right)


# ---- connectors ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ConnectorTrained:
    """What was measured over a connector's seeds."""

    seconds: float
    """Of processor time, a training."""
    right: list[float]
    """Of each seed, the mean over kinds."""
    mean: float
    half: float
    """Of Student's interval of 95 %."""
    difference: float
    """From the first arm, seed by seed."""
    difference_half: float
    by_kind: list[float]


@dataclass(frozen=True, kw_only=True)
class Connector:
    """One way from patches to the decoder."""

    arm: str
    image_tokens: int
    parameters: int
    sequence: int
    """Positions that a question takes, the picture's among them."""
    trained: ConnectorTrained | None


@dataclass(frozen=True, kw_only=True)
class Connectors(Payload):
    """All of them."""

    kinds: list[str]
    seeds: int
    """0: none was trained."""
    steps: int
    arms: list[Connector]


#: Words of a question, with what starts the text.
WORDS_ASKED = 8
#: Seeds from which on an interval is given.
ENOUGH = 3


def connectors(rows: Sequence[Arm], built: Mapping[str, tuple[int, int]], steps: int) -> Connectors:
    """`built`: image tokens and parameters of each."""
    own = {name: [each for each in rows if each.arm == name] for name in built}
    first = [each.mean for each in next(iter(own.values()))]
    whole = all(len(each) >= ENOUGH for each in own.values())
    return Connectors(
        kinds=list(KINDS), seeds=len(first) if whole else 0, steps=steps,
        arms=[_arm(name, built[name], each if whole else [], first) for name, each in own.items()],
    )  # fmt: skip


def _arm(name: str, size: tuple[int, int], own: Sequence[Arm], first: list[float]) -> Connector:
    tokens, parameters = size
    trained = _trained(own, first) if own else None
    return Connector(
        arm=name, image_tokens=tokens, parameters=parameters, sequence=tokens + WORDS_ASKED, trained=trained
    )


def _trained(own: Sequence[Arm], first: list[float]) -> ConnectorTrained:
    right = torch.tensor([each.mean for each in own]).double()
    interval, apart = paired_interval(right), paired_interval(right - torch.tensor(first).double())
    return ConnectorTrained(
        seconds=sum(each.processor_seconds for each in own) / len(own), right=right.tolist(),
        mean=float(interval.mean), half=float(interval.high - interval.mean), difference=float(apart.mean),
        difference_half=float(apart.high - apart.mean),
        by_kind=[sum(each.right[kind] for each in own) / len(own) for kind in KINDS],
    )  # fmt: skip
