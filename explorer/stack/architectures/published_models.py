"""Models whose makers published a config: the one list of real sizes.

A config holds the fields of the model's config.json, under transformers' names, that say what the model is made of.
Three readers make sizes of it: `moe_parameters.from_hf`, `inference.model_config.from_hf` and, through transformers'
own config class, `DecoderConfig.from_hf`.

>>> PUBLISHED["Llama-3-8B"].read().num_key_value_heads, PUBLISHED["T5-base"].shape
(8, 'encoder-decoder')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

Shape = Literal["decoder-only", "encoder-only", "encoder-decoder"]
SHAPES: Mapping[str, Shape] = {
    "bert": "encoder-only", "roberta": "encoder-only", "t5": "encoder-decoder", "bart": "encoder-decoder",
}  # fmt: skip
#: Types that no class of transformers builds.
UNBUILT = ("grok-1",)
NEXT = "next token"


@dataclass(frozen=True)
class PublishedModel:
    """A model's config, and how many parameters its makers say that it has."""

    name: str
    family: str
    config: Mapping[str, object]
    stated: float
    """Billions of parameters, as rounded in `source`."""
    source: str
    exact: int | None = None
    """Parameters of the released weights to the last one, where they are known. DeepSeek-V3's: without the multi-token
    module and the router's balancing terms, which no gradient reaches."""
    active: float | None = None
    """Billions that one token passes through, as the makers of a mixture state."""
    objective: str = NEXT
    """What pre-training asks of the model."""

    @property
    def kind(self) -> str:
        return str(self.config["model_type"])

    @property
    def shape(self) -> Shape:
        return SHAPES.get(self.kind, "decoder-only")

    def read(self) -> SimpleNamespace:
        """The fields as attributes, as the readers take them: no class of transformers is loaded."""
        inner = {k: SimpleNamespace(**v) if isinstance(v, Mapping) else v for k, v in self.config.items()}
        return SimpleNamespace(**({"tie_word_embeddings": False} | inner))

    def hf(self) -> PreTrainedConfig:
        """The same as a config of transformers. Raises LookupError for a type that it does not build."""
        if self.kind in UNBUILT:
            raise LookupError(f"transformers has no class for {self.kind}")
        from transformers import CONFIG_MAPPING

        fields: dict[str, object] = {"tie_word_embeddings": False, **self.config}
        return CONFIG_MAPPING[self.kind].from_dict(fields)


def _gpt(layers: int, d_model: int, heads: int, n_ctx: int) -> dict[str, object]:
    return {
        "model_type": "gpt2", "n_layer": layers, "n_embd": d_model, "n_head": heads, "n_positions": n_ctx,
        "n_inner": None, "vocab_size": 50257, "tie_word_embeddings": True,
    }  # fmt: skip


def _llama(
    kind: str, layers: int, d_model: int, heads: int, kv_heads: int, d_head: int, d_ff: int, d_vocab: int, n_ctx: int,
    **more: object,
) -> dict[str, object]:  # fmt: skip
    """The fields of Llama's type, which most others share."""
    return {
        "model_type": kind, "num_hidden_layers": layers, "hidden_size": d_model, "num_attention_heads": heads,
        "num_key_value_heads": kv_heads, "head_dim": d_head, "intermediate_size": d_ff, "vocab_size": d_vocab,
        "max_position_embeddings": n_ctx, **more,
    }  # fmt: skip


def _looks(layers: int, period: int) -> list[str]:
    """Every `period`-th block looks at everything, the others over a window."""
    return ["full_attention" if (i + 1) % period == 0 else "sliding_attention" for i in range(layers)]


def _gpt_oss(layers: int, experts: int) -> dict[str, object]:
    return _llama(
        "gpt_oss", layers, 2880, 64, 8, 64, 2880, 201088, 131072, attention_bias=True, sliding_window=128,
        layer_types=_looks(layers, 2), num_local_experts=experts, num_experts_per_tok=4,
    )  # fmt: skip


