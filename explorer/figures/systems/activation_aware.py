"""What the panel of AWQ and SmoothQuant draws: ranges of every channel, errors by exponent, one integer product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.systems import activation_aware as experiment
from explorer.figures.payload import Payload
from explorer.figures.systems.gptq import Named

if TYPE_CHECKING:
    from explorer.experiments.systems.activation_aware import Errors, One, Read
    from explorer.experiments.systems.turned_stream import Turned

#: Channels that are named, and products that are written out.
NAMED, WRITTEN = 6, 10


@dataclass(frozen=True, kw_only=True)
class Outlier(Payload):
    """One of the channels with the largest activations."""

    channel: int
    largest: float
    times: float
    """By the median channel's largest."""
    at: int
    """Position in its window of the token at which it is largest."""
    token: int
    """That token's id."""
    first_share: float
    """Of the channel's squares, those of windows' first tokens."""
    mean_square: float


@dataclass(frozen=True, kw_only=True)
class AwareRanges(Payload):
    """Every channel's activations and weights, unscaled: the page scales them."""

    layer: int
    role: str
    roles: tuple[str, ...]
    readers: tuple[str, ...]
    tokens: int
    window: int
    x_mean: Float[Tensor, " in"]
    x_largest: Float[Tensor, " in"]
    w_largest: Float[Tensor, " in"]
    outliers: tuple[Outlier, ...]


def ranges(found: Read, *, layer: int, role: str, roles: Sequence[str], window: int) -> AwareRanges:
    x = experiment.kept(found)
    w = torch.stack([weight.abs().amax(0) for weight in found.weights]).amax(0)
    return AwareRanges(
        layer=layer,
        role=role,
        roles=tuple(roles),
        readers=found.seam.readers,
        tokens=found.inputs.tokens,
        window=window,
        x_mean=found.inputs.mean_abs,
        x_largest=found.inputs.largest,
        w_largest=w,
        outliers=tuple(
            _outlier(found, x, int(each), window) for each in found.inputs.largest.topk(min(NAMED, x.shape[1])).indices
        ),
    )


def _outlier(found: Read, x: Float[Tensor, "token in"], channel: int, window: int) -> Outlier:
    mine, typical = x[:, channel], float(found.inputs.largest.median())
    at = int(mine.abs().argmax())
    squares = mine.double().square()
    return Outlier(
        channel=channel,
        largest=float(mine[at].abs()),
        times=float(mine[at].abs()) / max(typical, 1e-30),
        at=at % window,
        token=int(found.ids[at]),
        first_share=float(squares[::window].sum() / squares.sum().clamp_min(1e-30)),
        mean_square=float(squares.mean()),
    )


@dataclass(frozen=True, kw_only=True)
class AwareErrors(Payload):
    """Errors by exponent."""

    layer: int
    role: str
    roles: tuple[str, ...]
    format: str
    formats: tuple[Named, ...]
    tokens: int
    tokens_eight: int
    alphas: tuple[float, ...]
    awq: tuple[float, ...]
    smooth: tuple[float, ...]
    nearest: float
    clipped: float
    """AWQ at its best exponent, clipped."""
    cut: float
    """Share of groups whose largest weight is cut off."""
    eight: float


def errors(
    made: Errors,
    *,
    layer: int,
    role: str,
    roles: Sequence[str],
    format: str,  # noqa: A002
    formats: tuple[Named, ...],
    tokens: int,
) -> AwareErrors:
    return AwareErrors(
        layer=layer,
        role=role,
        roles=tuple(roles),
        format=format,
        formats=formats,
        tokens=tokens,
        tokens_eight=min(tokens, experiment.TOKENS),
        alphas=experiment.ALPHAS,
        awq=made.awq,
        smooth=made.smooth,
        nearest=made.nearest,
        clipped=made.clipped,
        cut=made.cut,
        eight=made.eight,
    )


@dataclass(frozen=True, kw_only=True)
class AwareProduct(Payload):
    """One output in whole numbers, the largest products first."""

    layer: int
    role: str
    roles: tuple[str, ...]
    reader: str
    alpha: float
    token: int
    """Row of the text."""
    tokens: int
    id: int
    output: int
    outputs: int
    channels: Int[Tensor, " written"]
    x: Float[Tensor, " written"]
    w: Float[Tensor, " written"]
    x_codes: Int[Tensor, " written"]
    w_codes: Int[Tensor, " written"]
    rest: int
    """Sum of all products that are not written out."""
    noughts: int
    """Activations that round to nought."""
    d_in: int
    total: int
    step_x: float
    step_w: float
    y: float
    exact: float
    unsmoothed: float


def product(
    made: One, *, layer: int, role: str, roles: Sequence[str], reader: str, alpha: float, token: int, tokens: int,
    id: int, output: int, outputs: int,  # noqa: A002
) -> AwareProduct:  # fmt: skip
    products = made.x_codes.long() * made.w_codes.long()
    largest = products.abs().argsort(descending=True, stable=True)[:WRITTEN]
    return AwareProduct(
        layer=layer,
        role=role,
        roles=tuple(roles),
        reader=reader,
        alpha=alpha,
        token=token,
        tokens=tokens,
        id=id,
        output=output,
        outputs=outputs,
        channels=largest,
        x=made.x[largest],
        w=made.w[largest],
        x_codes=made.x_codes[largest].long(),
        w_codes=made.w_codes[largest].long(),
        rest=int(products.sum() - products[largest].sum()),
        noughts=int((made.x_codes == 0).sum()),
        d_in=len(products),
        total=made.total,
        step_x=made.step_x,
        step_w=made.step_w,
        y=made.y,
        exact=made.exact,
        unsmoothed=made.unsmoothed,
    )


@dataclass(frozen=True, kw_only=True)
class TurnedRow(Payload):
    """One matrix rounded to nearest."""

    role: str
    before: float
    folded: float
    """With its norm's weight in it."""
    after: float


@dataclass(frozen=True, kw_only=True)
class AwareTurned(Payload):
    """The stream before and after a rotation."""

    layer: int
    format: str
    formats: tuple[Named, ...]
    d_model: int
    core: int
    """d_model is this times a power of two."""
    before: Float[Tensor, " in"]
    after: Float[Tensor, " in"]
    rows: tuple[TurnedRow, ...]


def turned(made: Turned, *, layer: int, format: str, formats: tuple[Named, ...]) -> AwareTurned:  # noqa: A002
    rows = tuple(
        TurnedRow(role=each.role, before=each.before, folded=each.folded, after=each.after) for each in made.losses
    )
    return AwareTurned(
        layer=layer,
        format=format,
        formats=formats,
        d_model=len(made.before),
        core=made.core,
        before=made.before,
        after=made.after,
        rows=rows,
    )
