"""Near duplicates: which texts of a crawl nearly repeat others, by MinHash and LSH."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from explorer.experiments.pretraining import near_duplicates as experiment
from explorer.experiments.pretraining import repeated_passages
from explorer.figures.pretraining import near_duplicates as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.pretraining.data.minhash import Permutations, found_with

#: Standard deviations that a count of random permutations may lie off.
SPREADS = 5


def sides(scene: Scene) -> Rendered[figure.DuplicateSides]:
    bands, rows = _cut(scene)
    text = scene.text("text").strip() or experiment.passage()
    other = scene.text("other").strip() or experiment.reworded(text, scene.whole("change"), scene.whole("seed"))
    made = experiment.compared(text, other, Permutations.datatrove(bands * rows))
    what = "The Jaccard similarity of hashed shingles = that of the runs of words themselves"
    check = Check(what, abs(made.jaccard - made.by_words), 1e-12, "difference")
    return Rendered(figure.sides(text, other, made, rows, bands), (check,))


def curve(scene: Scene) -> Iterator[Rendered[figure.DuplicateCurve]]:
    bands, rows = _cut(scene)
    runs = experiment.caught(scene.whole("documents"), scene.whole("seed"), rows, bands, scene.ticks("Pages read"))
    for made in runs:
        count = len(made.jaccard)
        entries = float((made.jaccard * (1 - made.jaccard)).sum()) / (rows * bands)
        off = abs(float(made.estimate.mean() - made.jaccard.mean()))
        chances = np.array([found_with(float(each), rows, bands) for each in made.jaccard])
        apart = abs(float(made.caught.sum() - chances.sum())) / count
        checks = (
            Check(
                f"The mean share of equal entries = the mean Jaccard similarity of {count:,} planted pairs, within "
                f"{SPREADS} standard errors",
                off,
                SPREADS * entries**0.5 / count + 1e-12,
                "difference",
            ),
            Check(
                f"The share of planted pairs found = the mean of 1 − (1 − J^r)^b, within {SPREADS} standard errors",
                apart,
                SPREADS * float((chances * (1 - chances)).sum()) ** 0.5 / count + 1e-12,
                "difference",
            ),
        )
        yield Rendered(figure.curve(made), checks)


def passages(scene: Scene) -> Iterator[Rendered[figure.DuplicatePassages]]:
    runs = repeated_passages.repeated(
        scene.whole("documents"), scene.whole("seed"), scene.whole("least"), scene.ticks("Steps done")
    )
    for made in runs:
        what = f"The suffix array says of {made.asked} places what a plain search says: whether they stood before"
        check = Check(what, float(made.wrong), 0.0, "places that differ")
        yield Rendered(figure.passages(made), (check,))


def _cut(scene: Scene) -> tuple[int, int]:
    bands, rows = str(scene.one_of("bands")).split("x")
    return int(bands), int(rows)
