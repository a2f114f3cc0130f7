"""What the panels that measure longest are asked for where a test draws every panel: few files, steps, texts."""

from __future__ import annotations

from urllib.parse import quote

#: By panel, its controls.
BRIEF: dict[str, dict[str, int | str]] = {
    "attention_steps": {"longest": 256},
    "balancing": {"steps": 50, "experts": 4},
    "batching": {"arrivals": 50, "requests": 3, "long": 32},
    "block_variants": {"blocks": 2, "steps": 2, "layers": 1, "rounds": 2, "seeds": 2, "texts": "passages"},
    "bpe_training": {"merges": 40},
    "contrastive_search": {"length": 32},
    "counterfactuals": {"texts": 1, "tokens": 16},
    "expert_granularity": {"steps": 2, "seeds": 1, "cut": 2, "texts": "passages"},
    "flash_growth": {"longest": 1024},
    "kv_cache": {"longest": 16, "texts": 1},
    "moe_cost": {"rounds": 2},
    "quantized_model": {"passages": 2},
    "ring_attention": {"length": 1024},
    "speculative": {"texts": 1, "new": 8},
    "tokenizers_compared": {"lineup": "gpt2,smollm2"},
    "upcycling": {"k": 1, "steps": 2, "texts": "passages"},
}


def link(panel: str) -> str:
    """As it stands in the page's link.

    >>> link("upcycling"), link("walk")
    ('&upcycling.k=1&upcycling.steps=2&upcycling.texts=passages', '')
    """
    return "".join(f"&{panel}.{name}={quote(str(value), safe=',')}" for name, value in BRIEF.get(panel, {}).items())
