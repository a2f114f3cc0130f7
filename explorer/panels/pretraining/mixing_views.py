"""Mixing and batches: what a mix draws, and what one batch looks like."""

from __future__ import annotations

from math import sqrt

from explorer.experiments.pretraining import mixing as experiment
from explorer.experiments.pretraining import published_mixes
from explorer.experiments.shelf_course import DENSE, tokenizer_of
from explorer.figures.pretraining import mixing as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.pretraining.data import packing
from explorer.stack.worst import worst

#: Standard deviations that a count may lie off.
SPREADS = 5
MILLION = 1_000_000


def draws(scene: Scene) -> Rendered[figure.MixDraws]:
    by, temperature, most = scene.one_of("by"), scene.real("temperature"), scene.whole("most")
    characters, batches, seed = scene.whole("millions") * MILLION, scene.whole("batches"), scene.whole("seed")
    made = experiment.drawn(by, temperature, most, characters, batches, seed)
    rows = batches * experiment.ROWS
    off = [abs(e.count - e.expected) / sqrt(rows * e.share * (1 - e.share)) for e in made if 0 < e.share < 1]
    whole = sum(each.epochs * each.source.size for each in made)
    checks = (
        Check(
            f"Counts of {rows:,} rows = their expectations, within {SPREADS} standard deviations", worst(off),
            float(SPREADS), "standard deviations",
        ),
        Check("Epochs times sizes = the characters to read", abs(whole / characters - 1), 1e-9, "relative difference"),
    )  # fmt: skip
    return Rendered(figure.draws(made, by, temperature, most, characters, batches, seed), checks)


def batch(scene: Scene) -> Rendered[figure.PackedBatch]:
    length = scene.whole("length")
    made = experiment.batch(length, scene.whole("seed"))
    chosen = scene.one_of("packing", experiment.PACKINGS)
    tokenizer = tokenizer_of(DENSE)
    shown = made.packed[chosen].rows[: figure.SHOWN]
    strings = {
        str(token): tokenizer.decode([token], skip_special_tokens=False) for row in shown for token in made.ids(row)
    }
    checks = (
        Check(
            f"Each of {made.packed[chosen].given:,} tokens is kept once or lost, in all four packings",
            float(sum(experiment.tokens_apart(made, each) for each in made.packed.values())), 0.0,
            "tokens that are not",
        ),
        Check(
            f"Pairs within documents = those of the mask, cell by cell, {len(shown)} rows",
            float(worst(abs(packing.blocks(row) - experiment.pairs(row)) for row in shown)), 0.0, "pairs",
        ),
    )  # fmt: skip
    return Rendered(figure.batch(made, chosen, length, strings), checks)


def published(_scene: Scene) -> Rendered[figure.PublishedMixes]:
    beyond = worst(max(published_mixes.beyond_rounding(each), 0.0) for each in published_mixes.MIXES)
    check = Check("The shares of each mix sum to 100 %, within their rounding", beyond, 1e-9, "per cent beyond")
    return Rendered(figure.published(), (check,))
