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
    about="Attention without its square: tiles, running sums, and every byte that moves.",
    also=("flash attention", "tiling", "hbm", "sram", "memory traffic"),
    views=(
        View(
            "tiles",
            "Attention in tiles",
            "The square of scores, one tile at a time. Standard attention stores it in slow memory and reads it back; "
            "FlashAttention keeps only a tile, and pays with a rescale when a row’s maximum rises.",
            depends=("layer", "head"),
            controls=("algorithm", "rows", "columns", "mask", "numbers", "window"),
            compares="any",
            provenance=("MEASURED", "DERIVED"),
            source=SOURCE,
        ),
        View(
            "questions",
            "Asked again and again",
            "Answers with the numbers of this head and these tiles; where a length or a tile is not this run’s, by the "
            "formula that the count has just confirmed.",
            depends=("layer", "head"),
            controls=("rows", "columns", "mask", "numbers", "window"),
            provenance=("DERIVED", "FORMULA", "QUOTED"),
            source=("stack.systems.tile_traffic:Tiles", "figures.systems.tile_questions:questions"),
        ),
    ),
)
