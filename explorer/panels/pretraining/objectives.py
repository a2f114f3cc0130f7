"""Objectives: what a model reads, what it must say and what it may see, under each way to pre-train."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

# The seed is one that leaves no part empty on the page’s first text.
PANEL = Panel(
    name="objectives",
    title="Objectives",
    chapter="pretraining",
    order=60,
    about="What does a model learn from one text? Its inputs, targets and mask under six pre-training objectives.",
    also=(
        "clm",
        "mlm",
        "bert",
        "t5",
        "span corruption",
        "prefix lm",
        "fim",
        "fill in the middle",
        "infilling",
        "mtp",
        "multi-token prediction",
        "loss",
        "labels",
        "causal mask",
    ),
    requires=("run",),
    controls=(
        Control("text", "Text", "What every objective is given; empty: the run’s text.", longest=400),
        Control(
            "objective",
            "Objective",
            "The one that is drawn.",
            "clm",
            choices=(
                ("clm", "Causal"),
                ("mlm", "Masked"),
                ("spans", "Span corruption"),
                ("prefix", "Prefix LM"),
                ("fim", "Fill in the middle"),
                ("mtp", "Multi-token"),
            ),
        ),
        Control("seed", "Seed", "Draws masked tokens, spans, prefix and middle.", 58, range=SEEDS),
        Control("rate", "Tokens chosen", "By MLM and by span corruption.", 0.15, choices=(0.05, 0.15, 0.3, 0.5)),
        Control("span", "Mean span", "Of span corruption.", 3, choices=(1, 2, 3, 5, 10), unit="tokens"),
        Control(
            "order",
            "Order",
            "Of the parts, when the middle is moved.",
            "psm",
            choices=(
                ("psm", "PSM", "prefix, suffix, middle"),
                ("spm", "SPM", "suffix, prefix, middle"),
            ),
        ),
        Control("heads", "Tokens ahead", "That each position predicts.", 4, choices=(2, 4, 8)),
    ),
    views=(
        View(
            "examples",
            "Inputs, targets and mask of each objective",
            "A pre-training objective turns a text into inputs and targets. The objectives differ in what is hidden, "
            "which positions give a loss, and which positions each may attend to.",
            controls=("text", "seed", "rate", "span", "order", "heads"),
            provenance=("DERIVED",),
            compares="any",
            source=(
                "stack.pretraining.objectives.causal:causal",
                "stack.pretraining.objectives.masked:masked",
                "stack.pretraining.objectives.spans:spans",
                "stack.pretraining.span_corruption:noise_mask",
                "stack.pretraining.objectives.prefix:prefix_lm",
                "stack.pretraining.objectives.infilling:infill",
                "stack.pretraining.objectives.multi_token:multi_token",
            ),
        ),
        View(
            "losses",
            "What this causal model loses, token by token",
            "The loss of each token where the text is read in its order, and where the middle is read last, as in "
            "fill in the middle. The model on screen reads both as causal language modelling does.",
            controls=("text", "seed"),
            requires=("run", "decoder"),
            provenance=("MEASURED",),
            compares="any",
            source=(
                "experiments.pretraining.objectives:lost",
                "stack.pretraining.objectives.infilling:middle_last",
                "stack.pretraining.objectives.causal:shifted_twice",
                "stack.evaluation.scoring:surprises",
            ),
            heavy=True,
        ),
        View(
            "trained",
            "What models trained here lose, one for each objective",
            "Six small models of one size read the text, each under the objective that it was trained with: the same "
            "start, the same windows of text, the same compute. An objective that asks for 15 % of the tokens learns "
            "from 15 % of them.",
            controls=("text", "seed"),
            provenance=("MEASURED", "RECORDED"),
            compares="any",
            source=(
                "stack.pretraining.objectives.twin:Twin",
                "stack.pretraining.objectives.twin:flops",
                "stack.pretraining.objectives.drawn:drawn",
                "training.twins:Parts",
            ),
            heavy=True,
        ),
    ),
)
