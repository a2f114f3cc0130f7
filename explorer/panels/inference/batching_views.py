"""Batching: the same requests served by static and by continuous batching, pass by pass."""

from __future__ import annotations

from typing import Any

import torch

from explorer.errors import NotApplicableError
from explorer.figures.inference import batching as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.inference.paged_cache import PagedCache
from explorer.stack.inference.scheduler import Scheduler
from explorer.stack.inference.serving_load import replay
from explorer.stack.inference.static_batching import StaticBatcher

BLOCK = 4
#: Two answers are the same while no token lies further below the likeliest one than rounding does.
LOGITS = 1e-3


def timeline(scene: Scene) -> Rendered:
    decoder, ids = scene.model.decoder, scene.trace.ids.tolist()
    least = figure.most_blocks(BLOCK)
    n = scene.number("requests", default=7, low=2, high=12)
    slots = scene.number("slots", default=3, low=1, high=6)
    gap = scene.number("gap", default=1.5, low=0.25, high=16.0)
    blocks = scene.number("blocks", default=16, low=least, high=32)
    seed = scene.number("seed", default=7, low=0, high=9999)
    if len(ids) + figure.ANSWER > decoder.config.n_ctx:
        raise NotApplicableError("The run fills the model's whole context.", "Shorten the prompt.")
    step = figure.step_seconds(decoder, scene.trace.ids[: figure.PROMPT])
    arrivals = figure.load(ids, n, gap, step, seed)
    wanted = sum(a.request.max_new_tokens for a in arrivals)
    total, made = 3 * wanted, 0

    def tell(more: int) -> None:
        nonlocal made
        made += more
        scene.progress("Passes", min(made, total), total)

    cache, used = PagedCache(decoder.config, blocks, BLOCK), list[int]()
    scheduler = Scheduler(decoder, cache, max_running=slots, spare_blocks=0)

    def passed(_: int) -> None:
        used.append(blocks - cache.pool.n_free)
        tell(slots)

    static = replay(StaticBatcher(decoder, slots), arrivals, on_pass=lambda _: tell(slots))
    continuous = replay(scheduler, arrivals, on_pass=passed)

    answers = continuous.answers()
    different = sum(answers[name] != ids_ for name, ids_ in static.answers().items())
    gaps = []
    with torch.inference_mode():
        for a in arrivals:
            gaps.append(figure.forward_gap(decoder, a.request.prompt, answers[a.request.name]))
            tell(a.request.max_new_tokens)
    checks = (
        Check(f"Static and continuous give the same {wanted} tokens", float(different), 0.0, "differing answers"),
        Check("Each answer is that of its request alone, in one uncached forward", max(gaps), LOGITS, "largest gap"),
    )
    data: dict[str, Any] = {
        "requests": [
            {"arrives": a.seconds, "prompt": list(a.request.prompt), "answer": answers[a.request.name]}
            for a in arrivals
        ],
        "static": figure.timeline(static, slots),
        "continuous": {**figure.timeline(continuous, slots), "blocks": used},
        "slots": slots,
        "gap": gap,
        "step": step,
        "pool": {"blocks": blocks, "size": BLOCK, "least": least},
        "seed": seed,
        "threads": torch.get_num_threads(),
    }
    named = {i for a in arrivals for i in (*a.request.prompt, *answers[a.request.name])}
    note = "The interventions of this run are not applied here." if scene.trace.key.interventions else ""
    return Rendered(data, checks, token_ids=named, note=note)
