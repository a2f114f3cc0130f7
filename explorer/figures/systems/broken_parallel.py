"""Gradients that a mistake among ranks has made wrong, weight by weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.experiments.systems.broken_parallel import AllBroken, Broken, Off
from explorer.figures.payload import Payload
from explorer.stack.worst import worst


@dataclass(frozen=True, kw_only=True)
class BrokenWeight:
    """One weight's gradient, on the first rank and on the last, against one process's."""

    name: str
    block: int
    """-1: of no block."""
    kind: str
    first: float
    """Length of the difference, relative."""
    last: float
    cosine: float
    length: float
    """Times as long; both of the first rank."""


@dataclass(frozen=True, kw_only=True)
class BrokenMistake:
    """One mistake."""

    mistake: str
    weights: tuple[BrokenWeight, ...]
    loss: float
    error: float
    """Of all weights as one vector."""
    cosine: float
    length: float
    most: float
    between: float
    """Between the first rank and the last."""


@dataclass(frozen=True, kw_only=True)
class BrokenGradients(Payload):
    """Every mistake on the same batch and weights."""

    model: str
    ranks: int
    rows: int
    mistakes: tuple[BrokenMistake, ...]


def gradients(made: AllBroken) -> BrokenGradients:
    return BrokenGradients(
        model=made.subject.title,
        ranks=made.ranks,
        rows=2 * made.ranks,
        mistakes=tuple(map(_mistake, made.done)),
    )


def _mistake(made: Broken) -> BrokenMistake:
    return BrokenMistake(
        mistake=made.mistake,
        weights=tuple(_weight(name, made.first, made.last) for name in made.first),
        loss=made.loss,
        error=made.whole.error,
        cosine=made.whole.cosine,
        length=made.whole.length,
        most=worst(each.error for each in (*made.first.values(), *made.last.values())),
        between=made.between,
    )


def _weight(name: str, first: Mapping[str, Off], last: Mapping[str, Off]) -> BrokenWeight:
    parts, off = name.split("."), first[name]
    block = int(parts[1]) if parts[0] == "blocks" else -1
    kind = ".".join(each for each in (parts[2:] if block >= 0 else parts) if each not in ("weight", "attn", "mlp"))
    return BrokenWeight(
        name=name, block=block, kind=kind, first=off.error, last=last[name].error, cosine=off.cosine, length=off.length
    )
