"""Adapters by their properties: merged and beside, added and subtracted, several in any order; what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import NotApplicableError
from explorer.stack.finetuning import methods
from explorer.stack.finetuning.adapter import Adapter, adapted, merged
from explorer.stack.finetuning.change import Change, Changed
from explorer.stack.finetuning.counts import trained_numbers
from explorer.stack.finetuning.dora import DoRA
from explorer.stack.finetuning.lora import LoRA
from explorer.stack.finetuning.qlora import rounded
from explorer.stack.finetuning.task_vectors import concatenated, moved, vector
from explorer.stack.finetuning.vectors import Scaling
from explorer.stack.finetuning.virtual_tokens import Prefix, Prompt
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

SMALL = DecoderConfig(n_layers=2, d_model=64, n_heads=4, n_kv_heads=2, d_head=16, d_mlp=128, d_vocab=50, n_ctx=32)
IDS = torch.arange(6)[None]
Made = Callable[[Decoder, torch.Generator], Adapter]
METHODS: dict[str, Made] = {
    "lora": lambda d, g: methods.lora(d, methods.LINEAR, 3, 6, generator=g),
    "rslora": lambda d, g: methods.lora(d, methods.ATTENTION, 3, 6, stabilised=True, generator=g),
    "dora": lambda d, g: methods.dora(d, methods.LINEAR, 3, 6, generator=g),
    "pissa": lambda d, _: methods.pissa(d, methods.LINEAR, 3, 6),
    "ia3": lambda d, _: methods.ia3(d),
    "bitfit": lambda d, _: methods.bitfit(d),
    "bottleneck": lambda d, g: methods.bottleneck(d, 4, g),
}
MERGEABLE = [each for each in METHODS if each != "bottleneck"]


def small(seed: int = 0) -> Decoder:
    decoder = Decoder(SMALL).requires_grad_(False)
    generator = torch.Generator().manual_seed(seed)
    for parameter in decoder.parameters():
        if parameter.dim() > 1:
            parameter.normal_(0, 0.3, generator=generator)
    return decoder


def shaken(adapter: Adapter, seed: int = 1, by: float = 0.1) -> Adapter:
    """With random numbers in place of those that it begins with."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in adapter.parameters():
            parameter.add_(by * torch.randn(parameter.shape, generator=generator))
    return adapter


@torch.no_grad()
def logits(decoder: Decoder) -> torch.Tensor:
    return decoder(IDS)


