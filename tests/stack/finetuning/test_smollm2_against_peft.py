"""peft on SmolLM2 itself: every method's outputs and gradients, with all its depth and its grouped queries."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch
from transformers import LlamaForCausalLM

from explorer.stack.finetuning import methods
from explorer.stack.finetuning.adapter import Adapter, adapted
from explorer.stack.finetuning.virtual_tokens import Prefix, Prompt
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.model import Model
from tests.stack.finetuning.against_peft import apart, copied, far, gradients

peft = pytest.importorskip("peft")
pytestmark = [
    pytest.mark.thorough, pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning"),
]  # fmt: skip
IDS = torch.randint(0, 49152, (1, 12), generator=torch.Generator().manual_seed(2))
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
QV = ["q_proj", "v_proj"]
METHODS: dict[str, tuple[Callable[[Decoder], Adapter], Callable[[], Any], int]] = {
    "lora": (lambda d: methods.lora(d), lambda: peft.LoraConfig(target_modules=QV), 460_800),
    "all": (lambda d: methods.lora(d, methods.LINEAR), lambda: peft.LoraConfig(target_modules=ALL), 2_442_240),
    "rslora": (
        lambda d: methods.lora(d, stabilised=True), lambda: peft.LoraConfig(target_modules=QV, use_rslora=True),
        460_800,
    ),
    "dora": (lambda d: methods.dora(d), lambda: peft.LoraConfig(target_modules=QV, use_dora=True), 483_840),
    "ia3": (
        lambda d: methods.ia3(d),
        lambda: peft.IA3Config(target_modules=["k_proj", "v_proj", "down_proj"], feedforward_modules=["down_proj"]),
        57_600,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def hf(model: Model) -> LlamaForCausalLM:
    """transformers' own, on copies of the weights that the explorer loaded."""
    made = LlamaForCausalLM(model.hf.config)
    made.load_state_dict({name: each.clone() for name, each in model.weights.items()}, strict=False)
    made.tie_weights()
    return made.eval().requires_grad_(False)


@pytest.mark.parametrize("kind", METHODS)
def test_changes(model: Model, hf: LlamaForCausalLM, kind: str) -> None:
    make, config, count = METHODS[kind]
    adapter, theirs = make(model.decoder), peft.get_peft_model(deepcopy(hf), config())
    assert sum(each.numel() for each in adapter.parameters()) == count
    assert sum(each.numel() for each in theirs.parameters() if each.requires_grad) == count
    copied(adapter, theirs, scale=0.02)
    ours, other = adapted(model.decoder, (adapter, 1.0))(IDS), theirs(IDS).logits
    assert far(ours.detach(), other.detach()) < 1e-4
    gradients(ours)
    gradients(other)
    assert max(apart(adapter, theirs, least=0.0).values()) < 5e-3


@pytest.mark.parametrize(("kind", "count"), [("prefix", 230_400), ("prompt", 11_520)])
def test_virtual_tokens(model: Model, hf: LlamaForCausalLM, kind: str, count: int) -> None:
    made = (peft.PrefixTuningConfig if kind == "prefix" else peft.PromptTuningConfig)(
        task_type="CAUSAL_LM", num_virtual_tokens=20
    )
    theirs = peft.get_peft_model(deepcopy(hf), made)
    ours = (Prefix if kind == "prefix" else Prompt).fresh(model.decoder, 20, torch.Generator().manual_seed(0))
    assert ours.weight.numel() == count
    parameter = theirs.prompt_encoder["default"].embedding.weight
    with torch.no_grad():
        parameter.copy_(ours.weight)
    logits = model.decoder.unembedded(ours.stream(model.decoder, IDS))
    other = theirs(IDS).logits[:, ours.columns :]
    assert far(logits.detach(), other.detach()) < 1e-4
    gradients(logits)
    gradients(other)
    assert ours.weight.grad is not None
    assert far(ours.weight.grad, parameter.grad) < 5e-3
