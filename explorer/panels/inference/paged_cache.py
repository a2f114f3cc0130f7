"""Paged cache: block tables, sharing, copies and prefixes found again, as a real paged cache did it."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="paged_cache",
    title="Paged cache",
    chapter="inference",
    order=30,
    about="Keys and values lie in blocks of one pool. No request reserves room, and equal beginnings are stored once.",
    also=("vllm", "paged attention", "prefix caching", "hit rate", "eviction", "LRU", "copy on write"),
    requires=("run", "decoder"),
    controls=(
        Control("step", "Action", "The action that is shown.", 3, range=(0, None)),
        Control("block", "Block size", "Tokens of a block.", 4, choices=(2, 4, 8, 16)),
        Control("prompts", "Prompts, one a line: at most 8 of 40 tokens", "Each line is a request.", longest=1200),
        Control("pool", "Pool, blocks", "How many blocks the pool has.", 8, range=(1, 48)),
        Control("size", "Tokens of a block", "How many tokens a block holds.", 4, choices=(2, 4, 8, 16)),
        Control("at_once", "Running at once", "Requests that run at once.", 2, choices=(1, 2, 3)),
        Control("action", "Action", "The action that is shown.", range=(0, None)),
    ),
    views=(
        View(
            "blocks",
            "Blocks, tables and sharing",
            "Five requests use one pool, and the cache recorded every action. A is this run. B and C continue A’s "
            "prompt with tokens drawn from the model. D and E ask the same prompt again. Requests share a block that "
            "is equal.",
            controls=("block",),
            compares="any",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.inference.cache.paged_cache:PagedCache",
                "stack.inference.cache.block_table:BlockTables",
                "stack.inference.cache.block_pool:BlockPool",
            ),
            heavy=True,
        ),
        View(
            "prompts",
            "Your own prompts: prefix caching and eviction",
            "Each line is a request. The cache finds a full block by a hash of all text up to its end. A prompt with "
            "the same beginning as an earlier one finds its blocks, unless a small pool has evicted them.",
            controls=("prompts", "pool", "size", "at_once"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.inference.cache.block_pool:BlockPool.match_prefix",
                "stack.inference.cache.block_pool:BlockPool.allocate",
                "stack.inference.cache.block_pool:BlockPool.free",
                "stack.inference.cache.prefix_trie:PrefixTrie",
            ),
            heavy=True,
            requires=("decoder",),
        ),
    ),
)
