"""Layers of safety: scores and verdicts of every request, from which the page puts any choice of layers together."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.experiments.safety.conditions import Conditions
from explorer.experiments.safety.guards import RATES
from explorer.experiments.safety.layered import NEW, SYSTEM, Layered
from explorer.figures.payload import Payload
from explorer.figures.safety.under import MeasuredUnder, under
from explorer.stack.safety.layers import cascade

#: The setting and the rate at which page and module are compared.
PROVED = 5


@dataclass(frozen=True, kw_only=True)
class LayeredRun(Payload):
    """All requests under one setting of the model."""

    system: bool
    taught: bool
    probe: Float[Tensor, " request"]
    """Log-odds."""
    behind: Float[Tensor, " request"]
    verdicts: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LayerLevels(Payload):
    """Log-odds from which each flags."""

    rate: int
    """Percent of the harmless validation texts that may be flagged."""
    before: float
    probe: float
    behind: float


@dataclass(frozen=True, kw_only=True)
class SafetyLayersFlow(Payload):
    texts: tuple[str, ...]
    forms: tuple[str, ...]
    """Of each request."""
    forbidden: Bool[Tensor, " request"]
    template: Int[Tensor, " request"]
    before: Float[Tensor, " request"]
    runs: tuple[LayeredRun, ...]
    levels: tuple[LayerLevels, ...]
    depth: int
    learnt: int
    """Pairs that guards and probe have learnt from."""
    instruction: str
    new: int
    """Tokens of an answer."""
    can_be_taught: bool
    """Whether the shelf has a taught refusal for this model."""
    refuses: float
    """The share of plain forbidden requests that the model refuses by itself, without a layer."""
    done: bool
    proved: tuple[int, int]
    """Forbidden requests that pass all layers of the last run, and harmless ones that do not: the module's count."""
    recorded: bool
    """Whether this is the record, and nothing was measured now."""
    record: MeasuredUnder | None
    """Of what the shelf holds of this model; None where it holds nothing."""


def flow(made: Layered, *, recorded: bool = False, record: Conditions | None = None) -> SafetyLayersFlow:
    templates = sorted({each.template for each in made.requests})
    forbidden = torch.tensor([each.forbidden for each in made.requests])
    last, first = made.settings[len(made.seen) - 1], made.seen[made.settings[0]]
    passes = cascade(made.stops(last, PROVED)).first < 0
    plain = [
        verdict == "refused"
        for each, verdict in zip(made.requests, first.verdicts, strict=True)
        if each.forbidden and each.form == "plain"
    ]
    return SafetyLayersFlow(
        texts=tuple(each.text for each in made.requests),
        forms=tuple(each.form for each in made.requests),
        forbidden=forbidden,
        template=torch.tensor([templates.index(each.template) for each in made.requests], dtype=torch.int32),
        before=made.before,
        runs=tuple(
            LayeredRun(
                system=setting.system,
                taught=setting.taught,
                probe=of.probe,
                behind=of.behind,
                verdicts=of.verdicts,
                answers=of.answers,
            )
            for setting, of in made.seen.items()
        ),
        levels=tuple(
            LayerLevels(rate=rate, before=before, probe=probe, behind=behind)
            for rate in RATES
            for before, probe, behind in [made.thresholds[rate]]
        ),
        depth=made.depth,
        learnt=made.learnt,
        instruction=SYSTEM,
        new=NEW,
        can_be_taught=any(each.taught for each in made.settings),
        refuses=sum(plain) / len(plain),
        done=len(made.seen) == len(made.settings),
        proved=(int(passes[forbidden].sum()), int((~passes[~forbidden]).sum())),
        recorded=recorded,
        record=under(record),
    )
