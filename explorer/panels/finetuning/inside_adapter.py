"""Inside the adapter: what a trained LoRA changes, matrix by matrix and direction by direction."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

#: Names of sets of instructions, as `corpora.instructions` has them.
TASKS = (
    ("own", "what it learnt"), ("number_words", "number words"), ("dates", "dates"), ("units", "units"),
    ("polite", "polite answers"), ("json", "JSON"), ("code", "code"), ("grounded", "grounded answers"),
)  # fmt: skip

PANEL = Panel(
    name="inside_adapter",
    title="Inside the adapter",
    chapter="finetuning",
    order=30,
    about="Where in the weights lies what fine-tuning has taught? A trained LoRA, matrix by matrix, rank by rank.",
    also=("lora", "low-rank adapter", "intruder dimensions", "effective rank", "singular values", "rank", "peft"),
    requires=("model", "decoder"),
    controls=(
        Control("adapter", "Adapter", "A LoRA of this model: the shelf’s, and the machine’s where it is one’s own."),
        Control("block", "Block", "Whose matrix is shown.", 0, range=(0, None)),
        Control(
            "role",
            "Matrix",
            "Which one of the block.",
            "W_V",
            choices=("W_Q", "W_K", "W_V", "W_O", "W_gate", "W_in", "W_out"),
        ),
        Control("task", "Items of", "The held-out items that are measured.", "own", choices=TASKS),
        Control("items", "Held-out items", "How many are measured.", 4, choices=(2, 4, 8, 16)),
    ),
    views=(
        View(
            "matrix",
            "One matrix and its low-rank update",
            "LoRA adds s B A to a frozen matrix W. The update has at most r directions; its singular values say how "
            "large each is, its cosines whether W has that direction already.",
            controls=("adapter", "block", "role"),
            provenance=("MEASURED",),
            compares="any",
            source=(
                "stack.finetuning.spectrum:directions",
                "stack.finetuning.spectrum:effective_rank",
                "stack.finetuning.spectrum:nearest",
            ),
            heavy=True,
        ),
        View(
            "depth",
            "Where in depth the update lies",
            "The norm of each low-rank update by the norm of its matrix, block by block.",
            controls=("adapter",),
            provenance=("MEASURED",),
            compares="any",
            source=("stack.finetuning.spectrum:norm", "experiments.finetuning.inside_adapter:depth"),
            heavy=True,
        ),
        View(
            "ranks",
            "Rank by rank taken out",
            "Of every matrix’s low-rank update some directions are kept, the largest first, or one is taken out. The "
            "loss on the answers of held-out items says what they are worth.",
            controls=("adapter", "task", "items"),
            provenance=("MEASURED",),
            compares="any",
            source=("stack.finetuning.spectrum:only", "experiments.finetuning.inside_adapter:ranks"),
            heavy=True,
        ),
        View(
            "heads",
            "Which heads’ outputs moved",
            "What each attention head writes to the stream on one held-out item, with the low-rank update and without.",
            controls=("adapter", "task"),
            provenance=("MEASURED",),
            compares="any",
            source=("experiments.finetuning.inside_adapter:heads",),
            heavy=True,
        ),
    ),
)
