"""Walk: one token from its text to the next word, drawn from this run."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch

from explorer.errors import NotApplicableError
from explorer.figures.overview import attention as maps
from explorer.figures.overview import walk as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.tracing.interventions import AblateMLP
from explorer.tracing.trace import Trace

#: squares a side of a head's small map
CELLS = 48
#: neurons listed by the size of their share
NEURONS = 5


def _tolerance(logit: float) -> float:
    """Float32 sums of a hundred writes: relative to the logit, absolute below 1."""
    return 1e-4 * max(1.0, abs(logit))


def _shares(trace: Trace, position: int, token: int) -> dict[str, Any]:
    """Shares of the logit and lengths of the stream, embedding to last block."""
    share = trace.attribution(position, token)
    norms = figure.writes(trace, position).stream.norm(dim=-1)
    return {"embed": float(share.embed), "attn": share.attn, "mlp": share.mlp, "norms": norms}


def _sample(scene: Scene, shown: list[int]) -> dict[str, Any] | None:
    """The sampler's work at this position; None inside the prompt, where the next token is given."""
    trace, here = scene.trace, scene.position
    if here < trace.n_prompt - 1:
        return None
    step = next((s for s in trace.steps if s.position == here), None)
    sampler = trace.key.sampler
    if step is None:  # the last position: nothing was drawn from it, but the cut is known
        stages = sampler.stages(trace.logits[here], trace.ids[: here + 1], trace.n_prompt)
        draw = figure.drawn(stages.probabilities, shown)
    else:
        draw = figure.drawn(step.stages.probabilities, shown, step.chosen, step.u, step.forced)
    return {**asdict(draw), "temperature": sampler.temperature, "words": figure.sampler_words(sampler)}


def river(scene: Scene) -> Rendered:
    trace, here, target = scene.trace, scene.position, scene.target
    logits = trace.logits[here].double()
    p = logits.softmax(-1)
    share, toward = trace.attribution(here, target), figure.direction(trace, here, target)
    lens = trace.lens_at(here, k=1)
    ends, parts = figure.ends(p), figure.writes(trace, here)
    goals = figure.targets(trace, here, target)
    following = trace.tokens[here + 1].id if here + 1 < len(trace.tokens) else None
    token = trace.tokens[here]
    row = scene.model.hf.get_input_embeddings().weight[token.id]  # pyright: ignore[reportIndexIssue]
    data: dict[str, Any] = {
        "position": here,
        "target": target,
        "vocabulary": trace.dims.d_vocab,
        "token": {
            "id": token.id, "bytes": list(token.bytes), "start": token.start, "end": token.end,
            "is_row": bool(torch.equal(trace.embed[here], row.detach().float())),
        },
        "targets": [{"id": t, "p": float(p[t]), "logit": float(logits[t])} for t in goals],
        **_shares(trace, here, target),
        "edits": share.edits, "constant": share.constant, "sum_logit": share.logit, "total": share.total,
        "attn_norms": parts.attn.norm(dim=-1), "mlp_norms": parts.mlp.norm(dim=-1),
        "attn_cosines": figure.cosines(parts.attn, toward), "mlp_cosines": figure.cosines(parts.mlp, toward),
        "direction": float(toward.norm()),
        "lens_ids": lens.ids[:, 0, 0], "lens_p": lens.probs[:, 0, 0],
        "target_rank": trace.rank(here, target), "target_p": trace.probability(here, target),
        "embedding": trace.embed[here],
        "rms": float(trace.ln_final_scale[here]), "norm_word": "rms" if trace.readout.norm == "rms" else "deviation",
        "logit": float(logits[target]), "p": float(p[target]), "logsumexp": float(logits.logsumexp(-1)),
        "next": asdict(ends), "sample": _sample(scene, ends.ids),
        "next_given": following, "next_given_p": float(p[following]) if following is not None else None,
        "base": None,
    }  # fmt: skip
    if (base := scene.comparable) is not None:
        before = base.logits[here].double()
        q = before.softmax(-1)
        data["base"] = {
            **_shares(base, here, target),
            "logit": float(before[target]), "p": float(q[target]),
            "kl": maps.likeliest_change(before, logits).kl,
            "next": asdict(figure.ends(q, ends.ids)),
        }  # fmt: skip
    layers = trace.dims.n_layers
    more = " + biases" * bool(share.constant) + " + interventions" * bool(trace.edits)
    writers = "mixtures of experts" if trace.dims.n_experts else "MLPs"
    statement = f"Embedding + {layers} attentions + {layers} {writers}{more} = logit {share.logit:.4f}"
    about = (
        f"The selected token's vector flows through {layers} blocks; each adds to it, and the bars show how far each "
        "push moves the chosen token's logit: blue up, orange down."
    )
    if data["base"]:
        about += " Dashed outlines: the same run without the interventions."
    elif scene.base is not None:
        about += " The unmodified run wrote other tokens up to this position; nothing to compare."
    ids = [*lens.ids[:, 0, 0].tolist(), *goals, *ends.ids, token.id]
    ids += data["sample"]["ids"] if data["sample"] else []
    return Rendered(data, (Check(statement, share.error, _tolerance(share.logit)),), token_ids=ids, about=about)


