"""Ratios of trainer and sampler on one text, and under a truncated sampler."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from explorer.experiments.finetuning.sampler_trainer import Cut, Way
from explorer.figures.payload import Payload

#: Clips that shares are counted by: below 1, above 1.
CLIPS = ((0.2, 0.2), (0.2, 0.28), (0.1, 0.1))


@dataclass(frozen=True, kw_only=True)
class RatioWay(Payload):
    """One way to score the text."""

    name: str
    against: str
    ratios: Float[ndarray, " token"]
    mean: float
    most: float
    """Largest distance of a ratio from 1."""
    outside: tuple[float, ...]
    """Share of tokens outside each clip."""
    sequence: float
    """The geometric mean: GSPO's ratio of the text."""


@dataclass(frozen=True, kw_only=True)
class SamplerTrainer(Payload):
    """All ways so far."""

    ids: tuple[int, ...]
    ways: tuple[RatioWay, ...]
    clips: tuple[tuple[float, float], ...]
    done: bool


@dataclass(frozen=True, kw_only=True)
class SamplerCut(Payload):
    """A text drawn under top-p, token by token."""

    ids: tuple[int, ...]
    ratios: Float[ndarray, " token"]
    """With the sampler's temperature in the trainer."""
    plain: Float[ndarray, " token"]
    """Without."""
    mass: Float[ndarray, " token"]
    mean: float
    mean_plain: float
    mean_mass: float
    outside: float
    """Share of ratios outside 0.8 to 1.2."""
    outside_plain: float
    top_p: float
    temperature: float


def ways(made: tuple[Way, ...], ids: tuple[int, ...], done: bool) -> SamplerTrainer:
    return SamplerTrainer(
        ids=ids,
        ways=tuple(_way(each) for each in made if each.name != "trainer"),
        clips=CLIPS,
        done=done,
    )


def _way(each: Way) -> RatioWay:
    ratios = each.log_ratio.double().exp()
    return RatioWay(
        name=each.name,
        against=each.against,
        ratios=ratios.numpy(),
        mean=float(ratios.mean()),
        most=float((ratios - 1).abs().max()),
        outside=tuple(_outside(ratios, *clip) for clip in CLIPS),
        sequence=float(each.log_ratio.double().mean().exp()),
    )


def cut(made: Cut, top_p: float, temperature: float) -> SamplerCut:
    ratios, plain = ((each - made.sampler).double().exp() for each in (made.scaled, made.plain))
    return SamplerCut(
        ids=tuple(made.ids.tolist()),
        ratios=ratios.numpy(),
        plain=plain.numpy(),
        mass=made.mass.numpy(),
        mean=float(ratios.mean()),
        mean_plain=float(plain.mean()),
        mean_mass=float(made.mass.double().mean()),
        outside=_outside(ratios, 0.2, 0.2),
        outside_plain=_outside(plain, 0.2, 0.2),
        top_p=top_p,
        temperature=temperature,
    )


def _outside(ratios: Tensor, low: float, high: float) -> float:
    return float(((ratios < 1 - low) | (ratios > 1 + high)).double().mean())
