"""Load balancing: a router trained on this model's own feed-forward layer, with and without a counterweight."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

TRAINING = ("method", "alpha", "z", "rate", "experts", "k", "steps", "seed")

PANEL = Panel(
    name="balancing",
    title="Load balancing",
    chapter="architectures",
    order=40,
    about="A router is trained live: without a counterweight a few experts get most tokens; with one all share.",
    also=("moe", "mixture of experts", "load", "training"),
    requires=("decoder",),
    controls=(
        Control(
            "method",
            "Counterweight",
            "What keeps the load of the experts even.",
            "loss",
            choices=(
                ("loss", "Balancing loss", "α n Σ f P is added to the task’s loss."),
                ("noise", "Noise", "Random noise of learned width is added to the router’s logits during training."),
                ("bias", "Bias", "Scores are sigmoids; after each step a bias is moved toward even load."),
                ("choice", "Expert choice", "Each expert chooses an equal number of tokens of the batch."),
            ),
        ),
        Control(
            "alpha",
            "Its weight α",
            "The factor of n Σ f P in the balancing loss.",
            0.01,
            choices=(0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1),
            range=(0, 1),
        ),
        Control(
            "rate",
            "Bias step",
            "How far the bias of an expert moves after each step.",
            0.01,
            choices=(0, 0.001, 0.003, 0.01, 0.03, 0.1),
            range=(0, 0.1),
        ),
        Control(
            "z",
            "z-loss weight",
            "The z-loss keeps the router’s logits small, in both trainings.",
            0.0,
            choices=(0, 0.0001, 0.001, 0.01, 0.1),
            range=(0, 0.1),
        ),
        Control(
            "experts", "Experts", "Experts that the router chooses from.", 8, choices=(4, 8, 16, 32), range=(2, 32)
        ),
        Control("k", "Experts a token, k", "Experts that a token uses.", 1, choices=(1, 2, 4), range=(1, 4)),
        Control("steps", "Steps", "Batches that each training reads.", 300, choices=(150, 300, 600), range=(50, 600)),
        Control("seed", "Seed", "It draws the weights and the batches of both trainings.", 0, range=SEEDS),
        Control("expert", "", "The expert whose band is coloured.", range=(0, None)),
    ),
    views=(
        View(
            "training",
            "Experts learn a feed-forward layer",
            "A small router and its experts learn, from random weights, to write what this block’s feed-forward layer "
            "writes on passages of six kinds. Each band is an expert and its height is the share of tokens it gets; an "
            "expert whose band closes is idle.",
            depends=("layer",),
            controls=TRAINING,
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
            controls=TRAINING,
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
