"""Scaling laws: a sweep's runs in groups of equal compute, a law through all of them, and a run that was predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from explorer.experiments.pretraining.scaling import Exponent, Group, Lowest, local_exponents, seeds
from explorer.experiments.pretraining.sweep import CurvePoint, Fitted, Material, Prediction, Run, band
from explorer.figures.payload import Payload
from explorer.stack.pretraining.scaling_law import FLOPS, KAPLAN_EXPONENT, LAWS, Law, Named

#: Points of a curve.
POINTS = 40
#: The budgets over which an exponent is followed, as powers of ten.
BUDGETS = (11, 24)


@dataclass(frozen=True, kw_only=True)
class ScalingRun:
    """One training."""

    name: str
    compute: float
    layers: int
    width: int
    seed: int
    parameters: int
    embedding: int
    tokens: int
    epochs: float
    """How often the texts were read."""
    rate: float
    """The highest learning rate."""
    seconds: float
    """Of a processor."""
    loss: float
    seen: Float[ndarray, " point"]
    """Tokens at each place of the training curve."""
    losses: Float[ndarray, " point"]
    held_seen: Float[ndarray, " measured"]
    held: Float[ndarray, " measured"]


@dataclass(frozen=True, kw_only=True)
class ScalingGroup:
    """Runs of equal compute and their parabola."""

    compute: float
    runs: tuple[ScalingRun, ...]
    inside: bool
    """Whether the lowest point lies between the sizes."""
    best: float
    """Parameters at the lowest point; 0 where there is none."""
    loss: float
    """There."""
    sizes: Float[ndarray, " size"]
    curve: Float[ndarray, " size"]


@dataclass(frozen=True, kw_only=True)
class ScalingText:
    """A text that was read."""

    title: str
    licence: str
    tokens: int


@dataclass(frozen=True, kw_only=True)
class ScalingGroups(Payload):
    groups: tuple[ScalingGroup, ...]
    exponent: float | None
    """Of the lowest points' parameters in compute."""
    low: float
    high: float
    unusable: float
    """Share of the resamples without a lowest point in each group."""
    noise: float
    """Standard deviation over seeds."""
    seeds: int
    rates: tuple[ScalingRun, ...]
    """Runs that tried learning rates."""
    texts: tuple[ScalingText, ...]
    machine: str


def groups(
    made: Sequence[Group],
    found: Lowest | None,
    rates: Sequence[Run],
    curves: dict[str, list[CurvePoint]],
    material: Material,
) -> ScalingGroups:
    noise, count = seeds([run for group in made for run in group.runs]) or (0.0, 0)
    return ScalingGroups(
        groups=tuple(_group(each, curves, material) for each in made),
        exponent=found.exponent.value if found else None,
        low=found.exponent.low if found else 0.0,
        high=found.exponent.high if found else 0.0,
        unusable=found.unusable if found else 1.0,
        noise=noise,
        seeds=count,
        rates=tuple(run(each, curves, material) for each in rates),
        texts=tuple(ScalingText(title=t.title, licence=t.licence, tokens=t.tokens) for t in material.texts),
        machine=material.machine,
    )


def _group(group: Group, curves: dict[str, list[CurvePoint]], material: Material) -> ScalingGroup:
    sizes = np.geomspace(group.runs[0].parameters, group.runs[-1].parameters, POINTS)
    low = group.curve.open_above
    return ScalingGroup(
        compute=group.compute,
        runs=tuple(run(each, curves, material) for each in group.runs),
        inside=group.inside,
        best=group.curve.parameters if low else 0.0,
        loss=group.curve.loss if low else 0.0,
        sizes=sizes,
        curve=np.array([group.curve.at(float(size)) for size in sizes]),
    )


def run(each: Run, curves: dict[str, list[CurvePoint]], material: Material) -> ScalingRun:
    points = curves.get(each.name, [])
    held = [point for point in points if point.held is not None]
    return ScalingRun(
        name=each.name,
        compute=each.compute,
        layers=each.n_layers,
        width=each.d_model,
        seed=each.seed,
        parameters=each.parameters,
        embedding=each.embedding,
        tokens=each.tokens,
        epochs=material.epochs(each.tokens),
        rate=each.peak,
        seconds=each.seconds,
        loss=each.loss,
        seen=np.array([float(point.tokens) for point in points]),
        losses=np.array([point.loss for point in points]),
        held_seen=np.array([float(point.tokens) for point in held]),
        held=np.array([point.held or 0.0 for point in held]),
    )


