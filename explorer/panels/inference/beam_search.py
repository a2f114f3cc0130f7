"""Beam search: the tree of a real search from the run's prompt, against greedy decoding."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="beam_search",
    title="Beam search",
    chapter="inference",
    order=60,
    about="Several continuations at once: which are kept, which are dropped, and does it beat greedy?",
    also=("translation", "best of"),
    requires=("run", "decoder"),
    views=(
        View(
            "tree",
            "The tree of a beam search",
            "From the run's prompt, several texts, the beams, grow side by side, a token a step. Those with the "
            "highest total log-probability go on (solid), the others are dropped (hollow). The best text is violet.",
            controls=("beams", "steps", "length", "groups", "diversity"),
            compares="any",
            provenance=("MEASURED",),
            source=(
                "stack.inference.beam_search:search",
                "stack.inference.beam_search:Group",
                "stack.inference.beam_search:beam_search",
                "stack.inference.beam_search:sequence_logprobs",
            ),
            heavy=True,
        ),
    ),
)
