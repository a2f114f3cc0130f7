"""Experts over ranks: tokens travel to the processes that hold their experts, and back."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="expert_parallel",
    title="Experts over ranks",
    chapter="systems",
    order=75,
    about="A mixture’s experts lie on several processes: tokens travel to theirs and back, twice in each layer.",
    also=("expert parallelism", "mixture of experts", "all-to-all", "dispatch", "combine", "capacity", "distributed"),
    requires=("run", "experts", "decoder"),
    controls=(
        Control("ranks", "Ranks", "Processes that share the experts and the text.", choices=(2, 4)),
        Control(
            "capacity", "Capacity", "How many pairs of a rank’s tokens an expert takes, in shares of an even load.",
            "none", choices=(("none", "none"), ("1", "1"), ("1.25", "1.25"), ("2", "2")),
        ),
    ),
    views=(
        View(
            "travel",
            "Tokens travel to their experts and back",
            "Each process, a rank, holds some of this layer’s experts and some of your tokens. A token’s vector goes "
            "to the ranks of the experts that the router chose, and what they make of it comes back: all wait for the "
            "rank that gets most.",
            depends=("layer",),
            controls=("ranks", "capacity"),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.parallelism.expert_parallel:ExpertsOverRanks",
                "stack.parallelism.conjugates:_Exchanged",
                "stack.parallelism.expert_parallel:expected_bytes",
                "experiments.systems.expert_rank:layer",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
