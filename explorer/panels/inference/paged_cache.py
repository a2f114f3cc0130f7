"""Paged cache: block tables, sharing, copies and prefixes found again, as a real paged cache did it."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="paged_cache",
    title="Paged cache",
    chapter="inference",
    order=30,
    about="Keys and values in blocks of one pool: nothing reserved, beginnings shared.",
    also=("vllm", "paged attention"),
    requires=("run", "decoder"),
    views=(
        View(
            "blocks",
            "Blocks, tables and sharing",
            "Five requests on one pool, as the cache itself recorded it: A is this run; B and C go on from A's prompt "
            "with tokens drawn from the model; D and E ask the same again. A block is stored once, whoever reads it.",
            controls=("block",),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.inference.paged_cache:PagedCache",
                "stack.inference.block_table:BlockTables",
                "stack.inference.block_pool:BlockPool",
            ),
            heavy=True,
        ),
    ),
)
