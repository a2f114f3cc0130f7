"""What published models' configs say of positions, each with its source; what no source says is left out.

Sizes are those of the one list of published models where it has the model. A base, a limit or a scaling stands here
only where the makers publish it: what a config class of transformers would fill in is no published fact.

>>> PUBLISHED["Qwen3-8B"].config["rope_theta"], PUBLISHED["Qwen3-8B"].limit
(1000000.0, 40960)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.stack.architectures import published_models

#: Fields that say how many positions a model allows.
LIMITS = ("max_position_embeddings", "n_positions", "max_target_positions", "max_seq_len")
#: Fields that name the base of a rotation.
BASES = ("rope_theta", "rotary_emb_base", "global_rope_theta")


@dataclass(frozen=True)
class PublishedPositions:
    """One model's config."""

    name: str
    checkpoint: str
    """Where its makers publish it."""
    kind: str
    """transformers' model type."""
    architecture: str
    """The class of transformers that is built of it."""
    config: Mapping[str, object]
    """Fields of the published config; none where no published config is at hand."""
    source: str

    @property
    def limit(self) -> int | None:
        """Positions that the published config allows; None where it names no limit."""
        return next((n for n in (self.config.get(key) for key in LIMITS) if isinstance(n, int)), None)

    @property
    def names_base(self) -> bool:
        return any(key in self.config for key in BASES)


def _listed(name: str, checkpoint: str, architecture: str, source: str = "", **more: object) -> PublishedPositions:
    """One whose sizes the list of published models has."""
    known = published_models.PUBLISHED[name]
    fields = {**known.config, **more}
    if known.kind == "t5":
        fields.pop("n_positions", None)  # the length of its training texts: distances have no end
    sources = "; ".join(filter(None, (known.source, source)))
    return PublishedPositions(name, checkpoint, known.kind, architecture, fields, sources)


def _file(checkpoint: str) -> str:
    return f"config.json of {checkpoint}"


