"""Counterfactuals: what the run would have said with an expert forbidden, forced, or more or fewer of them."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="counterfactuals",
    title="Counterfactuals",
    chapter="architectures",
    order=30,
    about="What would the model say if its router chose differently?",
    also=("moe", "mixture of experts", "what if"),
    requires=("run", "experts"),
    controls=(
        Control(
            "do",
            "",
            "What happens to the expert.",
            "forbid",
            choices=(
                ("forbid", "Forbid", "The router’s score of the expert is set to −∞."),
                ("force", "Force", "All other scores of the router are set to −∞."),
            ),
        ),
        Control(
            "scope",
            "",
            "Where the expert is forbidden or forced.",
            "here",
            choices=(
                ("here", "This token and block"),
                ("layer", "This block, all tokens"),
                ("token", "This token, all blocks"),
                ("all", "Everywhere"),
            ),
        ),
        Control(
            "block",
            "",
            "Which block is opened until an expert is selected.",
            "needed",
            choices=(
                ("needed", "The block whose expert the token needs most"),
                ("selected", "The selected block"),
            ),
        ),
        Control(
            "where",
            "",
            "In which blocks the number of experts changes.",
            "all",
            choices=(("all", "Every block"), ("layer", "The selected block")),
        ),
        Control("pick", "", "“k3” writes on with 3 experts a token; else the expert is changed."),
        Control(
            "new",
            "New tokens",
            "Tokens that both runs write.",
            24,
            choices=(12, 24, 48),
            range=(4, 96),
        ),
        Control("texts", "Texts of each kind", "More texts narrow the intervals.", 4, range=(1, 8)),
        Control("tokens", "Tokens of each text", "So many are read of each text.", 32, range=(16, 256), step=16),
    ),
    views=(
        View(
            "depth",
            "The experts that this token needs",
            "Each expert that the selected token uses is forbidden to it, one after the other, in one block. The "
            "longer the bar, the more the next token depends on that expert; its weight alone does not show this.",
            depends=("position", "target"),
            compares="row",
            unchanged=True,
            provenance=("MEASURED",),
            source=(
                "tracing.probes.counterfactuals:changed_runs",
                "tracing.changes.routing_edits:ForbidExpert",
                "tracing.changes.routing_edits:route",
                "figures.architectures.counterfactuals:divergence",
            ),
            requires=("run", "experts", "plain"),
            heavy=True,
        ),
        View(
            "table",
            "Forbid or force one expert",
            "One expert is forbidden, or is the only one allowed, and the model runs again. Each row shows how the "
            "next token and the loss of the text change.",
            depends=("position", "layer", "target", "expert"),
            controls=("do", "scope", "block"),
            compares="row",
            unchanged=True,
            provenance=("MEASURED", "DERIVED"),
            source=(
                "tracing.probes.counterfactuals:changed_runs",
                "tracing.probes.counterfactuals:RowsRerouting",
                "tracing.changes.routing_edits:ForbidExpert",
                "tracing.changes.routing_edits:ForceExpert",
                "tracing.changes.routing_edits:route",
            ),
            requires=("run", "experts", "plain"),
            heavy=True,
        ),
        View(
            "counts",
            "How many experts a token takes",
            "The same weights run with fewer or more experts for each token than they were trained with. Each row "
            "shows the text’s loss and how far the next token’s distribution moves.",
            depends=("position", "layer", "target"),
            controls=("where",),
            compares="words",
            unchanged=True,
            provenance=("MEASURED", "DERIVED"),
            source=(
                "tracing.changes.routing_edits:UseExperts",
                "tracing.changes.routing_edits:route",
                "figures.architectures.counterfactuals:kept_share",
            ),
            heavy=True,
        ),
        View(
            "continuation",
            "Where the two texts differ",
            "Above, the run continues greedily without the change; below, with the chosen change. The texts are equal "
            "up to the token where the change has its first effect.",
            depends=("position", "layer", "expert"),
            controls=("do", "scope", "block", "where", "pick", "new"),
            compares="row",
            unchanged=True,
            provenance=("MEASURED", "DERIVED"),
            source=("tracing.probes.counterfactuals:write_on", "figures.architectures.continuations:parting"),
            heavy=True,
        ),
        View(
            "over_texts",
            "What the model loses without each expert",
            "The model reads texts of six kinds again, each time with one expert of one block forbidden to every "
            "token. The map shows how much the loss rises over all texts, not just this prompt, and which kind of "
            "text loses most. Choose a cell to forbid that expert in this run.",
            controls=("texts", "tokens"),
            provenance=("MEASURED", "DERIVED"),
            optional=("decoder",),
            source=(
                "experiments.architectures.forbidden_experts:forbid_each",
                "tracing.changes.routing_edits:ForbidExpert",
                "tracing.changes.routing_edits:route",
                "stack.architectures.paired_interval:paired_interval",
            ),
            heavy=True,
            requires=("experts",),
        ),
    ),
)
