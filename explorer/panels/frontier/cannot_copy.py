"""What it cannot copy: accuracy on copying and recall against what is carried."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="cannot_copy",
    title="What it cannot copy",
    chapter="frontier",
    order=4,
    about="A state holds so much: models of one recipe copy, recall and read text, with a state, attention, or both.",
    also=(
        "copying", "associative recall", "mqar", "hybrid", "jamba", "repeat after me", "induction", "mamba-2",
        "gated linear attention", "length extrapolation",
    ),
    requires=("companion:six-kinds-mamba",),
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
        View(
            "induction",
            "One thing to remember, recorded",
            "A mark stands before one symbol of a text; at the end the mark stands again. Which symbol follows it? The "
            "state must keep one symbol only, so its size is no bar. The same kinds of model, trained on this alone.",
            provenance=("RECORDED",),
            source=(
                "experiments.frontier.one_thing:drawn",
                "experiments.frontier.one_thing:trained",
                "experiments.frontier.one_thing:accuracy_of",
            ),
        ),
        View(
            "same_text",
            "The same text read by each kind, recorded",
            "Each model was trained once on the same windows of six kinds of text, in the same order, at one rate. "
            "Then each read held-out text, and read its beginning twice.",
            provenance=("RECORDED",),
            source=(
                "experiments.frontier.same_text:Arm",
                "experiments.frontier.same_text:record",
                "experiments.frontier.same_text:saved_by",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