_YARN = {"rope_type": "yarn", "factor": 32.0, "original_max_position_embeddings": 4096}
_P = PublishedPositions
_ALL = (
    _P("CTRL", "Salesforce/ctrl", "ctrl", "CTRLLMHeadModel", {}, ""),
    _P("Marian", "Helsinki-NLP/opus-mt-en-de", "marian", "MarianMTModel", {}, ""),
    _P("GPT", "openai-community/openai-gpt", "openai-gpt", "OpenAIGPTLMHeadModel",
       {"n_positions": 512, "n_embd": 768, "n_layer": 12, "n_head": 12}, "Radford et al. 2018"),
    _listed("BERT-base", "google-bert/bert-base-uncased", "BertModel"),
    _listed("GPT-2", "openai-community/gpt2", "GPT2LMHeadModel"),
    _listed("RoBERTa-base", "FacebookAI/roberta-base", "RobertaModel"),
    _P("OPT-125M", "facebook/opt-125m", "opt", "OPTForCausalLM",
       {"max_position_embeddings": 2048, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12},
       "Zhang et al. 2022, arXiv 2205.01068"),
    _listed("T5-base", "google-t5/t5-base", "T5ForConditionalGeneration"),
    _P("BLOOM-176B", "bigscience/bloom", "bloom", "BloomForCausalLM",
       {"hidden_size": 14336, "n_layer": 70, "n_head": 112}, "Le Scao et al. 2022, arXiv 2211.05100"),
    _P("MPT-7B", "mosaicml/mpt-7b", "mpt", "MptForCausalLM",
       {"max_seq_len": 2048, "d_model": 4096, "n_layers": 32, "n_heads": 32, "attn_config": {"alibi": True}},
       "MosaicML 2023, the model’s card"),
    _P("GPT-J-6B", "EleutherAI/gpt-j-6B", "gptj", "GPTJForCausalLM",
       {"n_positions": 2048, "n_embd": 4096, "n_layer": 28, "n_head": 16, "rotary_dim": 64},
       "Wang and Komatsuzaki 2021, the model’s card"),
    _P("GPT-NeoX-20B", "EleutherAI/gpt-neox-20b", "gpt_neox", "GPTNeoXForCausalLM",
       {"max_position_embeddings": 2048, "hidden_size": 6144, "num_hidden_layers": 44, "num_attention_heads": 64,
        "intermediate_size": 24576, "rotary_pct": 0.25, "rotary_emb_base": 10000},
       "Black et al. 2022, arXiv 2204.06745; " + _file("EleutherAI/gpt-neox-20b")),
    _listed("Falcon-7B", "tiiuae/falcon-7b", "FalconForCausalLM"),
    _listed("Llama-3-8B", "meta-llama/Meta-Llama-3-8B", "LlamaForCausalLM", rope_theta=5e5),
    _listed("Mistral-7B", "mistralai/Mistral-7B-v0.1", "MistralForCausalLM", _file("mistralai/Mistral-7B-v0.1"),
            rope_theta=1e4),
    _listed("Mixtral-8x7B", "mistralai/Mixtral-8x7B-v0.1", "MixtralForCausalLM", _file("mistralai/Mixtral-8x7B-v0.1"),
            rope_theta=1e6),
    _P("Phi-1.5", "microsoft/phi-1_5", "phi", "PhiForCausalLM",
       {"max_position_embeddings": 2048, "hidden_size": 2048, "num_hidden_layers": 24, "num_attention_heads": 32,
        "intermediate_size": 8192, "partial_rotary_factor": 0.5, "rope_theta": 10000.0},
       "Li et al. 2023, arXiv 2309.05463; " + _file("microsoft/phi-1_5")),
    _listed("Qwen3-8B", "Qwen/Qwen3-8B", "Qwen3ForCausalLM", _file("Qwen/Qwen3-8B"), rope_theta=1e6),
    _listed("Gemma-7B", "google/gemma-7b", "GemmaForCausalLM", "base: arXiv 2503.19786, section 2", rope_theta=1e4),
    _listed("Gemma-3-270M", "google/gemma-3-270m", "Gemma3ForCausalLM", "bases: arXiv 2503.19786, section 2",
            rope_theta=1e6, rope_local_base_freq=1e4),
    _P("Command R", "CohereLabs/c4ai-command-r-v01", "cohere", "CohereForCausalLM",
       {"max_position_embeddings": 8192, "hidden_size": 8192, "num_hidden_layers": 40, "num_attention_heads": 64,
        "num_key_value_heads": 64, "intermediate_size": 22528, "vocab_size": 256000, "rope_theta": 8e6},
       _file("CohereLabs/c4ai-command-r-v01")),
    _P("GLM-4-9B", "zai-org/glm-4-9b-hf", "glm", "GlmForCausalLM", {}, ""),
    _P("ModernBERT-base", "answerdotai/ModernBERT-base", "modernbert", "ModernBertModel",
       {"max_position_embeddings": 8192, "hidden_size": 768, "num_hidden_layers": 22, "num_attention_heads": 12,
        "intermediate_size": 1152, "vocab_size": 50368, "global_rope_theta": 160000.0, "local_rope_theta": 10000.0},
       "Warner et al. 2024, arXiv 2412.13663"),
    _P("SmolLM3-3B", "HuggingFaceTB/SmolLM3-3B", "smollm3", "SmolLM3ForCausalLM",
       {"max_position_embeddings": 65536, "hidden_size": 2048, "num_hidden_layers": 36, "num_attention_heads": 16,
        "num_key_value_heads": 4, "intermediate_size": 11008, "rope_theta": 5e6, "no_rope_layer_interval": 4},
       _file("HuggingFaceTB/SmolLM3-3B")),
    _listed("gpt-oss-20b", "openai/gpt-oss-20b", "GptOssForCausalLM", _file("openai/gpt-oss-20b"),
            rope_theta=150000.0, rope_scaling=_YARN),
    _P("Jamba v0.1", "ai21labs/Jamba-v0.1", "jamba", "JambaForCausalLM",
       {"max_position_embeddings": 262144, "hidden_size": 4096, "num_hidden_layers": 32},
       "Lieber et al. 2024, arXiv 2403.19887"),
)  # fmt: skip
#: By name.
PUBLISHED: Mapping[str, PublishedPositions] = {each.name: each for each in _ALL}
