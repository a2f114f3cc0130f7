"""Why this word: the parts of a lead that are worth a sentence, and what was read for them.

The parts are the river's: the embedding, each block's attention and MLP, interventions, the last biases. They add up to
the lead over the reference that was chosen (`derived.baseline`). What an attention added is taken apart once more, by
the position that was read: a head's z is its weights times its values, so that position k gives
``weight[k] * (v[k] @ W_O) . direction`` (Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits": the
OV circuit). What a state-space block's mixer added is taken apart likewise: its state is a sum of what each position
wrote into it (`derived.mixer_reads`).

Which parts are named is decided by numbers alone, never by words: those that push hardest, until they make `ENOUGH` of
all that pushes toward the token or `NAMED` are named; the hardest push against, if it takes `AGAINST` of the lead or
more; and the part that makes most of the distance to the likeliest other token. Which head is strongest has three
answers; two of them are given, and the third takes removals to measure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.overview.block_writes import Written, first_writes
from explorer.tracing.changes.interventions import AblateHead
from explorer.tracing.derived.attribution import Attribution
from explorer.tracing.derived.mixer_reads import mixer_read
from explorer.tracing.trace import Trace

ENOUGH = 0.8
NAMED = 3
AGAINST = 0.05
#: Heads that are named as readers of a position, until they make `ENOUGH` of what it gave.
READERS = 2

Kind = Literal["embedding", "attention", "mixer", "mlp", "intervention", "biases"]


@dataclass(frozen=True, kw_only=True)
class WhyReader:
    """A head that read a position."""

    head: int
    weight: float
    """Its attention weight there."""
    share: float
    """What it brought from there, in logits."""


@dataclass(frozen=True, kw_only=True)
class WhyRead:
    """What an attention or a mixer was made of: the position that gave most, and who read it."""

    position: int
    token: int
    share: float
    """What all heads, or the mixer, brought from there, in logits."""
    readers: list[WhyReader]
    """None where a mixer read it."""
    given: Float[Tensor, " key"]
    """What was brought from each position."""


@dataclass(frozen=True, kw_only=True)
class WhyPart:
    """One part of the lead."""

    kind: Kind
    layer: int | None
    share: float
    read: WhyRead | None = None
    """None where nothing was read, or what was read cannot be told apart."""


@dataclass(frozen=True, kw_only=True)
class WhyAhead:
    """The likeliest other token, and the part that makes most of the distance to it."""

    token: int
    p: float
    lead: float
    """How far the target's logit lies above the other's."""
    part: WhyPart
    """Its share is of this lead."""


@dataclass(frozen=True, kw_only=True)
class Why:
    """What the sentence says."""

    named: list[WhyPart]
    explained: float
    """What the named parts add together."""
    toward: float
    """What all parts that push toward the token add together; with `back` the lead."""
    back: float
    """What all others add together."""
    against: WhyPart | None
    others: int
    rest: float
    """What all parts that are not named add together."""
    ahead: WhyAhead | None
    """None where the vocabulary has one token."""
    direct: StrongestHead | None
    """None in a model without heads."""
    contrast: StrongestHead | None
    """Of the distance to that other token."""


@dataclass(frozen=True, kw_only=True)
class StrongestHead:
    """The head whose share is largest, by size."""

    layer: int
    head: int
    share: float

    @classmethod
    def of(cls, share: Attribution) -> StrongestHead:
        layer, head = divmod(int(share.heads.abs().argmax()), share.heads.shape[1])
        return cls(layer=layer, head=head, share=float(share.heads[layer, head]))


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """The head that makes most of the distance to the likeliest other token."""

    token: int
    head: StrongestHead

    @classmethod
    def of(cls, trace: Trace, position: int, target: int) -> Contrast | None:
        """None where the vocabulary has one token."""
        likeliest = trace.logits[position].topk(min(2, trace.dims.d_vocab)).indices.tolist()
        other = next((token for token in likeliest if token != target), None)
        if other is None:
            return None
        return cls(token=other, head=StrongestHead.of(trace.attribution(position, target, other)))


def why(trace: Trace, share: Attribution, contrast: Attribution | None) -> Why:
    """The reasons for one token's lead; `contrast` is its lead over the likeliest other token."""
    every, headed = sorted(_parts(share), key=lambda part: -part.share), bool(trace.dims.n_heads)
    named = _strongest(every)
    weakest = every[-1]
    counts = weakest.share < 0 and -weakest.share >= AGAINST * abs(share.lead)
    against = _told(trace, share, weakest) if counts else None
    told = [_told(trace, share, part) for part in named]
    shown = [*told, *([against] if against else [])]
    rest = sum(part.share for part in every) - sum(part.share for part in shown)
    return Why(
        named=told,
        explained=sum((part.share for part in named), 0.0),
        toward=sum((part.share for part in every if part.share > 0), 0.0),
        back=sum((part.share for part in every if part.share < 0), 0.0),
        against=against,
        others=len(every) - len(shown),
        rest=rest,
        ahead=None if contrast is None else _ahead(trace, contrast),
        direct=StrongestHead.of(share) if headed else None,
        contrast=StrongestHead.of(contrast) if headed and contrast is not None else None,
    )


