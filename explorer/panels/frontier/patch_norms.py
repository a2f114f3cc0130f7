"""Patches: how long each patch's stream is by block, and what the longest are for."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.picture_choices import PICTURE
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="patch_norms",
    title="Patches",
    chapter="frontier",
    order=22,
    about="Some vision transformers keep notes on patches of bare background. Does this one? Measured, then removed.",
    controls=(
        PICTURE,
        Control("depth", "After block", "Where norms are read; the block with the longest patch at first.",
                range=(0, None)),
        Control("times", "Longer than", "Times the median: what is called long.", 2.0,
                choices=(1.5, 2.0, 3.0, 5.0)),
        Control("count", "Patches taken away", "So many of the longest; and as many others, at random.", 4,
                choices=(1, 2, 4, 8, 16)),
        Control("draws", "Random draws", "How often others are drawn.", 5, choices=(3, 5, 10)),
    ),
    views=(
        View(
            "norms",
            "Norms, block by block",
            "The length of each patch’s stream after every block. In large vision transformers a few patches of bare "
            "background are many times longer and carry what belongs to the whole picture (registers).",
            controls=("picture", "depth", "times"),
            in_page=("depth", "times"),
            provenance=("MEASURED",),
            source=(
                "stack.architectures.vision_transformer:VisionTransformer",
                "experiments.frontier.patch_norms:norms",
                "experiments.frontier.patch_norms:outliers",
            ),
            heavy=True,
        ),
        View(
            "removed",
            "Without the longest",
            "At that depth the longest patches become the mean of the others, and the later blocks run on. The change "
            "at the end is held against that of as many other patches, drawn at random.",
            controls=("picture", "depth", "count", "draws"),
            provenance=("MEASURED",),
            source=("experiments.frontier.patch_norms:replaced", "experiments.frontier.patch_norms:removal"),
            heavy=True,
        ),
    ),
    also=("registers", "DINOv2", "artifacts", "high-norm tokens", "vision transformer"),
    requires=("companion:dinov2-small",),
)  # fmt: skip
