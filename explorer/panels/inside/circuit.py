"""Circuit: the few heads and MLPs that do a task, pruned by an estimate and held to what they do alone."""

from __future__ import annotations

from explorer.corpora.prompt_pairs import TASKS
from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="circuit",
    title="Circuit",
    chapter="inside",
    order=4,
    about="The few heads and MLPs that do a task: drawn, pruned, and tested alone.",
    also=("faithfulness", "completeness", "minimality", "ACDC", "EAP", "IOI", "induction"),
    requires=("decoder",),
    controls=(
        Control("task", "Task", "What the circuit does.", choices=tuple(TASKS.items())),
        Control("item", "Example", "Another draw of the task’s words; 0 is the best-known one.", 0, range=(0, 99)),
        Control(
            "kept",
            "Parts kept",
            "The parts with the largest estimates; all others give what they gave in the changed run.",
            24,
            choices=(4, 8, 12, 16, 24, 32, 48, 64, 96, 128),
        ),
        Control(
            "steps",
            "Ranked by",
            "Gradients between the two prompts’ embeddings.",
            5,
            choices=((1, "1 gradient"), (5, "5 gradients")),
        ),
        Control(
            "threshold",
            "Search keeps",
            "A part whose absence changes the lead by this share of it.",
            0.02,
            choices=((0.005, "0.5 %"), (0.02, "2 %"), (0.05, "5 %")),
        ),
        Control("seed", "Seed", "It draws the random orders.", 0, range=SEEDS),
        Control(
            "by",
            "Missed in",
            "What the search looks at when it leaves an edge out.",
            "lead",
            choices=(("lead", "the answer’s lead"), ("kl", "all tokens (KL)")),
        ),
        Control(
            "drawn",
            "Draw",
            "Whose circuit is drawn.",
            "ACDC",
            choices=("ACDC", "EAP-IG", "EAP"),
        ),
    ),
    views=(
        View(
            "graph",
            "What so few parts do alone",
            "The drawn parts keep the clean prompt’s activations, and all others take the changed prompt’s. A graph "
            "found by estimates is a guess: the curve says how much of the answer it carries alone, and how much is "
            "left without it.",
            controls=("task", "item", "kept", "steps"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.frontier.circuits:alone",
                "stack.frontier.circuits:ranked",
                "stack.frontier.edges:edge_scores",
            ),
            heavy=True,
        ),
        View(
            "methods",
            "Three ways to find it",
            "One gradient ranks all parts at once (EAP), several gradients on the way between the two prompts rank "
            "them more exactly (EAP-IG), and a search tries to do without each part in turn (ACDC). All are held to "
            "the same measure, beside parts drawn at random.",
            controls=("task", "item", "kept", "threshold", "seed"),
            provenance=("MEASURED",),
            source=(
                "stack.frontier.circuit_search:acdc",
                "stack.frontier.attribution_patching:gradients",
                "stack.frontier.circuits:alone",
            ),
            heavy=True,
            long=True,
        ),
        View(
            "edges",
            "The same, edge by edge",
            "An edge is what one part tells another. The search leaves each out in turn, from the answer back to the "
            "tokens; one gradient (EAP) or several (EAP-IG) rank all at once. Each circuit is run by itself, beside "
            "edges drawn at random.",
            controls=("task", "item", "by", "threshold", "seed", "drawn"),
            in_page=("drawn",),
            provenance=("MEASURED", "RECORDED"),
            source=(
                "stack.frontier.edge_search:acdc_edges",
                "stack.frontier.edge_attribution:attributed",
                "stack.frontier.edge_graph:EdgeGraph",
            ),
            heavy=True,
            long=True,
        ),
    ),
)
