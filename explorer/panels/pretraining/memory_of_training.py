"""Memory of training: what a step holds, tensor by tensor, and what checkpointing takes from it."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

_SHAPE = ("width", "blocks", "kv", "ffn", "batch", "length", "form", "kernel")

PANEL = Panel(
    name="memory_of_training",
    title="Memory of training",
    chapter="pretraining",
    order=130,
    about="What does a training step hold in memory? A formula against every tensor that is really kept.",
    also=(
        "activation memory", "activation checkpointing", "gradient checkpointing", "recomputation", "saved tensors",
        "optimizer state", "mixed precision", "autocast", "loss scaling", "bf16", "fp16", "korthikanti",
    ),
    requires=(),
    controls=(
        Control("width", "Width", "Numbers of the residual stream.", 256, choices=(128, 256, 512)),
        Control("blocks", "Blocks", "How many the decoder has.", 4, choices=(1, 2, 4, 8)),
        Control(
            "kv", "Key-value heads", "Of eight query heads: eight is multi-head attention, one is multi-query.", 2,
            choices=(1, 2, 4, 8),
        ),
        Control(
            "ffn", "Feed-forward", "SwiGLU has three matrices of 8/3 of the width, GELU two of four times it.",
            "swiglu", choices=(("swiglu", "SwiGLU"), ("gelu", "GELU")),
        ),
        Control("batch", "Batch", "Sequences of a step.", 2, choices=(1, 2, 4, 8), unit="sequences"),
        Control("length", "Context", "Tokens of a sequence.", 256, choices=(64, 128, 256, 512), unit="tokens"),
        Control(
            "form", "Products in", "What the matrix products are made in; the sums stay in float32.", "float32",
            choices=(("float32", "float32"), ("bfloat16", "bfloat16")),
        ),
        Control(
            "kernel", "Attention", "A fused kernel keeps no matrix of scores.", "sdpa",
            choices=(("sdpa", "fused"), ("eager", "written out")),
        ),
        Control(
            "policy", "Computed again", "What is thrown away and computed again in the backward pass.", "feed-forward",
            choices=(
                ("none", "nothing"),
                ("attention", "attention’s core", "Scores, softmax and mix: q, k and v are kept."),
                ("feed-forward", "feed-forward", "The layer’s input is kept."),
                ("full", "whole blocks", "A block’s input is kept."),
            ),
        ),
        Control(
            "optimizer", "Optimizer", "What it keeps from step to step.", "adamw",
            choices=(("sgd", "SGD"), ("momentum", "SGD with momentum"), ("adamw", "AdamW"), ("muon", "Muon")),
        ),
        Control("devices", "Devices", "That share GPT-3’s layer.", 8, choices=(1, 2, 4, 8, 16)),
        Control(
            "exponent", "Loss times", "The first factor of the loss in float16.", 16,
            choices=((0, "1"), (8, "2⁸"), (16, "2¹⁶"), (20, "2²⁰")),
        ),
        Control("steps", "Steps before", "In float32, before the batch that is read.", 20, choices=(0, 5, 20, 60),
                range=(0, 100)),
    ),
    views=(
        View(
            "terms",
            "Where the memory goes",
            "Weights, gradients, the optimizer’s state and the activations that the backward pass reads, of a decoder "
            "that is trained for two steps. A formula says each amount; torch’s hooks and its allocator measure it.",
            controls=(*_SHAPE, "policy", "optimizer"),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.pretraining.saved_tensors:saved",
                "stack.pretraining.training_memory:state",
                "experiments.pretraining.saved_tensors:watched",
                "experiments.pretraining.training_memory:measure",
            ),
            heavy=True,
        ),
        View(
            "tensors",
            "Tensors that vanish",
            "Every tensor that a step keeps for its backward pass is a cell, as wide as its bytes. Activation "
            "checkpointing throws some away and computes them again.",
            controls=(*_SHAPE, "policy"),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.pretraining.checkpointing:recomputed",
                "stack.pretraining.checkpointing:checkpointed",
                "stack.pretraining.saved_tensors:saved",
            ),
            heavy=True,
        ),
        View(
            "recompute",
            "What computing again costs",
            "A forward and a backward pass under each kind of activation checkpointing, timed in turns on the same "
            "weights and tokens, with the peak of memory and the gradients compared.",
            controls=_SHAPE,
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.checkpointing:recomputed",
                "experiments.pretraining.training_memory:recomputations",
            ),
            heavy=True,
        ),
        View(
            "own_model",
            "This model’s training",
            "The same count for the model on the page. Its first two blocks are trained and watched, between its "
            "embedding and its unembedding; the formula counts them all. Activation checkpointing is as chosen above.",
            controls=("batch", "length", "form", "kernel", "policy", "optimizer"),
            requires=("decoder",),
            compares="weights",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.pretraining.saved_tensors:saved",
                "stack.pretraining.saved_tensors:check_counted",
                "experiments.pretraining.training_memory:case_of",
            ),
            heavy=True,
        ),
        View(
            "published",
            "GPT-3’s layer by the published formula",
            "Korthikanti et al. 2022 count 34 sbh + 5 as²b bytes of activations for a layer of s tokens, b sequences, "
            "h numbers and a heads. It is a layer of its time; a decoder of today keeps other tensors.",
            controls=("devices",),
            provenance=("FORMULA", "MEASURED"),
            source=(
                "stack.pretraining.korthikanti:rows",
                "stack.pretraining.korthikanti:Part",
                "experiments.pretraining.gpt_layer:GptLayer",
            ),
        ),
        View(
            "sixteen",
            "Gradients in 16 bits",
            "The gradients of one batch in float32, bfloat16 and float16. Loss scaling multiplies the loss so that "
            "small gradients do not become zero, and looks for the factor while it trains.",
            controls=("exponent", "steps"),
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.precision:LossScale",
                "stack.pretraining.precision:least",
                "experiments.pretraining.sixteen_bits:our_step",
                "experiments.pretraining.sixteen_bits:read",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
