"""Backward passes that are written out: against finite differences, and against autograd's own in a decoder."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.autograd import gradcheck

from explorer.stack.embeddings.rope import RopeConfig, rotation
from explorer.stack.transformer import written_out
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

KINDS: list[dict[str, Any]] = [
    {},
    {"n_experts": 4, "k": 2},
    {"norm": "layer"},
    {"qk_norm": True, "placement": "sandwich"},
    {"norm_offset": 1.0, "placement": "post"},
    {"activation": "gelu", "gated": False},
]


def _double(*shape: int, seed: int) -> torch.Tensor:
    made = torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return made.requires_grad_()


def test_the_norm_has_the_gradient_of_finite_differences() -> None:
    assert gradcheck(lambda x, w: written_out.rms_norm(x, w, 1e-5), (_double(2, 3, 5, seed=0), _double(5, seed=1)))


@pytest.mark.parametrize("layout", ["halves", "interleaved"])
@pytest.mark.parametrize("fraction", [1.0, 0.5])
def test_the_rotation_has_the_gradient_of_finite_differences(layout: Any, fraction: float) -> None:
    cos, sin = rotation(RopeConfig(d_head=8, layout=layout, fraction=fraction), torch.arange(3)[None])
    # Rounded once, so that the differences see the same angles.
    cos, sin = cos.double(), sin.double()
    assert gradcheck(lambda x: written_out.rotated(x, cos, sin, layout), (_double(1, 2, 3, 8, seed=0),))


def test_the_feed_forward_has_the_gradient_of_finite_differences() -> None:
    given = _double(2, 3, 4, seed=0), _double(6, 4, seed=1), _double(6, 4, seed=2), _double(4, 6, seed=3)
    assert gradcheck(written_out.gated, given)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(kind) or "llama")
def test_a_decoders_loss_and_gradients_are_autograds(kind: dict[str, Any]) -> None:
    made = _decoder(kind)
    batch = torch.randint(50, (2, 9), generator=torch.Generator().manual_seed(1))
    found = []
    for written in (True, False):
        made.written_out = written
        made.zero_grad()
        loss = made.loss(batch).total({})
        loss.backward()
        found.append((loss.item(), [each.grad.clone() for each in made.parameters() if each.grad is not None]))
    (loss, ours), (wanted, plain) = found
    assert loss == pytest.approx(wanted, abs=1e-5)
    assert len(ours) == len(plain) == len(list(made.parameters()))
    assert max(float((a - b).norm() / b.norm()) for a, b in zip(ours, plain, strict=True)) < 1e-4


def test_a_hook_sees_and_changes_what_lies_between() -> None:
    made = _decoder({})
    batch = torch.randint(50, (2, 9), generator=torch.Generator().manual_seed(1))
    seen: list[str] = []

    def zeroed(tensor: torch.Tensor, hook: Any) -> torch.Tensor:
        seen.append(hook.name)
        return torch.zeros_like(tensor)

    plain = made.loss(batch).parts["lm"].item()
    points = ["blocks.0.mlp.hook_post", "blocks.1.ln1.hook_normalized"]
    with made.hooks([(name, zeroed) for name in points]):
        assert made.loss(batch).parts["lm"].item() != pytest.approx(plain, abs=1e-6)
    assert seen == points


def test_what_stands_in_a_matrix_place_is_asked() -> None:
    """An adapter, or a matrix of few bits, is no matrix that a sublayer may read past."""
    made = _decoder({})
    asked: list[int] = []

    class Counted(torch.nn.Linear):
        def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002
            asked.append(1)
            return super().forward(input)

    made.blocks[0].get_submodule("mlp").W_in = Counted(16, 24, bias=False)
    made.loss(torch.randint(50, (2, 9)))
    assert asked


def _decoder(kind: dict[str, Any]) -> Decoder:
    config = DecoderConfig(
        n_layers=2, d_model=16, n_heads=4, n_kv_heads=2, d_head=4, d_mlp=24, d_vocab=50, n_ctx=32, **kind
    )
    made = Decoder(config).initialise(torch.Generator().manual_seed(0))
    with torch.no_grad():  # a fresh decoder's matrices are so small that little depends on them
        for each in made.parameters():
            each.add_(torch.randn(each.shape, generator=torch.Generator().manual_seed(each.numel())) * 0.1)
    return made
