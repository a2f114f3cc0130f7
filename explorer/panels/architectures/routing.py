"""Routing: which experts each token visits, how the router chooses them, and how the work is shared."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="routing",
    title="Routing",
    chapter="architectures",
    order=10,
    about="Which experts each token visits in each block, how the router chooses them, and how the work is shared.",
    also=("moe", "mixture of experts", "mixtral", "gating"),
    requires=("run", "experts"),
    views=(
        View(
            "matrix",
            "Experts of every token",
            "Each token has a cell for every expert of every block: the more ink a cell has, the more of what the "
            "block writes is that expert’s part; violet is the selected token on its way through depth.",
            compares="text",
            provenance=("MEASURED", "DERIVED"),
            optional=("decoder",),
            source=(
                "stack.transformer.router:softmax_top_k",
                "experiments.architectures.routing_outputs:parts",
                "experiments.architectures.routing_outputs:contributions",
                "figures.architectures.routing:load",
            ),
        ),
        View(
            "decision",
            "The router's choice",
            "One score for each expert becomes a share of all; the greatest are kept and weight what their experts "
            "write, the others are not computed at all.",
            depends=("position", "layer"),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            optional=("decoder",),
            source=(
                "stack.transformer.router:softmax_top_k",
                "stack.transformer.sparse_feed_forward:SparseFeedForward",
                "experiments.architectures.routing_outputs:outputs",
            ),
        ),
        View(
            "lanes",
            "Lanes through the depth",
            "How much of the text's weight goes from each expert to each of the next block: wide ribbons are experts "
            "that work on the same tokens, which is all that ties them together.",
            compares="text",
            provenance=("MEASURED", "DERIVED"),
            source=("figures.architectures.routing_lanes:flows", "figures.architectures.routing_lanes:lanes"),
        ),
        View(
            "load",
            "Load: this text and a corpus",
            "Bars are this text’s visits, the mark on each where passages of six kinds of text put it; below each "
            "block stands the balancing loss, a measure of uneven work.",
            compares="text",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.transformer.balancing:load_balancing",
                "figures.architectures.routing:load",
                "experiments.architectures.routing_load:compare",
            ),
            heavy=True,
        ),
    ),
)
