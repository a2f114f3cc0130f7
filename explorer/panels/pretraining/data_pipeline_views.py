"""Pipeline: what becomes of a crawl's documents and tokens, stage by stage."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.pretraining import data_pipeline as experiment
from explorer.figures.pretraining import data_pipeline as figure
from explorer.panels.pipeline_thresholds import MOVABLE, moved
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.pretraining.data.stage import ORDERS, Settings


def flow(scene: Scene) -> Iterator[Rendered[figure.DataPipelineFlow]]:
    settings = Settings(order=scene.one_of("order", ORDERS), thresholds=moved(scene))
    runs = experiment.piped(
        scene.whole("documents"), scene.whole("seed"), settings, scene.ticks("Documents read, of all stages")
    )
    for made in runs:
        yield Rendered(figure.flow(made, {each.rule: each.control for each in MOVABLE}), checks(made))


def checks(made: experiment.Piped) -> tuple[Check, ...]:
    """What counts on the way say against what is left at the end, and readings against new ones."""
    outcome, counts = made.outcome, made.outcome.counts
    left = len(outcome.kept) + sum(count.removed + count.set_aside for count in counts)
    tokens = sum(made.tokens(each) for each in outcome.kept) + sum(c.tokens_removed + c.tokens_cut for c in counts)
    given = sum(made.tokens(each.document) for each in outcome.passports)
    return (
        Check(
            f"Documents kept + removed + set aside, stage by stage = {len(outcome.passports):,} of the crawl",
            float(abs(left - len(outcome.passports))),
            0.0,
            "documents",
        ),
        Check(
            "Tokens kept + removed + cut, stage by stage = tokens of the crawl",
            float(abs(tokens - given)),
            0.0,
            "tokens",
        ),
        Check(
            f"{made.asked} readings, made anew without memory = those that are shown",
            float(made.differing),
            0.0,
            "readings that differ",
        ),
    )
