"""Is it good text: one text under the judges that decide what a model reads."""

from __future__ import annotations

import math

from explorer.corpora import good_text as examples
from explorer.experiments.pretraining import good_text as experiment
from explorer.experiments.pretraining import quality
from explorer.figures.pretraining import good_text as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

#: The library keeps its scores in half the precision.
SCORES = 2e-3


def _text(scene: Scene) -> str:
    typed = scene.text("text")
    return typed if typed.strip() else examples.text_of(scene.one_of("example", examples.NAMES))


def judges(scene: Scene) -> Rendered[figure.GoodTextJudges]:
    text = _text(scene)
    made = experiment.judged(text)
    opened = made.opened
    parts = opened.prior + sum(each.toward for each in opened.grams)
    what = f"The lead of {opened.language}, n-gram by n-gram = the difference of the library’s scores"
    check = Check(what, abs(parts - opened.lead), SCORES, "difference")
    return Rendered(figure.judges(text, scene.one_of("example", examples.NAMES), made), (check,))


def words(scene: Scene) -> Rendered[figure.GoodTextWords]:
    text = _text(scene)
    scene.progress("Judges made ready", 0, 2)
    made = experiment.surprise(text, scene.whole("order"))
    scene.progress("Judges made ready", 1, 2)
    classifier = quality.trained()
    read = classifier.classifier.read(text)
    count = sum(map(len, made.read))
    off = abs(made.log10 - made.recounted) / max(1, count)
    one = worst(abs(each - 1) for each in made.sums) if made.sums else 0.0
    checks = (
        Check(
            f"log₁₀ p of {count:,} words = p counted again from the sentences, by the definition", off, 1e-9,
            "difference a word",
        ),
        Check(
            f"The probabilities of all words after {len(made.sums)} contexts of the text sum to 1", one, 1e-9,
            "largest difference",
        ),
        Check(
            "The classifier’s probability = the sigmoid of a sum over words and pairs",
            abs(read.good - 1 / (1 + math.exp(-read.log_odds))), 1e-5, "difference",
        ),
    )  # fmt: skip
    return Rendered(figure.words(made, read, classifier.read), checks)
