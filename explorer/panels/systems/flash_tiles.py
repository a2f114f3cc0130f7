"""FlashAttention in tiles: what crosses between slow and fast memory, tile by tile, on a head of the run."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

SOURCE = (
    "stack.systems.flash_attention:flash_attention_2",
    "stack.systems.flash_attention:flash_attention_1",
    "stack.systems.standard_attention:standard_attention",
    "stack.systems.memory_meter:Ledger",
    "stack.systems.tile_mask:TileMask.seen",
    "stack.systems.tile_traffic:Tiles",
)

PANEL = Panel(
    name="flash_tiles",
    title="FlashAttention in tiles",
    chapter="systems",
    order=10,
    about="Attention that never stores its square of scores: tiles, running sums, and every byte that moves.",
    also=("flash attention", "tiling", "hbm", "sram", "memory traffic"),
    views=(
        View(
            "tiles",
            "Attention in tiles",
            "The square of scores, one tile at a time. Standard attention stores the square in slow memory and reads "
            "it back. FlashAttention keeps only one tile, and rescales a row’s sum when its maximum rises.",
            depends=("layer", "head", "position"),
            controls=("head", "algorithm", "rows", "columns", "mask", "numbers", "window"),
            compares="any",
            provenance=("MEASURED", "DERIVED"),
            source=SOURCE,
        ),
        View(
            "questions",
            "Frequent questions",
            "The answers use the numbers of this head and these tiles. For other lengths and tiles they use the "
            "formula, which the check compares with the count.",
            depends=("layer", "head", "position"),
            controls=("head", "rows", "columns", "mask", "numbers", "window"),
            provenance=("DERIVED", "FORMULA", "QUOTED"),
            source=("stack.systems.tile_traffic:Tiles", "figures.systems.tile_questions:questions"),
        ),
    ),
)
