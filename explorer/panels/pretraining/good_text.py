"""Is it good text: one text under the judges that decide what a model reads."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="good_text",
    title="Is it good text?",
    chapter="pretraining",
    order=25,
    about="One text under every quality judge: which rule removes it, and by what margin?",
    also=("gopher", "c4", "fineweb", "kneser-ney", "perplexity", "kenlm", "quality filter", "language", "pii"),
    requires=(),
    controls=(
        Control(
            "example",
            "Example",
            "The text that is judged, where none is typed.",
            "poem",
            choices=(
                ("prose", "encyclopaedia"),
                ("poem", "poem (Blake)"),
                ("index", "list"),
                ("code", "Python"),
                ("spam", "spam"),
                ("keywords", "keywords"),
                ("French", "French"),
            ),
        ),
        Control("text", "Your text", "The text that is judged; empty: the example.", longest=4000),
        Control("order", "Longest n-gram", "Words of the longest n-gram that is counted.", 5, choices=(2, 3, 4, 5)),
    ),
    views=(
        View(
            "judges",
            "Every rule, with its margin",
            "Each judge is a quality filter: a list of rules that others use on the web. A rule measures a value, and "
            "a threshold decides. A judge stops at its first rule that fails; all of them are shown here. The judges "
            "seldom agree.",
            controls=("example", "text"),
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.data.gopher:quality",
                "stack.pretraining.data.gopher:repetition",
                "stack.pretraining.data.c4:read",
                "stack.pretraining.data.fineweb:quality",
                "stack.pretraining.data.language:opened",
                "stack.pretraining.data.pii:replaced",
            ),
        ),
        View(
            "words",
            "Word by word",
            "A language model of counted n-grams (modified Kneser-Ney) gives each word a probability. Where it has not "
            "seen the words before it together, it backs off to fewer of them, and pays a weight each time. Texts with "
            "a high perplexity are removed. A trained classifier reads the same words.",
            controls=("example", "text", "order"),
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.data.kneser_ney:KneserNey",
                "stack.pretraining.data.kneser_ney:adjusted_counts",
                "stack.pretraining.data.kneser_ney:discounts_of",
                "stack.pretraining.data.quality_classifier:Classifier",
            ),
            heavy=True,
        ),
    ),
)
