"""A whole decoder by GPTQ: block after block, each calibrated on what the blocks before, already rounded, give it.

A later block can make up for what the earlier ones lost only if it sees it. So the text's residual stream is carried
along: a block reads it with its own weights while its matrices' inputs are collected, the matrices are rounded, and the
rounded block writes the stream that the next one reads (Frantar et al. 2022, arXiv 2210.17323, section 4). The
unembedding comes last. Where the embedding is the same table, the text was embedded by the weights as they were: the
table's inputs are not known before the last block.

Worked example: the little decoder's first block alone, in 4 bits.

>>> from explorer.stack.systems.quantization.formats import FORMATS
>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=2, d_model=32, n_heads=2, n_kv_heads=1, d_head=16, d_mlp=64, d_vocab=50, n_ctx=64)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)
>>> text = torch.randint(50, (4, 64), generator=torch.Generator().manual_seed(1))
>>> made = list(by_gptq(decoder, [text], lambda name: FORMATS["int4"] if name.startswith("blocks.0") else None))
>>> [each.name for each in made][-3:], all(each.loss < each.rounded_loss for each in made)
(['blocks.0.mlp.W_gate', 'blocks.0.mlp.W_in', 'blocks.0.mlp.W_out'], True)
>>> float((quantized(decoder, {each.name: each.packed for each in made})(text) - decoder(text)).abs().max()) < 0.1
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.systems.quantization.calibration import Inputs, Sums, listening, unheard
from explorer.stack.systems.quantization.format import Format, Packed
from explorer.stack.systems.quantization.gptq import DAMPING, gptq, loss
from explorer.stack.systems.quantization.matrices import Matrix, matrices, quantized
from explorer.stack.transformer.block import Pass
from explorer.stack.transformer.decoder import Decoder


@dataclass(frozen=True, eq=False)
class Rounded:
    """One matrix of the decoder, and what its rounding costs on the text: tr((W - Q) H (W - Q)^T)."""

    name: str
    packed: Packed
    loss: float
    rounded_loss: float
    """The same matrix rounded to nearest, on the same inputs."""
    size: float
    """tr(W H W^T): what a loss is a share of."""
    tokens: int
    """That its Hessian was made of; of too few GPTQ makes nothing, and rounds to nearest."""


@torch.inference_mode()
def by_gptq(
    decoder: Decoder,
    windows: Iterable[Int[Tensor, "batch pos"]],
    format_of: Callable[[str], Format | None],
    *,
    damping: float = DAMPING,
    act_order: bool = False,
    progress: Callable[[int, int], None] = unheard,
) -> Iterator[Rounded]:
    """Every matrix for which `format_of` names a format, in the order of the blocks; None leaves it as it is.

    progress: told how many blocks are done (the unembedding counts as one); what it raises stops the work. Raises
    BadRequestError without a text, NotApplicableError for rows that do not fit their format.
    """
    streams = [decoder.entered(ids) for ids in windows]
    if not streams:
        raise BadRequestError("There is no text to calibrate with.", "Give it a window of tokens.")
    every = matrices(decoder)
    steps = len(decoder.blocks) + 1
    for layer, block in enumerate(decoder.blocks):
        progress(layer, steps)
        with listening(block, f"blocks.{layer}.") as sums:
            after = [block(x, at) for x, at in streams]
        made = []
        for each in _rounded([m for m in every if m.layer == layer], sums, format_of, damping, act_order):
            made.append(each)
            yield each
        if made:
            block = quantized(decoder, {each.name: each.packed for each in made}).blocks[layer]
            after = [block(x, at) for x, at in streams]
        streams = [(x, at) for x, (_, at) in zip(after, streams, strict=True)]
    progress(steps - 1, steps)
    yield from _last(decoder, streams, every[-1], format_of, damping, act_order)
    progress(steps, steps)


def _last(
    decoder: Decoder,
    streams: list[tuple[Float[Tensor, "batch pos d_model"], Pass]],
    unembed: Matrix,
    format_of: Callable[[str], Format | None],
    damping: float,
    act_order: bool,
) -> Iterator[Rounded]:
    if format_of(unembed.name) is None:
        return
    sums = Sums(decoder.config.d_model)
    for x, _ in streams:
        sums.add(decoder.read(x))
    yield from _rounded([unembed], {unembed.name: sums}, format_of, damping, act_order)


def _rounded(
    found: list[Matrix],
    sums: dict[str, Sums],
    format_of: Callable[[str], Format | None],
    damping: float,
    act_order: bool,
) -> Iterator[Rounded]:
    known: dict[int, Inputs] = {}
    for matrix in found:
        format = format_of(matrix.name)  # noqa: A001
        if format is None:
            continue
        heard = sums[matrix.name]
        inputs = known.setdefault(id(heard), heard.inputs())
        hessian = inputs.hessian
        packed = gptq(matrix.weight, hessian, format, damping=damping, act_order=act_order).packed
        weight = matrix.weight.float()
        yield Rounded(
            matrix.name,
            packed,
            loss(weight, packed.dequantize(), hessian),
            loss(weight, format.quantize(weight).dequantize(), hessian),
            loss(weight, torch.zeros_like(weight), hessian),
            inputs.tokens,
        )
