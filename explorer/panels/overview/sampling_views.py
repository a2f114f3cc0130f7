"""Sampling: the model's distribution through the sampler's steps. The steps run in the page, on the full logits."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from explorer.figures.overview import sampling as figure
from explorer.panels.protocol import Rendered, Scene


def stages(scene: Scene) -> Rendered:
    trace, at = scene.trace, scene.position
    logits = trace.logits[at].float()
    previous = [t.id for t in trace.tokens[: at + 1]]
    ids, probabilities = figure.proved_probabilities(logits)
    data: dict[str, Any] = {
        "position": at,
        "logits": logits,
        "top_ids": ids,
        "top_p": probabilities,
        "kept": figure.kept_after(trace.key.sampler, logits, previous, trace.n_prompt),
        "base": None,
    }
    named = figure.named_ids(logits, previous)
    if (base := scene.comparable) is not None:
        following = [t.id for t in trace.tokens[at + 1 : at + 2]]  # its row is always drawn
        before = figure.unmodified(base.logits[at], logits, [*named, *following])
        data["base"] = asdict(before)
        named = before.ids
    # The page computes the checks: it compares its own softmax, cuts and draw with the numbers here.
    return Rendered(data, token_ids=named)
