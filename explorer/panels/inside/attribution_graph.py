"""Attribution graph: what a logit hangs on through the features of transcoders, each part really taken out."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="attribution_graph",
    title="Attribution graph",
    chapter="inside",
    order=12,
    about="Which features of the MLPs an answer hangs on, drawn as an attribution graph, each node and edge taken out.",
    also=("transcoder", "circuit tracing", "replacement model", "supernode", "influence", "error node"),
    requires=("run", "decoder"),
    controls=(
        Control(
            "kept",
            "Influence kept",
            "The strongest nodes that hold this share of the influence are kept and taken out one by one.",
            0.8,
            choices=((0.5, "50 %"), (0.6, "60 %"), (0.7, "70 %"), (0.8, "80 %"), (0.9, "90 %")),
        ),
        Control(
            "drawn",
            "Influence drawn",
            "Of the kept nodes, the strongest that hold this share; what then leads nowhere is left out.",
            0.6,
            range=(0.2, 0.9),
            step=0.02,
        ),
        Control("zoom", "Zoom", "How wide the graph is drawn.", 1, choices=((1, "1 ×"), (2, "2 ×"), (3, "3 ×"))),
        Control("node", "Node", "The node that is opened.", "", longest=24),
        Control(
            "groups",
            "Supernodes",
            "Nodes that are drawn as one: their names with commas, supernodes with semicolons.",
            "",
            longest=600,
        ),
        Control("mover", "Head", "The head whose score is taken apart.", 0, range=(0, 7)),
    ),
    views=(
        View(
            "graph",
            "What the answer hangs on, and what happens without each part",
            "Attention patterns and norms are frozen and transcoders stand for MLPs: every effect of one node on "
            "another is then exact. A node’s left bar is what the graph predicts the answer’s logit to lose without "
            "it, the right one what the real run loses. Where the two differ, the drawing misleads.",
            depends=("position",),
            controls=("kept", "drawn", "zoom", "node", "groups"),
            in_page=("drawn", "zoom", "node", "groups"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.frontier.local_replacement:effects",
                "stack.frontier.attribution_graph:pruned",
                "stack.frontier.attribution_graph:total_effects",
                "experiments.inside.attribution_graph:tried",
            ),
            heavy=True,
        ),
        View(
            "looks",
            "Why the heads looked there",
            "The graph freezes attention and never says why a head reads a token. Here are the heads that brought most "
            "to the answer; the score of each is a sum over pairs: a part of the stream at the token that looks, and "
            "one at the token that is read.",
            depends=("position",),
            controls=("mover",),
            in_page=("mover",),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.frontier.query_key_attribution:movers",
                "stack.frontier.query_key_attribution:pairs",
            ),
            heavy=True,
        ),
    ),
)
