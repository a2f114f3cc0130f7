"""Memory calculator: weights and cache of any decoder, real models compared, and the formula held against tensors."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

OWN_CONTROLS = ("n_layers", "d_model", "n_heads", "n_kv_heads", "d_head", "d_mlp", "d_vocab", "mlp", "unembedding")

PANEL = Panel(
    name="memory_calculator",
    title="Memory calculator",
    chapter="inference",
    order=70,
    about="What a model needs in memory: weights, and keys and values of every token in flight.",
    also=("vram", "gpu", "70b", "7b", "how much memory"),
    requires=(),
    views=(
        View(
            "budget",
            "What fits in memory",
            "Weights are paid once, keys and values for every token of every sequence. Activations and the framework's "
            "own memory are left out. 1 GB is 1,000,000,000 bytes.",
            controls=OWN_CONTROLS,
            provenance=("QUOTED", "FORMULA"),
            source=(
                "stack.inference.memory_calculator:parameters",
                "stack.inference.memory_calculator:weight_bytes",
                "stack.inference.memory_calculator:kv_numbers",
                "stack.inference.memory_calculator:kv_bytes",
            ),
        ),
        View(
            "table",
            "When the cache outgrows the weights",
            "Published sizes of real models, and how many sequences of the chosen length it takes until their keys and "
            "values weigh as much as the model. The ink line is the chosen batch: dots left of it have been passed.",
            controls=OWN_CONTROLS,
            provenance=("QUOTED", "FORMULA"),
            source=("stack.inference.memory_calculator:equal_at", "stack.inference.memory_calculator:Sizes"),
        ),
        View(
            "calibration",
            "The formula against real tensors",
            "The model's weights, and caches that have just read a few dozen tokens, counted in the tensors: a cache's "
            "room was filled with NaN before, and what is a number now was written.",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "experiments.inference.memory_calculator:calibrate",
                "experiments.inference.written:written_bytes",
                "experiments.inference.written:taken_blocks",
                "stack.transformer.kv_cache:ContiguousCache",
            ),
            heavy=True,
            requires=("decoder",),
        ),
    ),
)
