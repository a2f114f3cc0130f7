"""Heads and causes: direct attribution of every head against the measured effect of removing it."""

from __future__ import annotations

from typing import Any

from explorer.figures.overview import heads_and_causes as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.tracing import ablation_effects, induction_scores

#: Heads whose way from the unmodified run is drawn.
MOVED = 10


def scatter(scene: Scene) -> Rendered:
    trace, at, target = scene.trace, scene.position, scene.target
    direct = trace.attribution(at, target)
    effects = ablation_effects(scene.model, trace, at, [target], progress=scene.ticks("Parts removed"))
    scores = trace.head_scores()
    data: dict[str, Any] = {
        "position": at,
        "target": target,
        "p": float(effects.base_probabilities[0]),
        "direct": direct.heads,
        "effect": effects.logit_change,
        "kl": effects.kl,
        "p_ablated": effects.probabilities[..., 0],
        "scores": {
            "previous": scores.previous,
            "sink": scores.sink,
            "entropy": scores.entropy_bits,
            "induction": induction_scores(scene.model),
        },
        "base": None,
    }
    if (base := scene.comparable) is not None:  # measuring every removal again would take as long as this view
        before = base.attribution(at, target)
        moved = figure.most_moved(direct.heads, before.heads, MOVED)
        p = float(base.logits[at].double().softmax(-1)[target])
        data["base"] = {"direct": before.heads, "moved": moved, "p": p}
    dims = trace.dims
    n = dims.n_layers * dims.n_heads
    check = Check(
        f"{n} head shares add up to the {dims.n_layers} attention shares",
        figure.shares_error(direct.heads, direct.attn_bias, direct.attn),
        1e-3,
        "largest error",
    )
    about = (
        f"What each head writes toward “{scene.model.vocabulary.label(target)}” (across) and how that logit moves when "
        "the head is removed (up); far from the dashed line, it works through other parts."
    )
    return Rendered(data, (check,), token_ids=[target], about=about)
