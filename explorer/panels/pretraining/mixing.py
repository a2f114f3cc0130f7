"""Mixing and batches: what a mix draws, and what one batch looks like."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="mixing",
    title="Mixing and batches",
    chapter="pretraining",
    order=50,
    about="How often is each source drawn, and what does one batch look like, token by token?",
    also=("data mixture", "temperature", "epochs", "packing", "document mask", "llama", "gpt-3", "the pile"),
    requires=(),
    controls=(
        Control(
            "by",
            "Weights",
            "What the weight of a source comes from.",
            "size",
            choices=(("size", "sizes, by temperature"), ("recipe", "recipe of the shelf’s models")),
        ),
        Control(
            "temperature",
            "Temperature",
            "A source of n characters weighs n^(1/T): 1 draws by size, a large T draws all alike.",
            3.0,
            choices=(0.5, 1, 1.5, 2, 3, 5, 10),
            range=(0.5, 10),
        ),
        Control(
            "most",
            "Epochs at most",
            "A source is read so often at most; the rest of its share goes to the others.",
            0,
            choices=((0, "any"), (1, "1"), (2, "2"), (4, "4")),
        ),
        Control(
            "millions",
            "Characters to read",
            "Of the whole training.",
            20,
            choices=((5, "5 M"), (20, "20 M"), (40, "40 M"), (80, "80 M")),
        ),
        Control("batches", "Batches drawn", "Of 32 rows each.", 50, choices=(5, 50, 500)),
        Control("seed", "Seed", "It draws the batches, and the order of the documents.", 0, range=SEEDS),
        Control(
            "packing",
            "Packing",
            "How documents of all lengths become rows of one length.",
            "best_fit_crop",
            choices=(
                ("greedy_crop", "greedy, cropped"),
                ("best_fit_crop", "best fit, cropped"),
                ("greedy_pad", "greedy, padded"),
                ("stream", "one stream"),
            ),
        ),
        Control("length", "Row", "Tokens of a row.", 512, choices=(128, 256, 512, 1024, 2048), unit="tokens"),
        Control(
            "mask",
            "Mask between documents",
            "Whether a token reads over the border of its document.",
            "on",
            choices=(("on", "on"), ("off", "off")),
        ),
    ),
    views=(
        View(
            "draws",
            "Weights against batches",
            "A data mixture gives each source a weight. Batches are drawn by these weights, and a count differs from "
            "its expectation by chance. The bar is the interval that holds 95 % of all counts.",
            controls=("by", "temperature", "most", "millions", "batches", "seed"),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.pretraining.data.mixing:weights",
                "stack.pretraining.data.mixing:capped",
                "stack.pretraining.data.mixing:drawn",
            ),
        ),
        View(
            "batch",
            "One batch, token by token",
            "Documents are packed into rows. Packing crops, pads or breaks them; a mask keeps a token from reading "
            "another document. Choose a token to see what it may read.",
            controls=("packing", "length", "seed"),
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.data.packing:greedy_crop",
                "stack.pretraining.data.packing:best_fit_crop",
                "stack.pretraining.data.packing:stream",
                "stack.pretraining.data.packing:blocks",
            ),
        ),
        View(
            "published",
            "Published mixes",
            "What the text “LLM Architecture & Internals” says of shares and sizes, beside what papers print.",
            provenance=("QUOTED", "DERIVED"),
            source=("experiments.pretraining.published_mixes:beyond_rounding",),
        ),
    ),
)
