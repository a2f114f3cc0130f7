"""Paged cache: block tables, sharing, copies and prefixes found again, as a real paged cache did it."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.inference import paged_cache as experiment
from explorer.figures.inference import paged_cache as figure
from explorer.panels.protocol import Check, Rendered, Scene

#: tokens of the prompt that the requests begin with, at most: more would not fit a page
PROMPT = 40
SIZES = (2, 4, 8, 16)


def blocks(scene: Scene) -> Iterator[Rendered[figure.PagedStory]]:
    trace = scene.trace
    n = min(trace.n_prompt, PROMPT)
    if n < 2:
        raise NotApplicableError("A prompt of one token shares nothing.", "Write a longer prompt.")
    size = int(scene.choice("block", "4", [str(s) for s in SIZES]))
    note = "The interventions of this run are not applied here." if trace.key.interventions else ""
    for made in experiment.film(scene.decoder, trace.ids, n, size, trace.key.seed, scene.ticks("Steps")):
        others: list[experiment.Film] = []
        if made.whole:
            others = [made if s == size else experiment.replay(made.frames, n, s) for s in SIZES]
        config, allowed = scene.decoder.config, trace.key.max_new_tokens
        data = figure.story(made, config, n, trace.n_prompt > n, allowed, others)
        checks = _checks(made) if made.whole else ()
        yield Rendered(data, checks, token_ids={t for text in made.texts.values() for t in text}, note=note)


def _checks(made: experiment.Film) -> tuple[Check, ...]:
    return (
        Check("Every sequence's gathered keys and values = a contiguous cache's", made.gap, 1e-3, "largest error"),
        Check("References = entries of the tables, and no block is lost", float(made.lost), 0.0, "blocks"),
    )
