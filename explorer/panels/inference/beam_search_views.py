"""Beam search: the tree of a real search from the run's prompt, against greedy decoding."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from explorer.errors import NotApplicableError
from explorer.figures.inference import beam_search as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.inference.beam_search import BeamSettings, beam_search, sequence_logprobs
from explorer.stack.inference.engine import Engine
from explorer.tracing.capture import stop_ids

#: The most that a visitor may ask for.
BEAMS, STEPS = 8, 24


def tree(scene: Scene) -> Rendered:
    decoder = scene.model.decoder
    n_beams, groups = scene.number("beams", 4, 1, BEAMS), scene.number("groups", 1, 1, 4)
    groups = next(g for g in range(min(groups, n_beams), 0, -1) if n_beams % g == 0)
    settings = BeamSettings(
        n_beams,
        scene.number("steps", 12, 2, STEPS),
        scene.number("length", 1.0, -1.0, 2.0),
        n_groups=groups,
        diversity=scene.number("diversity", 1.0, 0.0, 3.0) if groups > 1 else 0.0,
    )
    prompt = [t.id for t in scene.trace.tokens[: scene.trace.n_prompt]]
    if len(prompt) + settings.max_new_tokens > decoder.config.n_ctx:
        raise NotApplicableError(
            f"{len(prompt)} prompt tokens and {settings.max_new_tokens} new ones pass the model's "
            f"{decoder.config.n_ctx:,} positions.",
            "Take a shorter prompt.",
        )
    stops = stop_ids(scene.model)
    parts = settings.max_new_tokens + n_beams + 2

    def tick(done: int, _: int = 0) -> None:
        scene.progress("Steps", min(done, parts), parts)

    found = beam_search(decoder, prompt, settings, stops, progress=tick)
    tick(settings.max_new_tokens + 1)
    greedy = Engine(decoder).generate([prompt], settings.max_new_tokens, stop_ids=stops)[0]
    largest, texts = 0.0, []
    for number, text in enumerate(found.hypotheses):
        again = float(sequence_logprobs(decoder, prompt, text.ids).sum())
        largest = max(largest, abs(again - text.logprob))
        texts.append({**asdict(text), "again": again})
        tick(settings.max_new_tokens + 2 + number)
    data: dict[str, Any] = {
        **asdict(settings),
        "nodes": figure.tree(found),
        "n_steps": found.n_steps,
        "texts": texts,
        "stopped": list(found.stopped),
        "greedy": {
            "ids": greedy.new_ids,
            "totals": figure.totals(greedy.logprobs),
            "nodes": figure.along(found, greedy.new_ids),
        },
        "rows": figure.model_rows(found),
        "prompt": prompt[-1],
        "most": {"beams": BEAMS, "steps": STEPS},
        "unmodified": bool(scene.trace.key.interventions),
    }
    n = len(found.hypotheses)
    what = f"The {n} texts' totals" if n > 1 else "The text's total"
    check = Check(f"{what}, from cached steps, equal one pass over the whole text", largest, 1e-3, "largest error")
    return Rendered(data, (check,), token_ids={prompt[-1], *greedy.new_ids, *(n.token for n in found.nodes)})
