"""QLoRA and task vectors: bytes, gradients, models merged, tasks summed."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.finetuning import qlora as experiment
from explorer.experiments.finetuning.task_sums import Sums
from explorer.experiments.finetuning.worn import Worn
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class QloraPart(Payload):
    """Of the memory."""

    name: str
    numbers: int
    bytes: int
    plain: int
    """Of full fine-tuning in float32, by formula; nought where it has none, or where it is not measured."""


@dataclass(frozen=True, kw_only=True)
class QloraLarge(Payload):
    """A 65B model with a LoRA of this rank, in bytes."""

    r: int
    trained: int
    base: float
    rest: float


@dataclass(frozen=True, kw_only=True)
class QloraBytes(Payload):
    """Each part, and the reference's example."""

    parts: tuple[QloraPart, ...]
    tokens: int
    bits: float
    large: tuple[QloraLarge, ...]
    r: int


@dataclass(frozen=True, kw_only=True)
class QloraGradientOf(Payload):
    """Of one matrix's B."""

    block: int
    role: str
    cosine: float
    ratio: float


@dataclass(frozen=True, kw_only=True)
class QloraGradient(Payload):
    """Through NF4 against exact."""

    each: tuple[QloraGradientOf, ...]
    whole: float
    exact_loss: float
    rounded_loss: float
    blocks: int
    tokens: int


@dataclass(frozen=True, kw_only=True)
class QloraModel(Payload):
    """One of the models that a base, a format and an adapter make."""

    name: str
    losses: tuple[float, ...]
    kl: float


@dataclass(frozen=True, kw_only=True)
class QloraMerging(Payload):
    """All of them."""

    adapter: str
    offered: tuple[str, ...]
    task: str
    models: tuple[QloraModel, ...]


@dataclass(frozen=True, kw_only=True)
class QloraSum(Payload):
    """The base with adapters."""

    name: str
    losses: tuple[tuple[float, ...], ...]
    """By task, then by item."""


@dataclass(frozen=True, kw_only=True)
class QloraSums(Payload):
    """Two adapters added and subtracted."""

    first: str
    second: str
    offered: tuple[str, ...]
    tasks: tuple[str, ...]
    each: tuple[QloraSum, ...]


def memory(made: experiment.Memory, large: list[experiment.Large], r: int) -> QloraBytes:
    return QloraBytes(
        parts=tuple(
            QloraPart(name=each.name, numbers=each.numbers, bytes=each.bytes, plain=each.plain) for each in made.parts
        ),
        tokens=made.tokens,
        bits=made.bits,
        large=tuple(QloraLarge(r=each.r, trained=each.trained, base=each.base, rest=each.rest) for each in large),
        r=r,
    )


def gradient(made: experiment.Gradients, blocks: int, tokens: int) -> QloraGradient:
    return QloraGradient(
        each=tuple(
            QloraGradientOf(block=each.block, role=each.role, cosine=each.cosine, ratio=each.ratio)
            for each in made.each
        ),
        whole=made.whole,
        exact_loss=made.exact_loss,
        rounded_loss=made.rounded_loss,
        blocks=blocks,
        tokens=tokens,
    )


def merging(made: experiment.Merging, worn: Worn, offered: tuple[str, ...], task: str) -> QloraMerging:
    models = tuple(QloraModel(name=each.name, losses=each.losses, kl=each.kl) for each in made.models)
    return QloraMerging(adapter=worn.name, offered=offered, task=task, models=models)


def sums(made: Sums, worn: tuple[Worn, Worn], offered: tuple[str, ...], tasks: tuple[str, ...]) -> QloraSums:
    return QloraSums(
        first=worn[0].name,
        second=worn[1].name,
        offered=offered,
        tasks=tasks,
        each=tuple(QloraSum(name=each.name, losses=each.losses) for each in made.each),
    )
