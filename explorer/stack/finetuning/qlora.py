"""QLoRA: the base in four bits and frozen, a LoRA beside each of its matrices in float32 and trained.

    y = x W~^T + s (x A^T) B^T        W~ is W in NF4, its scales quantized once more: 4 + 8/64 + 32/(64 x 256) bits

The gradient passes W~ on its way to lower layers and never reaches its codes (`quantization.through`). Where to merge
is a choice between three models, none of which is the one before quantizing:

    beside           x W~^T + s (x A^T) B^T        the model that was trained: nothing is rounded but W
    merged, rounded  (W + dW)~                     merged into the float32 weights, then rounded
    rounded, merged, rounded   (W~ + dW)~          merged into what it was trained on, then rounded again

Dettmers et al. 2023 (arXiv 2305.14314).

>>> round(4 + 8 / 64 + 32 / (64 * 256), 5), round(8 / 64 + 32 / (64 * 256), 6), 32 / 64   # double, its overhead, single
(4.12695, 0.126953, 0.5)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.stack.finetuning.adapter import Adapter, adapted, merged
from explorer.stack.systems.quantization.format import Format, Packed
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.matrices import matrices, quantized
from explorer.stack.transformer.decoder import Decoder

#: NF4 with double quantization, as QLoRA has it.
DOUBLE = FORMATS["nf4_dq"]


def packed(decoder: Decoder, fmt: Format = DOUBLE, without: Sequence[str] = ("unembed",)) -> dict[str, Packed]:
    """Its matrices rounded; the unembedding stays, as in the paper's code."""
    return {each.name: fmt.quantize(each.weight) for each in matrices(decoder) if each.role not in without}


def rounded(decoder: Decoder, by: Mapping[str, Packed] | None = None) -> Decoder:
    """The decoder with its matrices packed. by: what `packed` made of it."""
    return quantized(decoder, packed(decoder) if by is None else by)


def widened(decoder: Decoder, by: Mapping[str, Packed] | None = None) -> Decoder:
    """The same numbers in float32: what packed matrices stand for."""
    by = packed(decoder) if by is None else by
    made = Decoder(decoder.config).requires_grad_(False)
    made.load_state_dict({name: each.clone() for name, each in decoder.state_dict().items()})
    for each in matrices(made):
        if each.name in by:
            each.weight.copy_(by[each.name].dequantize())
    return made


@dataclass(frozen=True)
class Three:
    """The three models that an adapter and a format make."""

    beside: Decoder
    merged_rounded: Decoder
    rounded_merged_rounded: Decoder


def three(decoder: Decoder, adapter: Adapter, fmt: Format = DOUBLE) -> Three:
    """Merged before and after quantizing. Raises NotApplicableError for an adapter that cannot be merged."""
    worn, base = (adapter, 1.0), packed(decoder, fmt)
    before, after = merged(decoder, worn), merged(widened(decoder, base), worn)
    return Three(
        adapted(rounded(decoder, base), worn), rounded(before, packed(before, fmt)), rounded(after, packed(after, fmt))
    )
