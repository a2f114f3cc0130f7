"""Routing: which experts each token visits, how the router chooses them, and how the work is shared."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="routing",
    title="Routing",
    chapter="architectures",
    order=10,
    about="Which experts each token visits in each block, how the router chooses them, and how the work is shared.",
    also=("moe", "mixture of experts", "mixtral", "gating"),
    requires=("run", "experts"),
    controls=(
        Control(
            "isolate",
            "",
            "What the lanes follow.",
            "token",
            choices=(("token", "Selected token"), ("expert", "Selected expert")),
        ),
    ),
    views=(
        View(
            "matrix",
            "Experts of every token",
            "Each token has a cell for each expert of each block. The more ink a cell has, the larger that expert’s "
            "share of what the block writes. Violet marks the selected token’s way through the blocks.",
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
            "The router gives each expert a score, and softmax turns the scores into probabilities. The largest are "
            "kept and become the weights of their experts’ outputs; the other experts are not computed.",
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
            "How much of the text’s weight goes from each expert to each expert of the next block. A wide ribbon "
            "connects two experts that work on the same tokens; nothing else connects them.",
            compares="text",
            provenance=("MEASURED", "DERIVED"),
            source=("figures.architectures.routing_lanes:flows", "figures.architectures.routing_lanes:lanes"),
        ),
        View(
            "load",
            "Load: this text and a corpus",
            "Bars are the visits of this text; the tick on each bar is the same for a corpus of six kinds of passages. "
            "Below each block is the balancing loss, a measure of uneven load.",
            compares="text",
            unchanged=True,
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
