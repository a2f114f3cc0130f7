"""Residual stream: what each depth would say, one token's rank through depth, where a logit comes from, norms."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="residual_stream",
    title="Residual stream",
    chapter="overview",
    order=40,
    about="What the stream holds at each depth.",
    also=("logit lens", "attribution", "activation patching", "causal tracing"),
    second="source",
    controls=(
        Control("source", "", "The second prompt, as the query of its run; streams are carried from it.", longest=4000),
    ),
    views=(
        View(
            "lens",
            "What each depth would say",
            "The stream is read early, through the model's own last norm and unembedding: follow a column down to "
            "see at which depth its answer appears. Drag a cell to another position, or in from a second prompt, to "
            "see what its stream causes there.",
            depends=("position", "target", "over", "rival"),
            controls=("source",),
            compares="text",
            together=True,
            provenance=("DERIVED",),
            optional=("decoder",),
            source=(
                "tracing.bridge.readout:Readout.normalise",
                "tracing.bridge.readout:Readout.logits",
                "tracing.derived.lens:logit_lens",
                "tracing.changes.interventions:PatchPosition",
                "experiments.overview.patched_by_hand:cone",
                "experiments.overview.patched_by_hand:patched_streams",
            ),
        ),
        View(
            "rank",
            "Rank over depth",
            "Where the target stands among all tokens as the stream deepens.",
            depends=("position", "target"),
            compares="parts",
            provenance=("DERIVED",),
            source=(
                "tracing.derived.lens:rank",
                "tracing.derived.lens:probability",
                "figures.overview.residual_stream:lead",
            ),
        ),
        View(
            "waterfall",
            "Where the lead comes from",
            "Every write into the stream, added up toward the target.",
            depends=("position", "target", "over", "rival"),
            compares="parts",
            provenance=("DERIVED",),
            optional=("decoder",),
            source=(
                "tracing.derived.attribution:attribute",
                "tracing.bridge.readout:Readout.direction",
                "experiments.overview.block_writes:logit_sum",
                "experiments.overview.block_writes:written",
                "experiments.overview.block_writes:first_writes",
            ),
        ),
        View(
            "norms",
            "How long the stream grows",
            "Every block adds its write to the stream, which grows with depth; the final norm divides the length out "
            "again. Some positions can grow far longer than the rest.",
            depends=("position",),
            compares="parts",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "figures.overview.residual_stream:norms",
                "experiments.overview.block_writes:writes_error",
                "experiments.overview.block_writes:heads_write",
                "tracing.derived.mixer_reads:mixer_read",
            ),
        ),
    ),
)
