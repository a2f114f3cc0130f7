"""Grouped queries: multi-head, grouped and multi-query attention by cost, this model's own groups, and pooling."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.transformer import grouped_query as experiment
from explorer.figures.overview.attention import quantize
from explorer.figures.transformer import attention_kinds
from explorer.figures.transformer import grouped_query as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import OWN, Scene
from explorer.stack.inference.serving.model_sizes import Sizes
from explorer.stack.transformer import grouped_query


def cost(scene: Scene) -> Rendered[figure.GroupedCost]:
    """Held against the model's weights and against a cache of its own."""
    dims, decoder = scene.model.dims, scene.decoder
    sizes = Sizes.of(decoder.config)
    rows = figure.costs(sizes)
    own = next(row for row in rows if row.groups == dims.n_kv_heads)
    data = figure.GroupedCost(
        groups=[row.groups for row in rows],
        shared=[row.shared for row in rows],
        key_value=[row.key_value for row in rows],
        bytes={name: [row.bytes_per_token[name] for row in rows] for name in own.bytes_per_token},
        n_layers=dims.n_layers, n_heads=dims.n_heads, n_kv_heads=dims.n_kv_heads, d_head=dims.d_head,
        d_model=dims.d_model, n_ctx=dims.n_ctx, parameters=dims.parameters,
        bias=bool(sizes.qkv_bias or sizes.output_bias),
        windows=sum(window is not None for window in sizes.windows),
    )  # fmt: skip
    counted, held = experiment.counted(decoder), experiment.cache_bytes(decoder)
    weights, cache = abs(own.shared + own.key_value - counted), abs(own.bytes_per_token["fp32"] - held)
    cached = f"The formula gives the {held:,.0f} bytes a token that the cache holds in float32 after four tokens"
    return Rendered(
        data,
        (
            Check(f"The formula gives the model’s {counted:,} attention weights", float(weights), 0.0, "difference"),
            Check(cached, cache, 0.0, "difference"),
        ),
    )


#: Models whose sizes are the defaults of a config class of transformers.
CONFIGS = {
    "GPT-2": "GPT2Config",
    "LLaMA-7B": "LlamaConfig",
    "Falcon-7B": "FalconConfig",
    "Mistral-7B": "MistralConfig",
    "Gemma-7B": "GemmaConfig",
    "Mixtral-8x7B": "MixtralConfig",
}


def kinds(scene: Scene) -> Rendered[attention_kinds.AttentionKinds]:
    import transformers

    own = attention_kinds.attention_kind(scene.model.card.title, Sizes.of(scene.decoder.config))
    data = attention_kinds.attention_kinds(own)
    known = {each.name: each for each in data.known}
    off = 0
    for name, config in CONFIGS.items():
        defaults, each = getattr(transformers, config)(), known[name]
        shared = 1 if getattr(defaults, "multi_query", False) else None
        heads = shared or getattr(defaults, "num_key_value_heads", None) or defaults.num_attention_heads
        ours = (each.n_layers, each.n_heads, each.n_kv_heads)
        off += (defaults.num_hidden_layers, defaults.num_attention_heads, heads) != ours
    statement = f"Blocks and heads of {len(CONFIGS)} models = the defaults of transformers' config classes"
    return Rendered(data, (Check(statement, float(off), 0.0, "models that differ"),))


def groups(scene: Scene) -> Rendered[figure.GroupedLikeness]:
    trace, dims = scene.trace, scene.trace.dims
    if dims.n_kv_heads == dims.n_heads:
        raise NotApplicableError(
            f"This model is multi-head: each of its {dims.n_heads} query heads has its own key-value head.",
            "In SmolLM2 135M three query heads share one; in Gemma 3 270M all four do.",
            offer="smollm2-135m",
        )
    if len(trace.tokens) < 2:
        raise NotApplicableError("A single token can attend only to itself.", "Write a longer prompt.")
    found = figure.likeness(trace)
    data = figure.GroupedLikeness(
        **vars(found),
        layer=scene.layer, head=scene.head, position=scene.position,
        n_heads=dims.n_heads, n_kv_heads=dims.n_kv_heads, draws=figure.DRAWS,
        rows=quantize(trace.pattern[scene.layer, :, scene.position, : scene.position + 1]),
    )  # fmt: skip
    compared = trace.pattern[scene.layer][:, figure.compared_queries(trace)]
    error = figure.divergence_error(compared, found.divergence[scene.layer])
    pairs = dims.n_heads * (dims.n_heads - 1) // 2
    told = f"{pairs} divergences of this block from entropies = the mean of both KL divergences"
    return Rendered(data, (Check(told, error, 1e-5, "largest error"),))


def pooled(scene: Scene) -> Iterator[Rendered[figure.GroupedPooled]]:
    trace, dims = scene.trace, scene.trace.dims
    if dims.n_kv_heads == 1:
        raise NotApplicableError(
            "All query heads of this model already share one key-value head: nothing can be pooled.",
            "Choose a model with several key-value heads, such as SmolLM2 135M.",
            offer="smollm2-135m",
        )
    if len(trace.tokens) < 2:
        raise NotApplicableError("A single token can attend only to itself.", "Write a longer prompt.")
    choices = [g for g in grouped_query.possible_groups(dims.n_kv_heads) if g < dims.n_kv_heads]
    asked, limit = scene.whole("groups"), scene.whole("tokens")
    to = min(choices, key=lambda each: abs(each - asked))
    if scene.whose != OWN and to != asked:
        raise NotApplicableError(
            f"{dims.n_kv_heads} key-value heads cannot be pooled into {asked}.", "Choose another number of heads."
        )
    ids = trace.ids[:limit]
    costs = {row.groups: row for row in figure.costs(Sizes.of(scene.decoder.config))}
    for found in experiment.pool(scene.decoder, ids, to, scene.ticks("Blocks read")):
        data = figure.GroupedPooled(
            to=to, choices=choices, n_kv_heads=dims.n_kv_heads, n_layers=dims.n_layers, n=len(ids), tokens=limit,
            base=found.base, mean=found.mean, first=found.first, layers=found.layers,
            key_value=[costs[dims.n_kv_heads].key_value, costs[to].key_value],
            bytes=[costs[dims.n_kv_heads].bytes_per_token["fp32"], costs[to].bytes_per_token["fp32"]],
        )  # fmt: skip
        named = {int(i) for each in (found.base, found.mean, found.first) for i in each.top}
        checks = () if found.checked is None else _checks(scene, found, found.checked)
        yield Rendered(data, checks, token_ids=named, note=scene.left_out, chosen={"groups": to})


def _checks(scene: Scene, found: experiment.Pooled, by: experiment.Checked) -> tuple[Check, ...]:
    trace = scene.trace
    checks = [
        Check("A pooled head’s keys are the mean of its heads’ keys, every block", by.keys_error, 1e-5, "error"),
        Check(
            f"With block {by.layer} alone pooled, a pass from the first token gives the KL shown",
            by.layer_error, 1e-3, "nats",
        ),
    ]  # fmt: skip
    if not trace.key.interventions:
        own = trace.logits[: len(found.base.top)].softmax(-1).gather(-1, found.base.top[:, None].long())[:, 0]
        error = float((own - found.base.top_p).abs().max())
        checks.append(Check("Not pooled, its predictions are the model’s", error, 1e-4, "largest error"))
    return tuple(checks)
