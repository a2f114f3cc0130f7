"""Tiny random models of other architectures, captured as the real one is."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.tracing import TraceKey, capture
from explorer.zoo import Model
from tests.tiers import spread
from tests.tracing.conftest import PROMPT


def far(a: Tensor, b: Tensor) -> float:
    assert a.shape == b.shape
    return float((a - b).abs().max())


def relative(a: Tensor, b: Tensor) -> float:
    return far(a, b) / float(b.abs().max())


SMALL: dict[str, Any] = {"num_hidden_layers": 3, "hidden_size": 32, "num_attention_heads": 4, "vocab_size": 49152}
LLAMA_LIKE = SMALL | {"intermediate_size": 48, "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 128}


def configs() -> dict[str, Callable[[], Any]]:
    from transformers import (
        CohereConfig,
        Gemma2Config,
        Gemma3TextConfig,
        GPT2Config,
        GPTNeoXConfig,
        Olmo2Config,
        Qwen3Config,
    )

    end: dict[str, Any] = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2}
    return {
        "gpt2": lambda: GPT2Config(n_layer=3, n_embd=32, n_head=4, vocab_size=49152, n_positions=128, **end),
        "gpt_neox": lambda: GPTNeoXConfig(**SMALL, intermediate_size=48, max_position_embeddings=128, **end),
        "qwen3": lambda: Qwen3Config(**LLAMA_LIKE, **end),
        "gemma2": lambda: Gemma2Config(**LLAMA_LIKE, sliding_window=6, final_logit_softcapping=5.0, **end),
        "gemma3": lambda: Gemma3TextConfig(
            **LLAMA_LIKE,
            sliding_window=6,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
            **end,
        ),
        "cohere": lambda: CohereConfig(**LLAMA_LIKE, **end),
        "olmo2": lambda: Olmo2Config(**LLAMA_LIKE, **end),
    }


@pytest.mark.parametrize("architecture", spread(["gpt2", "gpt_neox", "qwen3", "gemma2", "gemma3", "olmo2"], 2))
def test_other_architectures(tiny: Callable[[Any], Model], architecture: str) -> None:
    """LayerNorm and biases, parallel blocks, query norms, softcaps, norms after sublayers, sliding windows."""
    from transformers import AutoModelForCausalLM

    model = tiny(configs()[architecture]())
    plain: Any = AutoModelForCausalLM.from_pretrained(model.name, attn_implementation="eager", dtype=torch.float32)
    trace = capture(model, TraceKey(model.name, PROMPT, max_new_tokens=5, seed=1))
    with torch.no_grad():
        result = plain.eval()(trace.ids[None], output_attentions=True, output_hidden_states=True, use_cache=False)
    assert far(trace.logits, result.logits[0]) < 1e-3
    assert far(trace.pattern, torch.stack([a[0] for a in result.attentions])) < 1e-4
    assert relative(trace.resid_pre, torch.stack([h[0] for h in result.hidden_states[:-1]])) < 1e-4

    at, token = len(trace) - 2, int(trace.logits[-2].argmax())
    found = trace.attribution(at, token)
    assert found.error < 1e-4
    assert found.heads_error < 1e-4
    lens = trace.lens_logits(at)
    assert far(lens[-1], result.logits[0, at]) < 1e-3
    for layer in range(3):
        neurons = found.neurons(layer, 4)
        assert neurons.total + neurons.bias == pytest.approx(float(found.mlp[layer]), abs=1e-4)
        seen = trace.pattern[layer] > 0
        # Softmax of the scores over the keys that were seen is the pattern again: the scaling is right.
        remade = trace.scores(layer).masked_fill(~seen, -torch.inf).softmax(-1)
        assert far(remade, trace.pattern[layer]) < 1e-4


#: What is kept because it does not follow from the stream: OLMo 2 has no norms before its sublayers.
KEPT = {"olmo2": {"mlp_pre_linear"}}


@pytest.mark.parametrize(
    "architecture", spread(["llama", "gpt2", "gpt_neox", "qwen3", "gemma2", "gemma3", "cohere", "olmo2"], 3)
)
def test_what_is_derived_is_what_hooks_would_show(
    model: Model, tiny: Callable[[Any], Model], architecture: str
) -> None:
    model = model if architecture == "llama" else tiny(configs()[architecture]())
    trace = capture(model, TraceKey(model.name, PROMPT))
    assert trace.measured.keys() == KEPT.get(architecture, set())
    bridge: Any = model.bridge
    with torch.inference_mode():
        _, cache = bridge.run_with_cache(trace.ids[None])

    def measured(name: str) -> Tensor | None:
        names = [f"blocks.{i}.{name}" for i in range(model.dims.n_layers)]
        return torch.stack([cache[name][0] for name in names]) if names[0] in cache.cache_dict else None

    for name in ("ln1", "ln2"):
        scale, derived = measured(f"{name}.hook_scale"), getattr(trace, f"{name}_scale")
        assert (scale is None) == (derived is None)
        if scale is not None:
            assert relative(derived, scale.squeeze(-1)) < 1e-5
    assert relative(trace.ln_final_scale, cache["ln_final.hook_scale"][0].squeeze(-1)) < 1e-5
    linear = measured("mlp.in.hook_out") if measured("mlp.gate.hook_out") is not None else None
    assert (linear is None) == (trace.mlp_pre_linear is None)
    if linear is not None and trace.mlp_pre_linear is not None:
        assert relative(trace.mlp_pre_linear, linear) < 1e-5
    post = measured("mlp.out.hook_in")
    assert post is not None
    assert trace.mlp_post is not None
    assert relative(trace.mlp_post, post) < 1e-5
    assert torch.equal(trace.neurons(1), trace.mlp_post[1])


@pytest.mark.thorough
def test_what_is_known_of_a_model_does_not_keep_it(tiny: Callable[[Any], Model]) -> None:
    model = tiny(configs()["qwen3"]())
    trace = capture(model, TraceKey(model.name, PROMPT))
    gone = weakref.ref(model), weakref.ref(model.bridge)
    del model
    gc.collect()
    assert all(reference() is None for reference in gone)
    assert trace.mlp_post is not None  # the weights are still there
