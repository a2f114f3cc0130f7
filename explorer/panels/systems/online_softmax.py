"""Online softmax: one row of a head in blocks, in any order, with the same end."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View
from explorer.panels.shown_head import SHOWN_HEAD

PANEL = Panel(
    name="online_softmax",
    title="Online softmax",
    chapter="systems",
    order=20,
    about="A softmax that reads its scores once, block by block, in any order.",
    also=("running maximum", "log-sum-exp", "rescale"),
    controls=(
        SHOWN_HEAD,
        Control(
            "block",
            "Keys per block",
            "Keys that come at once: the nearest size that cuts the row into 2 to 24 blocks.",
            range=(1, None),
        ),
        Control(
            "order",
            "Order of the blocks",
            "The order in which the blocks come: text, reverse, first or last (where the largest score comes), or "
            "their numbers with points between them.",
            "text",
            longest=100,
        ),
        Control("seen", "Blocks seen", "Blocks that have come so far; without a value, all.", range=(1, None)),
    ),
    requires=("run", "attention"),
    views=(
        View(
            "row",
            "One row, block after block",
            "A softmax needs the maximum of its whole row. When a later block raises the maximum from m old to m new, "
            "the sum so far is multiplied by exp(m old − m new). The result is the same in every order of the blocks.",
            depends=("layer", "head", "position"),
            controls=("head", "block", "order"),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.systems.online_softmax:online_softmax",
                "stack.systems.online_softmax:share",
                "stack.systems.online_softmax:merge",
            ),
        ),
    ),
)
