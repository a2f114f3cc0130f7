"""Tiny random models of transformers, brought to the zoo as a person brings one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from explorer import zoo
from tests.zoo.conftest import gguf_tokens


def brought(kind: str, folder: Path, std: float = 0.3, **settings: Any) -> Any:
    """A tiny random model of transformers with a byte-level tokenizer, opened by the zoo."""
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    backend = Tokenizer(models.BPE({token: i for i, token in enumerate(gguf_tokens()[:-1])}, [("a", "b")]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<eos>", bos_token="<eos>")
    sizes = {
        "vocab_size": len(tokenizer), "hidden_size": 64, "intermediate_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128, "num_experts_per_tok": 2,
    }  # fmt: skip
    config = getattr(transformers, f"{kind}TextConfig" if kind == "Gemma3" else f"{kind}Config")
    made = getattr(transformers, f"{kind}ForCausalLM")(config(**{**sizes, **settings}))
    drawn = torch.Generator().manual_seed(0)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=std, generator=drawn)
    made.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return zoo.load(str(folder))
