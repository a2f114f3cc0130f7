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
    requires=("run", "attention"),
    views=(
        View(
            "roles",
            "How it reads and what it writes",
            "Four scores that distinguish known kinds of heads, each compared with all heads of the model; and the "
            "tokens whose logits the head’s output raises and lowers at the selected position.",
            depends=("layer", "head", "position", "target", "over", "rival"),
            compares="parts",
            together=True,
            provenance=("MEASURED", "DERIVED"),
            source=(
                "tracing.derived.head_scores:score_heads",
                "tracing.probes.induction:induction_scores",
                "tracing.derived.head_writing:written",
                "tracing.derived.head_writing:pushes",
                "tracing.vetting.heads_alone:heads_alone",
            ),
        ),
        View(
            "removed",
            "The answer without it",
            "The probabilities of the next token at the selected position, with the head and with the head switched "
            "off at all positions. The change includes what later blocks make of the head’s output.",
            depends=("layer", "head", "position", "target", "over", "rival"),
            compares="parts",
            together=True,
            provenance=("MEASURED",),
            source=("experiments.overview.head_card:removed", "experiments.overview.heads_and_causes:whole_run"),
            heavy=True,
        ),
        View(
            "places",
            "Where it writes most",
            "Passages of six kinds of text: the place in each where the head’s output vector is longest, and the token "
            "that the head reads there.",
            depends=("layer", "head"),
            compares="weights",
            together=True,
            provenance=("MEASURED",),
            source=("experiments.overview.head_card:read_block", "experiments.overview.head_card:strongest"),
            heavy=True,
            requires=("model", "attention"),
        ),
    ),
)
