"""Ring: attention over a text that no process holds whole, as real processes ran it."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="ring_attention",
    title="Ring",
    chapter="systems",
    order=70,
    about="Ring attention over a text that no process holds whole: queries stay, keys and values go round.",
    also=("ring attention", "sequence parallelism", "context parallelism", "zig-zag", "distributed"),
    views=(
        View(
            "steps",
            "Keys and values go round",
            "This head’s attention, really computed by processes that hold a part of the text each: a rank keeps its "
            "queries, and what each step adds is merged by its log-sum-exp. Long texts are trained on so: sequence "
            "parallelism.",
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
            "A longer text, made of this head’s rows again and again, in both layouts by turns. Under a causal mask "
            "late queries see many keys: in the zig-zag layout each rank holds an early chunk and a late one.",
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
            "Bytes that a rank hands over in one layer’s forward pass. Ulysses exchanges positions for heads instead "
            "of sending keys and values round: fewer bytes with many ranks, but no more ranks than heads.",
            provenance=("FORMULA", "DERIVED"),
            requires=("model",),
            source=(
                "stack.systems.ulysses:ulysses",
                "stack.systems.ulysses:_exchanged",
                "stack.systems.ulysses:ulysses_bytes",
                "stack.systems.ring_attention:bytes_sent",
            ),
        ),
    ),
)
