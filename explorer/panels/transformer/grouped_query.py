"""Grouped queries: multi-head, grouped and multi-query attention by cost, this model's own groups, and pooling."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="grouped_query",
    title="Grouped queries",
    chapter="transformer",
    order=20,
    about="Multi-head, grouped-query and multi-query attention: cost, this model’s groups, and what pooling does.",
    also=("gqa", "mqa", "mha"),
    controls=(
        Control(
            "groups",
            "",
            "Key-value heads after pooling: a divisor of the model’s number of them.",
            1,
            range=(1, None),
        ),
        Control(
            "tokens",
            "Tokens read",
            "The model reads so many tokens of the text from its start.",
            32,
            choices=(16, 32, 64, 128),
            range=(2, 512),
        ),
    ),
    requires=("run", "attention"),
    views=(
        View(
            "cost",
            "Heads that share",
            "When query heads share a key-value head, the model needs fewer weights and, above all, less cache: each "
            "token keeps one key and one value for each key-value head of each block. Violet is this model.",
            compares="weights",
            provenance=("FORMULA", "MEASURED"),
            requires=("decoder",),
            source=(
                "stack.inference.serving.memory_calculator:parameters",
                "stack.inference.serving.memory_calculator:kv_bytes",
                "figures.transformer.grouped_query:costs",
            ),
        ),
        View(
            "kinds",
            "Which model uses which",
            "Known models with their published sizes: each query head has its own keys and values (MHA), groups of "
            "heads share them (GQA), or all heads share them (MQA). The last columns show the cache for each token.",
            compares="weights",
            provenance=("QUOTED", "FORMULA"),
            requires=("decoder",),
            source=(
                "figures.transformer.attention_kinds:kind",
                "figures.transformer.attention_kinds:attention_kind",
                "stack.inference.serving.memory_calculator:kv_bytes",
            ),
        ),
        View(
            "groups",
            "Do the heads of a group read alike?",
            "Heads of one group share the same keys. The picture shows how much their attention on this run differs "
            "(Jensen-Shannon divergence), compared with heads of different groups.",
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
            "The model’s key and value heads are averaged into fewer, the first step of turning a multi-head model "
            "into a grouped-query one. No training follows here: the picture shows the damage before any training.",
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
