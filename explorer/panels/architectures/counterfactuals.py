"""Counterfactuals: what the run would have said with an expert forbidden, forced, or more or fewer of them."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="counterfactuals",
    title="Counterfactuals",
    chapter="architectures",
    order=30,
    about="What would the model have said, had its router chosen otherwise?",
    also=("moe", "mixture of experts", "what if"),
    requires=("run", "experts"),
    views=(
        View(
            "depth",
            "The experts that this token needs",
            "Each expert that the selected token takes is forbidden to it in turn, in one block: the longer the bar, "
            "the more the next token hangs on it, which its weight alone does not tell.",
            depends=("position", "target"),
            compares="row",
            provenance=("MEASURED",),
            source=(
                "tracing.counterfactuals:changed_runs",
                "tracing.routing_edits:ForbidExpert",
                "tracing.routing_edits:route",
                "figures.architectures.counterfactuals:divergence",
            ),
            heavy=True,
        ),
        View(
            "table",
            "Forbid or force one expert",
            "One expert is forbidden, or alone allowed, and the model runs again; the row says what becomes of the "
            "next token and of the text.",
            depends=("position", "layer", "target"),
            controls=("do", "scope"),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "tracing.counterfactuals:changed_runs",
                "tracing.counterfactuals:RowsRerouting",
                "tracing.routing_edits:ForbidExpert",
                "tracing.routing_edits:ForceExpert",
                "tracing.routing_edits:route",
            ),
            heavy=True,
        ),
        View(
            "counts",
            "How many experts a token takes",
            "The same weights with fewer or more experts a token than they were trained with: how much the text’s "
            "loss and the next token depend on it.",
            depends=("position", "layer", "target"),
            controls=("where",),
            compares="words",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "tracing.routing_edits:UseExperts",
                "tracing.routing_edits:route",
                "figures.architectures.counterfactuals:kept_share",
            ),
            heavy=True,
        ),
        View(
            "continuation",
            "Where the two texts part",
            "Greedy continuation of the run as it is, above, and under the chosen change, below: the texts are equal "
            "up to the token at which the change decides.",
            depends=("position", "layer", "expert"),
            controls=("do", "scope", "where", "pick", "new"),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            source=("tracing.counterfactuals:write_on", "figures.architectures.continuations:parting"),
            heavy=True,
        ),
        View(
            "over_texts",
            "What the model loses without each expert",
            "Texts of six kinds are read again with one expert of one block forbidden to every token, for each expert "
            "in turn: what is lost over all of them, beyond this prompt, and which kind of text loses most. Choose a "
            "cell to forbid that expert in the run.",
            controls=("texts", "tokens"),
            provenance=("MEASURED", "DERIVED"),
            optional=("decoder",),
            source=(
                "experiments.architectures.forbidden_experts:forbid_each",
                "tracing.routing_edits:ForbidExpert",
                "tracing.routing_edits:route",
                "stack.architectures.paired_interval:paired_interval",
            ),
            heavy=True,
            requires=("experts",),
        ),
    ),
)
