"""Attention: every head at a glance, what each block reads from the selected token, one head taken apart."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch

from explorer.figures.overview import attention as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.tracing import induction_scores

#: squares a side of a tile in the wall
CELLS = 40


def wall(scene: Scene) -> Rendered:
    trace, dims = scene.trace, scene.trace.dims
    small, stride = figure.pool_maps(trace.pattern, CELLS)
    scores = trace.head_scores()
    n = len(trace.tokens)
    words, error = figure.rows_claim(trace.pattern, trace.readout.sinks)
    heads = dims.n_layers * dims.n_heads
    return Rendered(
        {
            "n_layers": dims.n_layers, "n_heads": dims.n_heads, "n_kv_heads": dims.n_kv_heads,
            "maps": figure.lower_triangle(small), "cells": small.shape[-1], "stride": stride,
            "previous": scores.previous, "sink": scores.sink, "entropy": scores.entropy_bits,
            "induction": induction_scores(scene.model),
        },
        (Check(f"Every one of {heads * n:,} rows {words}", error, 1e-5, "largest error"),),
        title=f"All {heads} heads at once",
    )  # fmt: skip


def reads(scene: Scene) -> Rendered:
    trace, here = scene.trace, scene.position
    rows = trace.pattern[:, :, here]
    future = float(rows[..., here + 1 :].abs().max()) if here + 1 < rows.shape[-1] else 0.0
    return Rendered(
        {
            "position": here, "n_layers": trace.dims.n_layers, "n_heads": trace.dims.n_heads,
            "rows": figure.quantise(rows[..., : here + 1]),
        },
        (Check("No head reads a token after this one", future, 0.0, "weight"),),
    )  # fmt: skip


def _change(scene: Scene) -> dict[str, Any] | None:
    """The next-token distribution with and without the interventions."""
    if (base := scene.comparable) is None:
        return None
    before, after = (t.logits[scene.position].double() for t in (base, scene.trace))
    change = figure.likeliest_change(before, after)
    return {**asdict(change), "logit_before": float(before[scene.target]), "logit_after": float(after[scene.target])}


def head(scene: Scene) -> Rendered:
    trace, layer, h, here = scene.trace, scene.layer, scene.head, scene.position
    dims, group = trace.dims, trace.dims.n_heads // trace.dims.n_kv_heads
    row = figure.open_row(trace, layer, h, here)
    scores, base = trace.head_scores(), _change(scene)
    kv = h // group
    data = {
        "position": here, "layer": layer, "head": h, "target": scene.target, "d_head": dims.d_head,
        "scaling": trace.readout.scaling[layer], "softcap": trace.readout.score_softcap,
        "first": row.first, "map": figure.quantise(row.pattern), "row0": row.row0,
        "scores": row.scores, "rows": row.rows, "value_norms": row.value_norms,
        "shown": torch.tensor(row.shown), "unread": row.unread, "query": row.query, "keys": row.keys,
        "kv": kv, "kin": [kv * group + i for i in range(group)],
        "share": float(trace.attribution(here, scene.target).heads[layer, h]),
        "facts": {
            "previous": float(scores.previous[layer, h]), "sink": float(scores.sink[layer, h]),
            "entropy": float(scores.entropy_bits[layer, h]),
        },
        "base": base,
    }  # fmt: skip
    plain = abs(trace.readout.scaling[layer] * dims.d_head**0.5 - 1) < 1e-6 and trace.readout.score_softcap is None
    formula = f"softmax(q·k ÷ √{dims.d_head})" if plain else "softmax of the masked scores"
    same = f"{formula}, redone from the scores, equals the model's pattern in every row"
    return Rendered(
        data,
        (
            Check(same, row.softmax_error, 1e-4, "largest error"),
            Check("Every row sums to 1", row.row_error, 1e-5, "largest error"),
        ),
        token_ids=[scene.target, *(base["ids"] if base else [])],
        title=f"Head L{layer}.H{h}",
    )
