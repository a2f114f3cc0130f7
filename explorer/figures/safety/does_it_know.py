"""Signals along an answer, and how well each tells known from unknown people."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.corpora.invented_people import Attribute, Person
from explorer.experiments.safety.does_it_know import PROBES, SIGNALS, Asked, Beside, Told
from explorer.figures.payload import Payload
from explorer.stack.safety.ranking import Ranked, ranked
from explorer.stack.safety.semantic_entropy import Cluster

Spoken = Callable[[Sequence[int]], str]


@dataclass(frozen=True, kw_only=True)
class KnowingToken:
    """A token of the likeliest answer."""

    text: str
    p: float
    entropy: float
    """Nats."""
    lens: tuple[float, ...]
    """Its probability, were the stream read at each depth; the last is its own."""
    unknown: float | None
    """The probe's probability that the person is unknown; None behind the first token, and without a probe."""


@dataclass(frozen=True, kw_only=True)
class KnowingMeaning:
    """Drawn answers of one meaning."""

    key: str
    count: int
    probability: float
    texts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class KnowingAnswer:
    """A question and what the model says."""

    question: str
    answer: str
    truth: str
    """Empty where it is not known."""
    read: str
    """How often the text has each fact: often, never; empty where that is not known."""
    tokens: tuple[KnowingToken, ...]
    meanings: tuple[KnowingMeaning, ...]
    signals: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class KnowingBeside(Payload):
    """A known and an unknown person."""

    known: KnowingAnswer
    unknown: KnowingAnswer
    samples: int
    depth: int
    """At which the probe reads."""
    fitted: int
    """People that the probe was fitted on."""
    others: dict[str, tuple[tuple[float, ...], tuple[float, ...]]]
    """Each signal of all known and of all unknown people whom the probe was not fitted on."""


@dataclass(frozen=True, kw_only=True)
class KnowingArea:
    """One model's area under the ROC curve, with its interval."""

    seed: int
    auroc: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class KnowingRow:
    """One signal."""

    signal: str
    areas: tuple[KnowingArea, ...]
    mean: float | None


@dataclass(frozen=True, kw_only=True)
class KnowingModel:
    """The model of one seed."""

    seed: int
    known: tuple[int, int]
    """Right answers about known people, and how many were asked about."""
    unknown: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class KnowingSignals(Payload):
    """All signals on all people."""

    rows: tuple[KnowingRow, ...]
    models: tuple[KnowingModel, ...]
    seeds: int
    """That are measured in the end."""
    people: int
    """Of each kind whom the signals are measured on."""
    against: str
    samples: int
    depth: int
    scores: dict[str, tuple[float, ...]]
    """Of the first seed's model, person by person."""
    guessed: tuple[bool, ...]
    """Whether that person is unknown."""
    by_depth: dict[str, tuple[float | None, ...]]
    """Of the probes: the area at every depth, the mean over the models."""


@dataclass(frozen=True, kw_only=True)
class KnowingOwn(Payload):
    """A question of one's own."""

    asked: KnowingAnswer
    model: str
    samples: int


def answer(
    each: Asked, question: str, spoken: Spoken, person: Person | None = None, attribute: Attribute = "town",
    odds: float | None = None,
) -> KnowingAnswer:  # fmt: skip
    path = each.along
    return KnowingAnswer(
        question=question,
        answer=each.answer,
        truth=person.facts[attribute] if person else "",
        read=person.read if person else "",
        tokens=tuple(
            KnowingToken(
                text=spoken([token]),
                p=float(path.p[at]),
                entropy=float(path.entropy[at]),
                lens=tuple(path.lens[:, at].tolist()),
                unknown=None if odds is None or at else 1 / (1 + math.exp(-odds)),
            )
            for at, token in enumerate(path.ids)
        ),
        meanings=tuple(_meaning(cluster) for cluster in each.meanings.clusters),
        signals=each.signals(),
    )


def _meaning(cluster: Cluster) -> KnowingMeaning:
    return KnowingMeaning(key=cluster.key, count=cluster.count, probability=cluster.probability, texts=cluster.texts)


def beside(made: Beside, attribute: Attribute, spoken: Spoken) -> KnowingBeside:
    known, unknown = (
        answer(each, person.asked(attribute), spoken, person, attribute, odds)
        for each, person, odds in zip(made.asked, made.people, made.odds, strict=True)
    )
    return KnowingBeside(
        known=known,
        unknown=unknown,
        samples=len(made.asked[0].drawn),
        depth=made.depth,
        fitted=made.fitted,
        others=made.others,
    )


def signals(told: Sequence[Told], seeds: int, against: str, samples: int) -> KnowingSignals:
    first = told[0]
    return KnowingSignals(
        rows=tuple(_row(name, told) for name in SIGNALS),
        models=tuple(_model(each) for each in told),
        seeds=seeds,
        people=first.guessed.count(True),
        against=against,
        samples=samples,
        depth=first.depth,
        scores=first.scores,
        guessed=tuple(first.guessed),
        by_depth={
            name: tuple(
                _mean([_area(each.probe_depths[kind, depth].tolist(), each.guessed) for each in told])
                for depth in range(first.probe_depths.shape[1])
            )
            for kind, name in enumerate(PROBES)
        },
    )


def _model(each: Told) -> KnowingModel:
    n = len(each.cases.known)
    return KnowingModel(
        seed=each.seed, known=(sum(each.right[:n]), n), unknown=(sum(each.right[n:]), len(each.right) - n)
    )


def _row(name: str, told: Sequence[Told]) -> KnowingRow:
    found = [_area(each.scores[name], each.guessed) for each in told]
    areas = tuple(
        KnowingArea(seed=each.seed, auroc=one.auroc if one else None, low=one.low if one else None,
                    high=one.high if one else None)
        for each, one in zip(told, found, strict=True)
    )  # fmt: skip
    return KnowingRow(signal=name, areas=areas, mean=_mean(found))


def _area(scores: Sequence[float], guessed: Sequence[bool]) -> Ranked | None:
    """How often an unknown person's score is above a known one's; None where there was nothing to fit a probe on."""
    if any(each != each for each in scores):  # NaN
        return None
    pairs = list(zip(scores, guessed, strict=True))
    return ranked([score for score, yes in pairs if yes], [score for score, yes in pairs if not yes])


def _mean(found: Sequence[Ranked | None]) -> float | None:
    known = [each.auroc for each in found if each is not None]
    return sum(known) / len(known) if len(known) == len(found) else None


def own(each: Asked, question: str, spoken: Spoken, model: str) -> KnowingOwn:
    return KnowingOwn(asked=answer(each, question, spoken), model=model, samples=len(each.drawn))