def _parts(share: Attribution) -> list[WhyPart]:
    """All parts of the lead, the stream's order."""
    parts = [WhyPart(kind="embedding", layer=None, share=share.embed)]
    if share.heads.shape[1]:
        for layer, (attention, mlp) in enumerate(zip(share.attn.tolist(), share.mlp.tolist(), strict=True)):
            parts.append(WhyPart(kind="attention", layer=layer, share=attention))
            parts.append(WhyPart(kind="mlp", layer=layer, share=mlp))
    else:
        parts += [WhyPart(kind="mixer", layer=layer, share=each) for layer, each in enumerate(share.attn.tolist())]
    parts += [
        WhyPart(kind="intervention", layer=at, share=each) for at, each in enumerate(share.edits.tolist()) if each
    ]
    return [*parts, WhyPart(kind="biases", layer=None, share=share.constant)] if share.constant else parts


def _strongest(falling: list[WhyPart]) -> list[WhyPart]:
    """The parts that push hardest toward the token.

    >>> parts = [WhyPart(kind="mlp", layer=i, share=s) for i, s in enumerate([5.0, 4.0, 2.0, -9.0])]
    >>> [part.share for part in _strongest(parts)]
    [5.0, 4.0]
    """
    toward = sum(part.share for part in falling if part.share > 0)
    named: list[WhyPart] = []
    for part in falling[:NAMED]:
        if part.share <= 0 or sum(each.share for each in named) >= ENOUGH * toward:
            break
        named.append(part)
    return named


def _ahead(trace: Trace, contrast: Attribution) -> WhyAhead:
    other = contrast.over
    assert isinstance(other, int)
    lead = contrast.lead
    most = max(_parts(contrast), key=lambda part: part.share if lead >= 0 else -part.share)
    p = float(trace.logits[contrast.pos].double().softmax(-1)[other])
    return WhyAhead(token=other, p=p, lead=lead, part=most)


def _told(trace: Trace, share: Attribution, part: WhyPart) -> WhyPart:
    """The part with what was read for it."""
    if part.kind == "mixer" and part.layer is not None:
        return _read_by_mixer(trace, part, mixer_read(trace, part.layer, share.pos).given(share.direction))
    if part.kind != "attention" or part.layer is None or trace.readout.refused.get("values"):
        return part
    brought = by_position(trace, share, part.layer)  # head key
    toward = brought if part.share >= 0 else -brought
    position = int(toward.sum(0).argmax())
    from_there = toward[:, position]  # head
    if float(from_there.sum()) <= 0:
        return part
    readers: list[WhyReader] = []
    for head in from_there.argsort(descending=True)[:READERS].tolist():
        if sum(abs(each.share) for each in readers) >= ENOUGH * float(from_there.sum()) or from_there[head] <= 0:
            break
        weight = float(trace.pattern[part.layer, head, share.pos, position])
        readers.append(WhyReader(head=head, weight=weight, share=float(brought[head, position])))
    token, given = trace.tokens[position].id, brought.sum(0)
    return replace(
        part, read=WhyRead(position=position, token=token, share=float(given[position]), readers=readers, given=given)
    )


