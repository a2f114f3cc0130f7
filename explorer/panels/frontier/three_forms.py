"""Three views of one layer: a recurrence, a matrix, chunks."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="three_forms",
    title="Three views of one layer",
    chapter="frontier",
    order=2,
    about="One state-space layer is a recurrence, a matrix of hidden attention, and chunks of both; all three agree.",
    also=("ssd", "mamba-2", "gated linear attention", "duality", "chunk", "scan", "euler", "zoh"),
    requires=("companion:six-kinds-mamba",),
    controls=(
        Control("text", "Text", "The text that the model reads.", "It was a dark and stormy night when the captain "
                "came on deck; the wind had gone, and the ship lay still.", longest=400),
        Control("layer", "Layer", "The layer that is shown.", 3, range=(0, 5)),
        Control("channel", "Channel", "Of the layer’s 384 channels, the one that is shown.", 0, range=(0, 383)),
        Control("block", "Chunk", "Positions of a chunk.", 8, choices=(4, 8, 16), unit="tokens"),
    ),
    views=(
        View(
            "forms",
            "Step by step, all at once, in chunks",
            "To write, a model goes step by step: one state is enough. To be trained, it reads all positions at once. "
            "Chunks do both: a small matrix within each, and the state between them.",
            controls=("text", "layer", "channel", "block"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.frontier.state_spaces.selective_scan:recurrence",
                "stack.frontier.state_spaces.selective_scan:hidden_attention",
                "stack.frontier.state_spaces.selective_scan:in_blocks",
                "stack.frontier.state_spaces.mamba2:in_blocks",
                "stack.frontier.state_spaces.gated_linear:in_blocks",
            ),
            heavy=True,
        ),
        View(
            "steps",
            "What one step writes: Euler’s rule or the exact one",
            "The paper’s equation holds the input still and solves it exactly; the published code, and with it every "
            "checkpoint, takes Euler’s step for what is written. Both are used here on the same weights.",
            controls=("text", "layer"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.frontier.state_spaces.selective_scan:written",
                "stack.frontier.state_spaces.selective_scan:recurrence",
                "experiments.frontier.step_rules:read_by",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
