"""Feed-forward: this run's gates, the neurons that write most, and what each of them says."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="feed_forward",
    title="Feed-forward",
    chapter="transformer",
    order=30,
    about="The gates of this run, the neurons that write most, and which tokens each neuron raises.",
    also=("knowledge", "neurons", "activation function"),
    controls=(
        Control(
            "neuron", "", "The neuron that is open; the strongest at the selected token at first.", range=(0, None)
        ),
    ),
    views=(
        View(
            "gates",
            "Gates",
            "Each dot is a neuron at the selected token. Across: how far its gate opens; up: the value of the other "
            "branch; size: how much it writes. A neuron near a zero line writes little. Click one to open it.",
            depends=("position", "layer"),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            optional=("decoder",),
            source=(
                "stack.transformer.feed_forward:FeedForward",
                "stack.transformer.key_value_memory:recall",
                "figures.transformer.feed_forward:sum_error",
            ),
        ),
        View(
            "neuron",
            "One neuron",
            "A neuron has a key and a value: the key decides where in this text it is active, the value which tokens "
            "it raises and lowers. They are read directly through the unembedding; later blocks read the value too.",
            depends=("position", "layer"),
            controls=("neuron",),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            source=("stack.transformer.key_value_memory:read", "figures.transformer.feed_forward:neuron"),
        ),
        View(
            "sparsity",
            "How few write",
            "The smallest number of neurons that make half of the total length written: block by block at this token, "
            "and along the text in this block.",
            depends=("position", "layer"),
            compares="row",
            provenance=("DERIVED",),
            source=("stack.transformer.key_value_memory:carriers", "figures.transformer.feed_forward:sparsity"),
        ),
    ),
)
