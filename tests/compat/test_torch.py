"""torch's private parts, as `explorer.compat.torch` takes them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from explorer.compat.torch import (
    byte_product,
    parts_of,
    pipeline_order,
    tensors_replaced,
    with_parts,
    without_numbers,
)


def test_a_copy_has_other_parts_and_the_same_weights() -> None:
    pair = nn.Sequential(nn.Linear(3, 3, bias=False), nn.ReLU())
    other = with_parts(pair, **{"1": nn.Identity()})
    x = torch.tensor([[-1.0, 2.0, -3.0]])
    assert torch.equal(other(x), pair[0](x))
    assert torch.equal(pair(x), pair[0](x).relu())
    assert [*parts_of(pair)] == ["0", "1"]
    assert {id(p) for p in other.parameters()} == {id(p) for p in pair.parameters()}


def test_what_is_set_in_a_copy_stays_in_it() -> None:
    block = nn.Sequential(nn.Linear(2, 2))
    twin = with_parts(block)
    twin[0] = nn.Identity()
    assert isinstance(block[0], nn.Linear)


def test_bytes_are_summed_in_32_bits() -> None:
    x, y = torch.full((17, 64), 127, dtype=torch.int8), torch.full((64, 8), -127, dtype=torch.int8)
    made = byte_product(x, y)
    assert made.dtype == torch.int32
    assert bool((made == -127 * 127 * 64).all())
    assert torch.mm(x, y).dtype == torch.int8, "torch.mm has wider sums now: this file needs no private product"


class Shape(Tensor):
    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        made = tensors_replaced(Shape, lambda each: torch.ones(each.shape), (args, kwargs or {}))
        return func(*made[0], **made[1])


def test_a_tensor_without_numbers_has_a_shape_and_makes_them_when_it_is_read() -> None:
    lazy = without_numbers(Shape, (2, 1 << 40), torch.float32)
    assert lazy.shape == (2, 1 << 40)
    assert float(without_numbers(Shape, (2, 3), torch.float32).sum()) == 6


def test_torchs_list_of_a_schedule() -> None:
    assert pipeline_order("GPipe", 2, 2, None) == ["0F0 0F1 0B0 0B1", "1F0 1F1 1B0 1B1"]
