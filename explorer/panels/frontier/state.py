"""State: what a Mamba model keeps of a text instead of keys and values, token by token."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="state",
    title="State",
    chapter="frontier",
    order=1,
    about="A Mamba model reads a text with a state of fixed size: each token decides what fades and what is added.",
    also=("mamba", "state space", "ssm", "selective scan", "hidden attention", "s4", "recurrent"),
    requires=("companion:six-kinds-mamba",),
    controls=(
        Control("text", "Text", "The text that the model reads.", "And it came to pass, when the children of Israel "
                "went out of Egypt, that Moses said unto the people, Remember this day.", longest=600),
        Control("layer", "Layer", "The layer that is taken apart.", 3, range=(0, 5)),
        Control("token", "", "The token whose past is shown; the last one at first.", range=(0, None)),
    ),
    views=(
        View(
            "gate",
            "What fades, what stays, what is read",
            "In each channel a token’s step dt is a gate: a large dt writes the token and lets the past fade, a small "
            "one passes the token by. Below, for the chosen token, what of the past the state still holds, and what of "
            "it this token reads (its hidden attention).",
            controls=("text", "layer", "token"),
            in_page=("token",),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "experiments.frontier.state:acting",
                "stack.frontier.state_spaces.selective_scan:hidden_attention",
                "stack.frontier.state_spaces.mamba:MambaMixer.run",
                "stack.frontier.state_spaces.scan_loops:forward",
            ),
            heavy=True,
        ),
        View(
            "depths",
            "What it would write, layer by layer",
            "The stream after each layer, read by the last norm and the unembedding: a logit lens of a model without "
            "attention.",
            controls=("text",),
            provenance=("MEASURED",),
            source=("experiments.frontier.state:said", "stack.frontier.state_spaces.model:StateSpaceModel.runs"),
            heavy=True,
        ),
    ),
)  # fmt: skip
