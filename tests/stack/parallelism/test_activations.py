"""What a rank keeps of a block: counted, by our formula, and by Korthikanti's terms."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from explorer.experiments.systems.tensor_rank import passed
from explorer.stack.parallelism.activations import keeps, kept, other
from explorer.stack.parallelism.group import Group
from explorer.stack.parallelism.slices import cut, slices_of
from explorer.stack.parallelism.tensor import Seam, split_block
from explorer.stack.parallelism.thread_group import in_threads
from explorer.stack.pretraining.korthikanti import PARTS, Layer, rows
from explorer.stack.transformer.attention import KernelName
from explorer.stack.transformer.block import Block
from explorer.stack.transformer.config import DecoderConfig

GATED = DecoderConfig(1, 64, 8, 2, 8, 160, 50, 64)
GELU = DecoderConfig(1, 64, 8, 8, 8, 256, 50, 64, norm="layer", gated=False, activation="gelu", positions="none",
                     rope=None, attention_bias=True, mlp_bias=True)  # fmt: skip
ROWS, LENGTH = 2, 32


def counted(config: DecoderConfig, ranks: int, sequence: bool, kernel: KernelName) -> list[float]:
    """Numbers a token on each rank."""
    weights = {name: each.detach() for name, each in Block(config, 0).named_parameters()}

    def one(group: Group) -> float:
        block = split_block(config, 0, cut(weights, config, group.rank, ranks), Seam(group, sequence))
        heads = slices_of(config, group.rank, ranks).heads
        at = passed(config, 0, torch.empty(ROWS, LENGTH, 64), slice(heads.start, heads.stop))
        at.kernel, at.written_out, at.in_order = kernel, True, True
        x = torch.randn(ROWS, LENGTH // ranks if sequence else LENGTH, 64, requires_grad=True)
        apart = [each for pair in at.rotations.values() for each in pair]
        return keeps(block, apart)(lambda: block(x, at))[1] / 4 / (ROWS * LENGTH)

    return in_threads(ranks, one)


@pytest.mark.parametrize(("ranks", "sequence"), [(1, False), (2, False), (4, False), (2, True), (4, True)])
def test_a_block_keeps_what_the_formula_says(ranks: int, sequence: bool) -> None:
    made = counted(GATED, ranks, sequence, "sdpa")
    assert made == pytest.approx([sum(kept(GATED, ranks, sequence).values())] * ranks, rel=1e-9)


@pytest.mark.parametrize("ranks", [1, 2, 4])
def test_a_gelu_block_keeps_korthikantis_terms_without_dropout(ranks: int) -> None:
    """Beside them a mask of [query key], and of each norm two numbers a token."""
    layer = Layer(s=LENGTH, b=ROWS, h=64, a=8, t=ranks)
    dropped = [each for each in PARTS if "dropout" in each.name]
    whole = next(each for each in rows(layer) if each.name == ("tensor parallelism" if ranks > 1 else "no parallelism"))
    masks = sum(each.sbh for each in dropped) * layer.sbh + sum(each.scores for each in dropped) * layer.scores / ranks
    numbers = (whole.bytes - masks) / 2 / (ROWS * LENGTH)
    beside = 4 + LENGTH * LENGTH / 4 / (ROWS * LENGTH)  # the mask has a byte a number
    assert counted(GELU, ranks, False, "eager") == pytest.approx([numbers + beside] * ranks, rel=1e-9)


def test_what_the_formula_is_not_of_is_named() -> None:
    assert other(GATED) == ""
    assert other(GELU) == "LayerNorm, no gate, another activation, biases"
    with pytest.raises(ValueError, match="not of a block with QK-norm"):
        kept(replace(GATED, qk_norm=True), 2)