def block(scene: Scene) -> Rendered:
    trace, here, layer, target = scene.trace, scene.position, scene.layer, scene.target
    share, dims = trace.attribution(here, target), trace.dims
    small, stride = maps.pool_maps(trace.pattern[layer], CELLS)
    neurons = figure.busiest_neurons(trace, here, layer, target, NEURONS)
    experts = _experts(scene)
    parts = figure.writes(trace, here)
    before, after = parts.stream[layer], parts.stream[layer + 1]
    base = scene.comparable
    return Rendered(
        {
            "position": here, "layer": layer, "target": target,
            "n_heads": dims.n_heads, "n_kv_heads": dims.n_kv_heads, "d_mlp": dims.d_mlp,
            "attn": float(share.attn[layer]), "mlp": float(share.mlp[layer]), "heads": share.heads[layer],
            "base_heads": base.attribution(here, target).heads[layer] if base is not None else None,
            "maps": maps.lower_triangle(small), "cells": small.shape[-1], "stride": stride,
            "neurons": [asdict(n) for n in neurons],
            "experts": [asdict(e) for e in experts], "n_experts": dims.n_experts,
            "lengths": [
                float(v.norm())
                for v in (before, parts.attn[layer], trace.resid_mid[layer, here], parts.mlp[layer], after)
            ],
            "before": before, "after": after,
        },
        (
            Check(
                f"{dims.n_heads} heads add up to their block's attention, all {dims.n_layers} blocks",
                share.heads_error, _tolerance(share.logit), "largest error",
            ),
            *_experts_check(experts, float(share.mlp[layer]), share.logit),
        ),
        token_ids=[target, *(i for n in [*neurons, *experts] for i in n.says)],
        title=f"Block {layer}, opened",
        about=f"What the block's {dims.n_heads} heads and its {'experts' if experts else 'busiest neurons'} did at "
        "this position. Click a head to open its map.",
    )  # fmt: skip


def _experts(scene: Scene) -> list[figure.Chosen]:
    """None where the model has none, is of a type that the explorer's own decoder does not know, or lost this layer."""
    if any(isinstance(i, AblateMLP) and i.layer == scene.layer for i in scene.trace.key.interventions):
        return []
    if not scene.trace.dims.n_experts:
        return []
    try:
        return figure.chosen_experts(scene.trace, scene.model.decoder, scene.position, scene.layer, scene.target)
    except NotApplicableError:
        return []


def _experts_check(experts: list[figure.Chosen], mlp: float, logit: float) -> tuple[Check, ...]:
    if not experts:
        return ()
    who = f"{len(experts)} experts, run one by one, add up" if len(experts) > 1 else "The expert, run alone, adds up"
    return (Check(f"{who} to the mixture's share", abs(sum(e.share for e in experts) - mlp), _tolerance(logit)),)
