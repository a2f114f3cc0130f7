"""Load balancing: a router trained on this model's own feed-forward layer, with and without a counterweight."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

CONTROLS = ("method", "alpha", "z", "rate", "experts", "k", "steps", "seed")

PANEL = Panel(
    name="balancing",
    title="Load balancing",
    chapter="architectures",
    order=40,
    about="A router is trained live: without a counterweight a few experts get most tokens; with one all share.",
    also=("moe", "mixture of experts", "load", "training"),
    requires=("decoder",),
    views=(
        View(
            "training",
            "Experts learn a feed-forward layer",
            "A small router and its experts learn, from random weights, to write what this block’s feed-forward layer "
            "writes on passages of six kinds. Each band is an expert and its height is the share of tokens it gets; an "
            "expert whose band closes is idle.",
            depends=("layer",),
            controls=CONTROLS,
            provenance=("MEASURED",),
            source=(
                "stack.architectures.router_training:training",
                "stack.architectures.router_training:RoutedLayer",
                "stack.transformer.balancing:load_balancing",
                "stack.architectures.router_training:balance_gradient",
            ),
            heavy=True,
        ),
        View(
            "price",
            "What balance costs",
            "The task’s own loss of the same two trainings, and the choices that a fixed capacity would drop. An even "
            "load leaves fewer tokens over a fixed limit; the table shows which loss goes with it in this one pair.",
            depends=("layer",),
            controls=CONTROLS,
            provenance=("MEASURED",),
            source=(
                "stack.architectures.capacity:capacity",
                "stack.architectures.capacity:limit",
                "stack.transformer.router:updated_bias",
                "stack.transformer.router:expert_choice",
                "stack.transformer.balancing:z_loss",
            ),
            heavy=True,
        ),
        View(
            "recorded",
            "The shelf’s own mixtures",
            "Two whole trainings, recorded when these models were trained: one with the balancing loss, one without. "
            "The charts show the balance loss averaged over the blocks, and the busiest and the idlest expert.",
            provenance=("RECORDED",),
            source=("experiments.architectures.stored_trainings:curve", "figures.architectures.balancing:thinned"),
            requires=(),
        ),
    ),
)
