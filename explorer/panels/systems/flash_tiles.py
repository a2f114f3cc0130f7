"""FlashAttention in tiles: what crosses between slow and fast memory, tile by tile, on a head of the run."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View
from explorer.panels.shown_head import SHOWN_HEAD

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
    controls=(
        SHOWN_HEAD,
        Control(
            "algorithm",
            "Loop order",
            "Which algorithm computes the head.",
            "fa2",
            choices=(("standard", "Standard"), ("fa1", "FlashAttention-1"), ("fa2", "FlashAttention-2")),
        ),
        Control("rows", "Tile rows", "Queries of a tile: the nearest size that suits the text.", range=(1, None)),
        Control("columns", "Tile columns", "Keys of a tile: the nearest size that suits the text.", range=(1, None)),
        Control(
            "mask",
            "Mask",
            "Whether a query sees keys as in the model, or all keys.",
            "own",
            choices=(("own", "Causal"), ("none", "None")),
        ),
        Control(
            "numbers",
            "Numbers",
            "The format of the numbers in slow memory.",
            "float32",
            choices=(("float32", "float32"), ("bfloat16", "bfloat16")),
        ),
        Control(
            "window",
            "Positions",
            "The first position that is drawn of a long text; without a value, the last positions are drawn.",
            range=(0, None),
        ),
        Control("step", "Step", "The step of the loops that is shown.", range=(1, None)),
    ),
    requires=("run", "attention"),
    views=(
        View(
            "tiles",
            "Attention in tiles",
            "The square of scores, one tile at a time. Standard attention stores the square in slow memory and reads "
            "it back. FlashAttention keeps only one tile, and rescales a row’s sum when its maximum rises.",
            depends=("layer", "head", "position"),
            controls=("head", "algorithm", "rows", "columns", "mask", "numbers", "window"),
            compares="any",
            together=True,  # both heads are cut into the tiles of the longer text
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
