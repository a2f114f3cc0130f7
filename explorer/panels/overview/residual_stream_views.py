"""Residual stream: what each depth would say, one token's rank through depth, where a logit comes from, norms."""

from __future__ import annotations

from typing import Any

import torch

from explorer.figures.overview import residual_stream as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.tracing.trace import Trace


def lens(scene: Scene) -> Rendered:
    grid = figure.lens_grid(scene.trace, scene.position)
    depths, n, k = grid.ids.shape
    base = figure.lens_before(scene.base, scene.trace, grid) if scene.base is not None else None
    data = {
        "start": grid.start,
        "n": n,
        "k": k,
        "depths": depths,
        "ids": grid.ids.to(torch.int32),
        "probs": grid.probabilities,
        "base": None,
    }
    named = set(grid.ids.unique().tolist())
    if base is not None:
        data["base"] = {
            "n": base.ids.shape[1],
            "ids": base.ids.to(torch.int32),
            "probs": base.probabilities,
            "changed": base.changed,
        }
        named.update(base.ids.unique().tolist())
    error = figure.last_row_error(grid, scene.trace.logits)
    check = Check("The last row equals the model's distribution", error, 1e-5, "largest error")
    return Rendered(data, (check,), token_ids=named)


def rank(scene: Scene) -> Rendered:
    trace, at = scene.trace, scene.position
    ids = figure.followed(trace.logits[at], scene.target)
    ranks = torch.stack([trace.rank(at, i) for i in ids])  # token depth
    probabilities = torch.stack([trace.probability(at, i) for i in ids])
    target = ranks[0].tolist()
    lead = figure.lead(target)
    data = {
        "position": at,
        "ids": ids,
        "depths": len(target),
        "vocab": trace.dims.d_vocab,
        "ranks": ranks.to(torch.int32),
        "probs": probabilities,
        "first": lead.first,
        "stays": lead.stays,
        "base": None,
    }
    if (base := scene.comparable) is not None:  # the target alone: more lines would hide one another
        before = base.rank(at, scene.target)
        first = figure.lead(before.tolist())
        data["base"] = {
            "ranks": before.to(torch.int32),
            "probs": base.probability(at, scene.target),
            "first": first.first,
            "stays": first.stays,
        }
    own = int((trace.logits[at] > trace.logits[at, scene.target]).sum()) + 1
    check = Check(f"The last depth's rank is the model's own, {own:,}", float(abs(target[-1] - own)), 0.0, "difference")
    about = (
        f"Where “{scene.model.vocabulary.label(scene.target)}” stands among all {trace.dims.d_vocab:,} tokens at "
        f"position {at} as the stream deepens; grey lines are the likeliest others. Rank 1 is on top."
    )
    return Rendered(data, (check,), token_ids=ids, about=about)


def shares(trace: Trace, at: int, target: int) -> dict[str, Any]:
    """The logit's parts. `edits` are the layers at which an intervention wrote into the stream itself."""
    found = trace.attribution(at, target)
    edits = [{"layer": layer, "share": float(v)} for layer, v in enumerate(found.edits) if v != 0]
    return {
        "embed": found.embed,
        "attn": found.attn,
        "mlp": found.mlp,
        "edits": edits,
        "constant": found.constant,
        "logit": found.logit,
    }


def waterfall(scene: Scene) -> Rendered:
    trace, at, target = scene.trace, scene.position, scene.target
    found, base = trace.attribution(at, target), scene.comparable
    own = shares(trace, at, target)
    data = {
        **own,
        "position": at,
        "target": target,
        "base": shares(base, at, target) if base is not None else None,
    }
    n = 1 + 2 * trace.dims.n_layers + (own["constant"] != 0) + len(own["edits"])
    check = Check(f"{n} shares add up to the logit, {found.logit:.4f}", found.error, 1e-3)
    vocabulary = scene.model.vocabulary
    about = (
        f"{n} writes into the stream at “{vocabulary.label(trace.tokens[at].id)}”, added up toward "
        f"“{vocabulary.label(target)}” with the final norm's scale frozen. The last bar is the model's own logit."
    )
    return Rendered(data, (check,), token_ids=[target], about=about)


def norms(scene: Scene) -> Rendered:
    trace, at = scene.trace, scene.position
    found = figure.norms(trace)
    data: dict[str, Any] = {"stream": found.stream, "attn": found.attn, "mlp": found.mlp, "base": None}
    if (base := scene.comparable) is not None:
        before = figure.norms(base)
        data["base"] = {"stream": before.stream[:, at], "attn": before.attn[:, at], "mlp": before.mlp[:, at]}
    checks = ()
    # An intervention may change what a head writes after it was read.
    if not trace.key.interventions and "attribution" not in trace.readout.refused:
        error = figure.writes_error(trace, at)
        heads = f"The {trace.dims.n_heads} heads together are what attention wrote, every block"
        checks = (Check(heads, error, 1e-3, "relative error"),)
    return Rendered(data, checks)
