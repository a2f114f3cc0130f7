"""Head card: what one attention head is, writes and changes, and where in a corpus it writes most."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="head_card",
    title="Head card",
    chapter="overview",
    order=70,
    about="One attention head: how it reads, what it writes, what it changes.",
    also=("what does a head do", "head role", "top activating texts"),
    views=(
        View(
            "roles",
            "How it reads and what it writes",
            "Four scores that tell well-known kinds of heads apart, each among all heads of the model, and the tokens "
            "that the head's output pushes up and down at the selected position.",
            depends=("layer", "head", "position", "target"),
            compares="parts",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "tracing.head_scores:score_heads",
                "tracing.induction:induction_scores",
                "tracing.head_writing:written",
                "tracing.head_writing:pushes",
            ),
        ),
        View(
            "removed",
            "The answer without it",
            "The next token's probabilities at the selected position as they are, and with the head switched off at "
            "all positions up to it: what it causes, direct and through all that reads it later.",
            depends=("layer", "head", "position", "target"),
            compares="parts",
            provenance=("MEASURED",),
            source=("experiments.overview.head_card:removed", "experiments.overview.heads_and_causes:whole_run"),
            heavy=True,
        ),
        View(
            "places",
            "Where it writes most",
            "The places in passages of six kinds at which the head's output is longest, one a passage, and the token "
            "that it reads there: a head is better known by its texts than by a name.",
            depends=("layer", "head"),
            compares="weights",
            provenance=("MEASURED",),
            source=("experiments.overview.head_card:read_block", "experiments.overview.head_card:strongest"),
            heavy=True,
            requires=("model",),
        ),
    ),
)
