"""Contrastive search: confidence against likeness to what is already there, step by step, and the trade with greedy."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="contrastive_search",
    title="Contrastive search",
    chapter="inference",
    order=62,
    about="Each step takes the likeliest token that does not repeat the text before it.",
    also=("degeneration", "repetition", "diversity", "rep-n"),
    requires=("run", "decoder"),
    controls=(
        Control("k", "Candidates k", "How many of the likeliest tokens compete at each step.", 4, range=(1, 10)),
        Control(
            "alpha",
            "Alpha",
            "Weight of the penalty: 0 is greedy decoding, 1 ignores the probability.",
            0.6,
            range=(0.0, 1.0),
            step=0.05,
        ),
        Control("steps", "New tokens", "How many tokens the text may get.", 16, range=(2, 32)),
        Control("length", "New tokens", "How many tokens each continuation gets.", 64, range=(32, 128), step=16),
    ),
    views=(
        View(
            "steps",
            "The candidates of every step",
            "The model reads each of the k likeliest tokens before it takes one. A candidate scores its probability "
            "minus a penalty: the largest similarity of its hidden state to that of a token before. A likely token "
            "loses where it would repeat the text.",
            controls=("k", "alpha", "steps"),
            compares="any",
            provenance=("MEASURED",),
            source=(
                "stack.inference.decoding.contrastive_search:weigh",
                "stack.inference.decoding.contrastive_search:weighed",
            ),
            heavy=True,
        ),
        View(
            "likeness",
            "Hidden states along the text",
            "Each cell is the cosine of the last hidden states of two tokens. Where a text repeats itself, stripes of "
            "high cosine run beside the diagonal: the states of earlier tokens come back. The penalty lowers the score "
            "of such tokens.",
            controls=("k", "alpha", "steps"),
            compares="any",
            provenance=("MEASURED",),
            source=(
                "stack.inference.decoding.contrastive_search:cosines",
                "figures.inference.decoding.contrastive_search:like_text",
            ),
            heavy=True,
        ),
        View(
            "trade",
            "What alpha trades",
            "The model continues this run’s prompt with each alpha. The charts show how often the text repeats itself "
            "and how likely the model finds it. Greedy decoding takes the likeliest token and tends to repeat itself "
            "in long texts.",
            controls=("k", "length"),
            compares="any",
            provenance=("MEASURED",),
            source=(
                "stack.inference.decoding.degeneration:repetition",
                "stack.inference.decoding.degeneration:diversity",
                "experiments.inference.decoding.contrastive_search:trade",
            ),
            heavy=True,
        ),
    ),
)
