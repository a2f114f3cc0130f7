"""What quantized weights do to this prompt, as pictures: formats by tokens, the next word, the stream by depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.figures.payload import Payload
from explorer.stack.systems.quantization.schemes import SCHEMES

if TYPE_CHECKING:
    from explorer.experiments.systems.quantization_effect import Effects, FormatEffect

#: Tokens that are listed of each of two distributions.
LISTED = 8


@dataclass(frozen=True, kw_only=True)
class EffectOfFormat:
    """One format in the chosen matrices."""

    name: str
    title: str
    bits: float
    nbytes: int
    mean_kl: float
    flips: int
    """Positions whose likeliest next token is another one."""


@dataclass(frozen=True, kw_only=True)
class FormatRefused:
    """A format that does not suit the matrices."""

    name: str
    title: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class FormatBeside:
    """One format in the matrices of the same name, over the text of the run beside this one."""

    name: str
    mean_kl: float
    flips: int


@dataclass(frozen=True, kw_only=True)
class FormatsBeside:
    read: int
    formats: tuple[FormatBeside, ...]


@dataclass(frozen=True, kw_only=True)
class QuantizationEffectFormats(Payload):
    """Formats measured so far, and what each does at every position."""

    where: str
    """The matrices, as an intervention names them."""
    matrices: str
    """The same in words."""
    n_tokens: int
    read: int
    """Of a long text the first tokens are read."""
    nbytes: int
    """Of all weights, unchanged, in float32."""
    total: int
    formats: tuple[EffectOfFormat, ...]
    refused: tuple[FormatRefused, ...]
    kl: Float[Tensor, "format pos"]
    """Nats."""
    ids: Int[Tensor, "format pos"]
    p: Float[Tensor, "format pos"]
    kept: Float[Tensor, "format pos"]
    """Probability of the token that was the likeliest."""
    plain_ids: Int[Tensor, " pos"]
    plain_p: Float[Tensor, " pos"]
    base: FormatsBeside | None


def formats(
    made: Effects, *, where: str, matrices: str, n_tokens: int, beside: Effects | None = None
) -> QuantizationEffectFormats:
    plain, measured = made.plain, [each.answers for each in made.formats]
    empty = torch.zeros(0, len(plain.ids))

    def stacked(name: str) -> Tensor:
        return torch.stack([getattr(each, name) for each in measured]) if measured else empty

    return QuantizationEffectFormats(
        where=where,
        matrices=matrices,
        n_tokens=n_tokens,
        read=len(plain.ids),
        nbytes=made.nbytes,
        total=made.total,
        formats=tuple(
            EffectOfFormat(
                name=each.name,
                title=SCHEMES[each.name].title,
                bits=each.bits,
                nbytes=each.nbytes,
                mean_kl=float(each.answers.kl.mean()),
                flips=flips(made, each),
            )
            for each in made.formats
        ),
        refused=tuple(
            FormatRefused(name=name, title=SCHEMES[name].title, reason=reason) for name, reason in made.refused
        ),
        kl=stacked("kl").float(),
        ids=stacked("ids").int(),
        p=stacked("p").float(),
        kept=stacked("kept").float(),
        plain_ids=plain.ids,
        plain_p=plain.p.float(),
        base=None if beside is None else formats_beside(beside),
    )


def flips(made: Effects, of: FormatEffect) -> int:
    """Positions whose likeliest next token is another one."""
    return int((of.answers.ids != made.plain.ids).sum())


def formats_beside(made: Effects) -> FormatsBeside:
    found = (
        FormatBeside(name=each.name, mean_kl=float(each.answers.kl.mean()), flips=flips(made, each))
        for each in made.formats
    )
    return FormatsBeside(read=len(made.plain.ids), formats=tuple(found))


@dataclass(frozen=True, kw_only=True)
class WordNow:
    """One token in both distributions."""

    id: int
    before: float
    now: float
    rank_before: int
    """1 is the likeliest."""
    rank_now: int
    other: float | None
    """In the run beside this one."""


@dataclass(frozen=True, kw_only=True)
class WordsBeside:
    """The next word in the run beside this one, at the position that belongs to this one's."""

    changes: tuple[str, ...]
    likeliest: int
    p: float
    kl: float | None
    """From this model's unchanged weights, in nats; None where that run has read other tokens or is another model's."""


