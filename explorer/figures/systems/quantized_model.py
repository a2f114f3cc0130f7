"""What the panel of the whole quantized model draws: the map of its parts, choices under a budget, all formats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.systems.quantized_model_budget import MEASURED_AT, Budgets, Judged
from explorer.experiments.systems.quantized_model_parts import Map, place
from explorer.experiments.systems.quantized_model_quality import Qualities, Quality
from explorer.experiments.systems.quantized_model_reading import PASSAGES
from explorer.figures.payload import Payload
from explorer.stack.systems.quantization.budget import greedy
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.matrices import Matrix
from explorer.stack.systems.quantization.quality import standard_error
from explorer.stack.systems.quantization.schemes import Scheme

#: The format from whose KL that of others is predicted by the squared error of the weights.
YARDSTICK = "int4"


@dataclass(frozen=True, kw_only=True)
class LadderFormat:
    """A format as the page names it."""

    name: str
    title: str
    misfit: str | None
    """Why it does not suit this model."""


@dataclass(frozen=True, kw_only=True)
class PartGrid:
    """Where each matrix stands on a map: a row and a block."""

    rows: tuple[str, ...]
    """Places within a block, and the unembedding last, which stands in no block."""
    n_layers: int
    row: Int[Tensor, " matrix"]
    layer: Int[Tensor, " matrix"]
    """-1: the unembedding."""


def grid(known: Sequence[Matrix], n_layers: int) -> PartGrid:
    rows = tuple(dict.fromkeys(place(each) for each in known))
    at = {name: row for row, name in enumerate(rows)}
    return PartGrid(
        rows=rows,
        n_layers=n_layers,
        row=torch.tensor([at[place(each)] for each in known]),
        layer=torch.tensor([-1 if each.layer is None else each.layer for each in known]),
    )


@dataclass(frozen=True, kw_only=True)
class QuantizedParts(Payload):
    """One format in each part alone; NaN for what is still to be measured."""

    format: LadderFormat
    formats: tuple[LadderFormat, ...]
    baseline: str
    grid: PartGrid
    kl: Float[Tensor, " matrix"]
    error: Float[Tensor, " matrix"]
    """Standard errors."""
    nbytes: Int[Tensor, " matrix"]
    weights: Int[Tensor, " matrix"]
    blocks: Float[Tensor, " layer"]
    """KL with all matrices of a block packed."""
    kinds: tuple[tuple[str, float], ...]
    """KL with all matrices of one role packed."""
    everything: float
    tokens: Int[Tensor, " matrix"] | None
    """Of a mixture: tokens that each matrix reads, all but experts' all of them."""
    n: int
    """Predictions."""
    done: int
    total: int


def parts(
    made: Map, known: Sequence[Matrix], n_layers: int, formats: tuple[LadderFormat, ...], baseline: str
) -> QuantizedParts:
    def kl(name: str) -> float:
        return made.cells[name].kl if name in made.cells else math.nan

    cells = [made.cells.get(each.name) for each in known]
    roles = dict.fromkeys(each.role for each in known if each.layer is not None)
    return QuantizedParts(
        format=next(each for each in formats if each.name == made.fmt.name),
        formats=formats,
        baseline=baseline,
        grid=grid(known, n_layers),
        kl=torch.tensor([c.kl if c else math.nan for c in cells]),
        error=torch.tensor([c.error if c else math.nan for c in cells]),
        nbytes=torch.tensor([c.nbytes if c else 0 for c in cells]),
        weights=torch.tensor([m.weight.numel() for m in known]),
        blocks=torch.tensor([kl(f"block {layer}") for layer in range(n_layers)]),
        kinds=tuple((role, kl(f"all {role}")) for role in roles),
        everything=kl("everything"),
        tokens=torch.tensor([made.tokens.get(m.name, made.read) for m in known]) if made.tokens else None,
        n=made.n,
        done=made.done,
        total=made.total,
    )


@dataclass(frozen=True, kw_only=True)
class StoredChoice:
    """What the greedy rule chooses for a budget, as it was when it was measured."""

    budget: int
    """Bytes of all matrices."""
    chosen: Int[Tensor, " matrix"]


@dataclass(frozen=True, kw_only=True)
class QuantizedBudget(Payload):
    """Every matrix in each format of the ladder, alone; and whole choices, predicted and measured."""

    formats: tuple[LadderFormat, ...]
    """Of fewest bits first."""
    baseline: str
    grid: PartGrid
    weights: Int[Tensor, " matrix"]
    kl: Float[Tensor, "format matrix"]
    nbytes: Int[Tensor, "format matrix"]
    judged: tuple[Judged, ...]
    stored: tuple[StoredChoice, ...]
    n: int
    n_other: int
    done: int
    total: int


