"""Ring: attention over a text that no process holds whole, as real processes ran it."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="ring_attention",
    title="Ring",
    chapter="systems",
    order=70,
    about="Ring attention: each process holds a part of the text; queries stay, keys and values go round.",
    also=("ring attention", "sequence parallelism", "context parallelism", "zig-zag", "distributed"),
    controls=(
        Control("ranks", "Ranks", "Processes that share the text.", 4, choices=(2, 4)),
        Control(
            "layout",
            "Layout",
            "Which positions a rank holds.",
            "contiguous",
            choices=(("contiguous", "Contiguous"), ("zigzag", "Zig-zag")),
        ),
        Control(
            "mask",
            "Mask",
            "Whether a query sees later keys.",
            "causal",
            choices=(("causal", "Causal"), ("none", "None")),
        ),
        Control("step", "Step", "The step of both passes that is shown, from 0.", 1, range=(0, None)),
        Control("rank", "", "The rank whose keys and values are marked.", 0, range=(0, None)),
        Control(
            "length", "Tokens", "The length of the text that is timed.", 2048, choices=(1024, 2048, 4096), unit="tokens"
        ),
        Control("heads", "Heads of", "Whose numbers of heads the formulas take: “own”, or a published model’s."),
    ),
    requires=("run", "attention"),
    views=(
        View(
            "steps",
            "Keys and values go round",
            "Several processes, the ranks, compute this head’s attention; each holds a part of the text. A rank keeps "
            "its queries, receives other ranks’ keys and values step by step, and merges each result by its "
            "log-sum-exp. Training on long texts shares them in this way: sequence parallelism.",
            depends=("layer", "head"),
            compares="any",
            provenance=("MEASURED", "DERIVED", "FORMULA"),
            source=(
                "stack.systems.ring_attention:ring_attention",
                "stack.systems.ring_attention:ring_backward",
                "stack.systems.ring_attention:_round",
                "stack.systems.ring_attention:pairs",
                "stack.systems.ring_attention:bytes_sent",
                "stack.systems.ring_channel:Ring",
                "stack.systems.ring_channel:ProcessRing",
                "experiments.systems.ring_processes:RingProcesses",
            ),
            heavy=True,
        ),
        View(
            "balance",
            "Who computes how much",
            "A longer text, this run’s rows repeated, in both layouts in turns. Under a causal mask late queries see "
            "many keys. In the contiguous layout the last rank computes most; in the zig-zag layout each rank holds "
            "an early chunk and a late one.",
            depends=("layer", "head"),
            controls=("length",),
            provenance=("MEASURED", "DERIVED", "FORMULA"),
            source=(
                "stack.systems.sequence_layout:SequenceLayout",
                "figures.systems.ring_attention:busy",
                "experiments.systems.ring_attention:contest",
            ),
            heavy=True,
        ),
        View(
            "sending",
            "A ring or an exchange",
            "Bytes that a rank sends in one layer’s forward pass. In a ring, keys and values pass every rank. In "
            "Ulysses, each rank exchanges positions for heads: with many ranks it sends fewer bytes, but the number of "
            "ranks must divide the numbers of heads.",
            controls=("heads",),
            provenance=("FORMULA", "DERIVED"),
            requires=("model", "attention"),
            source=(
                "stack.systems.ulysses:ulysses",
                "stack.systems.ulysses:_exchanged",
                "stack.systems.ulysses:ulysses_bytes",
                "stack.systems.ring_attention:bytes_sent",
            ),
        ),
    ),
)