def _qwen3_moe(layers: int, d_model: int, heads: int, kv_heads: int, experts: int, d_ff: int) -> dict[str, object]:
    return _llama(
        "qwen3_moe", layers, d_model, heads, kv_heads, 128, 6144, 151936, 40960, num_experts=experts,
        num_experts_per_tok=8, moe_intermediate_size=d_ff, mlp_only_layers=[], decoder_sparse_step=1,
    )  # fmt: skip


def _deepseek(
    kind: str, layers: int, d_model: int, d_ff: int, d_vocab: int, experts: tuple[int, int, int], **more: int
) -> dict[str, object]:
    n, k, shared = experts
    return {
        "model_type": kind, "num_hidden_layers": layers, "hidden_size": d_model, "num_attention_heads": 128,
        "num_key_value_heads": 128, "intermediate_size": d_ff, "vocab_size": d_vocab,
        "max_position_embeddings": 163840, "q_lora_rank": 1536, "kv_lora_rank": 512, "qk_nope_head_dim": 128,
        "qk_rope_head_dim": 64, "v_head_dim": 128, "n_routed_experts": n, "num_experts_per_tok": k,
        "n_shared_experts": shared, "n_group": 8, **more,
    }  # fmt: skip


def _t5(layers: int, d_model: int, heads: int, d_kv: int, d_ff: int, gate: str, tied: bool) -> dict[str, object]:
    return {
        "model_type": "t5", "num_layers": layers, "num_decoder_layers": layers, "d_model": d_model, "num_heads": heads,
        "d_kv": d_kv, "d_ff": d_ff, "feed_forward_proj": gate, "vocab_size": 32128, "n_positions": 512,
        "relative_attention_num_buckets": 32, "tie_word_embeddings": tied,
    }  # fmt: skip


def _bert(kind: str, d_vocab: int, n_ctx: int, types: int) -> dict[str, object]:
    return {
        "model_type": kind, "num_hidden_layers": 12, "hidden_size": 768, "num_attention_heads": 12,
        "intermediate_size": 3072, "vocab_size": d_vocab, "max_position_embeddings": n_ctx, "type_vocab_size": types,
        "tie_word_embeddings": True,
    }  # fmt: skip


_BART = {
    "model_type": "bart", "encoder_layers": 12, "decoder_layers": 12, "d_model": 1024, "encoder_attention_heads": 16,
    "decoder_attention_heads": 16, "encoder_ffn_dim": 4096, "decoder_ffn_dim": 4096, "vocab_size": 50265,
    "max_position_embeddings": 1024, "tie_word_embeddings": True,
}  # fmt: skip
_DBRX = {
    "model_type": "dbrx", "n_layers": 40, "d_model": 6144, "n_heads": 48, "vocab_size": 100352, "max_seq_len": 32768,
    "attn_config": {"kv_n_heads": 8, "rope_theta": 5e5},
    "ffn_config": {"ffn_hidden_size": 10752, "moe_num_experts": 16, "moe_top_k": 4},
}  # fmt: skip
_FALCON = {
    "model_type": "falcon", "num_hidden_layers": 32, "hidden_size": 4544, "num_attention_heads": 71,
    "vocab_size": 65024, "max_position_embeddings": 2048, "multi_query": True, "parallel_attn": True, "bias": False,
    "new_decoder_architecture": False, "ffn_hidden_size": 18176, "tie_word_embeddings": True,
}  # fmt: skip


def _mixtral(layers: int, d_model: int, heads: int, d_ff: int, n_ctx: int) -> dict[str, object]:
    return _llama(
        "mixtral", layers, d_model, heads, 8, 128, d_ff, 32000, n_ctx, num_local_experts=8, num_experts_per_tok=2,
        sliding_window=None,
    )  # fmt: skip


