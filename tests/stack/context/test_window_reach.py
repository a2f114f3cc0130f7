"""What windows let through, by formula, by masks, and by gradients."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import BadRequestError
from explorer.stack.context.window_reach import masks, reach, reached
from explorer.stack.transformer.decoder import Decoder


@given(windows=st.lists(st.none() | st.integers(1, 6), min_size=1, max_size=4), n=st.integers(1, 16))
def test_the_formula_is_the_product_of_the_masks(windows: list[int | None], n: int) -> None:
    back = torch.arange(n)[:, None] - torch.arange(n)
    for far, found in zip(reach(windows), reached(masks(windows, n)), strict=True):
        assert torch.equal(found, (back >= 0) & (back <= far))


def test_three_blocks_by_hand() -> None:
    assert reach((2, 4, 1)) == (0, 1, 4, 4)
    assert reach((None, 2)) == (0, math.inf, math.inf)


def test_gradients_end_where_the_formula_does(tiny: Decoder) -> None:
    """Another way to ask what a token was told of: the derivative of its logits by every embedding."""
    narrow = tiny.with_windows((3, 2, 3))
    assert narrow.config == replace(tiny.config, windows=(3, 2, 3))
    assert tiny.config.windows == (None, None, None)
    ids = torch.randint(11, (1, 20), generator=torch.Generator().manual_seed(0))
    embedded: list[torch.Tensor] = []

    def keep(x: torch.Tensor, **_: object) -> torch.Tensor:
        embedded.append(x.requires_grad_())
        return embedded[-1]

    with narrow.hooks(fwd_hooks=[("hook_embed", keep)]):
        narrow(ids)[0, -1].square().sum().backward()
    gradient = embedded[0].grad
    assert gradient is not None
    told = gradient[0].abs().sum(-1) > 0
    assert told.tolist() == [at >= 19 - 5 for at in range(20)]


def test_a_window_for_each_layer(tiny: Decoder) -> None:
    with pytest.raises(BadRequestError, match="3 layers"):
        tiny.with_windows((3,))