def alike(one: torch.Tensor, other: torch.Tensor) -> bool:
    return torch.allclose(one, other, atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("name", METHODS)
def test_nothing_changes_at_first_and_everything_can_be_undone(name: str) -> None:
    decoder, generator = small(), torch.Generator().manual_seed(0)
    adapter = METHODS[name](decoder, generator)
    base = logits(decoder)
    assert alike(logits(adapted(decoder, (adapter, 1.0))), base)
    shaken(adapter)
    worn = logits(adapted(decoder, (adapter, 1.0)))
    assert float((worn - base).abs().max()) > 0.05
    assert alike(logits(adapted(decoder, (adapter, 0))), base)
    assert alike(logits(adapted(decoder, (adapter, 1.0), (adapter, -1))), base)
    assert torch.equal(logits(decoder), base)  # the base itself was never written to


@pytest.mark.parametrize("name", MERGEABLE)
@pytest.mark.parametrize("by", [1.0, 0.4, -1.0])
def test_merged_is_beside_at_any_strength(name: str, by: float) -> None:
    decoder = small()
    adapter = shaken(METHODS[name](decoder, torch.Generator().manual_seed(0)))
    assert alike(logits(merged(decoder, (adapter, by))), logits(adapted(decoder, (adapter, by))))


@pytest.mark.parametrize("name", ["lora", "rslora", "pissa", "bitfit"])
def test_merged_and_subtracted_again_is_the_base(name: str) -> None:
    decoder = small()
    adapter = shaken(METHODS[name](decoder, torch.Generator().manual_seed(0)))
    back = merged(merged(decoder, (adapter, 1.0)), (adapter, -1.0))
    for at in adapter.names:
        weight, was = back.get_parameter(f"{at}.weight"), decoder.get_parameter(f"{at}.weight")
        assert float((weight - was).abs().max()) < 1e-6
    assert alike(logits(back), logits(decoder))


def test_dora_and_factors_cannot_be_subtracted_from_what_they_were_merged_into() -> None:
    decoder = small()
    for name in ("dora", "ia3"):
        adapter = shaken(METHODS[name](decoder, torch.Generator().manual_seed(0)))
        back = merged(merged(decoder, (adapter, 1.0)), (adapter, -1.0))
        assert not alike(logits(back), logits(decoder))


@settings(max_examples=15, deadline=None)
@given(st.floats(-2, 2), st.floats(-2, 2), st.integers(0, 50))
def test_strengths_add_and_order_does_not_matter(one: float, other: float, seed: int) -> None:
    decoder = small(seed)
    a = shaken(methods.lora(decoder, r=2, generator=torch.Generator().manual_seed(seed)), seed)
    b = shaken(methods.dora(decoder, r=2, generator=torch.Generator().manual_seed(seed)), seed + 1)
    both = logits(adapted(decoder, (a, one), (b, other)))
    scale = float(both.abs().max())
    assert float((logits(adapted(decoder, (b, other), (a, one))) - both).abs().max()) < 1e-4 * scale
    whole = logits(adapted(decoder, (a, one + other)))
    summed = concatenated((a, one), (a, other))
    for same in (adapted(decoder, (a, one), (a, other)), adapted(decoder, (summed, 1.0))):
        assert float((logits(same) - whole).abs().max()) < 1e-4 * scale


@given(st.floats(-3, 3), st.integers(0, 99))
def test_a_change_is_linear_in_its_strength(by: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    layer = torch.nn.Linear(5, 4)
    layer.weight.data, layer.bias.data = (torch.randn(each.shape, generator=generator) for each in layer.parameters())
    x = torch.randn(3, 5, generator=generator)
    pair = torch.randn(2, 5, generator=generator), torch.randn(4, 2, generator=generator)
    with torch.no_grad():
        for change in (LoRA(*pair, 0.7), DoRA(*pair, 0.7, torch.rand(4, generator=generator)), Scaling(x[0], True)):
            added = Changed(layer, [(change, by)])(x) - layer(x)
            assert torch.allclose(added, by * change.beside(layer, x, layer(x)), atol=1e-4)


def test_the_gradient_of_dora_by_hand() -> None:
    """y = m/n (w x + s b a x) with n held: dy/dm = (...)/n, dy/db = m/n s a x; by the formula, n would take part."""
    layer = torch.nn.Linear(1, 1, bias=False)
    layer.weight.data, layer.weight.requires_grad = torch.tensor([[2.0]]), False
    change = DoRA(torch.tensor([[3.0]]), torch.tensor([[0.5]]), 2.0, torch.tensor([4.0]))
    x = torch.tensor([[1.0]])
    y = Changed(layer, [(change, 1.0)])(x)
    y.sum().backward()
    assert float(y.detach()) == pytest.approx(4.0)  # 4/5 x (2 + 2 x .5 x 3)
    assert change.m.grad.tolist() == [1.0]  # pyright: ignore[reportOptionalMemberAccess]
    assert float(change.B.grad) == pytest.approx(4 / 5 * 2 * 3)  # pyright: ignore[reportArgumentType]  # whole: 0


def test_trained_numbers_of_smollm2() -> None:
    with torch.device("meta"):
        decoder = Decoder(
            DecoderConfig(
                n_layers=30, d_model=576, n_heads=9, n_kv_heads=3, d_head=64, d_mlp=1536, d_vocab=49152, n_ctx=8192
            )
        )
        counted = {
            "lora, q and v": methods.lora(decoder),
            "lora, all": methods.lora(decoder, methods.LINEAR),
            "lora, all, r 16": methods.lora(decoder, methods.LINEAR, 16),
            "dora": methods.dora(decoder),
            "ia3": methods.ia3(decoder),
        }
        assert {name: trained_numbers(each) for name, each in counted.items()} == {
            "lora, q and v": 460_800, "lora, all": 2_442_240, "lora, all, r 16": 4_884_480,
            "dora": 460_800 + 23_040, "ia3": 57_600,
        }  # fmt: skip
        assert (20 * Prefix.width(decoder), 20 * Prompt.width(decoder)) == (230_400, 11_520)


def test_what_does_not_fit_is_refused_by_name() -> None:
    decoder = small()
    change: Change = LoRA.fresh(64, 64, 2)
    for adapter, words in (
        (Adapter({"blocks.9.attn.W_Q": change}), "no layer “blocks.9.attn.W_Q”"),
        (Adapter({"blocks.0.attn.W_K": change}), r"\(\(2, 64\), \(32, 2\)\) would fit"),
        (Adapter({"blocks.0.ln1": change}), "no linear layer"),
        (Adapter({"blocks.0.mlp.W_out": Scaling(torch.ones(64), True)}), "128 would fit"),
        (Adapter({"blocks.0.attn.W_Q": LoRA(torch.full((2, 64), float("nan")), torch.ones(64, 2), 1.0)}), "NaN"),
    ):
        with pytest.raises(NotApplicableError, match=words):
            adapted(decoder, (adapter, 1.0))
    with pytest.raises(NotApplicableError, match="nonlinearity"):
        merged(decoder, (methods.bottleneck(decoder), 1.0))
    with pytest.raises(NotApplicableError, match="no matrix W_X"):
        methods.lora(decoder, ("W_X",))


def test_a_mixture_has_adapters_at_its_attention_alone() -> None:
    config = DecoderConfig(
        n_layers=1, d_model=32, n_heads=2, n_kv_heads=1, d_head=16, d_mlp=32, d_vocab=50, n_ctx=8, n_experts=4, k=2
    )
    decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)
    adapter = shaken(methods.lora(decoder, r=2))
    assert alike(logits(merged(decoder, (adapter, 1.0))), logits(adapted(decoder, (adapter, 1.0))))
    with pytest.raises(NotApplicableError, match="no matrix W_out") as caught:
        methods.ia3(decoder)
    assert "experts" in (caught.value.hint or "")


def test_packed_matrices_have_adapters_beside_them_and_none_inside() -> None:
    packed = rounded(small())
    adapter = shaken(methods.lora(packed, methods.LINEAR, 2))
    assert float((logits(adapted(packed, (adapter, 1.0))) - logits(packed)).abs().max()) > 0.05
    with pytest.raises(NotApplicableError, match="double quantization has no room"):
        merged(packed, (adapter, 1.0))


def test_a_task_vector_is_a_difference_and_can_be_negated() -> None:
    decoder = small()
    adapter = shaken(methods.lora(decoder, r=2))
    base, tuned = decoder.state_dict(), merged(decoder, (adapter, 1.0)).state_dict()
    tau = vector(tuned, base)
    assert all(torch.allclose(each, tuned[name], atol=1e-6) for name, each in moved(base, (tau, 1)).items())
    less = merged(decoder, (adapter, -1.0)).state_dict()
    assert all(torch.allclose(each, less[name], atol=1e-5) for name, each in moved(base, (tau, -1)).items())
    with pytest.raises(NotApplicableError, match="no difference"):
        vector({"w": torch.ones(2)}, {"w": torch.ones(3)})
