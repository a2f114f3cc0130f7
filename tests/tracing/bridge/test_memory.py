"""Blocks are used again, and never while anything still looks at them."""

from __future__ import annotations

import torch

from explorer.tracing.bridge.memory import Memory


def test_a_block_is_used_again_when_the_last_view_is_gone() -> None:
    memory = Memory()
    tensor = memory.tensor((1000, 1000))
    assert not tensor.is_inference()
    at = tensor.data_ptr()
    view = tensor.fill_(3)[10, 5:]
    del tensor
    assert memory.nbytes == 0
    other = memory.tensor((1000, 1000), zero=True)
    assert other.data_ptr() != at
    assert bool((view == 3).all())
    del view
    assert memory.nbytes == 4_000_000
    again = memory.tensor((900, 1000), zero=True)
    assert again.data_ptr() == at
    assert not bool(again.any())
    assert again.untyped_storage().nbytes() == again.numel() * 4


def test_too_small_or_too_large_a_block_is_left() -> None:
    memory = Memory()
    del_me = memory.tensor((1000, 1000))
    del del_me
    larger, smaller = memory.tensor((1001, 1000)), memory.tensor((500, 1000))
    assert memory.nbytes == 4_000_000
    assert larger.shape == (1001, 1000)
    assert smaller.shape == (500, 1000)


def test_bounded() -> None:
    memory = Memory(max_bytes=10_000_000)
    tensors = [memory.tensor((1000, 1000)) for _ in range(5)]
    tensors.clear()
    assert memory.nbytes == 8_000_000


def test_within_inference_mode() -> None:
    memory = Memory()
    with torch.inference_mode():
        tensor = memory.tensor((600, 600))
    tensor += 1  # an inference tensor would refuse
