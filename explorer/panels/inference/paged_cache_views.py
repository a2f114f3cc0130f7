"""Paged cache: block tables, sharing, copies and prefixes found again, as a real paged cache did it."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from explorer.errors import NotApplicableError
from explorer.figures.inference import paged_cache as figure
from explorer.panels.protocol import Check, Rendered, Scene

#: tokens of the prompt that the requests begin with, at most: more would not fit a page
PROMPT = 40
SIZES = (2, 4, 8, 16)


def blocks(scene: Scene) -> Rendered:
    trace, decoder = scene.trace, scene.model.decoder
    n = min(trace.n_prompt, PROMPT)
    if n < 2:
        raise NotApplicableError("A prompt of one token shares nothing.", "Write a longer prompt.")
    size = int(scene.choice("block", "4", [str(s) for s in SIZES]))
    made = figure.film(decoder, trace.ids, n, size, trace.key.seed, scene.ticks("Steps"))
    config = decoder.config
    per_token = 2 * config.n_layers * config.n_kv_heads * config.d_head * 4
    most = n + max(figure.NEW, trace.key.max_new_tokens)  # what the request allows, so what must be reserved
    data: dict[str, Any] = {
        "block_size": size, "n_blocks": made.n_blocks, "n_prompt": n, "cut": trace.n_prompt > n, "new": figure.NEW,
        "per_token": per_token, "block_bytes": per_token * size, "n_ctx": config.n_ctx, "most": most,
        "frames": [_frame(frame, size, per_token, most) for frame in made.frames],
        "texts": made.texts,
        "sizes": [
            figure.totals(made if s == size else figure.replay(made.frames, n, s)) for s in SIZES
        ],
    }  # fmt: skip
    checks = (
        Check("Every sequence's gathered keys and values = a contiguous cache's", made.gap, 1e-3, "largest error"),
        Check("References = entries of the tables, and no block is lost", float(made.lost), 0.0, "blocks"),
    )
    note = "The interventions of this run are not applied here." if trace.key.interventions else ""
    return Rendered(data, checks, token_ids={t for text in made.texts.values() for t in text}, note=note)


def _frame(frame: figure.Frame, size: int, per_token: int, most: int) -> dict[str, Any]:
    alone = [math.ceil(n / size) for n in frame.lengths.values()]
    return {
        "kind": frame.action.kind, "names": list(frame.action.names),
        "feed": {name: list(new) for name, new in frame.action.feed.items()},
        "events": [{**asdict(event), "sequence": str(event.sequence)} for event in frame.events],
        "tables": frame.tables, "lengths": frame.lengths, "references": frame.references, "slots": frame.slots,
        "findable": frame.findable, "bytes": frame.nbytes, "held": frame.held,
        "used": frame.used, "empty": frame.empty_slots(size),
        # What the same requests take otherwise: blocks of their own, or room for the longest of them each.
        "unshared": sum(alone) * (size * per_token + 8),
        "reserved": len(frame.lengths) * most * per_token,
    }  # fmt: skip
