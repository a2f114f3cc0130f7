"""Attention step by step: one head's every matrix, from queries and keys to what it writes into the stream."""

from __future__ import annotations

from typing import Any

from explorer.errors import NotApplicableError
from explorer.figures.transformer import attention_steps as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.tracing.interventions import AblateHead
from explorer.tracing.trace import Trace


def _matrices(
    trace: Trace, layer: int, head: int, position: int, at: slice | None = None
) -> tuple[dict[str, Any], figure.Errors]:
    steps, errors = figure.head_steps(trace, layer, head, position, at)
    heads = trace.head_out(layer)[:, position]
    total = trace.resid_mid[layer, position] - trace.stream(layer)[position]
    return {**vars(steps), "heads": heads, "attn_out": total, "rest": total - heads.sum(0)}, errors


def steps(scene: Scene) -> Rendered:
    trace, layer, head, here = scene.trace, scene.layer, scene.head, scene.position
    dims = trace.dims
    data, errors = _matrices(trace, layer, head, here)
    scale, cap = trace.readout.scaling[layer], trace.readout.score_softcap
    data |= {
        "position": here, "layer": layer, "head": head, "kv": head // (dims.n_heads // dims.n_kv_heads),
        "n_heads": dims.n_heads, "d_head": dims.d_head, "d_model": dims.d_model,
        "scaling": scale, "softcap": cap, "rotary": bool(trace.rotations),
        "bias": trace.readout.b_O[layer] is not None,
        "base": None,
    }  # fmt: skip
    if (base := scene.comparable) is not None:  # as far as both have read the same tokens
        n = min(len(base.tokens), len(trace.tokens))
        shared = int((base.ids[:n] == trace.ids[:n]).int().cumprod(0).sum())
        at = slice(data["first"], min(shared, data["first"] + len(data["q"])))
        data["base"] = _matrices(base, layer, head, here, at)[0]
    return Rendered(data, tuple(_checks(scene, errors)), title=f"Head L{layer}.H{head}, step by step")


def _checks(scene: Scene, errors: figure.Errors) -> list[Check]:
    trace, layer, head = scene.trace, scene.layer, scene.head
    checks = [Check("softmax of these scores is the model's pattern", errors.pattern, 1e-4, "largest error")]
    cut = [i for i in trace.key.interventions if isinstance(i, AblateHead) and (i.layer, i.head) == (layer, head)]
    if not cut:  # what was cut is not the sum of what was read
        checks.append(Check("pattern × v is the model's z", errors.z, 1e-4, "relative error"))
    adds = f"{trace.dims.n_heads} heads" + (" and the bias" if trace.readout.b_O[layer] is not None else "")
    checks.append(Check(f"{adds} add up to what attention wrote", errors.added, 1e-5, "relative error"))
    try:
        again = figure.recomputed_error(trace, scene.model.decoder, layer)
    except NotApplicableError:
        return checks
    checks.append(Check("q, k and v made anew from the stream are the model's", again, 1e-4, "relative error"))
    return checks
