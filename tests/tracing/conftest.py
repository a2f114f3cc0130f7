"""The yardstick: the same weights in transformers alone, with no bridge, read by torch's own hooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor

from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing import Trace, TraceKey, capture

if TYPE_CHECKING:
    from explorer.zoo import Model

PROMPT = "When Mary and John went to the store, John gave a drink to"


@pytest.fixture(scope="session")
def plain(model: Model) -> Any:
    """A second copy of the default model that no bridge has touched."""
    from transformers import AutoModelForCausalLM

    made: Any = AutoModelForCausalLM.from_pretrained(
        str(model.hf.name_or_path), attn_implementation="eager", dtype=torch.float32, local_files_only=True
    )
    return made.eval().requires_grad_(False)


@pytest.fixture(scope="session")
def greedy(model: Model) -> Trace:
    """The example prompt and six greedy tokens, captured over the key-value cache."""
    return capture(model, TraceKey(model.name, PROMPT, max_new_tokens=6, sampler=Sampler(temperature=0)))


@dataclass
class Reference:
    """What one full forward without cache computed; [layer ...] each."""

    logits: Tensor
    pattern: Tensor
    resid_pre: Tensor
    attn_out: Tensor
    mlp_out: Tensor
    z: Tensor
    q: Tensor
    v: Tensor
    mlp_post: Tensor


def reference(plain: Any, ids: Tensor, zero: tuple[int, int] | None = None) -> Reference:
    """A full forward of a Llama model, read by torch hooks; `zero` cuts one (layer, head) before o_proj."""
    seen: dict[str, list[Tensor]] = {}
    d_head = plain.config.head_dim

    def out(name: str) -> Callable[..., None]:
        def hook(_module: object, _inputs: object, output: Any) -> None:
            seen.setdefault(name, []).append((output[0] if isinstance(output, tuple) else output)[0].clone())

        return hook

    def into(name: str) -> Callable[..., None]:
        return lambda _module, inputs: seen.setdefault(name, []).append(inputs[0][0].clone())

    def cut(_module: object, inputs: tuple[Tensor]) -> tuple[Tensor]:
        assert zero is not None
        changed = inputs[0].clone()
        changed[..., zero[1] * d_head : (zero[1] + 1) * d_head] = 0
        return (changed,)

    handles = []
    for layer, block in enumerate(plain.model.layers):
        attn, mlp = block.self_attn, block.mlp
        if zero is not None and zero[0] == layer:
            handles.append(attn.o_proj.register_forward_pre_hook(cut))
        handles += [
            block.register_forward_pre_hook(into("resid_pre")),
            attn.register_forward_hook(out("attn_out")),
            mlp.register_forward_hook(out("mlp_out")),
            attn.o_proj.register_forward_pre_hook(into("z")),
            attn.q_proj.register_forward_hook(out("q")),
            attn.v_proj.register_forward_hook(out("v")),
            mlp.down_proj.register_forward_pre_hook(into("mlp_post")),
        ]
    try:
        with torch.no_grad():
            result = plain(ids[None], output_attentions=True, use_cache=False)
    finally:
        for handle in handles:
            handle.remove()
    stacked = {name: torch.stack(values) for name, values in seen.items()}
    pattern = torch.stack([a[0] for a in result.attentions])
    return Reference(logits=result.logits[0], pattern=pattern, **stacked)


@pytest.fixture(scope="session")
def full(plain: Any, greedy: Trace) -> Reference:
    return reference(plain, greedy.ids)


@pytest.fixture(scope="session")
def tiny(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], Model]:
    """A randomly initialised model of any architecture, with the default model's tokenizer."""

    def make(config: Any) -> Model:
        from transformers import AutoModelForCausalLM

        from explorer.zoo.loading import open_folder

        torch.manual_seed(0)
        folder: Path = tmp_path_factory.mktemp(config.model_type)
        hf: Any = AutoModelForCausalLM.from_config(config)
        with torch.no_grad():
            for name, parameter in hf.named_parameters():
                # Norm weights and biases start at ones and zeros: make mistakes in them visible.
                parameter.add_(torch.randn_like(parameter) * (0.2 if "norm" in name or "ln" in name else 0.05))
        hf.save_pretrained(folder)
        model.tokenizer.save_pretrained(folder)
        return open_folder(str(folder), None, folder)

    return make
