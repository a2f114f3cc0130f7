"""Patch map: every activation of one prompt put into another's run, measured beside what one gradient expects."""

from __future__ import annotations

from explorer.corpora.prompt_pairs import TASKS
from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="patch_map",
    title="Patch map",
    chapter="inside",
    order=2,
    about="Which activation carries the answer: each one put into another prompt’s run, and what a gradient expects.",
    also=("activation patching", "causal tracing", "attribution patching", "path patching", "EAP", "IOI", "circuit"),
    requires=("run", "decoder"),
    controls=(
        Control(
            "task",
            "Prompts",
            "Where the two prompts come from.",
            choices=(*TASKS.items(), ("own", "This run’s prompt", "And one that you change.")),
        ),
        Control("item", "Example", "Another draw of the task’s words; 0 is the best-known one.", 0, range=(0, 99)),
        Control("changed", "Changed prompt", "The prompt with other words of as many tokens.", "", longest=400),
        Control(
            "way",
            "Put",
            "Which run an activation comes from, and into which it is put.",
            "denoise",
            choices=(
                ("denoise", "Clean into changed", "What suffices to bring the answer back."),
                ("noise", "Changed into clean", "What the answer needs."),
            ),
        ),
        Control(
            "site",
            "What is put",
            "The activation.",
            "resid",
            choices=(
                ("resid", "Stream into block"),
                ("attn", "Attention output"),
                ("mlp", "MLP output"),
                ("z", "Heads, all tokens"),
            ),
        ),
        Control(
            "steps",
            "Estimate from",
            "Gradients between the two prompts’ embeddings.",
            1,
            choices=((1, "1 gradient"), (5, "5 gradients")),
        ),
        Control("cell", "", "The position or the head of the chosen cell.", range=(0, None)),
    ),
    views=(
        View(
            "maps",
            "Which activation carries the answer",
            "Each cell puts one activation of one run into the other and lets the model go on. Blue: the answer’s lead "
            "rises; orange: it falls. Beside it, what gradients expect of the same patches, which is quick and at "
            "places wrong.",
            controls=("task", "item", "changed", "way", "site", "steps"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.frontier.patching:patched",
                "stack.frontier.attribution_patching:gradients",
                "corpora.prompt_pairs:fitted",
            ),
            heavy=True,
        ),
        View(
            "edges",
            "What one head tells each later part",
            (
                "The selected head’s output reaches one query, key, value or MLP alone, and the model goes on. "
                "This shows through which later parts a head acts."
            ),
            depends=("layer", "head"),
            controls=("task", "item", "changed", "way"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.frontier.edges:reader_outputs",
                "stack.frontier.edges:exact_edges",
                "stack.frontier.edges:reader_gradients",
            ),
            heavy=True,
        ),
        View(
            "trust",
            "When may one trust the estimate?",
            "The correlation of measured and estimated patches over all settings of this pair of prompts, of 96 cells "
            "drawn from each map. One gradient stands in for hundreds of runs, and this says where it may.",
            controls=("task", "item", "changed"),
            provenance=("MEASURED",),
            source=("experiments.inside.patch_map:estimated", "experiments.inside.patch_map:drawn_cells"),
            heavy=True,
            long=True,
        ),
    ),
)
