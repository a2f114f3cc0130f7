"""What it cannot copy: accuracy on copying and recall against what is carried."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="cannot_copy",
    title="What it cannot copy",
    chapter="frontier",
    order=4,
    about="A state holds so much: tiny models of one recipe copy and recall, with a state, with attention, with both.",
    also=("copying", "associative recall", "mqar", "hybrid", "jamba", "repeat after me"),
    requires=(),
    views=(
        View(
            "recorded",
            "Copying and recall, recorded",
            "Each model saw the same random texts: symbols to say again, or keys and values to look up. What is asked "
            "for was said once and is in no weight. A cache keeps it word by word; a state must hold it in a fixed "
            "number of values.",
            provenance=("RECORDED",),
            source=(
                "experiments.frontier.copying:drawn",
                "experiments.frontier.copying:trained",
                "experiments.frontier.copying:Arm",
            ),
        ),
    ),
)
