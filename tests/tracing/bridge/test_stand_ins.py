"""What stands in for the bridge's components: the same numbers, each hook once, and everything back in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import transformers as hf
from torch import Tensor

from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.bridge.stand_ins import Hooked
from explorer.tracing.capturing.capture import hooked
from explorer.zoo import Model

SIZES: dict[str, Any] = {
    "vocab_size": 49152, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 128,
}  # fmt: skip
CONFIGS: dict[str, Callable[[], Any]] = {
    "mixtral": lambda: hf.MixtralConfig(**SIZES, num_local_experts=4, num_experts_per_tok=2),
    "llama": lambda: hf.LlamaConfig(**SIZES),
    "qwen2, biases": lambda: hf.Qwen2Config(**SIZES),
    "mistral, a window": lambda: hf.MistralConfig(**SIZES, sliding_window=3),
}
IDS = torch.tensor([[5, 17, 400, 2, 30000, 9]])


@pytest.fixture(scope="module", params=CONFIGS)
def made(request: Any, tiny: Callable[[Any], Model]) -> Model:
    return tiny(CONFIGS[request.param]())


def logits(model: Model) -> Tensor:
    with torch.inference_mode():
        return model.bridge(IDS, return_type="logits").clone()


def test_same_numbers_and_all_back_in_place(made: Model) -> None:
    before = logits(made)
    with hooked(made, []):
        bare = logits(made)
    places = anatomy(made.bridge).stand_ins.places
    assert len(places) > 20
    assert all(place.module._modules[place.name] is place.component for place in places)
    assert (bare - before).abs().max() < 1e-5
    assert torch.equal(logits(made), before)


@pytest.mark.parametrize(
    "name",
    [
        "hook_resid_pre",
        "hook_resid_mid",
        "hook_resid_post",
        "hook_mlp_out",
        "attn.hook_q",
        "attn.hook_v",
        "attn.hook_z",
        "attn.hook_rot_q",
        "attn.hook_rot_k",
        "attn.hook_pattern",
        "attn.hook_attn_scores",  # only the component has it: it stays in its place
        "hook_attn_out",
    ],
)
def test_each_hook_fires_once_with_what_the_bridge_shows_and_may_change_it(made: Model, name: str) -> None:
    full = f"blocks.1.{name}"
    shown: list[Tensor] = []
    with torch.inference_mode(), made.bridge.hooks(fwd_hooks=[(full, lambda x, **_: shown.append(x.clone()))]):
        made.bridge(IDS, return_type="logits")
    seen: list[Tensor] = []
    with hooked(made, [(full, lambda x, **_: seen.append(x.clone()))]):
        plain = logits(made)
    assert len(seen) == len(shown) == 1
    assert seen[0].shape == shown[0].shape
    assert (seen[0] - shown[0]).abs().max() < 1e-5

    with torch.inference_mode(), made.bridge.hooks(fwd_hooks=[(full, lambda x, **_: x.roll(1, -1) + 0.1)]):
        expected = made.bridge(IDS, return_type="logits")
    with hooked(made, [(full, lambda x, **_: x.roll(1, -1) + 0.1)]):
        changed = logits(made)
    assert (changed - expected).abs().max() < 1e-5
    assert (changed - plain).abs().max() > 1e-4


def test_attention_is_computed_as_transformers_does(made: Model) -> None:
    """To the last bit, with and without a cache."""
    config = made.hf.config
    plain: Any = hf.AutoModelForCausalLM.from_pretrained(
        str(made.hf.name_or_path), dtype=torch.float32, attn_implementation="eager", local_files_only=True
    ).eval()
    kinds = set()
    with hooked(made, [("blocks.1.attn.hook_pattern", lambda _x, **_: None)]), torch.inference_mode():
        for place in anatomy(made.bridge).stand_ins.places:
            if place.attention:
                kinds.add(type(place.module._modules[place.name]).__name__)
        found, cache = made.bridge(IDS[:, :4], return_type="logits_and_cache", use_cache=True)
        later, _ = made.bridge(IDS[:, 4:], return_type="logits_and_cache", use_cache=True, past_key_values=cache)
    with torch.inference_mode():
        first = plain(IDS[:, :4], use_cache=True)
        second = plain(IDS[:, 4:], use_cache=True, past_key_values=first.past_key_values)
    assert kinds == {"PlainAttention"}, config.model_type
    assert torch.equal(found, first.logits)
    assert torch.equal(later, second.logits)


def test_a_projection_within_an_mlp_keeps_its_component(tiny: Callable[[Any], Model]) -> None:
    """It tells the MLP's component what has fired; a stand-in there would let the hook fire twice."""
    made = tiny(CONFIGS["llama"]())
    fired = []
    with hooked(made, [("blocks.0.mlp.out.hook_out", lambda x, **_: fired.append(x.shape))]):
        logits(made)
    assert len(fired) == 1


def test_all_is_put_back_when_the_run_fails(made: Model) -> None:
    def fail(_x: Tensor, **_: object) -> None:
        raise RuntimeError("no")

    before = logits(made)
    with pytest.raises(RuntimeError, match="no"), hooked(made, [("blocks.1.hook_resid_post", fail)]):
        logits(made)
    assert torch.equal(logits(made), before)


def test_a_stand_in_hands_on_what_is_read_off_the_layer(made: Model) -> None:
    places = anatomy(made.bridge).stand_ins.places
    block = next(place.component for place in places if type(place.component).__name__ == "BlockBridge")
    stand_in = Hooked(block, frozenset({"hook_out"}))
    assert block.original_component is not None
    assert stand_in.self_attn is block.original_component.self_attn
    assert stand_in.original_component is block.original_component
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = stand_in.no_such_thing
