"""Contrastive search: confidence against likeness to what is already there, step by step, and the trade with greedy."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="contrastive_search",
    title="Contrastive search",
    chapter="inference",
    order=62,
    about="Of the k likeliest tokens, the one that the model believes in and that does not repeat the text.",
    also=("degeneration", "repetition", "diversity", "rep-n"),
    requires=("run", "decoder"),
    views=(
        View(
            "steps",
            "Every step's candidates, weighed",
            "Each of the k likeliest tokens is read by the model before one is taken. What counts is its probability, "
            "less how alike its hidden state is to that of any token before: so a likely token loses where it would "
            "only say again what is there.",
            controls=("k", "alpha", "steps"),
            compares="any",
            provenance=("MEASURED",),
            source=(
                "stack.inference.contrastive_search:weigh",
                "stack.inference.contrastive_search:weighed",
            ),
            heavy=True,
        ),
        View(
            "likeness",
            "Hidden states along the text",
            "The cosine of every two tokens' last hidden states. Where a text goes round in circles, stripes of "
            "high cosine run beside the diagonal: the states of tokens said before come back. That is what the penalty "
            "counts against.",
            controls=("k", "alpha", "steps"),
            compares="any",
            provenance=("MEASURED",),
            source=("stack.inference.contrastive_search:cosines", "figures.inference.contrastive_search:like_text"),
            heavy=True,
        ),
        View(
            "trade",
            "What alpha trades",
            "The run's prompt continued at length with each alpha: how often the text repeats itself, and how likely "
            "the model finds it. Greedy takes the likeliest token and, on a long text, tends to go round in circles.",
            controls=("k", "length"),
            compares="any",
            provenance=("MEASURED",),
            source=(
                "stack.inference.degeneration:repetition",
                "stack.inference.degeneration:diversity",
                "experiments.inference.contrastive_search:trade",
            ),
            heavy=True,
        ),
    ),
)
