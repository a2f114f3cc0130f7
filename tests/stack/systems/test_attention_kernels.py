"""Every kernel against torch's, and the decoder on every kernel against transformers."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
import transformers as hf
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.embeddings import alibi
from explorer.stack.systems import attention_kernels
from explorer.stack.systems.attention_kernels import NAMES, named, tile_mask
from explorer.stack.systems.flash_attention import flash_attention_2
from explorer.stack.systems.flash_backward import flash_backward
from explorer.stack.systems.tile_mask import TileMask
from explorer.stack.systems.tiled_attention import Tile, tiled_attention
from explorer.stack.systems.tiled_backward import tiled_backward
from explorer.stack.transformer.attention import Visibility
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache
from tests.tiers import spread

LLAMA: dict[str, Any] = {
    "vocab_size": 96,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
}
LAYERS = ["sliding_attention", "full_attention", "sliding_attention"]
ARCHITECTURES = {
    "llama, grouped queries": hf.LlamaConfig(**LLAMA),
    "mistral, a window": hf.MistralConfig(**LLAMA, head_dim=8, sliding_window=9),
    "gemma3, windows": hf.Gemma3TextConfig(**LLAMA, head_dim=16, sliding_window=9, layer_types=LAYERS),
    "gemma2, a cap and windows": hf.Gemma2Config(
        **LLAMA, head_dim=16, sliding_window=9, layer_types=LAYERS, attn_logit_softcapping=2.0, query_pre_attn_scalar=9
    ),
}


def heads(n: int, *, query: int | None = None, d: int = 16, h: int = 4, kv: int = 2, seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shapes = ((2, h, n if query is None else query, d), (2, kv, n, d), (2, kv, n, d))
    return [torch.randn(shape, generator=generator) for shape in shapes]


def torchs(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None, **given: Any) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True, **given)


def randomised(config: Any) -> Any:
    torch.manual_seed(0)
    made: Any = hf.AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return made.eval().requires_grad_(False)


# ---- the tiled algorithm --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("n", [1, 2, 63, 65, 513, 2049])
def test_tiled_is_torchs_with_gradients(n: int, causal: bool) -> None:
    q, k, v = (each.requires_grad_() for each in heads(n))
    expected = torchs(q, k, v, is_causal=causal)
    made = named("tiled")(q, k, v, Visibility(causal=causal), 0.25).z
    assert (made - expected).abs().max() < 1e-5
    wanted = torch.autograd.grad(expected.sin().sum(), (q, k, v))
    for ours, theirs in zip(torch.autograd.grad(made.sin().sum(), (q, k, v)), wanted, strict=True):
        assert (ours - theirs).abs().max() < 1e-4


@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(1, 70), query=st.integers(1, 70), rows=st.integers(1, 40), columns=st.integers(1, 40),
    together=st.integers(1, 3), causal=st.booleans(), window=st.none() | st.integers(1, 80),
    slopes=st.booleans(), bias=st.booleans(), masked=st.booleans(), cap=st.none() | st.just(1.5),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_tiled_equals_the_reference_for_any_tile_and_mask(
    n: int, query: int, rows: int, columns: int, together: int, causal: bool, window: int | None,
    slopes: bool, bias: bool, masked: bool, cap: float | None, seed: int,
) -> None:  # fmt: skip
    """Also rows that see nothing: a random mask leaves some."""
    query = min(query, n)
    q, k, v = heads(n, query=query, d=8, kv=2, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    mask = TileMask(
        causal, window, alibi.slopes(4) if slopes else None, cap,
        torch.rand(2, 1, query, n, generator=generator) < 0.5 if masked else None,
        torch.randn(1, 4, query, n, generator=generator) if bias else None,
    )  # fmt: skip
    tile = Tile(rows, columns, together)
    made, expected = tiled_attention(q, k, v, mask, 0.4, tile=tile), flash_attention_2(q, k, v, mask, 0.4)
    assert (made.out - expected.out).abs().max() < 1e-5
    torch.testing.assert_close(made.lse, expected.lse, atol=1e-5, rtol=1e-5)
    d_out = torch.randn(q.shape, generator=generator)
    ours = tiled_backward(q, k, v, made, d_out, mask, 0.4, tile=tile)
    theirs = flash_backward(q, k, v, expected, d_out, mask, 0.4)
    for name in ("dq", "dk", "dv"):
        assert (getattr(ours, name) - getattr(theirs, name)).abs().max() < 1e-4


def test_keys_that_are_a_part_of_all() -> None:
    """`shift` says where the queries stand: with keys that come later, and with keys far behind."""
    q, k, v = heads(40)
    for shift in (-13, 0, 25):
        mask = TileMask(causal=True, window=30)
        made = tiled_attention(q, k, v, mask, tile=Tile(16, 16), shift=shift)
        expected = flash_attention_2(q, k, v, mask, shift=shift)
        assert (made.out - expected.out).abs().max() < 1e-5
        assert torch.equal(made.lse.isinf(), expected.lse.isinf())


def test_huge_scores_neither_overflow_nor_vanish() -> None:
    q, k, v = heads(300)
    made = tiled_attention(q * 1e3, k * 1e2, v, TileMask(causal=True))
    assert (made.out - torchs(q * 1e3, k * 1e2, v, is_causal=True)).abs().max() < 2e-3  # scores of 1e6, to 0.06
    assert made.lse.isfinite().all()


def test_tiled_bfloat16_adds_up_in_float32() -> None:
    q, k, v = (each.bfloat16().requires_grad_() for each in heads(300, d=64))
    exact = [each.detach().double().requires_grad_() for each in (q, k, v)]
    out = torchs(*exact, is_causal=True)
    theirs, ours = torchs(q, k, v, is_causal=True), named("tiled")(q, k, v, Visibility(causal=True), 0.125).z
    assert ours.dtype == torch.bfloat16
    assert (ours - out).abs().max() <= (theirs - out).abs().max() + 2**-9
    wanted = torch.autograd.grad(out.sin().sum(), exact)
    for a, b, c in zip(
        torch.autograd.grad(ours.sin().sum(), (q, k, v)),
        torch.autograd.grad(theirs.sin().sum(), (q, k, v)), wanted, strict=True,
    ):  # fmt: skip
        assert (a - c).abs().max() <= 1.5 * (b - c).abs().max() + 2**-8


def test_gradients_pass_gradcheck() -> None:
    q, k, v = (each[:1].double().requires_grad_() for each in heads(5, d=2, h=2, kv=1))
    for visible, bias, cap in (
        (Visibility(causal=True, window=3), None, None),
        (Visibility(causal=True), alibi.Penalty(alibi.slopes(2).double(), *[torch.arange(5)[None]] * 2), 2.0),
    ):

        def attend(q: Tensor, k: Tensor, v: Tensor, given: Any = (visible, 0.5, bias, cap)) -> Tensor:
            return named("tiled")(q, k, v, *given).z

        assert torch.autograd.gradcheck(attend, (q, k, v), atol=1e-6)


def test_no_square_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Order, window and ALiBi reach the tiles as what they are: nothing asks for a square to be written out."""

    def refuse(*_: object) -> None:
        raise AssertionError("a square was written out")

    monkeypatch.setattr(Visibility, "dense", refuse)
    monkeypatch.setattr(alibi, "bias", lambda s, q, k: refuse() if len(q) * len(k) > 64 * 512 else q[:, None] - k)
    q, k, v = heads(700)
    at = torch.arange(700)[None]
    penalty = alibi.Penalty(alibi.slopes(4), at, at)
    named("tiled")(q, k, v, Visibility.of(at, at, window=100), 0.25, penalty)