@dataclass(frozen=True, kw_only=True)
class ScalingConstant:
    """A constant of the law."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class ScalingPoint:
    """A run beside the law."""

    name: str
    compute: float
    parameters: int
    tokens: int
    loss: float
    law: float


@dataclass(frozen=True, kw_only=True)
class ScalingBand:
    """The law at one budget, over sizes."""

    compute: float
    sizes: Float[ndarray, " size"]
    law: Float[ndarray, " size"]
    low: Float[ndarray, " size"]
    high: Float[ndarray, " size"]


@dataclass(frozen=True, kw_only=True)
class PaperLaw:
    """What another law says of our runs."""

    key: str
    name: str
    said: Float[ndarray, " run"]
    mean: float
    """Of its losses less ours."""
    spread: float
    """Standard deviation of those differences."""


@dataclass(frozen=True, kw_only=True)
class ScalingFit(Payload):
    counts: str
    constants: tuple[ScalingConstant, ...]
    points: tuple[ScalingPoint, ...]
    bands: tuple[ScalingBand, ...]
    papers: tuple[PaperLaw, ...]
    rms: float
    """Of the residuals, nats."""
    noise: float
    """Standard deviation over seeds, nats."""
    resamples: int
    share: float
    """Of the resamples within a band."""


def law(found: Fitted, made: Sequence[Group], embeddings: bool, share: float) -> ScalingFit:
    runs = [run for group in made for run in group.runs]
    points = tuple(_point(each, found.law, embeddings) for each in runs)
    off = np.array([point.loss - point.law for point in points])
    return ScalingFit(
        counts="all" if embeddings else "blocks",
        constants=tuple(_constant(name, found) for name in ("E", "A", "alpha", "B", "beta", "exponent")),
        points=points,
        bands=tuple(_band(group, found, embeddings) for group in made),
        papers=tuple(_paper(each, runs) for each in LAWS),
        rms=float(np.sqrt((off**2).mean())),
        noise=(seeds(runs) or (0.0, 0))[0],
        resamples=len(found.resampled),
        share=share,
    )


def _point(each: Run, made: Law, embeddings: bool) -> ScalingPoint:
    counted = each.parameters if embeddings else each.blocks
    return ScalingPoint(
        name=each.name,
        compute=each.compute,
        parameters=counted,
        tokens=each.tokens,
        loss=each.loss,
        law=made.loss(counted, each.tokens),
    )


def _constant(name: str, found: Fitted) -> ScalingConstant:
    low, high = band(np.array([getattr(each, name) for each in found.resampled]))
    return ScalingConstant(name=name, value=getattr(found.law, name), low=low, high=high)


def _band(group: Group, found: Fitted, embeddings: bool) -> ScalingBand:
    """Along the group's sizes: with as many tokens as each size gets there."""
    first, last = group.runs[0], group.runs[-1]
    low_end, high_end = (each.parameters if embeddings else each.blocks for each in (first, last))
    sizes = np.geomspace(low_end, high_end, POINTS)
    if embeddings:
        tokens = group.compute / FLOPS / sizes
    else:
        known = np.log(sorted({(each.blocks, each.tokens) for each in group.runs}))  # run 2
        tokens = np.exp(np.interp(np.log(sizes), known[:, 0], known[:, 1]))
    each = np.array([[one.loss(*at) for at in zip(sizes.tolist(), tokens.tolist(), strict=True)]
                     for one in (found.law, *found.resampled)])  # law size  # fmt: skip
    low, high = np.array([band(column) for column in each[1:].T]).T
    return ScalingBand(compute=group.compute, sizes=sizes, law=each[0], low=low, high=high)


def _paper(named: Named, runs: Sequence[Run]) -> PaperLaw:
    """With N as the law counts it."""
    whole = named.counts == "all parameters"
    said = np.array([named.law.loss(each.parameters if whole else each.blocks, each.tokens) for each in runs])
    off = said - np.array([each.loss for each in runs])
    return PaperLaw(key=named.key, name=named.name, said=said, mean=float(off.mean()), spread=float(off.std()))


