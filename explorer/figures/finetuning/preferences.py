"""A pair of answers under every loss, what one more step does to it, and the smallest example of a fall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from explorer.corpora.preferences import RULES
from explorer.experiments.finetuning.pairs_drawn import BESIDE, OWN, InTokens
from explorer.experiments.finetuning.preferring import Fallen, Standing
from explorer.figures.payload import Payload
from explorer.stack.finetuning.conversations import Example
from explorer.stack.finetuning.preferences.methods import TITLES, Batch, Name, Settings, terms
from explorer.stack.finetuning.preferences.one_parameter import Path
from explorer.stack.finetuning.preferences.pairs import Compared
from explorer.stack.finetuning.preferences.unpaired import kto

POINTS = 61


@dataclass(frozen=True, kw_only=True)
class PreferenceText(Payload):
    """One pair."""

    request: str
    chosen: str
    rejected: str


@dataclass(frozen=True, kw_only=True)
class PreferenceAnswer(Payload):
    """One answer of the pair, token by token; in nats."""

    ids: tuple[int, ...]
    reference: Float[ndarray, " token"]
    policy: Float[ndarray, " token"]


@dataclass(frozen=True, kw_only=True)
class PreferenceLoss(Payload):
    """One loss: its curve, where the pairs lie on it, and how hard it pulls at their answers."""

    name: str
    title: str
    curve_x: Float[ndarray, " point"]
    curve_y: Float[ndarray, " point"]
    x: Float[ndarray, " pair"]
    """What stands on the curve's axis: a margin, ORPO's odds, or a distance from KTO's z; then the rejected ones are
    behind the chosen ones."""
    y: Float[ndarray, " pair"]
    raises: Float[ndarray, " pair"]
    lowers: Float[ndarray, " pair"]


@dataclass(frozen=True, kw_only=True)
class PreferencePair(Payload):
    """A pair, its batch, and how the policy came to where it stands."""

    rule: str
    about: str
    """What prefers the chosen answer."""
    pairs: tuple[PreferenceText, ...]
    chosen: PreferenceAnswer
    rejected: PreferenceAnswer
    way_chosen: Float[ndarray, "step pair"]
    way_rejected: Float[ndarray, "step pair"]
    losses: tuple[PreferenceLoss, ...]
    method: str
    steps: int
    blocks: int
    """That are trained."""
    wrong: float
    """cDPO's and robust DPO's share of wrong labels."""
    simpo_beta: float
    gamma: float


@dataclass(frozen=True, kw_only=True)
class PreferenceMoved(Payload):
    """One answer before and after one more step; in nats."""

    ids: tuple[int, ...]
    before: Float[ndarray, " token"]
    after: Float[ndarray, " token"]
    by_chosen: Float[ndarray, " token"]
    """After the chosen answer's term alone."""
    by_rejected: Float[ndarray, " token"]
    predicted: tuple[float, ...]
    """The change by each term."""
    slope: float
    """The change that is measured over a short way, for the whole step."""


@dataclass(frozen=True, kw_only=True)
class PreferenceFall(Payload):
    """One more step, by its terms."""

    rule: str
    about: str
    pairs: tuple[PreferenceText, ...]
    method: str
    steps: int
    length: float
    terms: tuple[str, ...]
    chosen: PreferenceMoved
    rejected: PreferenceMoved
    cosine: float
    norms: tuple[float, float]
    gradient: float
    blocks: int


@dataclass(frozen=True, kw_only=True)
class PreferenceSmallest(Payload):
    """Two tokens, one parameter: logarithms of probabilities at each step."""

    start: float
    beta: float
    rate: float
    s: Float[ndarray, " step"]
    ab: Float[ndarray, " step"]
    aa: Float[ndarray, " step"]
    bb: Float[ndarray, " step"]
    margin: Float[ndarray, " step"]
    by_chosen: Float[ndarray, " step"]
    by_rejected: Float[ndarray, " step"]


def pair(made: Standing, rule: str) -> PreferencePair:
    first, policy = made.pairs[0], made.answers
    assert policy is not None
    n, reference, settings = len(made.pairs), made.rows.reference, made.recipe.settings
    return PreferencePair(
        rule=rule,
        about=about(rule),
        pairs=texts(made.pairs),
        chosen=_answer(first.chosen, reference.logp[0], policy.logp[0]),
        rejected=_answer(first.rejected, reference.logp[n], policy.logp[n]),
        way_chosen=_plain(torch.stack([each for each, _ in made.way])),
        way_rejected=_plain(torch.stack([each for _, each in made.way])),
        losses=tuple(_loss(name, made) for name in made.losses),
        method=made.recipe.method,
        steps=made.recipe.steps,
        blocks=made.blocks,
        wrong=settings.wrong,
        simpo_beta=settings.simpo_beta,
        gamma=settings.gamma,
    )


