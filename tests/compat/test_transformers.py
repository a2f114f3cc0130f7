"""transformers' private parts, as `explorer.compat.transformers` takes and replaces them."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import torch
import transformers.modeling_gguf_pytorch_utils as gguf_loading
import transformers.modeling_utils as loading
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM, MixtralConfig

from explorer.compat import transformers as compat

SIZES: Any = {
    "vocab_size": 16, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
    "num_key_value_heads": 2,
}  # fmt: skip


def saved(folder: Path) -> LlamaForCausalLM:
    model: Any = LlamaForCausalLM(LlamaConfig(**SIZES))
    model.save_pretrained(folder)
    return model


def test_the_gguf_reader_reads_the_tables_that_are_replaced() -> None:
    own = gguf_loading.GGUF_TO_TRANSFORMERS_MAPPING
    assert "olmoe" not in own["config"], "transformers reads OLMoE itself now"
    with compat.gguf_mixtures(mixtral=True):
        assert "olmoe" in gguf_loading.GGUF_TO_TRANSFORMERS_MAPPING["config"]
        assert "olmoe" in gguf_loading.GGUF_SUPPORTED_ARCHITECTURES
        assert issubclass(gguf_loading.TENSOR_PROCESSORS["llama"], gguf_loading.Qwen2MoeTensorProcessor)
    assert own is gguf_loading.GGUF_TO_TRANSFORMERS_MAPPING
    read = inspect.getsource(gguf_loading.load_gguf_checkpoint)
    for name in ("GGUF_TO_TRANSFORMERS_MAPPING", "GGUF_SUPPORTED_ARCHITECTURES", "TENSOR_PROCESSORS", "tqdm("):
        assert name in read, name
    assert "get_gguf_hf_weights_map(" in read


def test_the_gguf_readers_bar_and_names_are_told() -> None:
    read, places = [], set[str]()
    with compat.gguf_watched(lambda done, total: read.append((done, total)), places.update, "llama"):
        assert [*vars(gguf_loading)["tqdm"](["a", "b"], desc="Converting")] == ["a", "b"]
        model = LlamaForCausalLM(LlamaConfig(**SIZES))
        gguf_loading.get_gguf_hf_weights_map(model, gguf_loading.LlamaTensorProcessor({}))
    assert read == [(0, 2), (1, 2)]
    assert {"token_embd.weight", "blk.0.attn_q.weight"} <= places


def test_safetensors_are_opened_by_pread(tmp_path: Path, monkeypatch: Any) -> None:
    saved(tmp_path)
    seen: list[object] = []
    import safetensors

    opened = safetensors.safe_open

    def noted(*where: Any, **how: Any) -> object:
        seen.append(how.get("backend"))
        return opened(*where, **how)

    monkeypatch.setattr(safetensors, "safe_open", noted)
    with compat.safetensors_by_pread():
        LlamaForCausalLM.from_pretrained(tmp_path, local_files_only=True)
    assert set(seen) == {"pread"}


def test_weights_that_do_not_fit_are_told(tmp_path: Path) -> None:
    saved(tmp_path)
    told: list[tuple[dict[str, str], list[str]]] = []
    with compat.misfits_told(lambda by_tensor, others: told.append((by_tensor, others))):
        LlamaForCausalLM.from_pretrained(tmp_path, local_files_only=True)
        assert told == [({}, [])]
        save_file({"model.norm.weight": torch.zeros(3)}, tmp_path / "model.safetensors", {"format": "pt"})
        LlamaForCausalLM.from_pretrained(tmp_path, local_files_only=True, ignore_mismatched_sizes=True)
    assert len(told) == 2
    names = inspect.signature(vars(loading)["log_state_dict_report"]).parameters
    assert "loading_info" in names


def test_a_model_without_weights_has_plain_attention() -> None:
    made = compat.without_weights(LlamaForCausalLM, LlamaConfig(**SIZES), torch.bfloat16)
    assert compat.attention_is_plain(made.config)
    assert made.get_parameter("model.norm.weight").dtype == torch.bfloat16
    other: Any = LlamaForCausalLM._from_config(LlamaConfig(**SIZES), attn_implementation="sdpa")
    assert not compat.attention_is_plain(other.config)


def test_a_config_says_how_experts_are_run() -> None:
    config: Any = MixtralConfig(**SIZES)
    compat.run_experts_by(config, "eager")
    assert config._experts_implementation == "eager"
    from transformers.integrations import moe

    assert "_experts_implementation" in inspect.getsource(moe)