@dataclass(frozen=True, kw_only=True)
class ScalingPrediction(Payload):
    """What was written down before the larger run was trained, and what came of it."""

    run: str
    parameters: int
    tokens: int
    compute: float
    times: float
    """Its compute by that of the largest group."""
    loss: float
    low: float
    high: float
    share: float
    runs: int
    said: Float[ndarray, " resample"]
    """What the law of each resample says, with a residual added."""
    found: float | None
    noise: float
    trained: tuple[ScalingRun, ...]
    """The run itself, once it is trained."""
    points: tuple[ScalingPoint, ...]
    """The runs that the law was fitted to."""
    spent: Float[ndarray, " budget"]
    """Powers of ten."""
    best: Float[ndarray, " budget"]
    """The law's least loss at each budget."""
    best_low: Float[ndarray, " budget"]
    best_high: Float[ndarray, " budget"]


def prediction(
    said: Prediction, made: Fitted, largest: float, trained: Run | None, runs: Sequence[Run],
    curves: dict[str, list[CurvePoint]], material: Material,
) -> ScalingPrediction:  # fmt: skip
    compute = FLOPS * said.parameters * said.tokens
    spent = np.geomspace(min(each.compute for each in runs) / 1.5, 1.5 * compute, POINTS)
    best = np.array([[_least(law, float(each)) for each in spent] for law in (made.law, *made.resampled)])
    low, high = np.array([band(column) for column in best[1:].T]).T
    return ScalingPrediction(
        run=said.run,
        parameters=said.parameters,
        tokens=said.tokens,
        compute=float(compute),
        times=compute / largest,
        loss=said.loss,
        low=said.low,
        high=said.high,
        share=said.share,
        runs=said.runs,
        said=np.sort(made.drawn(said.parameters, said.tokens)),
        found=trained.loss if trained else None,
        noise=(seeds(runs) or (0.0, 0))[0],
        trained=(run(trained, curves, material),) if trained else (),
        points=tuple(_point(each, made.law, True) for each in runs),
        spent=np.log10(spent),
        best=best[0],
        best_low=low,
        best_high=high,
    )


def _least(law: Law, compute: float) -> float:
    split = law.best(compute)
    return law.loss(split.parameters, split.tokens)


@dataclass(frozen=True, kw_only=True)
class CountedExponent:
    """N's exponent in C, found in one way."""

    way: str
    counts: str
    value: float | None
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class CountedSize:
    """A size of the sweep."""

    parameters: int
    blocks: int


@dataclass(frozen=True, kw_only=True)
class ScalingEmbeddings(Payload):
    exponents: tuple[CountedExponent, ...]
    sizes: tuple[CountedSize, ...]
    omega: float
    """Of N = M + w M^(1/3)."""
    budgets: Float[ndarray, " budget"]
    """Powers of ten."""
    blocks: Float[ndarray, " budget"]
    """The exponent of M in 6 M D, along the best splits of our law."""
    whole: float
    """That of N in 6 N D."""
    ours: tuple[float, float]
    """The least and the largest budget of the sweep, as powers of ten."""
    kaplan: float


def embeddings(
    ways: Sequence[tuple[str, str, Exponent | None]], made: Law, w: float, runs: Sequence[Run]
) -> ScalingEmbeddings:
    powers = np.linspace(*BUDGETS, POINTS)
    sizes = sorted({(each.parameters, each.blocks) for each in runs})
    budgets = [float(np.log10(each.compute)) for each in runs]
    return ScalingEmbeddings(
        exponents=tuple(
            CountedExponent(
                way=way,
                counts=counts,
                value=found.value if found else None,
                low=found.low if found else 0.0,
                high=found.high if found else 0.0,
            )
            for way, counts, found in ways
        ),
        sizes=tuple(CountedSize(parameters=whole, blocks=blocks) for whole, blocks in sizes),
        omega=w,
        budgets=powers,
        blocks=local_exponents(made, w, 10**powers),
        whole=made.exponent,
        ours=(min(budgets), max(budgets)),
        kaplan=KAPLAN_EXPONENT,
    )
