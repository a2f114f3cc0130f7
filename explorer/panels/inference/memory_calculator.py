"""Memory calculator: will it fit and how fast, every format, real models compared, and the formulas against tensors."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

OWN = ("n_layers", "d_model", "n_heads", "n_kv_heads", "d_head", "d_mlp", "d_vocab", "mlp", "unembedding", "config")
#: `gb`: another card's memory in GiB, in older links.
CARD = ("card", "memory", "gb", "gbs", "tflops")
ASKED = ("model", "weights", "cache", "batch", "length", "cards", *CARD, *OWN)
#: All but a config, which transformers reads.
IN_PAGE = tuple(each for each in ASKED if each != "config")

PANEL = Panel(
    name="memory_calculator",
    title="Memory calculator",
    chapter="inference",
    order=70,
    about="Does a model fit on a card, and how fast is it? Weights, keys and values of all users are counted.",
    also=("vram", "gpu", "gb", "70b", "7b", "how much memory", "will it fit", "tokens per second", "tensor parallel"),
    requires=(),
    controls=(  # what each may be, says `figures.inference.serving.serving_asked`: the view refuses other numbers
        Control("model", "Model", "Whose weights and cache are counted: a name, “own” or “config”."),
        Control("config", "A config.json or a name", "A model’s own description, pasted, or its name on the hub."),
        Control("weights", "Weights", "The number format of the weights."),
        Control("cache", "Keys and values", "The number format of the cache."),
        Control("batch", "Users", "How many texts are held at once."),
        Control("length", "Tokens each", "How long each text is."),
        Control("cards", "Cards", "How many cards share the work."),
        Control("card", "Card", "The card: a name, or “own”."),
        Control("memory", "Memory", "The memory of a card of one’s own, in GB."),
        Control("gbs", "Bandwidth", "Its memory bandwidth, in GB/s."),
        Control("tflops", "Peak", "Its peak rate, in TFLOP/s; 0 if it is not known."),
        Control("gb", "Memory", "Its memory in GB, as older links say it."),
        Control("n_layers", "Blocks", "Of a model of one’s own."),
        Control("d_model", "d_model", "The width of its residual stream."),
        Control("n_heads", "Query heads", "Its query heads."),
        Control("n_kv_heads", "Key/value heads", "Its key and value heads."),
        Control("d_head", "d_head", "The width of its heads."),
        Control("d_mlp", "d_mlp", "The width of its MLP."),
        Control("d_vocab", "d_vocab", "The size of its vocabulary."),
        Control("mlp", "MLP", "Whether its MLP has a gate."),
        Control("unembedding", "Unembedding", "Whether it is the embedding."),
    ),
    views=(
        View(
            "fit",
            "Will it fit, and how fast",
            "The view shows what the fullest card holds and how many tokens a second its memory allows. Weights and "
            "cache are counted; activations and overhead are estimates. 2 GB = 2·10⁹ bytes, here and on the whole "
            "page.",
            controls=ASKED,
            in_page=IN_PAGE,
            provenance=("QUOTED", "FORMULA"),
            source=(
                "stack.inference.serving.serving_fit:per_card",
                "stack.inference.serving.serving_fit:share",
                "stack.inference.serving.serving_fit:activations",
                "stack.inference.serving.serving_fit:pace",
                "stack.inference.serving.serving_remedies:remedies",
                "stack.inference.serving.weight_schemes:tensor_bytes",
                "stack.inference.serving.model_config:parsed",
            ),
        ),
        View(
            "budget",
            "Every format on a card",
            "The same question in each format of the weights. Some parts shrink; mixed formats keep others in more "
            "bits.",
            controls=ASKED,
            in_page=IN_PAGE,
            provenance=("QUOTED", "FORMULA"),
            source=(
                "stack.inference.serving.memory_calculator:parameters",
                "stack.inference.serving.weight_schemes:tensor_bytes",
                "stack.inference.serving.model_sizes:tensors",
                "stack.systems.quantization.mix:chosen",
            ),
        ),
        View(
            "table",
            "When the cache outgrows the weights",
            "For each real model the dot shows how many sequences of the chosen length have keys and values as large "
            "as the weights. The vertical line is the chosen batch: left of it the cache is larger than the weights.",
            controls=ASKED,
            in_page=IN_PAGE,
            provenance=("QUOTED", "FORMULA"),
            source=("stack.inference.serving.memory_calculator:equal_at", "stack.inference.serving.model_sizes:Sizes"),
        ),
        View(
            "calibration",
            "The formulas against this machine",
            "The weights of this model and caches of a few dozen tokens are counted in their tensors. The activations "
            "of a prompt stand beside their estimate, and the time of a run beside the bound of this machine.",
            compares="weights",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "experiments.inference.serving.memory_calculator:calibrate",
                "experiments.inference.serving.memory_calculator:measure_run",
                "experiments.inference.cache.write_counts:written_bytes",
                "experiments.inference.cache.write_counts:taken_blocks",
                "stack.transformer.kv_cache:ContiguousCache",
            ),
            heavy=True,
            requires=("decoder",),
        ),
    ),
)
