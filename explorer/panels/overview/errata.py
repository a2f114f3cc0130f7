"""The reference, checked: every claim that real weights, configs and runs were held against, and three drawings."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

_HERE = "experiments.overview.errata"

PANEL = Panel(
    name="errata",
    title="Errata",
    chapter="overview",
    order=90,
    about="What the technical reference claims, and what real weights, configs and this run say to it.",
    also=("reference", "errors", "wrong", "claims", "fact check", "mistakes"),
    views=(
        View(
            "entries",
            "Claim by claim",
            "Each claim is quoted as it stands and computed independently of it. Where the reference is right, it says "
            "so; loose is what holds for some of the models that it speaks of.",
            provenance=("MEASURED", "FORMULA", "QUOTED"),
            optional=("decoder",),
            source=(
                f"{_HERE}.claims:checked",
                f"{_HERE}.model_claims:mixture",
                f"{_HERE}.placed_norms:placed",
                f"{_HERE}.budget_claims:days",
                f"{_HERE}.budget_claims:traffic",
                f"{_HERE}.run_claims:response_slice",
                "stack.pretraining.scaling_law:Law",
            ),
            heavy=True,
            compares="any",
        ),
        View(
            "top_p",
            "Top-p, put back at the wrong index",
            "The reference’s sampler sorts the logits, cuts, and scatters them back by argsort of the indices: each "
            "probability lands on another token. Scattered by the indices themselves, it is what transformers "
            "computes.",
            depends=("position",),
            controls=("temperature", "top_k", "top_p"),
            provenance=("MEASURED", "FORMULA"),
            source=(f"{_HERE}.top_p:filtered", f"{_HERE}.top_p:by_transformers", f"{_HERE}.top_p:TopP"),
            compares="place",
        ),
        View(
            "draft",
            "A rejected draft, drawn anew from the target",
            "Drawn anew from the target p, as the reference says, a rejected draft gives what target and draft agree "
            "on "
            "too often. Drawn from norm(max(0, p − q)), exactly p comes out, whatever the draft.",
            depends=("position",),
            controls=("blocks", "draft_temperature"),
            provenance=("MEASURED", "FORMULA"),
            source=(
                f"{_HERE}.rejected_drafts:from_target",
                f"{_HERE}.rejected_drafts:drawn",
                "stack.inference.speculative_sampling:residual",
                "stack.inference.speculative_sampling:redraw",
            ),
            compares="place",
        ),
        View(
            "rope",
            "Rotary pairs: which two coordinates turn together",
            "The same weights read with each layout. Adjacent pairs are right for weights that were written for "
            "them; a "
            "Hugging Face checkpoint pairs i with i + d/2, and agrees with adjacent pairs once its rows are reordered.",
            depends=("position",),
            provenance=("MEASURED",),
            source=(
                f"{_HERE}.rope_pairs:in_pairs",
                "stack.embeddings.rope:to_interleaved",
                "stack.embeddings.rope:rotate",
            ),
            heavy=True,
            requires=("run", "decoder"),
            compares="any",
        ),
    ),
)