# ---- the kernels by name --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("architecture", spread(ARCHITECTURES, 8))
def test_the_decoder_on_each_kernel_equals_transformers(architecture: str, name: str) -> None:
    theirs = randomised(ARCHITECTURES[architecture])
    ours, kernel = Decoder.from_pretrained(theirs), named(name)
    ids = torch.randint(0, 96, (2, 100), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected, cache = theirs(ids).logits, ContiguousCache(ours.config, 2, 100)
        assert (ours(ids, kernel=kernel) - expected).abs().max() < 1e-4
        pieces = [ours(piece, cache=cache, kernel=kernel) for piece in ids.split([70, 1, 29], 1)]
        assert (torch.cat(pieces, 1) - expected).abs().max() < 1e-4
        at = torch.arange(-3, 97).clamp(min=-1).expand(2, -1)  # three padded in front
        alone = theirs(ids[:, 3:]).logits
        assert (ours(ids, at, kernel=kernel)[:, 3:] - alone).abs().max() < 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_alibi_on_each_kernel(name: str) -> None:
    """Against the bias that transformers' Bloom adds, written out."""
    config = DecoderConfig(2, 32, 4, 4, 8, 64, 96, 128, positions="alibi")
    ours = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()
    ids = torch.randint(0, 96, (2, 80), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        assert (ours(ids, kernel=named(name)) - ours(ids, kernel="eager")).abs().max() < 1e-5
        uneven = (torch.arange(80) * 3 // 2).expand(2, -1)
        assert (ours(ids, uneven, kernel=named(name)) - ours(ids, uneven, kernel="eager")).abs().max() < 1e-5
    q, k, v = heads(80, kv=4)
    at = torch.arange(80)[None]
    penalty = alibi.Penalty(alibi.slopes(4), at, at)
    bloom = hf.models.bloom.modeling_bloom.build_alibi_tensor(torch.ones(1, 80), 4, torch.float32).view(1, 4, 1, 80)
    expected = torchs(q, k, v, bloom + torch.full((80, 80), -math.inf).triu(1))
    made = named(name)(q, k, v, Visibility(causal=True), 0.25, penalty).z
    assert (made - expected).abs().max() < 1e-5


@pytest.mark.parametrize("name", NAMES)
def test_a_decoder_is_trained_through_each_kernel(name: str) -> None:
    """The gradients of all its weights are those of transformers' own model."""
    theirs = randomised(ARCHITECTURES["gemma2, a cap and windows"]).requires_grad_(True)
    ours = Decoder.from_pretrained(theirs)
    for parameter in ours.parameters():
        parameter.requires_grad_(True)
    ids = torch.randint(0, 96, (2, 40), generator=torch.Generator().manual_seed(1))
    theirs(ids).logits.square().mean().backward()
    expected = theirs.model.layers[0].self_attn.q_proj.weight.grad.clone()
    theirs.zero_grad()
    ours(ids, kernel=named(name)).square().mean().backward()
    made = ours.get_parameter("blocks.0.attn.W_Q.weight").grad
    assert made is not None
    assert (made - expected).abs().max() < 1e-4 * expected.abs().max() + 1e-5


def test_who_listens_gets_the_pattern(model: Any) -> None:
    """A hook on the pattern is heard whatever the kernel."""
    ids = torch.arange(10, 30)[None]
    with torch.inference_mode():
        plain = model.decoder(ids, kernel=named("tiled"))
        hooks = [("blocks.5.attn.hook_pattern", lambda pattern, hook: pattern * 0)]
        with model.decoder.hooks(fwd_hooks=hooks):
            cut = model.decoder(ids, kernel=named("tiled"))
        assert (cut - plain).abs().max() > 0.1


def test_a_bias_that_is_learned_gets_its_gradient() -> None:
    q, k, v = heads(20)
    bias = torch.zeros(1, 4, 20, 20, requires_grad=True)
    grads = [
        torch.autograd.grad(named(name)(q, k, v, Visibility(), 0.25, bias).z.sin().sum(), bias)[0] for name in NAMES
    ]
    for each in grads[1:]:
        assert (each - grads[0]).abs().max() < 1e-5


def test_an_unknown_name() -> None:
    with pytest.raises(BadRequestError, match="flash_9") as caught:
        named("flash_9")
    assert "tiled" in caught.value.hint
    assert set(attention_kernels.KERNELS) == set(NAMES)


def test_visibility_names_order_and_window_instead_of_a_square() -> None:
    at = torch.arange(50)[None]
    assert tile_mask(Visibility.of(at[:, 30:], at, window=7)).mask is None
    ragged = Visibility.of(at, at * 2 - 40, window=7)
    assert ragged.mask is not None
    for window in (None, 7):
        named_ = Visibility.of(at[:, 30:], at, window)
        back = at[0, 30:, None] - at[0]
        seen = (back >= 0) & (back < (window or 99))
        written = named_.dense(20, 50)
        assert written is not None
        assert torch.equal(written[0, 0], seen)
        assert named_.dense(20, 50) is written
