"""Gradients at the start: equal to torch's own encoder layers', and Xiong et al.'s law at the top."""

from __future__ import annotations

import math
from typing import Any, get_args

import pytest
import torch
from torch import nn

from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.gradient_flow import Placement, Start, gradient_flow, initialise

IDS = torch.randint(0, 20, (24,), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("placement", ["pre", "post"])
def test_gradients_are_those_of_torchs_layers(placement: Placement) -> None:
    """torch.nn.TransformerEncoderLayer with a causal mask is such a block, pre- or post-norm: the same weights in it
    give the same loss and the same gradients."""
    start = Start(n_layers=3, d_vocab=20, d_model=16, n_heads=4)
    flow = gradient_flow(start, placement, IDS, torch.Generator().manual_seed(3))
    ours: Any = initialise(Decoder(start.config(placement, len(IDS))), torch.Generator().manual_seed(3))
    layers = []
    for block in ours.blocks:
        theirs: Any = nn.TransformerEncoderLayer(16, 4, 64, 0.0, batch_first=True, norm_first=placement == "pre")
        with torch.no_grad():
            for p in theirs.parameters():
                p.zero_()
            attn = block.attn
            theirs.self_attn.in_proj_weight.copy_(torch.cat([w.weight for w in (attn.W_Q, attn.W_K, attn.W_V)]))
            theirs.self_attn.out_proj.weight.copy_(attn.W_O.weight)
            theirs.linear1.weight.copy_(block.mlp.W_in.weight)
            theirs.linear2.weight.copy_(block.mlp.W_out.weight)
            for norm in (theirs.norm1, theirs.norm2):
                norm.weight.fill_(1)
        layers.append(theirs.train())
    n = len(IDS) - 1
    x = ours._add_positions(ours.embed(IDS[None, :-1]), torch.arange(n)[None])
    for theirs in layers:
        x = theirs(x, src_mask=torch.full((n, n), -math.inf).triu(1), is_causal=True)
    loss = nn.functional.cross_entropy(ours.unembedded(x)[0], IDS[1:])
    loss.backward()
    assert flow.loss == pytest.approx(float(loss.detach()), abs=1e-5)
    found = torch.stack([theirs.linear2.weight.grad.norm() for theirs in layers])
    torch.testing.assert_close(flow.w_out, found, rtol=1e-4, atol=1e-6)
    assert flow.difference_error < 1e-3


def test_the_top_layer_gets_less_with_depth_only_before_the_norm() -> None:
    """Pre-norm's falls as the stream that the last norm divides by grows, post-norm's does not fall."""
    top, size = {}, {}
    for placement in get_args(Placement):
        for n in (3, 18):
            draws = [
                gradient_flow(Start(n, 20), placement, IDS, torch.Generator().manual_seed(seed), check=False)
                for seed in range(4)
            ]
            top[placement, n] = sum(float(flow.w_out[-1]) for flow in draws) / 4
            size[placement, n] = sum(float(flow.sizes[-1]) for flow in draws) / 4
    assert top["post", 18] / top["post", 3] > 0.8
    assert top["pre", 18] / top["pre", 3] == pytest.approx(size["pre", 3] / size["pre", 18], rel=0.4)
    assert size["pre", 18] / size["pre", 3] == pytest.approx((18 / 3) ** 0.5, rel=0.3)


def test_the_stream_grows_only_before_the_norm() -> None:
    make = torch.Generator
    pre = gradient_flow(Start(12, 20), "pre", IDS, make().manual_seed(0), check=False)
    post = gradient_flow(Start(12, 20), "post", IDS, make().manual_seed(0), check=False)
    assert bool((pre.sizes.diff() > 0).all())
    torch.testing.assert_close(post.sizes[1:], torch.ones(11), atol=1e-3, rtol=0)
    assert abs(pre.loss - math.log(20)) < 1.5
