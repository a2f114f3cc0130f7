"""Trained dictionaries against their placebos, and dictionaries against a truth that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside.is_it_real import AgainstTruth, Bought, Known, Worth, pairs
from explorer.figures.payload import Payload
from explorer.stack.frontier.sparse_autoencoders.chance import expected_best_cosine
from explorer.stack.frontier.sparse_autoencoders.synthetic import RECOVERED


@dataclass(frozen=True, kw_only=True)
class DictionaryWorth:
    """One dictionary's numbers."""

    role: str
    seed: int
    explained: float
    ratio_averaged: float
    """By the formula that averages ratios, and by the one whose variance is taken over tokens and dimensions."""
    squared_squares: float
    l0: float
    dead: float
    bias: float
    recovered: dict[str, float]
    """The loss recovered, by ablation."""
    scores: dict[str, float]
    """The KL score, by ablation."""
    same_token: float


@dataclass(frozen=True, kw_only=True)
class SeedPair:
    """Two dictionaries of one role, matched."""

    role: str
    one: int
    other: int
    share: float
    best: float


@dataclass(frozen=True, kw_only=True)
class StoredCurve:
    """A training as its card has it."""

    role: str
    seed: int
    tokens: list[float]
    explained: list[float]


@dataclass(frozen=True, kw_only=True)
class IsItRealBought(Payload):
    layer: int
    width: int
    k: int
    tokens: int
    carried: int
    """Tokens of the windows whose runs are carried on."""
    done: int
    of: int
    clean_loss: float
    ablated_loss: dict[str, float]
    chance: float
    """The mean cosine of a direction with the nearest of as many random ones."""
    dictionaries: list[DictionaryWorth]
    pairs: list[SeedPair]
    curves: list[StoredCurve]


def is_it_real_bought(made: Bought, about: Mapping[str, object]) -> IsItRealBought:
    first = made.worth[0]
    width, d_model = first.dictionary.sae.W_dec.shape
    return IsItRealBought(
        layer=made.block,
        width=width,
        k=first.dictionary.sae.k,
        tokens=made.tokens,
        carried=made.carried[:, 2:].numel(),
        done=len(made.worth),
        of=made.of,
        clean_loss=first.fidelity.clean.loss,
        ablated_loss={name: each.loss for name, each in first.fidelity.ablated.items()},
        chance=expected_best_cosine(d_model, width),
        dictionaries=[_worth(each) for each in made.worth],
        pairs=[
            SeedPair(role=role, one=one, other=other, share=share, best=best)
            for role in ("trained", "placebo")
            for one, other, share, best in pairs(made.worth, role)
        ],
        curves=_curves(made.block, about),
    )


def _worth(each: Worth) -> DictionaryWorth:
    found = each.fit
    return DictionaryWorth(
        role=each.dictionary.role,
        seed=each.dictionary.seed,
        explained=found.explained.true,
        ratio_averaged=found.explained.ratio_averaged,
        squared_squares=found.explained.squared_squares,
        l0=found.l0,
        dead=found.dead,
        bias=found.bias,
        recovered={**each.fidelity.recovered},
        scores={**each.fidelity.divergence_scores},
        same_token=each.same_token,
    )


def _curves(block: int, about: Mapping[str, object]) -> list[StoredCurve]:
    training, stored = about["training"], about["dictionaries"]
    assert isinstance(training, dict)
    assert isinstance(stored, dict)
    made = []
    for name, each in stored.items():
        place, *rest = name.removesuffix(".safetensors").split("-")
        if place != f"block{block}":
            continue
        role, seeds = ("placebo", rest[1:]) if rest[:1] == ["placebo"] else ("trained", rest)
        curve = each["curve"]
        made.append(
            StoredCurve(
                role=role,
                seed=int(seeds[0]) if seeds else 0,
                tokens=[float(step * training["batch"]) for step, *_ in curve],
                explained=[float(explained) for _, explained, *_ in curve],
            )
        )
    return made


@dataclass(frozen=True, kw_only=True)
class KnownRun:
    """One dictionary on vectors of known features."""

    role: str
    seed: int
    explained: float
    l0: float
    recovered: float
    """The share of true directions with a cosine above 0.9."""
    mean: float
    absorbed: float
    best: Float[Tensor, " feature"]
    """Of each true direction, the greatest cosine; the commonest feature first."""


@dataclass(frozen=True, kw_only=True)
class IsItRealTruth(Payload):
    d_model: int
    features: int
    children: int
    width: int
    k: int
    steps: int
    vectors: int
    threshold: float
    chance: float
    """The mean greatest cosine that random directions have with a true one."""
    often: Float[Tensor, " feature"]
    """How often each true feature is on, the commonest first."""
    order: Int[Tensor, " feature"]
    runs: list[KnownRun]
    of: int


def is_it_real_truth(found: AgainstTruth) -> IsItRealTruth:
    made, s = found.made, found.settings
    often = (made.acts > 0).float().mean(0)
    order = often.argsort(descending=True)
    return IsItRealTruth(
        d_model=made.truth.d_model,
        features=made.truth.features,
        children=made.truth.children,
        width=s.width,
        k=s.k,
        steps=s.steps,
        vectors=len(made.acts),
        threshold=RECOVERED,
        chance=expected_best_cosine(made.truth.d_model, s.width),
        often=often[order],
        order=order,
        runs=[_known(each, order) for each in found.runs],
        of=found.of,
    )


def _known(each: Known, order: Int[Tensor, " feature"]) -> KnownRun:
    return KnownRun(
        role=each.role,
        seed=each.seed,
        explained=each.measured.explained,
        l0=each.measured.l0,
        recovered=each.recovery.share,
        mean=each.recovery.mean,
        absorbed=each.absorbed,
        best=each.recovery.best[order],
    )
