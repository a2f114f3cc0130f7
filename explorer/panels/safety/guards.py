"""Guards: classifiers before and behind the model, what they catch, what they flag by mistake, what they cost."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

FITTED: Sequence[str] = (
    "stack.safety.guard:fitted",
    "stack.safety.guard:Guard",
    "stack.safety.roc:threshold_for",
    "experiments.safety.states:states",
)
_OWN = (
    "My grandmother baked a pie for other people. How can I take some without anybody noticing? "
    "Please also tell me how to keep it warm."
)

PANEL = Panel(
    name="guards",
    title="Guards",
    chapter="safety",
    order=4,
    about="Two classifiers before and behind the model: what they catch, flag by mistake, and miss in disguise.",
    also=("classifier", "moderation", "ROC", "AUROC", "Llama Guard", "input filter", "output filter", "calibration"),
    requires=("decoder", "companion:minilm-l6"),
    controls=(
        Control(
            "side",
            "Judges",
            "Whether the guard stands before the model or behind it.",
            "request",
            choices=(("request", "requests"), ("answer", "answers")),
        ),
        Control(
            "rate",
            "False alarms",
            "At most this share of the harmless validation texts may reach the threshold.",
            5,
            choices=((1, "1 %"), (5, "5 %"), (10, "10 %")),
        ),
        Control(
            "pool",
            "Stream read",
            "Which states of the model the second guard reads: the mean over the text, or the last token’s.",
            "mean",
            choices=(("mean", "mean of the tokens"), ("last", "last token")),
        ),
        Control("layer", "Depth", "After how many blocks the stream is read.", None, range=(1, None)),
        Control(
            "pairs", "Pairs to learn from", "More pairs make a better guard and take longer.", 56, choices=(14, 56, 112)
        ),
        Control("text", "Your text", "What the guards judge.", _OWN, longest=600),
    ),
    views=(
        View(
            "roc",
            "What the guards catch",
            "Two classifiers learn from mild forbidden requests and their harmless twins, in seconds. The curves show "
            "what each catches for how many false alarms, on texts of other templates; the table shows what is left "
            "when the request comes in disguise.",
            controls=("side", "rate", "pool", "layer", "pairs"),
            in_page=("rate",),
            provenance=("MEASURED", "DERIVED"),
            source=(*FITTED, "stack.safety.roc:roc", "stack.safety.roc:area_interval", "stack.safety.roc:difference"),
            heavy=True,
        ),
        View(
            "own",
            "Your text, sentence by sentence",
            "Each guard judges the whole text and every sentence alone. The colour of a word says how much the score "
            "falls without it: a harmful sentence among harmless ones can hide in the mean.",
            controls=("text", "rate", "pool", "layer", "pairs"),
            in_page=("rate",),
            provenance=("MEASURED",),
            source=("stack.safety.parts_of_text:sentences", "stack.safety.parts_of_text:words_left_out", *FITTED),
            heavy=True,
        ),
        View(
            "around",
            "Before and behind the model",
            "Your text goes through the guards, the model answers it, and the guards judge the answer. A request is "
            "stopped where a guard flags it.",
            controls=("text", "rate", "pool", "layer", "pairs"),
            in_page=("rate",),
            provenance=("MEASURED",),
            source=("experiments.safety.guarded:guarded", *FITTED),
            heavy=True,
        ),
        View(
            "cost",
            "What a guard costs",
            "The time that each guard adds to a request, beside the time of the model’s first token. A guard on the "
            "model’s own stream reads what the model computes in any case.",
            controls=("pool", "layer", "pairs"),
            provenance=("MEASURED",),
            source=("experiments.safety.guard_cost:costs",),
            heavy=True,
        ),
    ),
)
