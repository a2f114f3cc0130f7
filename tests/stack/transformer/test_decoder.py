"""The decoder against transformers on the same weights: each architecture it takes, and each exchangeable part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import transformers as hf
from torch import nn

from explorer.errors import BadRequestError, NotApplicableError
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.embeddings.rope_scaling import Linear
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

TEXT = "When Mary and John went to the store, John gave a drink to"
LLAMA: dict[str, Any] = {
    "vocab_size": 96,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
}
YARN = {"rope_type": "yarn", "factor": 2.0, "original_max_position_embeddings": 32, "rope_theta": 1e4}
LAYERS = ["sliding_attention", "full_attention", "sliding_attention"]

ARCHITECTURES: dict[str, Callable[[], Any]] = {
    "llama": lambda: hf.LlamaConfig(**LLAMA),
    "llama with biases, untied": lambda: hf.LlamaConfig(
        **LLAMA, attention_bias=True, mlp_bias=True, tie_word_embeddings=False
    ),
    "llama with yarn": lambda: hf.LlamaConfig(**LLAMA, rope_parameters=YARN),
    "mistral, window 5": lambda: hf.MistralConfig(**LLAMA, head_dim=8, sliding_window=5),
    "mixtral": lambda: hf.MixtralConfig(**LLAMA, num_local_experts=6, num_experts_per_tok=2),
    "qwen2": lambda: hf.Qwen2Config(**LLAMA),
    "qwen3": lambda: hf.Qwen3Config(**LLAMA, head_dim=16),
    "gemma": lambda: hf.GemmaConfig(**LLAMA, head_dim=16),
    "gemma2, caps and windows": lambda: hf.Gemma2Config(
        **LLAMA, head_dim=16, sliding_window=5, layer_types=LAYERS, attn_logit_softcapping=2.0, query_pre_attn_scalar=9
    ),
    "gemma3, two rotations": lambda: hf.Gemma3TextConfig(**LLAMA, head_dim=16, sliding_window=5, layer_types=LAYERS),
    "gpt2": lambda: hf.GPT2Config(vocab_size=96, n_embd=32, n_layer=3, n_head=4, n_positions=64),
}


def randomised(config: Any) -> Any:
    """A model of this architecture with weights that make mistakes visible (norms off one, biases off zero)."""
    torch.manual_seed(0)
    made: Any = hf.AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return made.eval().requires_grad_(False)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_logits_equal_transformers(name: str) -> None:
    theirs = randomised(ARCHITECTURES[name]())
    ours = Decoder.from_pretrained(theirs)
    ids = torch.randint(0, 96, (2, 20), generator=torch.Generator().manual_seed(1))
    expected = theirs(ids).logits
    for kernel in ("sdpa", "eager"):
        assert (ours(ids, kernel=kernel) - expected).abs().max() < 1e-4
    again = Decoder.from_pretrained(theirs.config, theirs.state_dict())
    assert torch.equal(again(ids), ours(ids))


@pytest.mark.parametrize("name", ["llama", "gemma3, two rotations", "gpt2"])
def test_a_cache_in_pieces_equals_one_pass(name: str) -> None:
    ours = Decoder.from_pretrained(randomised(ARCHITECTURES[name]()))
    ids = torch.randint(0, 96, (2, 20), generator=torch.Generator().manual_seed(1))
    whole, cache = ours(ids), ContiguousCache(ours.config, 2, 20)
    pieces = [ours(piece, cache=cache) for piece in ids.split([7, 1, 1, 6, 5], 1)]
    assert (torch.cat(pieces, 1) - whole).abs().max() < 1e-4


def test_smollm2_equals_transformers(model: Any) -> None:
    ids = torch.tensor([model.vocabulary.encode(TEXT)])
    plain = hf.AutoModelForCausalLM.from_pretrained(model.hf.name_or_path, local_files_only=True).eval()
    with torch.inference_mode():
        assert (model.decoder(ids) - plain(ids).logits).abs().max() < 1e-4
    held = plain.model.layers[4].mlp.up_proj.weight
    assert Decoder.from_pretrained(plain).get_parameter("blocks.4.mlp.W_in.weight").data_ptr() == held.data_ptr()


def test_padding_changes_nothing(model: Any) -> None:
    ids = torch.tensor([model.vocabulary.encode(TEXT)])
    n = ids.shape[1]
    padded = torch.cat([torch.zeros(1, 3, dtype=torch.long), ids], 1)
    positions = torch.cat([torch.full((1, 3), -1), torch.arange(n)[None]], 1)
    with torch.inference_mode():
        alone, among = model.decoder(ids), model.decoder(padded, positions)
    assert not among.isnan().any()
    assert (among[:, 3:] - alone).abs().max() < 2e-4


def test_post_norm_and_both_directions_equal_torchs_encoder() -> None:
    torch.manual_seed(0)
    theirs = nn.TransformerEncoderLayer(32, 4, 64, dropout=0, activation="gelu", batch_first=True, norm_first=False)
    config = DecoderConfig(
        1, 32, 4, 4, 8, 64, 20, 16, norm="layer", placement="post", positions="none", activation="gelu", gated=False,
        attention_bias=True, mlp_bias=True, causal=False,
    )  # fmt: skip
    block = Decoder(config).eval().blocks[0]
    state = {
        "ln1": theirs.norm1, "ln2": theirs.norm2, "attn.W_O": theirs.self_attn.out_proj,
        "mlp.W_in": theirs.linear1, "mlp.W_out": theirs.linear2,
    }  # fmt: skip
    with torch.no_grad():
        for name, module in state.items():
            block.get_submodule(name).load_state_dict(module.state_dict())
        for name, w, b in zip(
            "QKV", theirs.self_attn.in_proj_weight.chunk(3), theirs.self_attn.in_proj_bias.chunk(3), strict=True
        ):
            block.get_submodule(f"attn.W_{name}").load_state_dict({"weight": w, "bias": b})
    from explorer.stack.transformer.block import Pass

    x = torch.randn(2, 7, 32)
    with torch.no_grad():
        assert (block(x, Pass(torch.arange(7).expand(2, 7))) - theirs.eval()(x)).abs().max() < 1e-5


def test_alibi_equals_bloom() -> None:
    """Bloom is built like our parts: LayerNorm, ALiBi, a plain GELU MLP; only its names differ."""
    theirs = randomised(hf.BloomConfig(vocab_size=96, hidden_size=32, n_layer=2, n_head=4))
    config = DecoderConfig(
        2, 32, 4, 4, 8, 128, 96, 64, norm="layer", positions="alibi", activation="gelu_tanh", gated=False,
        attention_bias=True, mlp_bias=True,
    )  # fmt: skip
    ours = Decoder(config).eval()
    names = {
        "ln1": "input_layernorm", "ln2": "post_attention_layernorm", "attn.W_O": "self_attention.dense",
        "mlp.W_in": "mlp.dense_h_to_4h", "mlp.W_out": "mlp.dense_4h_to_h",
    }  # fmt: skip
    with torch.no_grad():
        ours.embed.weight.copy_(theirs.transformer.word_embeddings.weight)
        ours.ln_final.load_state_dict(theirs.transformer.ln_f.state_dict())
        for block, layer in zip(ours.blocks, theirs.transformer.h, strict=True):
            for name, other in names.items():
                block.get_submodule(name).load_state_dict(layer.get_submodule(other).state_dict())
            fused = layer.self_attention.query_key_value
            w, b = fused.weight.view(4, 3, 8, 32), fused.bias.view(4, 3, 8)  # head qkv d_head
            for i, name in enumerate("QKV"):
                block.get_submodule(f"attn.W_{name}").load_state_dict(
                    {"weight": w[:, i].flatten(0, 1), "bias": b[:, i].flatten()}
                )
        ids = torch.randint(0, 96, (1, 15))
        # Bloom normalises its embeddings, which is no part of ALiBi.
        theirs.transformer.word_embeddings_layernorm = nn.Identity()
        assert (ours(ids) - theirs(ids).logits).abs().max() < 1e-4


def test_relatives_share_the_weights(model: Any) -> None:
    decoder, ids = model.decoder, torch.tensor([model.vocabulary.encode(TEXT)])
    with torch.inference_mode():
        shallow = decoder.shallow(4)
        assert shallow.blocks[3] is decoder.blocks[3]
        _, cache = decoder.run_with_cache(ids, names_filter="blocks.3.hook_resid_post")
        assert torch.equal(shallow(ids), decoder.unembedded(cache["blocks.3.hook_resid_post"]))
        rope = decoder.config.rope
        stretched = decoder.with_rope(RopeConfig(rope.theta, rope.d_head, scaling=Linear(2.0)))
        twice = torch.arange(ids.shape[1])[None] * 2
        assert (stretched(ids, twice) - decoder(ids)).abs().max() < 1e-4
        assert decoder.config.rope == rope
    with pytest.raises(BadRequestError):
        decoder.shallow(0)


def test_hooks_change_the_run(model: Any) -> None:
    ids = torch.tensor([model.vocabulary.encode(TEXT)])
    with torch.inference_mode():
        plain = model.decoder(ids)
        hooks = [("blocks.5.attn.hook_pattern", lambda pattern, hook: pattern * 0)]
        cut = model.decoder.run_with_hooks(ids, fwd_hooks=hooks)
        assert (cut - plain).abs().max() > 0.1
        assert torch.equal(model.decoder(ids), plain)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"n_kv_heads": 3}, "evenly"), ({"n_layers": 0}, "at least 1"), ({"windows": (4,)}, "windows")],
)
def test_a_wrong_config_is_refused(change: dict[str, Any], message: str) -> None:
    fields = {"n_layers": 2, "d_model": 8, "n_heads": 4, "n_kv_heads": 2, "d_head": 2, "d_mlp": 8, "d_vocab": 9}
    with pytest.raises(BadRequestError, match=message):
        DecoderConfig(**{**fields, "n_ctx": 8, **change})


def test_an_unknown_architecture_is_refused() -> None:
    with pytest.raises(NotApplicableError, match="gpt_neox"):
        DecoderConfig.from_hf(hf.GPTNeoXConfig())
    config = hf.LlamaConfig(**LLAMA)
    with pytest.raises(NotApplicableError, match=r"embed_tokens"):
        Decoder.from_pretrained(config, {})