TIED = {"tie_word_embeddings": True}
#: Grok-1 has four norms a block; its fields stand under Mixtral's names.
_GROK = {**_mixtral(64, 6144, 48, 32768, 8192), "model_type": "grok-1", "vocab_size": 131072, **TIED}
_LLAMA3, _MISTRAL = "Grattafiori et al. 2024, arXiv 2407.21783", "Jiang et al. 2024, arXiv 2401.04088"
_QWEN3, _GPT_OSS = "Qwen Team 2025, arXiv 2505.09388", "OpenAI 2025, gpt-oss model card, arXiv 2508.10925"
_GEMMA2 = {"sliding_window": 4096, **TIED}
_2_9B = {**_GEMMA2, "layer_types": ["sliding_attention", "full_attention"] * 21}
_2_2B = {**_GEMMA2, "layer_types": ["sliding_attention", "full_attention"] * 13}
_3_270M = {"sliding_window": 512, "layer_types": _looks(18, 6), **TIED}
_V2 = _deepseek("deepseek_v2", 60, 5120, 12288, 102400, (160, 6, 2), moe_intermediate_size=1536,
                first_k_dense_replace=1, topk_group=3)  # fmt: skip
_V3 = _deepseek("deepseek_v3", 61, 7168, 18432, 129280, (256, 8, 1), moe_intermediate_size=2048,
                first_k_dense_replace=3, topk_group=4)  # fmt: skip
_P = PublishedModel

