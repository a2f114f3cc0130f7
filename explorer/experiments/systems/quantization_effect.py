"""What each number format does to a text's predictions: its weights are packed, the text is read through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from cachetools import LRUCache
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.systems.quantization.format import Format, Packed
from explorer.stack.systems.quantization.matrices import Matrix, matrices, quantized, weight_bytes
from explorer.stack.systems.quantization.schemes import SCHEMES
from explorer.stack.transformer.decoder import Decoder
from explorer.tracing.changes.weight_edits import Quantize
from explorer.zoo.model import Model

#: Of a longer text the first tokens are read.
MOST_TOKENS = 512
#: What was measured of a text stays while formats go on the stack and off: each is another run, of the same text.
_measured_before: LRUCache[tuple[int, str, str, tuple[int, ...]], FormatEffect] = LRUCache(256)
#: Positions whose distributions are compared at a time, in float64.
ROWS = 32


@dataclass(frozen=True, eq=False)
class Answers:
    """The distributions after each token, as far as they are compared."""

    ids: Int[Tensor, " pos"]
    """The likeliest next token."""
    p: Float[Tensor, " pos"]
    """Its probability."""
    kept: Float[Tensor, " pos"]
    """Probability of the token that is likeliest with unchanged weights."""
    kl: Float[Tensor, " pos"]
    """KL divergence from the distribution with unchanged weights, in nats; float64."""


@dataclass(frozen=True, eq=False)
class FormatEffect:
    """One format in the chosen matrices."""

    name: str
    bits: float
    """Bits a weight of the changed matrices, scales included."""
    nbytes: int
    """Of all weights of the model, changed or not."""
    answers: Answers


@dataclass(frozen=True, eq=False)
class Effects:
    """All formats measured so far."""

    logits: Float[Tensor, "pos d_vocab"]
    """With unchanged weights."""
    plain: Answers
    nbytes: int
    """Of the unchanged weights."""
    formats: tuple[FormatEffect, ...]
    refused: tuple[tuple[str, str], ...]
    """Formats that do not suit the matrices, each with the reason."""
    total: int
    """Formats that will be measured."""


def measure(
    model: Model, texts: Sequence[Int[Tensor, " _"]], where: str, tell: Callable[[int, int], None]
) -> Iterator[tuple[Effects, ...]]:
    """Format by format, of each text. `where` as in an intervention; of a text at most `MOST_TOKENS` are read;
    tell(done, of all)."""
    decoder, read = model.original.decoder, [ids[:MOST_TOKENS] for ids in texts]
    fitting, refused = suited(matrices(decoder), where)
    logits, nbytes = [answered(decoder, ids) for ids in read], weight_bytes(decoder)
    plain = [compared(each, each) for each in logits]
    made: list[list[FormatEffect]] = [[] for _ in texts]

    def so_far() -> tuple[Effects, ...]:
        parts = zip(logits, plain, made, strict=True)
        return tuple(Effects(one, own, nbytes, tuple(each), refused, len(fitting)) for one, own, each in parts)

    for done, (name, chosen) in enumerate(fitting.items()):
        tell(done, len(fitting))
        packed = None  # once for all texts
        for ids, own, found in zip(read, logits, made, strict=True):
            asked = id(decoder), name, where, tuple(ids.tolist())
            if asked not in _measured_before:
                packed = packed or {each.name: fmt.quantize(each.weight) for each, fmt in chosen}
                _measured_before[asked] = _measured(name, decoder, packed, ids, own)
            found.append(_measured_before[asked])
        yield so_far()
    if not fitting:
        yield so_far()


def suited(
    known: Sequence[Matrix], where: str
) -> tuple[dict[str, list[tuple[Matrix, Format]]], tuple[tuple[str, str], ...]]:
    """(scheme -> the matrices that change with their formats, schemes that do not suit one of them with the reason)."""
    fitting, refused = {}, []
    for name, scheme in SCHEMES.items():
        edit, formats = Quantize.parse(where, name), scheme.formats(known)
        chosen = [each for each in known if edit.reaches(each.layer, each.role)]
        if (reason := scheme.misfit(chosen)) is None:
            fitting[name] = [(each, formats[each.name]) for each in chosen]
        else:
            refused.append((name, reason))
    return fitting, tuple(refused)


def _measured(
    name: str,
    decoder: Decoder,
    packed: dict[str, Packed],
    ids: Int[Tensor, " pos"],
    plain: Float[Tensor, "pos d_vocab"],
) -> FormatEffect:
    changed = quantized(decoder, packed)
    weights = sum(each.shape[0] * each.shape[1] for each in packed.values())
    bits = 8 * sum(each.nbytes for each in packed.values()) / weights
    return FormatEffect(name, bits, weight_bytes(changed), compared(answered(changed, ids), plain))


@torch.inference_mode()
def answered(decoder: Decoder, ids: Int[Tensor, " pos"]) -> Float[Tensor, "pos d_vocab"]:
    """The logits after each token."""
    return decoder(ids[None])[0]


@torch.inference_mode()
def streams(decoder: Decoder, ids: Int[Tensor, " pos"]) -> Float[Tensor, "depth pos d_model"]:
    """The residual stream before the first block, then after each."""
    x, at = decoder.entered(ids[None])
    found = [x]
    for block in decoder.blocks:
        found.append(block(found[-1], at))
    return torch.cat(found)


def compared(now: Float[Tensor, "pos d_vocab"], before: Float[Tensor, "pos d_vocab"]) -> Answers:
    """The distributions of two logits, held against each other."""
    parts = [_compared(*rows) for rows in zip(now.split(ROWS), before.split(ROWS), strict=True)]
    return Answers(*(torch.cat(each) for each in zip(*parts, strict=True)))


def _compared(now: Float[Tensor, "row d_vocab"], before: Float[Tensor, "row d_vocab"]) -> tuple[Tensor, ...]:
    log_now, log_before = now.double().log_softmax(-1), before.double().log_softmax(-1)
    likeliest, first = log_now.argmax(-1, keepdim=True), log_before.argmax(-1, keepdim=True)
    p, kept = (log_now.gather(-1, each)[:, 0].exp() for each in (likeliest, first))
    kl = (log_before.exp() * (log_before - log_now)).sum(-1).clamp_min(0)
    return likeliest[:, 0], p, kept, kl
