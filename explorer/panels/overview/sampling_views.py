"""Sampling: the model's distribution through the sampler's steps. The steps run in the page, on the full logits."""

from __future__ import annotations

from explorer.figures.overview import sampling as figure
from explorer.panels.protocol import Rendered
from explorer.panels.scene import Scene


def stages(scene: Scene) -> Rendered[figure.SamplingStages]:
    trace, at = scene.trace, scene.position
    logits = trace.logits[at].float()
    previous = [t.id for t in trace.tokens[: at + 1]]
    ids, probabilities = figure.proved_probabilities(logits)
    kept = figure.kept_after(trace.key.sampler, logits, previous, trace.n_prompt)
    # The page computes the checks: it compares its own softmax, cuts and draw with the numbers here.
    return Rendered(
        figure.SamplingStages(position=at, logits=logits, top_ids=ids, top_p=probabilities, kept=kept),
        token_ids=figure.named_ids(logits, previous),
    )
