"""Cost and memory: what a state takes and what a cache takes, by length."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="state_cost",
    title="Cost and memory",
    chapter="frontier",
    order=3,
    about="A state is as large after one token as after a million; a cache of keys and values grows with each token.",
    also=("state bytes", "kv cache", "linear time", "long context", "constant memory"),
    requires=("companion:six-kinds-mamba", "companion:six-kinds-dense"),
    controls=(
        Control("longest", "Up to", "The longest text behind which one token is timed.", 1024,
                choices=(1024, 4096, 16384), range=(64, 16384), unit="tokens"),
        Control("rounds", "Rounds", "Both models take turns so many times at each length.", 9, range=(3, 25)),
    ),
    views=(
        View(
            "carried",
            "Bytes by length",
            "What the Mamba model carries from token to token, beside the keys and values that its dense twin keeps.",
            provenance=("DERIVED",),
            source=(
                "stack.frontier.state_spaces.config:StateSpaceConfig.layer_numbers",
                "figures.frontier.state_cost:cache_bytes",
            ),
            heavy=True,
        ),
        View(
            "recorded",
            "Reading and writing up to 16,384 tokens, recorded",
            "Both models read a text at once and write one token behind it. Attention compares each token with all "
            "before it; a state is read once a token.",
            provenance=("RECORDED",),
            source=(
                "experiments.frontier.state_cost_recording:read_by_state",
                "experiments.frontier.state_cost_recording:read_by_cache",
                "experiments.frontier.state_cost_recording:cost_at",
            ),
            heavy=True,
        ),
        View(
            "times",
            "Time of one token by length",
            "Both models write a token behind a text of each length, in turns. A state does not grow with the length; "
            "attention reads the whole cache for every token.",
            controls=("longest", "rounds"),
            provenance=("MEASURED",),
            source=(
                "experiments.frontier.state_cost:measured",
                "stack.frontier.state_spaces.step_loops:one_token",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
