"""Is it real: trained dictionaries against placebos with random directions, and against features that are known."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="is_it_real",
    title="Is it real?",
    chapter="inside",
    order=70,
    about="A sparse autoencoder’s metrics beside its placebo’s, over three seeds, and on vectors with known features.",
    also=("sae", "sparse autoencoder", "placebo", "loss recovered", "explained variance", "absorption", "sanity check"),
    requires=("decoder",),
    controls=(
        Control("features", "True features", "Directions that the vectors are made of.", 256, choices=(128, 256, 512)),
        Control("width", "Width", "Features of each dictionary.", 256, choices=(128, 256, 512)),
        Control("on", "On at once", "True features of a vector on average.", 6, choices=(3, 6, 12, 24)),
        Control("k", "k", "Features that each dictionary keeps.", 6, choices=(3, 6, 12, 24)),
        Control("steps", "Steps", "Batches that each training reads.", 400, choices=(100, 200, 400), range=(20, 400)),
    ),
    views=(
        View(
            "bought",
            "What training bought",
            (
                "The placebo has the same size and training, but its directions are random and never learn. A "
                "number tells about the learned directions only where it beats the placebo’s."
            ),
            depends=("layer",),
            provenance=("MEASURED", "RECORDED"),
            source=(
                "stack.evaluation.explained_variance:explained_variance",
                "stack.frontier.sparse_autoencoders.metrics:recovered",
                "stack.frontier.sparse_autoencoders.matching:matched",
                "experiments.inside.is_it_real:Runs",
            ),
            heavy=True,
        ),
        View(
            "truth",
            "Where the truth is known",
            "Vectors are made of known directions, so that one can count which of them a dictionary finds. It misses "
            "rare ones, and common ones that a narrower feature absorbs, however much of the variance it explains.",
            requires=(),
            controls=("features", "width", "on", "k", "steps"),
            provenance=("MEASURED",),
            source=(
                "stack.frontier.sparse_autoencoders.synthetic:synthetic",
                "stack.frontier.sparse_autoencoders.synthetic:recovery",
                "stack.frontier.sparse_autoencoders.synthetic:absorption",
                "stack.frontier.sparse_autoencoders.chance:expected_best_cosine",
            ),
            heavy=True,
        ),
    ),
)