def _read_by_mixer(trace: Trace, part: WhyPart, given: Float[Tensor, " key"]) -> WhyPart:
    position = int((given if part.share >= 0 else -given).argmax())
    there = float(given[position])
    if there * part.share <= 0:
        return part
    token = trace.tokens[position].id
    return replace(part, read=WhyRead(position=position, token=token, share=there, readers=[], given=given))


def by_position(trace: Trace, share: Attribution, layer: int) -> Float[Tensor, "head key"]:
    """What each head of a layer brought from each position up to this one, in logits; float64.

    Rows add up to the heads' shares. A head that an intervention took away brought nothing from anywhere. Raises
    NotApplicableError where a head's z is not its weights times its values.
    """
    trace.readout.require("values")
    here, W_O, direction = share.pos, trace.readout.W_O[layer], share.direction  # W_O: head d_v d_model
    after = trace.readout.ln1_post_weight[layer]
    if after is not None and trace.ln1_post_scale is not None:  # a norm after attention, its divisor as measured
        direction = direction * after.double() / float(trace.ln1_post_scale[layer, here])
    worth = W_O.double() @ direction  # head d_v: what each coordinate of a value is worth
    values = trace.v[layer, : here + 1].double()  # key kv_head d_v
    values = values.repeat_interleave(len(W_O) // values.shape[1], 1)  # key head d_v
    weights = trace.pattern[layer, :, here, : here + 1].double()  # head key
    brought = weights * torch.einsum("khd,hd->hk", values, worth)
    brought[[off.head for off in _off(trace, layer)]] = 0
    return brought


def _off(trace: Trace, layer: int) -> list[AblateHead]:
    return [each for each in trace.key.interventions if isinstance(each, AblateHead) and each.layer == layer]


@dataclass(frozen=True)
class MadeAgain:
    """The named parts, put together from what they are made of."""

    total: float
    error: float
    """The sum of the distances from what the stream gained with each."""
    words: str
    """What was added up; empty where every part can only be read off the stream."""


def made_again(trace: Trace, made: Written, share: Attribution, parts: list[WhyPart]) -> MadeAgain:
    """Attentions from weights and values, mixers from what they read, MLPs from their neurons or experts: no
    difference of the stream is read."""
    direction = share.direction
    total = error = 0.0
    words: set[str] = set()
    for part in parts:
        again = part.share
        if part.kind == "attention" and part.layer is not None:
            again, how = _attention_again(trace, share, part.layer)
            words.add(how)
        elif part.kind == "mixer" and part.layer is not None:
            again = float(first_writes(trace, share)[part.layer])
            words.add("what mixers read")
        elif part.kind == "mlp" and part.layer is not None and (how := made.made[part.layer]) != "stream":
            again = float(made.vectors[part.layer].double() @ direction)
            words.add(how)
        total, error = total + again, error + abs(again - part.share)
    return MadeAgain(total, error, " and ".join(sorted(words, key=_ORDER.index)))


_ORDER = ("what heads read", "what mixers read", "heads", "neurons", "experts", "nothing")


def _attention_again(trace: Trace, share: Attribution, layer: int) -> tuple[float, str]:
    bias, heads = float(share.attn_bias[layer]), share.heads[layer]
    try:
        read = float(by_position(trace, share, layer).sum())
    except NotApplicableError:
        return float(heads.sum()) + bias, "heads"
    replaced = sorted({off.head for off in _off(trace, layer)})  # by their mean: from no position
    return read + float(heads[replaced].sum()) + bias, "what heads read"