def budget(made: Budgets, known: Sequence[Matrix], n_layers: int, baseline: str) -> QuantizedBudget:
    def table(what: str, missing: float | int) -> Tensor:
        rows = [[getattr(made.cells.get((n, f.name)), what, missing) for n in made.names] for f in made.formats]
        return torch.tensor(rows)

    done = len(made.cells)
    stored = ()
    if done == made.total:
        asked = [made.budget(share) for share in MEASURED_AT]
        stored = tuple(StoredChoice(budget=b, chosen=torch.tensor(greedy(made.ladders, b).chosen)) for b in asked)
    return QuantizedBudget(
        formats=tuple(named(each, None) for each in made.formats),
        baseline=baseline,
        grid=grid(known, n_layers),
        weights=torch.tensor(made.weights),
        kl=table("kl", math.nan),
        nbytes=table("nbytes", 0),
        judged=made.judged,
        stored=stored,
        n=made.n,
        n_other=made.n_other,
        done=done,
        total=made.total,
    )


def named(fmt: Format | Scheme, misfit: str | None) -> LadderFormat:
    return LadderFormat(name=fmt.name, title=fmt.title, misfit=misfit)


@dataclass(frozen=True, kw_only=True)
class QualityPoint:
    """The whole model in one format."""

    name: str
    title: str
    bits: float
    """A weight of the packed matrices, scales counted."""
    nbytes: int
    """Of all weights."""
    weight_error: float
    perplexity: float
    perplexity_error: float
    added: float
    """Loss added, in nats a token."""
    added_error: float
    kl: float
    kl_error: float
    kl99: float
    kl_most: float
    rms_dp: float
    same: float
    """Share of positions with the same likeliest token."""
    same_error: float
    predicted: float | None
    """KL that the squared error of the weights predicts from the yardstick's."""
    front: bool
    """No other format is both smaller and of lower perplexity."""


@dataclass(frozen=True, kw_only=True)
class QuantizedQuality(Payload):
    """All formats that are measured."""

    points: tuple[QualityPoint, ...]
    baseline: str
    nbytes: int
    perplexity: float
    perplexity_error: float
    n: int
    windows: int
    pos: int
    context: int
    passages: int
    budget_passages: int
    """Passages of each kind on which the choices under a budget are judged."""
    yardstick: str
    refused: tuple[tuple[str, str], ...]
    total: int


def quality(made: Qualities, baseline: str, passages: int) -> QuantizedQuality:
    one = _yardstick(made)
    return QuantizedQuality(
        points=_points(made, one),
        baseline=baseline,
        nbytes=made.nbytes,
        perplexity=made.base.perplexity,
        perplexity_error=made.base.perplexity_error,
        n=made.base.n,
        windows=made.ids.shape[0],
        pos=made.ids.shape[1],
        context=made.context,
        passages=passages,
        budget_passages=PASSAGES,
        yardstick=one.scheme.title if one else "",
        refused=made.refused,
        total=made.total,
    )


def _yardstick(made: Qualities) -> Quality | None:
    return next((each for each in made.made if each.scheme.name == YARDSTICK), None)


def _points(made: Qualities, one: Quality | None) -> tuple[QualityPoint, ...]:
    front = pareto([(float(each.nbytes), float(each.scores.loss.mean())) for each in made.made])
    return tuple(_point(each, one, at in front) for at, each in enumerate(made.made))


def _point(made: Quality, one: Quality | None, front: bool) -> QualityPoint:
    scores, same = made.scores, made.scores.same.double()
    predicted = None
    if one is not None and one.weight_error > 0:
        predicted = float(one.scores.kl.mean()) * (made.weight_error / one.weight_error) ** 2
    return QualityPoint(
        name=made.scheme.name,
        title=made.scheme.title,
        bits=made.bits,
        nbytes=made.nbytes,
        weight_error=made.weight_error,
        perplexity=scores.perplexity,
        perplexity_error=scores.perplexity_error,
        added=float(scores.added.mean()),
        added_error=standard_error(scores.added),
        kl=float(scores.kl.mean()),
        kl_error=standard_error(scores.kl),
        kl99=scores.kl_at(0.99),
        kl_most=float(scores.kl.max()),
        rms_dp=scores.rms_dp,
        same=float(same.mean()),
        same_error=standard_error(same),
        predicted=predicted,
        front=front,
    )


def pareto(points: Sequence[tuple[float, float]]) -> set[int]:
    """Which points no other beats: none is at most as large in both and less in one.

    >>> pareto([(1.0, 5.0), (2.0, 3.0), (3.0, 4.0), (3.0, 3.0)])
    {0, 1}
    """
    return {
        at for at, (x, y) in enumerate(points) if not any(u <= x and v <= y and (u, v) != (x, y) for u, v in points)
    }
