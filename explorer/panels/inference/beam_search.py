"""Beam search: the tree of a real search from the run's prompt, against greedy decoding."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="beam_search",
    title="Beam search",
    chapter="inference",
    order=60,
    about="The search grows several texts at once and keeps the likeliest. Does it beat greedy decoding?",
    also=("translation", "best of"),
    requires=("run", "decoder"),
    controls=(
        Control("beams", "Beams", "How many texts are kept at each step.", range=(1, 8)),
        Control("steps", "New tokens", "How many tokens a text may get.", range=(2, 24)),
        Control(
            "length",
            "Length penalty",
            "Whole texts compete by their total ÷ (tokens to this power): 0 favours short texts, 1 compares means.",
            1.0,
            range=(-1.0, 2.0),
            step=0.1,
        ),
        Control(
            "groups",
            "Groups",
            "Diverse search: a later group pays for a token that an earlier group took.",
            1,
            choices=((1, "1, plain", "All beams compete"), 2, 3, 4),
        ),
        Control(
            "diversity",
            "Diversity",
            "What a later group pays for a token each time an earlier group took it, in nats.",
            1.0,
            range=(0.0, 3.0),
            step=0.1,
        ),
    ),
    views=(
        View(
            "tree",
            "The tree of a beam search",
            "Several texts, the beams, grow side by side from this run’s prompt by one token at each step. The search "
            "keeps the texts with the highest total log-probability (solid) and drops the others (hollow). The best "
            "text is violet.",
            controls=("beams", "steps", "length", "groups", "diversity"),
            compares="any",
            provenance=("MEASURED",),
            source=(
                "stack.inference.decoding.beam_search:search",
                "stack.inference.decoding.beam_search:Group",
                "stack.inference.decoding.beam_search:beam_search",
                "stack.inference.decoding.beam_search:sequence_logprobs",
            ),
            heavy=True,
        ),
    ),
)
