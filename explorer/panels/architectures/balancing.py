"""Load balancing: a router trained on this model's own feed-forward layer, with and without a counterweight."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

CONTROLS = ("method", "alpha", "z", "rate", "experts", "k", "steps", "seed")

PANEL = Panel(
    name="balancing",
    title="Load balancing",
    chapter="architectures",
    order=40,
    about="A router trained live: without a counterweight a few experts take all the tokens, with one they share.",
    also=("moe", "mixture of experts", "load", "training"),
    requires=("decoder",),
    views=(
        View(
            "training",
            "Experts learn a feed-forward layer",
            "A small router and its experts learn, from nothing, to write what this block’s feed-forward writes over "
            "passages of six kinds; each band is an expert and its height the share of tokens it gets, and a band that "
            "closes is an expert idle.",
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
            "The task’s own loss of the same two trainings, and the tokens that a fixed capacity would drop: an even "
            "load may cost a little quality in so short a training, and saves what a full expert would turn away.",
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
            "The same over a whole training, with the balancing loss and without, as it was stored: the loss averaged "
            "over the blocks, and the busiest and the idlest expert of any block.",
            provenance=("RECORDED",),
            source=("experiments.architectures.stored_trainings:curve", "figures.architectures.balancing:thinned"),
            requires=(),
        ),
    ),
)
