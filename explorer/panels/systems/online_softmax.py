"""Online softmax: one row of a head in blocks, in any order, with the same end."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="online_softmax",
    title="Online softmax",
    chapter="systems",
    order=20,
    about="A softmax whose scores come in blocks, in any order, and are seen once.",
    also=("running maximum", "log-sum-exp", "rescale"),
    views=(
        View(
            "row",
            "One row, block after block",
            "A softmax needs the maximum of its whole row. In blocks, what was summed under a smaller "
            "maximum is multiplied by exp(m old − m new): the order of the blocks does not change the end.",
            depends=("layer", "head", "position"),
            controls=("block", "order"),
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
