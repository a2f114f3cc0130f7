"""Grouped queries: multi-head, grouped and multi-query attention by cost, this model's own groups, and pooling."""

from __future__ import annotations

from typing import Any

from explorer.errors import NotApplicableError
from explorer.figures.overview import attention as attention_figure
from explorer.figures.transformer import grouped_query as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.inference.memory_calculator import Sizes
from explorer.stack.transformer import grouped_query


def cost(scene: Scene) -> Rendered:
    trace, dims, decoder = scene.trace, scene.trace.dims, scene.model.decoder
    sizes = Sizes.of(decoder.config)
    rows = figure.costs(sizes)
    own = next(row for row in rows if row.groups == dims.n_kv_heads)
    data = {
        "groups": [row.groups for row in rows],
        "shared": [row.shared for row in rows],
        "key_value": [row.key_value for row in rows],
        "bytes": {name: [row.bytes_per_token[name] for row in rows] for name in own.bytes_per_token},
        "n_layers": dims.n_layers, "n_heads": dims.n_heads, "n_kv_heads": dims.n_kv_heads, "d_head": dims.d_head,
        "d_model": dims.d_model, "n_ctx": dims.n_ctx, "parameters": dims.parameters,
        "bias": sizes.qkv_bias or sizes.output_bias,
        "windows": sum(window is not None for window in sizes.windows),
    }  # fmt: skip
    counted = figure.counted(decoder)
    held = figure.held_bytes(trace)
    return Rendered(
        data,
        (
            Check(
                f"The formula gives this model's {counted:,} attention weights",
                float(abs(own.shared + own.key_value - counted)),
                0.0,
                "difference",
            ),
            Check(
                f"and the {held:,.0f} bytes a token that this run's keys and values take in float32",
                abs(own.bytes_per_token["fp32"] - held),
                0.0,
                "difference",
            ),
        ),
    )


def groups(scene: Scene) -> Rendered:
    trace, dims = scene.trace, scene.trace.dims
    if dims.n_kv_heads == dims.n_heads:
        raise NotApplicableError(
            f"This model is multi-head: each of its {dims.n_heads} query heads has a key-value head of its own.",
            "SmolLM2 135M shares one among three, Gemma 3 270M one among all four.",
        )
    if len(trace.tokens) < 2:
        raise NotApplicableError("One token has nothing to choose from.", "Write a longer prompt.")
    found = figure.likeness(trace)
    data: dict[str, Any] = {
        "layer": scene.layer, "head": scene.head, "position": scene.position,
        "n_heads": dims.n_heads, "n_kv_heads": dims.n_kv_heads,
        "divergence": found.divergence, "queries": found.queries, "within": found.within, "between": found.between,
        "as_alike": found.as_alike, "draws": figure.DRAWS, "base": None,
        "rows": attention_figure.quantise(trace.pattern[scene.layer, :, scene.position, : scene.position + 1]),
    }  # fmt: skip
    if (base := scene.comparable) is not None and base.ids.equal(trace.ids):  # means over other tokens compare nothing
        before = figure.likeness(base)
        data["base"] = {"within": before.within, "between": before.between}
    compared = trace.pattern[scene.layer][:, figure.compared_queries(trace)]
    error = figure.divergence_error(compared, found.divergence[scene.layer])
    pairs = dims.n_heads * (dims.n_heads - 1) // 2
    check = Check(f"{pairs} divergences of this layer, computed the other way, agree", error, 1e-5, "largest error")
    return Rendered(data, (check,))


def pooled(scene: Scene) -> Rendered:
    trace, dims = scene.trace, scene.trace.dims
    if dims.n_kv_heads == 1:
        raise NotApplicableError(
            "This model's query heads share one key-value head already: there is nothing to pool.",
            "Choose a model with several, such as SmolLM2 135M.",
        )
    if len(trace.tokens) < 2:
        raise NotApplicableError("One token cannot look back.", "Write a longer prompt.")
    choices = [g for g in grouped_query.possible_groups(dims.n_kv_heads) if g < dims.n_kv_heads]
    to = int(scene.choice("groups", "1", map(str, choices)))
    limit = scene.number("tokens", figure.MEASURED, 2, 512)
    ids = trace.ids[:limit]
    found = figure.pool(scene.model.decoder, ids, to, scene.ticks("Batches"))
    sizes = Sizes.of(scene.model.decoder.config)
    rows = {row.groups: row for row in figure.costs(sizes)}
    outcomes = {name: vars(getattr(found, name)) for name in ("base", "mean", "first")}
    data: dict[str, Any] = {
        "to": to, "choices": choices, "n_kv_heads": dims.n_kv_heads, "n_layers": dims.n_layers,
        "n": len(ids), "tokens": limit, **outcomes, "layers": found.layers,
        "key_value": [rows[dims.n_kv_heads].key_value, rows[to].key_value],
        "bytes": [rows[dims.n_kv_heads].bytes_per_token["fp32"], rows[to].bytes_per_token["fp32"]],
    }  # fmt: skip
    checks = [
        Check(
            f"Pooled into its own {dims.n_kv_heads} heads, no logit moves", found.same_error, 1e-3, "largest difference"
        )
    ]
    if not trace.key.interventions:
        own = trace.logits[: len(ids)].softmax(-1).gather(-1, found.base.top[:, None].long())[:, 0]
        error = float((own - found.base.top_p).abs().max())
        checks.append(Check("Unpooled, its answers are the model's", error, 1e-4, "largest error"))
    named = {int(i) for each in outcomes.values() for i in each["top"]}
    return Rendered(data, tuple(checks), token_ids=named)
