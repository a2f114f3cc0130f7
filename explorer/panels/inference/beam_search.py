"""Beam search: the tree of a real search from the run's prompt, against greedy decoding."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="beam_search",
    title="Beam search",
    chapter="inference",
    order=60,
    about="The search grows several texts at once and keeps the likeliest. Does it beat greedy decoding?",
    also=("translation", "best of"),
    requires=("run", "decoder"),
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
