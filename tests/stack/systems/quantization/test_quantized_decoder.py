"""A decoder on packed matrices: what it shares, and products in the weights' own type."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import NotApplicableError
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.matrices import packed_in, quantized
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

NARROW = ("int8", "int8_affine", "int8_tensor", "bf16", "fp16")
IDS = torch.tensor([[1, 2, 3, 4, 5]])


def decoder() -> Decoder:
    torch.manual_seed(0)
    made = Decoder(DecoderConfig(2, 64, 4, 2, 16, 96, 64, 64))
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return made.eval().requires_grad_(False)


@given(
    name=st.sampled_from(NARROW), rows=st.integers(1, 40), width=st.integers(1, 130), out=st.integers(1, 40),
    seed=st.integers(0, 2**20),
)  # fmt: skip
def test_rounding_activations_costs_half_a_step_of_each(name: str, rows: int, width: int, out: int, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    packed = FORMATS[name].quantize(torch.randn(out, width, generator=random))
    x = torch.randn(1, rows, width, generator=random)
    weight = packed.dequantize().double()
    if FORMATS[name].bits == 8:
        moved = (x.abs().amax(-1, keepdim=True).double() / 254).expand(x.shape)
    else:
        moved = x.double().abs() * 2.0 ** (-8 if name == "bf16" else -11)
    sums = x.double().abs() @ weight.abs().T
    # A sum is rounded to 16 bits as well, where those are the type of the product.
    room = moved @ weight.abs().T + sums * (2.0**-7 if name == "bf16" else 2.0**-10 if name == "fp16" else 1e-5) + 1e-5
    assert bool(((packed.narrow(x).double() - x.double() @ weight.T).abs() <= room).all())
    assert packed.narrow(x).shape == (1, rows, out)


def test_formats_without_a_product_of_their_own_say_so() -> None:
    with pytest.raises(NotApplicableError, match="activations of its own type"):
        FORMATS["int4"].quantize(torch.randn(4, 64)).narrow(torch.randn(2, 64))


@pytest.mark.parametrize("name", ["int8", "bf16"])
def test_a_decoder_whose_activations_are_rounded_too_is_near_the_one_whose_are_not(name: str) -> None:
    plain = decoder()
    packed = packed_in(plain, FORMATS[name])
    with torch.inference_mode():
        whole, narrow = quantized(plain, packed)(IDS), quantized(plain, packed, narrow=True)(IDS)
    assert 0 < float((whole - narrow).abs().max()) < 0.05 * float(whole.abs().max())


def test_all_but_the_matrices_is_shared_and_nothing_changes() -> None:
    plain = decoder()
    before = copy.deepcopy(plain.state_dict())
    made: Any = quantized(plain, packed_in(plain, FORMATS["bf16"], FORMATS["int8"]))
    blocks: Any = plain.blocks
    assert made.blocks[0].ln1 is blocks[0].ln1
    assert made.blocks[0].attn.W_Q is not blocks[0].attn.W_Q
    assert made.unembed.packed.format is FORMATS["int8"]
    assert made.blocks[1].mlp.W_in.packed.format is FORMATS["bf16"]
    with torch.inference_mode():
        made(IDS)
    assert all(torch.equal(value, plain.state_dict()[name]) for name, value in before.items())


@pytest.mark.parametrize("name", FORMATS)
def test_rows_in_any_order_are_those_of_the_whole_matrix(name: str) -> None:
    packed = FORMATS[name].quantize(torch.randn(6, 256, generator=torch.Generator().manual_seed(0)))
    which = torch.tensor([4, 0, 4])
    assert torch.equal(packed.gathered(which), packed.dequantize()[which])
