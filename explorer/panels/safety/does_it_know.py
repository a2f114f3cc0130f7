"""Does it know?: what tells an answer that a model knows from one that it makes up."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="does_it_know",
    title="Does it know?",
    chapter="safety",
    order=70,
    about="A model answers about people it has read of and about people it has not. What tells the two apart?",
    also=(
        "hallucination", "semantic entropy", "self-consistency", "uncertainty", "auroc", "probe", "known", "unknown",
        "confabulation", "logit lens",
    ),
    requires=(),
    controls=(
        Control("attribute", "Asked", "What is asked about each person.", "town",
                choices=(("town", "Town"), ("trade", "Trade"), ("pet", "Pet"), ("hiding", "Hiding place"))),
        Control("person", "Person", "Which known person stands beside which unknown one.", 1, range=(1, 30)),
        Control("against", "Unknown", "Who counts as unknown.", "never",
                choices=(("never", "Never read"), ("rarely", "Read three times"))),
        Control("people", "People", "Of each kind; a probe is fitted on half of them.", 60, choices=(20, 40, 60)),
        Control("samples", "Answers drawn", "To each question, by which meanings are compared.", 10,
                choices=(3, 5, 10, 20)),
        Control("signal", "Signal", "Whose scores are drawn.", "semantic",
                choices=(("predictive", "Predictive entropy"), ("semantic", "Semantic entropy"),
                         ("discrete", "Semantic entropy, counted"), ("inconsistency", "Inconsistency"),
                         ("surprise", "Highest token entropy"), ("lens", "Lens, read early"), ("probe", "Probe"),
                         ("entropy probe", "Semantic entropy probe"), ("shuffled", "Probe, shuffled labels"))),
        Control("question", "Your question", "The model continues it.", "The capital of France is", longest=200),
        Control("draw", "Seed", "Draws the answers.", 0, range=SEEDS),
    ),
    views=(
        View(
            "beside",
            "A known and an unknown person, token by token",
            "The same question about a person who stood often in the training text, and about one who never did. "
            "The model answers both in the same fluent way; the signals beneath each token differ.",
            controls=("attribute", "person", "people", "samples"),
            provenance=("MEASURED",),
            source=(
                "stack.safety.semantic_entropy:meanings",
                "experiments.safety.does_it_know:along",
                "stack.safety.linear_probes:logistic",
                "corpora.invented_people:value_of",
            ),
            heavy=True,
        ),
        View(
            "signals",
            "Which signal tells?",
            "The area under the ROC curve: how often a signal is higher for an unknown person than for a known one. "
            "Three models from three seeds, all measured on people whom no probe was fitted on.",
            controls=("attribute", "against", "people", "samples", "signal"),
            in_page=("signal",),
            provenance=("MEASURED",),
            source=(
                "stack.safety.ranking:ranked",
                "stack.safety.semantic_entropy:meanings",
                "stack.safety.linear_probes:logistic",
                "experiments.safety.does_it_know:told",
            ),
            heavy=True,
            long=True,
        ),
        View(
            "own",
            "Your own question, of the model on the page",
            (
                "The signals need no truth: any model can be asked. Whether its answer is true is not known here. "
                "There is no probe: it needs people of whom we know whether the model has read of them."
            ),
            controls=("question", "samples", "draw"),
            requires=("model", "decoder"),
            provenance=("MEASURED",),
            compares="any",
            source=(
                "stack.safety.semantic_entropy:meanings",
                "stack.safety.semantic_entropy:plain",
                "experiments.safety.does_it_know:asked",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
