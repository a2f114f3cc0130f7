"""A tiny Llama in transformers' layout, so that every way of going wrong is quick to try."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture(scope="session")
def tiny_original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny") / "tiny-llama"
    characters = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE({c: i for i, c in enumerate(characters)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, eos_token="<eos>", bos_token="<eos>", pad_token="<eos>"
    )
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128, tie_word_embeddings=True,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = LlamaForCausalLM(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def tiny(tiny_original: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(tiny_original, tmp_path / "tiny-llama"))


@pytest.fixture(scope="session")
def gguf_llama() -> Any:
    """`write(path, model, settings={}, tensors={}, tokens=None)`: a Llama as llama.cpp's converter writes it, in F32.

    `settings` are those of the architecture or, with a dot in front, whole names; None takes one away.
    """
    return write_gguf


def gguf_tokens() -> list[str]:
    from tokenizers import pre_tokenizers

    return [*sorted(pre_tokenizers.ByteLevel.alphabet()), "ab", "<eos>"]


def write_gguf(
    path: Path,
    model: Any,
    settings: dict[str, Any] | None = None,
    tensors: dict[str, np.ndarray] | None = None,
    tokens: list[str] | None = None,
    merges: tuple[str, ...] = ("a b",),
    architecture: str = "llama",
) -> Path:
    from gguf import GGUFWriter

    config, tokens = model.config, tokens or gguf_tokens()
    said: dict[str, Any] = {
        "block_count": config.num_hidden_layers, "context_length": config.max_position_embeddings,
        "embedding_length": config.hidden_size, "feed_forward_length": config.intermediate_size,
        "attention.head_count": config.num_attention_heads, "attention.head_count_kv": config.num_key_value_heads,
        "attention.layer_norm_rms_epsilon": config.rms_norm_eps, "rope.dimension_count": config.head_dim,
        "rope.freq_base": 10_000.0, "vocab_size": config.vocab_size,
        ".tokenizer.ggml.model": "gpt2", ".tokenizer.ggml.pre": "gpt-2",
        ".tokenizer.ggml.eos_token_id": len(tokens) - 1, ".tokenizer.ggml.bos_token_id": len(tokens) - 1,
    }  # fmt: skip
    writer = GGUFWriter(path, architecture)
    for key, value in {**said, **(settings or {})}.items():
        whole = key[1:] if key.startswith(".") else f"{architecture}.{key}"
        if isinstance(value, bool):
            writer.add_bool(whole, value)
        elif isinstance(value, int):
            writer.add_uint32(whole, value)
        elif isinstance(value, float):
            writer.add_float32(whole, value)
        elif isinstance(value, str):
            writer.add_string(whole, value)
        elif value is not None:
            writer.add_array(whole, value)
    writer.add_token_list(tokens)
    writer.add_token_merges(list(merges))
    writer.add_token_types([3 if token == "<eos>" else 1 for token in tokens])
    for name, tensor in {**gguf_tensors(model), **(tensors or {})}.items():
        if tensor is not None:
            writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def gguf_tensors(model: Any) -> dict[str, np.ndarray]:
    """Under llama.cpp's names; the rows of queries and keys stand in its order, pairs side by side."""
    names = {
        "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    }  # fmt: skip
    state = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    made = {"token_embd.weight": state["model.embed_tokens.weight"], "output_norm.weight": state["model.norm.weight"]}
    if not model.config.tie_word_embeddings:
        made["output.weight"] = state["lm_head.weight"]
    for layer in range(model.config.num_hidden_layers):
        for theirs, ours in names.items():
            weight = state[f"model.layers.{layer}.{theirs}.weight"]
            if ours in ("attn_q", "attn_k"):
                width = model.config.head_dim
                weight = weight.reshape(-1, 2, width // 2, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)
            made[f"blk.{layer}.{ours}.weight"] = np.ascontiguousarray(weight)
    return made


@pytest.fixture(scope="session")
def plain_llama() -> Any:
    """`make(**settings)`: a tiny random Llama of transformers, the same weights each time."""

    def make(**settings: Any) -> Any:
        import torch
        from transformers import LlamaConfig, LlamaForCausalLM

        sizes: dict[str, Any] = {
            "vocab_size": 258, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
            "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 256,
        }  # fmt: skip
        config = LlamaConfig(**{**sizes, "tie_word_embeddings": False, **settings})
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = LlamaForCausalLM(config)
            for parameter in model.parameters():
                torch.nn.init.normal_(parameter, std=0.3)
        return model.eval()

    return make