@dataclass(frozen=True, kw_only=True)
class QuantizationEffectWords(Payload):
    """The next word at one position, with the weights as they were and as they are."""

    position: int
    changes: tuple[str, ...]
    """The run's interventions on weights, in words."""
    kl: float
    before: tuple[WordNow, ...]
    """The likeliest with unchanged weights."""
    now: tuple[WordNow, ...]
    base: WordsBeside | None


def words(
    now: Float[Tensor, " d_vocab"], before: Float[Tensor, " d_vocab"], *, position: int, changes: tuple[str, ...],
    other: Float[Tensor, " d_vocab"] | None = None, base: WordsBeside | None = None,
) -> QuantizationEffectWords:  # fmt: skip
    """From the logits of both runs at one position, and those of the run beside them."""
    log_now, log_before = now.double().log_softmax(-1), before.double().log_softmax(-1)
    order_now, order_before = (x.argsort(descending=True) for x in (log_now, log_before))
    rank_now, rank_before = (x.argsort() + 1 for x in (order_now, order_before))
    p = None if other is None else other.double().softmax(-1)

    def listed(order: Tensor) -> tuple[WordNow, ...]:
        return tuple(
            WordNow(
                id=i,
                before=float(log_before[i].exp()),
                now=float(log_now[i].exp()),
                rank_before=int(rank_before[i]),
                rank_now=int(rank_now[i]),
                other=None if p is None else float(p[i]),
            )
            for i in order[:LISTED].tolist()
        )

    return QuantizationEffectWords(
        position=position,
        changes=changes,
        kl=divergence(now, before),
        before=listed(order_before),
        now=listed(order_now),
        base=base,
    )


def divergence(now: Float[Tensor, " d_vocab"], before: Float[Tensor, " d_vocab"]) -> float:
    """KL(before || now) of two logits, in nats."""
    log_now, log_before = now.double().log_softmax(-1), before.double().log_softmax(-1)
    return max(float((log_before.exp() * (log_before - log_now)).sum()), 0.0)


def words_beside(
    other: Float[Tensor, " d_vocab"], before: Float[Tensor, " d_vocab"] | None, changes: tuple[str, ...]
) -> WordsBeside:
    """`before` is what unchanged weights say after the very same tokens, if that run has read them."""
    likeliest = int(other.argmax())
    p = float(other.double().softmax(-1)[likeliest])
    return WordsBeside(
        changes=changes, likeliest=likeliest, p=p, kl=None if before is None else divergence(other, before)
    )


@dataclass(frozen=True, kw_only=True)
class StreamBeside:
    """How far the stream of the run beside this one is from that of its own model's unchanged weights."""

    changes: tuple[str, ...]
    positions: int
    middle: Float[Tensor, " depth"]
    """Half of the tokens are further away."""


@dataclass(frozen=True, kw_only=True)
class QuantizationEffectStream(Payload):
    """How far the residual stream is from that of the unchanged run."""

    positions: int
    """Those that both runs read alike."""
    changes: tuple[str, ...]
    distance: Float[Tensor, "depth pos"]
    """Length of the difference, relative to the unchanged stream; before the first block, then after each."""
    touched: Int[Tensor, " block"]
    """1 where a matrix of the block is quantized."""
    middle: Float[Tensor, " depth"]
    """Half of the tokens are further away."""
    base: StreamBeside | None


def stream(
    now: Float[Tensor, "depth pos d_model"], before: Float[Tensor, "depth pos d_model"], *,
    changes: tuple[str, ...], touched: list[bool], base: StreamBeside | None = None,
) -> QuantizationEffectStream:  # fmt: skip
    """From the streams of both runs at the same positions."""
    distance = distances(now, before)
    return QuantizationEffectStream(
        positions=now.shape[1],
        changes=changes,
        distance=distance,
        touched=torch.tensor(touched).int(),
        middle=distance.quantile(0.5, -1),
        base=base,
    )


def stream_beside(
    now: Float[Tensor, "depth pos d_model"], before: Float[Tensor, "depth pos d_model"], changes: tuple[str, ...]
) -> StreamBeside:
    return StreamBeside(changes=changes, positions=now.shape[1], middle=distances(now, before).quantile(0.5, -1))


def distances(
    now: Float[Tensor, "depth pos d_model"], before: Float[Tensor, "depth pos d_model"]
) -> Float[Tensor, "depth pos"]:
    return (now - before).norm(dim=-1) / before.norm(dim=-1).clamp_min(1e-30)
