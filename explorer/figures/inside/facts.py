"""Where a fact is: the answer's probability with one state of the clean run put back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside.facts import Known, State, Traced
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class FactShown:
    """A fact, and whether the model knows it."""

    relation: str
    subject: str
    text: str
    answer: int
    p: float
    known: bool


@dataclass(frozen=True, kw_only=True)
class FactTraces(Payload):
    """One fact traced, among all that were asked; where the model knows none, what it says in one's place. Empty maps:
    no fact fits the tokenizer."""

    facts: list[FactShown]
    chosen: int
    answer: int
    """That is traced."""
    ids: Int[Tensor, " pos"]
    subject: list[int]
    """The subject's first position, and the one behind its last."""
    state: State
    width: int
    p: float
    """Of the answer in the clean run."""
    noised: float
    """With the subject noised, the mean over draws."""
    noised_each: Float[Tensor, " draw"]
    restored: Float[Tensor, "layer pos"]
    """With one state restored, the mean over draws; NaN before the subject."""
    error: Float[Tensor, "layer pos"]
    """Its standard error; NaN of one draw."""
    deviation: float
    draws: int


def traces(found: Sequence[Known], chosen: int, made: Traced | None) -> FactTraces:
    shown = [
        FactShown(relation=each.relation, subject=each.subject, text=each.text, answer=each.answer, p=each.p,
                  known=each.first)
        for each in found
    ]  # fmt: skip
    if made is None:
        none = torch.empty(0, 0)
        return FactTraces(
            facts=shown, chosen=chosen, answer=0, ids=torch.empty(0, dtype=torch.long), subject=[0, 0],
            state="resid", width=1, p=0.0, noised=0.0, noised_each=torch.empty(0),
            restored=none, error=none, deviation=0.0, draws=0,
        )  # fmt: skip
    draws = len(made.restored)
    error = made.restored.std(0) / draws**0.5 if draws > 1 else torch.full_like(made.restored[0], torch.nan)
    return FactTraces(
        facts=shown, chosen=chosen, answer=made.fact.answer, ids=made.run.ids,
        subject=[made.subject.start, made.subject.stop], state=made.state, width=made.width,
        p=float(made.run.logits.softmax(-1)[made.fact.answer]),
        noised=float(made.noised.mean()), noised_each=made.noised, restored=made.restored.mean(0), error=error,
        deviation=made.deviation, draws=draws,
    )  # fmt: skip
