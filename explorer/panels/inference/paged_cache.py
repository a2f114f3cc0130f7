"""Paged cache: block tables, sharing, copies and prefixes found again, as a real paged cache did it."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="paged_cache",
    title="Paged cache",
    chapter="inference",
    order=30,
    about="Keys and values in blocks of one pool: nothing reserved, beginnings shared.",
    also=("vllm", "paged attention", "prefix caching", "hit rate", "eviction", "LRU", "copy on write"),
    requires=("run", "decoder"),
    views=(
        View(
            "blocks",
            "Blocks, tables and sharing",
            "Five requests on one pool, as the cache itself recorded it: A is this run; B and C go on from A's prompt "
            "with tokens drawn from the model; D and E ask the same again. A block is stored once, whoever reads it.",
            controls=("block",),
            compares="any",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.inference.paged_cache:PagedCache",
                "stack.inference.block_table:BlockTables",
                "stack.inference.block_pool:BlockPool",
            ),
            heavy=True,
        ),
        View(
            "prompts",
            "Your own prompts: prefix caching and eviction",
            "Each line is a request. A full block is known by a hash of all text up to its end: a prompt that begins "
            "like one before finds its blocks, unless the pool was too small and they were evicted.",
            controls=("prompts", "pool", "size", "at_once"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.inference.block_pool:BlockPool.match_prefix",
                "stack.inference.block_pool:BlockPool.allocate",
                "stack.inference.block_pool:BlockPool.free",
                "stack.inference.prefix_trie:PrefixTrie",
            ),
            heavy=True,
            requires=("decoder",),
        ),
    ),
)
