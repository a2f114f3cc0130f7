"""Feed-forward: this run's gates, the neurons that write most, and what each of them says."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="feed_forward",
    title="Feed-forward",
    chapter="transformer",
    order=30,
    about="Gates of this run, the neurons that write most, and what each writes into the vocabulary.",
    also=("knowledge", "neurons", "activation function"),
    views=(
        View(
            "gates",
            "Gates",
            "Each dot is a neuron at the selected token: how far its gate opens (across), what the other branch brings "
            "(up), and how much it writes (size); most stay near zero, a few do the writing. Click one to open it.",
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
            "A key and a value: where in this text it is active, and which tokens it then raises and lowers, read "
            "straight through the unembedding; later blocks read it too.",
            depends=("position", "layer"),
            controls=("neuron",),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            source=("stack.transformer.key_value_memory:read", "figures.transformer.feed_forward:neuron"),
        ),
        View(
            "sparsity",
            "How few write",
            "The fewest neurons that make half of all that is written, by length: block by block at this token, and "
            "along the text in this block.",
            depends=("position", "layer"),
            compares="row",
            provenance=("DERIVED",),
            source=("stack.transformer.key_value_memory:carriers", "figures.transformer.feed_forward:sparsity"),
        ),
    ),
)
