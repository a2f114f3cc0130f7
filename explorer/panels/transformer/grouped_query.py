"""Grouped queries: multi-head, grouped and multi-query attention by cost, this model's own groups, and pooling."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="grouped_query",
    title="Grouped queries",
    chapter="transformer",
    order=20,
    about="Multi-head, grouped and multi-query attention: cost, this model's groups, and what pooling them does.",
    also=("gqa", "mqa", "mha"),
    views=(
        View(
            "cost",
            "Heads that share",
            "Query heads that share one key-value head save weights and, above all, cache: every token of the text "
            "keeps one key and one value for each key-value head of each block. Violet is this model.",
            compares="weights",
            provenance=("FORMULA", "MEASURED"),
            requires=("decoder",),
            source=(
                "stack.inference.memory_calculator:parameters",
                "stack.inference.memory_calculator:kv_bytes",
                "figures.transformer.grouped_query:costs",
            ),
        ),
        View(
            "kinds",
            "Which model uses which",
            "Known models by their published sizes: every query head with keys and values of its own (MHA), some "
            "sharing them (GQA), or all (MQA), and the cache that each token of text then takes.",
            compares="weights",
            provenance=("QUOTED", "FORMULA"),
            requires=("decoder",),
            source=(
                "figures.transformer.attention_kinds:kind",
                "figures.transformer.attention_kinds:attention_kind",
                "stack.inference.memory_calculator:kv_bytes",
            ),
        ),
        View(
            "groups",
            "Do the heads of a group read alike?",
            "Heads of one group have the same keys to choose from; how far apart their attention lies all the same, "
            "against heads of different groups, by Jensen-Shannon divergence on this run.",
            depends=("layer", "head", "position"),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "figures.transformer.grouped_query:divergences",
                "figures.transformer.grouped_query:likeness",
                "figures.transformer.grouped_query:random_groupings",
            ),
        ),
        View(
            "pooled",
            "What fewer heads would cost the answers",
            "The real key and value heads are averaged into fewer, as one begins when turning a multi-head model into "
            "a grouped one; no training follows here, so this is what training would have to mend.",
            controls=("groups", "tokens"),
            compares="any",
            provenance=("MEASURED",),
            requires=("run", "decoder"),
            source=(
                "stack.transformer.grouped_query:pool",
                "stack.transformer.grouped_query:pooled",
                "experiments.transformer.grouped_query:pool",
            ),
            heavy=True,
        ),
    ),
)
