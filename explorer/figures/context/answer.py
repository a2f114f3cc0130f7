"""An answer beside its passages: what it cites, what it attends to, and what caused it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.context.answer import Answered, Said
from explorer.experiments.context.found_passages import Retrieved
from explorer.experiments.context.grounded_prompt import Passage
from explorer.figures.payload import Payload
from explorer.stack.context.attribution import shapley, statement_share
from explorer.stack.worst import worst

#: Nats by which passages must raise a sentence for it to count as grounded: e times as likely.
GROUNDED = 1.0


@dataclass(frozen=True, kw_only=True)
class AnswerPassage:
    number: int
    """As the prompt has it, from 1."""
    place: int
    """Its number before the change."""
    title: str
    text: str
    tokens: int
    dropped: int
    tags: int
    orders: list[str]
    right_to_left: float
    unseen: int
    special: int


@dataclass(frozen=True, kw_only=True)
class AnswerTokens:
    ids: list[int]
    logp: Float[Tensor, " token"]


@dataclass(frozen=True, kw_only=True)
class AnswerFound:
    """What a retriever found, and whether it is near enough."""

    titles: list[str]
    cosines: list[float]
    threshold: float
    enough: bool
    questions: int
    """On which the threshold was measured, once with the answer among the articles and once without its subject."""
    answered: list[float]
    """The share of the first that reach it, with the lower and upper end of its interval."""
    refused: list[float]
    """The share of the second that do not."""
    refused_near: list[float]
    """The same where the known article alone is taken out."""


@dataclass(frozen=True, kw_only=True)
class AnswerCauses(Payload):
    """What is not measured yet is NaN, or None as a whole."""

    question: str
    passages: list[AnswerPassage]
    found: AnswerFound | None
    """None where passages are not retrieved."""
    ids: list[int]
    """Of the answer, with the token that ends it."""
    logp: Float[Tensor, " token"]
    bare: AnswerTokens
    """The answer to the question alone."""
    first: AnswerTokens | None
    """The answer before the change."""
    first_now: Float[Tensor, " before"] | None
    """The same tokens behind the changed passages."""
    what: str
    unknown: list[float] | None
    """Mean log-probability of a token of "I do not know.": with the passages, without."""
    cited: Float[Tensor, " source"] | None
    written: list[int]
    """Numbers of passages that the answer itself names."""
    sink: Float[Tensor, " token"] | None
    share: Float[Tensor, "source token"] | None
    lift: Float[Tensor, "source token"] | None
    out: Float[Tensor, "source token"]
    """What leaving a passage out takes away."""
    shapley: Float[Tensor, "source token"] | None
    none: Float[Tensor, " token"]
    """Log-probabilities of the answer without passages."""
    totals: Float[Tensor, " subset"]
    """Of the whole answer, by subset."""
    done: int
    read: int
    alone: int
    contextcite: Float[Tensor, " source"] | None
    samples: int
    misfit: float | None
    """Of the estimate over all subsets, root mean square, in its own unit."""
    sentences: int
    grounded: int | None
    """Of these, those that the passages raised by at least a nat."""
    faithful: float | None


def answer(
    made: Answered, question: str, named: list[int], ends: list[int], found: Retrieved | None = None
) -> AnswerCauses:
    """`named`: passages that the answer names. `ends`: after which of its tokens a sentence ends. `found`: where
    passages were retrieved."""
    n, tokens, every = made.n, len(made.grounded.ids), 2**made.n - 1
    table, missing = made.table, torch.full((tokens,), torch.nan)
    whole = made.values.get(every, missing)
    out = [whole - made.values.get(every & ~(1 << i), missing) for i in range(n)]
    raised = None if table is None or not n else _sentences(table[-1] - table[0], ends)
    good = None if raised is None else sum(each >= GROUNDED for each in raised)
    seen, fit = made.attention, made.estimate
    return AnswerCauses(
        question=question,
        passages=[_passage(each, at, made.places[at]) for at, each in enumerate(made.prompt.passages)],
        found=None if found is None else _found(found),
        ids=list(made.grounded.ids),
        logp=made.grounded.logp,
        bare=_said(made.bare),
        first=None if made.first is None else _said(made.first),
        first_now=made.first_now,
        what=made.what,
        unknown=None if made.unknown is None else list(made.unknown),
        cited=made.cited,
        written=named,
        sink=None if seen is None else seen.sink,
        share=None if seen is None else seen.share,
        lift=None if seen is None else seen.lift,
        out=torch.stack(out) if out else torch.zeros(0, tokens),
        shapley=None if table is None or not n else shapley(table),
        none=made.values.get(0, missing),
        totals=torch.stack([made.values.get(i, missing).sum() for i in range(2**n)]),
        done=len(made.values),
        read=made.read,
        alone=made.alone,
        contextcite=None if fit is None else fit.weights,
        samples=0 if fit is None else len(fit.masks),
        misfit=None if fit is None else float((fit.predicted - fit.outputs).pow(2).mean().sqrt()),
        sentences=len(ends),
        grounded=good,
        faithful=None if good is None else statement_share(good, len(ends)),
    )


def _sentences(raised: Tensor, ends: list[int]) -> list[float]:
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [float(raised[a : b + 1].sum()) for a, b in zip(starts, ends, strict=True)]


def _found(found: Retrieved) -> AnswerFound:
    known = found.measured
    return AnswerFound(
        titles=[title for title, _ in found.passages],
        cosines=list(found.cosines),
        threshold=known.threshold.value,
        enough=found.enough,
        questions=known.questions,
        answered=[known.answered.mean, known.answered.low, known.answered.high],
        refused=[known.refused.mean, known.refused.low, known.refused.high],
        refused_near=[known.refused_near.mean, known.refused_near.low, known.refused_near.high],
    )


def _said(made: Said) -> AnswerTokens:
    return AnswerTokens(ids=list(made.ids), logp=made.logp)


def _passage(made: Passage, at: int, place: int) -> AnswerPassage:
    return AnswerPassage(
        number=at + 1,
        place=place + 1,
        title=made.title,
        text=made.text,
        tokens=len(made.ids),
        dropped=made.dropped,
        tags=made.marks.tags,
        orders=list(made.marks.orders),
        right_to_left=made.marks.right_to_left,
        unseen=made.marks.unseen,
        special=made.special,
    )


def by_orders(table: Float[Tensor, "subset token"]) -> Float[Tensor, "source token"]:
    """Shapley's values by their other definition: the mean gain of a passage over all orders of arrival."""
    n = len(table).bit_length() - 1
    found = np.zeros((n, table.shape[1]))
    orders = list(permutations(range(n)))
    rows = table.double().numpy()
    for order in orders:
        held = 0
        for source in order:
            found[source] += rows[held | 1 << source] - rows[held]
            held |= 1 << source
    return torch.from_numpy(found / len(orders)).to(table)


def optimality(made: Answered, alpha: float) -> float:
    """How far the estimate is from the LASSO's optimum: in standardised columns, every passage with a weight has
    covariance alpha with what is left, every other at most that."""
    fit = made.estimate
    assert fit is not None
    tokens = len(made.grounded.ids)
    x = fit.masks.double()
    scale = x.std(0, correction=0)
    x = (x - x.mean(0)) / torch.where(scale > 0, scale, 1.0)
    rest = (fit.outputs - fit.predicted) / tokens
    pulls = (x * rest[:, None]).mean(0).abs()
    kept = fit.weights != 0
    return worst(*(pulls - alpha).abs()[kept].tolist(), *(pulls - alpha).clamp(min=0)[~kept].tolist())
