"""Memory calculator: will it fit and how fast, every format, real models compared, and the formulas against tensors."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

OWN = ("n_layers", "d_model", "n_heads", "n_kv_heads", "d_head", "d_mlp", "d_vocab", "mlp", "unembedding", "config")
#: `gb`: another card's memory in GiB, in older links.
CARD = ("card", "memory", "gb", "gbs", "tflops")
ASKED = ("model", "weights", "cache", "batch", "length", "cards", *CARD, *OWN)

PANEL = Panel(
    name="memory_calculator",
    title="Memory calculator",
    chapter="inference",
    order=70,
    about="Will it fit, and how fast: weights, keys and values of all users, and what each card holds of them.",
    also=("vram", "gpu", "gb", "70b", "7b", "how much memory", "will it fit", "tokens per second", "tensor parallel"),
    requires=(),
    views=(
        View(
            "fit",
            "Will it fit, and how fast",
            "What the fullest card holds, and the most that its memory lets it write. Weights and cache are counted; "
            "activations and overhead are estimates. 1 GB is 1,000,000,000 bytes; makers of cards mean more by it.",
            controls=ASKED,
            provenance=("QUOTED", "FORMULA"),
            source=(
                "stack.inference.serving_fit:per_card",
                "stack.inference.serving_fit:share",
                "stack.inference.serving_fit:activations",
                "stack.inference.serving_fit:pace",
                "stack.inference.serving_remedies:remedies",
                "stack.inference.weight_schemes:tensor_bytes",
                "stack.inference.model_config:parsed",
            ),
        ),
        View(
            "budget",
            "Every format on a card",
            "The same question in each format of the weights: which parts shrink, and which a mix keeps in more bits.",
            controls=ASKED,
            provenance=("QUOTED", "FORMULA"),
            source=(
                "stack.inference.memory_calculator:parameters",
                "stack.inference.weight_schemes:tensor_bytes",
                "stack.inference.model_sizes:tensors",
                "stack.systems.quantization.mix:chosen",
            ),
        ),
        View(
            "table",
            "When the cache outgrows the weights",
            "Published sizes of real models, and how many sequences of the chosen length it takes until their keys and "
            "values weigh as much as the model. The ink line is the chosen batch: dots left of it have been passed.",
            controls=ASKED,
            provenance=("QUOTED", "FORMULA"),
            source=("stack.inference.memory_calculator:equal_at", "stack.inference.model_sizes:Sizes"),
        ),
        View(
            "calibration",
            "The formulas against this machine",
            "The model's weights, and caches that have just read a few dozen tokens, counted in the tensors; what a "
            "prompt really takes beside the estimate, and how near a real run comes to the bound of its memory.",
            compares="weights",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "experiments.inference.memory_calculator:calibrate",
                "experiments.inference.memory_calculator:measure_run",
                "experiments.inference.written:written_bytes",
                "experiments.inference.written:taken_blocks",
                "stack.transformer.kv_cache:ContiguousCache",
            ),
            heavy=True,
            requires=("decoder",),
        ),
    ),
)