# layers, d_model, query heads, key/value heads, d_head, width of the feed-forward, vocabulary, positions
_DECODERS = (
    _P("GPT-2", "GPT", _gpt(12, 768, 12, 1024), 0.124, "Radford et al. 2019; count of the released weights' README",
       124_439_808),
    _P("SmolLM2-135M", "SmolLM", _llama("llama", 30, 576, 9, 3, 64, 1536, 49152, 8192, **TIED), 0.135,
       "Allal et al. 2025, arXiv 2502.02737", 134_515_008),
    _P("Gemma-3-270M", "Gemma", _llama("gemma3_text", 18, 640, 4, 1, 256, 2048, 262144, 32768, **_3_270M), 0.27,
       "Gemma Team 2025, the model's card", 268_098_176),
    _P("Gemma-2-2B", "Gemma", _llama("gemma2", 26, 2304, 8, 4, 256, 9216, 256000, 8192, **_2_2B), 2.6,
       "Gemma Team 2024, arXiv 2408.00118", 2_614_341_888),
    _P("Phi-3-mini", "Phi", _llama("phi3", 32, 3072, 32, 32, 96, 8192, 32064, 4096, sliding_window=2047), 3.8,
       "Abdin et al. 2024, arXiv 2404.14219", 3_821_079_552),
    _P("LLaMA-7B", "LLaMA", _llama("llama", 32, 4096, 32, 32, 128, 11008, 32000, 2048), 6.7,
       "Touvron et al. 2023, arXiv 2302.13971, table 2", 6_738_415_616),
    _P("Falcon-7B", "Falcon", _FALCON, 7.0, "Almazrouei et al. 2023, arXiv 2311.16867"),
    _P("Mistral-7B", "Mistral", _llama("mistral", 32, 4096, 32, 8, 128, 14336, 32000, 32768, sliding_window=4096), 7.0,
       "Jiang et al. 2023, arXiv 2310.06825", 7_241_732_096),
    _P("Qwen2.5-7B", "Qwen", _llama("qwen2", 28, 3584, 28, 4, 128, 18944, 152064, 131072, sliding_window=None), 7.61,
       "Qwen Team 2024, the model's card", 7_615_616_512),
    _P("Llama-3-8B", "LLaMA", _llama("llama", 32, 4096, 32, 8, 128, 14336, 128256, 8192), 8.0, _LLAMA3, 8_030_261_248),
    _P("Llama-3.1-8B", "LLaMA", _llama("llama", 32, 4096, 32, 8, 128, 14336, 128256, 131072), 8.0, _LLAMA3,
       8_030_261_248),
    _P("Gemma-7B", "Gemma", _llama("gemma", 28, 3072, 16, 16, 256, 24576, 256000, 8192, **TIED), 8.54,
       "Gemma Team 2024, arXiv 2403.08295, table 2", 8_537_680_896),
    _P("Qwen3-8B", "Qwen", _llama("qwen3", 36, 4096, 32, 8, 128, 12288, 151936, 40960), 8.2, _QWEN3, 8_190_735_360),
    _P("Gemma-2-9B", "Gemma", _llama("gemma2", 42, 3584, 16, 8, 256, 14336, 256000, 8192, **_2_9B), 9.2,
       "Gemma Team 2024, arXiv 2408.00118", 9_241_705_984),
    _P("gpt-oss-20b", "GPT", _gpt_oss(24, 32), 20.9, _GPT_OSS, 20_914_757_184, 3.6),
    _P("Qwen3-30B-A3B", "Qwen", _qwen3_moe(48, 2048, 32, 4, 128, 768), 30.5, _QWEN3, 30_532_122_624, 3.3),
    _P("Qwen3-32B", "Qwen", _llama("qwen3", 64, 5120, 64, 8, 128, 25600, 151936, 40960), 32.8, _QWEN3, 32_762_123_264),
    _P("Mixtral-8x7B", "Mistral", _mixtral(32, 4096, 32, 14336, 32768), 47.0, _MISTRAL, 46_702_792_704, 13.0),
    _P("Llama-2-70B", "LLaMA", _llama("llama", 80, 8192, 64, 8, 128, 28672, 32000, 4096), 70.0,
       "Touvron et al. 2023, arXiv 2307.09288", 68_976_648_192),
    _P("Llama-3-70B", "LLaMA", _llama("llama", 80, 8192, 64, 8, 128, 28672, 128256, 8192), 70.0, _LLAMA3,
       70_553_706_496),
    _P("gpt-oss-120b", "GPT", _gpt_oss(36, 128), 116.8, _GPT_OSS, 116_829_156_672, 5.1),
    _P("DBRX", "DBRX", _DBRX, 132.0, "Databricks 2024, the model's announcement", None, 36.0),
    _P("Mixtral-8x22B", "Mistral", _mixtral(56, 6144, 48, 16384, 65536), 141.0, "Mistral AI 2024, its announcement",
       140_620_634_112, 39.0),
    _P("GPT-3", "GPT", _gpt(96, 12288, 96, 2048), 175.0, "Brown et al. 2020, arXiv 2005.14165, table 2.1"),
    _P("DeepSeek-V2", "DeepSeek", _V2, 236.0, "DeepSeek-AI 2024, arXiv 2405.04434", 235_741_434_880, 21.0),
    _P("Grok-1", "Grok", _GROK, 314.0, "xAI 2024, the released weights' README", None, 86.0),
    _P("Llama-3.1-405B", "LLaMA", _llama("llama", 126, 16384, 128, 8, 128, 53248, 128256, 131072), 405.0, _LLAMA3,
       405_853_388_800),
    _P("DeepSeek-V3", "DeepSeek", _V3, 671.0, "DeepSeek-AI 2024, arXiv 2412.19437", 671_026_404_352, 37.0),
)  # fmt: skip
_OTHERS = (
    _P("BERT-base", "BERT", _bert("bert", 30522, 512, 2), 0.11, "Devlin et al. 2018, arXiv 1810.04805", 109_482_240,
       objective="masked tokens, next sentence"),
    _P("RoBERTa-base", "RoBERTa", _bert("roberta", 50265, 514, 1), 0.125, "Liu et al. 2019, arXiv 1907.11692",
       124_645_632, objective="masked tokens"),
    _P("T5-base", "T5", _t5(12, 768, 12, 64, 3072, "relu", True), 0.22, "Raffel et al. 2019, arXiv 1910.10683",
       222_903_552, objective="span corruption"),
    _P("Flan-T5-base", "Flan-T5", _t5(12, 768, 12, 64, 2048, "gated-gelu", False), 0.25,
       "Chung et al. 2022, arXiv 2210.11416", 247_577_856, objective="span corruption, then instructions"),
    _P("BART-large", "BART", _BART, 0.406, "Lewis et al. 2019, arXiv 1910.13461; the released weights' card",
       406_291_456, objective="text infilling"),
    _P("UL2-20B", "UL2", _t5(32, 4096, 16, 256, 16384, "gated-silu", False), 20.0, "Tay et al. 2022, arXiv 2205.05131",
       objective="mixture of denoisers"),
)  # fmt: skip
#: Those that only decode by their size, then the others.
PUBLISHED: Mapping[str, PublishedModel] = {each.name: each for each in (*_DECODERS, *_OTHERS)}
