"""peft's models beside the explorer's decoder, on the same weights."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM

from explorer.stack.finetuning.adapter import Adapter
from explorer.stack.finetuning.change import Change
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.weights import LLAMA

IDS = torch.randint(0, 97, (2, 9), generator=torch.Generator().manual_seed(5))
#: Of the parameters of a change, what peft's are called.
PARTS = {
    "A": "lora_A.{}.weight", "B": "lora_B.{}.weight", "m": "lora_magnitude_vector.{}.weight", "l": "ia3_l.{}",
}  # fmt: skip


def llama(**changes: Any) -> LlamaForCausalLM:
    """Two blocks with grouped queries, random."""
    torch.manual_seed(0)
    config = LlamaConfig(
        **{
            "vocab_size": 97, "hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "intermediate_size": 80, "max_position_embeddings": 64,
            "tie_word_embeddings": True, "initializer_range": 0.2, **changes,
        }
    )  # fmt: skip
    return LlamaForCausalLM(config).eval()


def decoder_of(hf: LlamaForCausalLM) -> Decoder:
    """The explorer's own on weights of its own, so that what peft does to theirs does not reach it."""
    return Decoder.from_pretrained(deepcopy(hf))


def peft_of(hf: LlamaForCausalLM, config: Any) -> Any:
    import peft

    made = peft.get_peft_model(deepcopy(hf), config)
    made.train()
    return made


def theirs(model: Any, name: str, part: str, adapter: str = "default") -> nn.Parameter:
    """peft's parameter for one of ours: ("blocks.0.attn.W_Q", "A")."""
    _, layer, rest = name.split(".", 2)
    path = f"base_model.model.model.layers.{layer}.{LLAMA[rest]}.{PARTS[part].format(adapter)}"
    return model.get_parameter(path)


def copied(adapter: Adapter, model: Any, name: str = "default", scale: float = 0.1) -> None:
    """Random numbers in both: at the beginning B is nought, and the gradient to A with it."""
    generator = torch.Generator().manual_seed(len(name))
    for at, change in adapter.changes.items():
        for part, parameter in change.named_parameters():
            other = theirs(model, at, part, name)
            noise = scale * torch.randn(parameter.shape, generator=generator)
            with torch.no_grad():
                parameter.add_(noise)
                other.copy_(parameter.view_as(other))


def weighed(logits: Tensor) -> Tensor:
    """Something that weighs all logits differently."""
    return (logits * torch.randn(logits.shape, generator=torch.Generator().manual_seed(1))).sum()


def gradients(logits: Tensor) -> None:
    weighed(logits).backward()


def far(one: Tensor, other: Tensor) -> float:
    """The largest difference, as a share of the largest number."""
    return float((one - other).abs().max() / other.abs().max().clamp_min(1e-12))


def apart(adapter: Adapter, model: Any, name: str = "default", least: float = 1e-4) -> Mapping[str, float]:
    """How far gradients are, parameter by parameter."""
    found: dict[str, float] = {}
    for at, change in adapter.changes.items():
        assert isinstance(change, Change)
        for part, parameter in change.named_parameters():
            grad = theirs(model, at, part, name).grad
            assert grad is not None
            assert parameter.grad is not None
            assert float(grad.abs().max()) > least
            found[f"{at}.{part}"] = far(parameter.grad, grad.view_as(parameter.grad))
    return found