def fall(found: Fallen, rule: str, length: float) -> PreferenceFall:
    made, first = found.standing, found.standing.pairs[0]
    chosen, rejected = (
        PreferenceMoved(
            ids=said(example),
            before=_of(found.before.logp[at], example),
            after=_of(found.after.logp[at], example),
            by_chosen=_of(found.alone[0].logp[at], example),
            by_rejected=_of(found.alone[1].logp[at], example),
            predicted=tuple(found.predicted[at].tolist()),
            slope=float(found.slope[at]),
        )
        for at, example in enumerate((first.chosen, first.rejected))
    )
    return PreferenceFall(
        rule=rule,
        about=about(rule),
        pairs=texts(made.pairs),
        method=made.recipe.method,
        steps=made.recipe.steps,
        length=length,
        terms=found.names,
        chosen=chosen,
        rejected=rejected,
        cosine=found.cosine,
        norms=found.norms,
        gradient=found.gradient,
        blocks=made.blocks,
    )


def smallest(path: Path, start: float, rate: float) -> PreferenceSmallest:
    names = ("s", "ab", "aa", "bb", "margin", "by_chosen", "by_rejected")
    return PreferenceSmallest(
        start=start, beta=path.beta, rate=rate, **{name: _plain(getattr(path, name)) for name in names}
    )


def _answer(example: Example, reference: Tensor, policy: Tensor) -> PreferenceAnswer:
    return PreferenceAnswer(ids=said(example), reference=_of(reference, example), policy=_of(policy, example))


def about(rule: str) -> str:
    if rule == OWN:
        return f"You prefer the chosen answer. The other pairs have a rule: {RULES[BESIDE].about}"
    return RULES[rule].about


def texts(pairs: list[InTokens]) -> tuple[PreferenceText, ...]:
    return tuple(
        PreferenceText(request=each.pair.request, chosen=each.pair.chosen, rejected=each.pair.rejected)
        for each in pairs
    )


def said(example: Example) -> tuple[int, ...]:
    """The tokens of the answer."""
    return tuple(token for token, yes in zip(example.ids[1:], example.learnt[1:], strict=True) if yes)


def _of(logp: Tensor, example: Example) -> Float[ndarray, " token"]:
    """Of the answer's tokens alone."""
    return _plain(logp[: len(example.ids) - 1][torch.tensor(example.learnt[1:])])


def _loss(name: Name, made: Standing) -> PreferenceLoss:
    found, settings = made.losses[name], made.recipe.settings
    x, y = found.margin, found.loss
    if name == "orpo":
        x = found.logits
    if name == "kto":
        x = torch.cat([found.chosen - made.kl, made.kl - found.rejected])
        y = kto(x, torch.ones(len(x), dtype=torch.bool), torch.zeros(1), settings.beta).loss
    curve_x, curve_y = _curve(name, settings, float(x.min()), float(x.max()))
    return PreferenceLoss(
        name=name,
        title=TITLES[name],
        curve_x=_plain(curve_x),
        curve_y=_plain(curve_y),
        x=_plain(x),
        y=_plain(y),
        raises=_plain(found.raises),
        lowers=_plain(found.lowers),
    )


def _curve(name: Name, settings: Settings, low: float, high: float) -> tuple[Tensor, Tensor]:
    """The loss itself over a range that holds all pairs."""
    usual = {"orpo": 4.0, "simpo": 2.0}.get(name, (1.0 if name == "ipo" else 2.0) / settings.beta)
    x = torch.linspace(min(-usual, low), max(usual, high), POINTS, dtype=torch.float64)
    zero, one = torch.zeros_like(x), torch.ones(len(x), dtype=torch.int64)
    if name == "kto":
        return x, kto(x, torch.ones(len(x), dtype=torch.bool), torch.zeros(1), settings.beta).loss
    if name == "orpo":  # odds of x: the rejected answer's average is 1/2, and the chosen one's odds are e^x
        chosen, rejected = torch.nn.functional.logsigmoid(x), torch.full_like(x, float(np.log(0.5)))
        return x, terms(name, Batch(Compared(chosen, rejected, zero, zero, one, one)), settings).loss
    return x, terms(name, Batch(Compared(x, zero, zero, zero, one, one)), settings).loss


def _plain(values: Tensor) -> Float[ndarray, ...]:
    return values.detach().numpy().astype(np.float32)
