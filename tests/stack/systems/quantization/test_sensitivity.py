"""A part packed alone: the reading from its block on is the whole one's, of dense models and of a mixture."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.matrices import matrices, quantized
from explorer.stack.systems.quantization.quality import compare
from explorer.stack.systems.quantization.sensitivity import Part, Reading
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

DENSE = DecoderConfig(
    n_layers=3, d_model=32, n_heads=2, n_kv_heads=1, d_head=16, d_mlp=64, d_vocab=50, n_ctx=32
)  # fmt: skip
CONFIGS = {
    "dense": DENSE,
    "tied": replace(DENSE, tied=True),
    "mixture": replace(DENSE, n_experts=4, k=2),
    "window": replace(DENSE, windows=(4, None, 4)),
}


def made(kind: str) -> Decoder:
    decoder = Decoder(CONFIGS[kind]).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)
    for parameter in decoder.parameters():
        parameter.mul_(4)  # far enough from nought that a rounded matrix is heard
    return decoder


@pytest.mark.parametrize("kind", CONFIGS)
def test_from_a_block_on_is_the_whole_pass(kind: str) -> None:
    decoder = made(kind)
    ids = torch.randint(50, (3, 12), generator=torch.Generator().manual_seed(1))
    reading = Reading(decoder, ids, context=4)
    for matrix in matrices(decoder):
        packed = Part(matrix.name, (matrix,)).packed(FORMATS["int3"])
        before, after = (each(ids)[:, 4:-1].flatten(0, 1) for each in (decoder, quantized(decoder, packed)))
        whole = compare(before, after, ids[:, 5:].flatten())
        found = reading.scores(packed)
        assert found.n == reading.n == 21
        assert torch.allclose(found.kl, whole.kl, rtol=1e-3, atol=1e-9), matrix.name
        assert torch.allclose(found.loss, whole.loss, atol=1e-5)
        assert float(found.kl.mean()) > 1e-7, matrix.name


def test_without_the_blocks_streams_it_is_the_same() -> None:
    decoder = made("tied")
    ids = torch.randint(50, (3, 12), generator=torch.Generator().manual_seed(1))
    packed = Part("all", tuple(matrices(decoder))).packed(FORMATS["int4"])
    kept, lean = (Reading(decoder, ids, 4, every_block=every).scores(packed) for every in (True, False))
    assert torch.equal(kept.kl, lean.kl)
    assert len(Reading(decoder, ids, 4, every_block=False)._streams) == 1


def test_nothing_packed_is_exactly_the_same() -> None:
    decoder = made("dense")
    scores = Reading(decoder, torch.arange(24).view(2, 12), 4).scores({})
    assert scores.kl.abs().max() == 0
    assert bool(scores.same.all())


def test_parts() -> None:
    decoder = made("dense")
    known = matrices(decoder)
    part = Part("block 1", tuple(each for each in known if each.layer == 1))
    assert part.first == 1
    assert part.weights == 2 * 32 * 32 + 2 * 16 * 32 + 3 * 64 * 32
    assert Part.of("unembed", known).first is None
    with pytest.raises(NotApplicableError):
        part.packed(FORMATS["int4_g64"])  # rows of 32
