"""Planner: how a training lies over cards, what it needs and takes, and how far the sum is off on published runs."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="planner",
    title="Planner",
    chapter="systems",
    order=79,
    about="How is a training spread over GPUs, what fits, what limits it, and does the sum match published runs?",
    also=("3d parallelism", "tensor parallel", "pipeline parallel", "data parallel", "zero", "gpu cluster", "mfu",
          "70B on 64 H100"),
    requires=(),
    controls=(
        Control(
            "model",
            "Model",
            "What is trained.",
            "Llama 3 70B",
            choices=tuple((name, name) for name in (
                "Llama 3 8B", "Llama 3 70B", "Llama 3 405B", "GPT-3 175B", "Megatron 1T", "Mixtral 8x7B", "Grok-1 314B",
                "DeepSeek-V3", "Kimi K2",
            )),
        ),
        Control("card", "Card", "The accelerator, eight in a node.", "h100",
                choices=(("h100", "H100 80 GB"), ("h200", "H200 141 GB"), ("h800", "H800 80 GB"),
                         ("a100", "A100 80 GB"))),
        Control("cards", "Cards", "How many train together.", 64, range=(0, 1_000_000)),
        Control("tokens", "Tokens a step", "Of all copies together.", 4, choices=((1, "1 M"), (4, "4 M"), (16, "16 M"),
                                                                                (64, "64 M"))),
        Control("length", "Sequence", "Tokens of one.", 8192, choices=((4096, "4,096"), (8192, "8,192"),
                                                                    (32768, "32,768"), (131072, "131,072"))),
        Control("opened", "Opened", "The cell whose cost is shown, as tensor x pipeline; empty: the best.", ""),
        Control("row", "Run", "The published run that is opened.", 0, range=(0, None)),
    ),
    views=(
        View(
            "plans",
            "All plans",
            "For each tensor and pipeline degree: the best of all plans, or why there is none. A fuller cell comes "
            "nearer to the cards’ peak. Nothing is measured here: a sum of counts and of rates that others measured.",
            controls=("model", "card", "cards", "tokens", "length"),
            provenance=("FORMULA", "QUOTED"),
            source=(
                "stack.parallelism.planning.search:best",
                "stack.parallelism.planning.step:step",
                "stack.parallelism.planning.step:block",
                "stack.parallelism.planning.memory:needed",
                "stack.parallelism.planning.refuse:hard",
                "stack.systems.clusters:Cluster",
            ),
            heavy=True,
        ),
        View(
            "typical",
            "The reference’s typical configuration",
            "Tensor parallel over the 8 cards of a node, half of the blocks on each of two nodes, ZeRO-1 over pairs of "
            "nodes: drawn for these cards and costed beside the best plan.",
            controls=("model", "card", "cards", "tokens", "length"),
            provenance=("FORMULA", "QUOTED"),
            source=("experiments.systems.planner:typical", "figures.systems.planner:_links"),
            heavy=True,
        ),
        View(
            "growth",
            "From one machine to sixteen thousand cards",
            (
                "The best plan at each number of cards, with the batch kept. More cards shorten a step until "
                "bubbles and messages cost more than they bring: the same tokens then cost more card hours."
            ),
            controls=("model", "card", "tokens", "length"),
            provenance=("FORMULA", "QUOTED"),
            source=("experiments.systems.planner:growth", "stack.parallelism.planning.search:grid"),
            heavy=True,
        ),
        View(
            "published",
            "How far off is it?",
            "The same sum on runs whose speed was published. No constant is fitted to one row. A dot to the left means "
            "that the planner promises too much.",
            provenance=("FORMULA", "QUOTED"),
            source=(
                "experiments.systems.published_runs:judge",
                "experiments.systems.published_runs:work",
                "experiments.systems.published_run_rows:PublishedRun",
            ),
        ),
    ),
)  # fmt: skip
