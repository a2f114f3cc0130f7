"""The ledger of claims: what real weights, configs and runs say to each, and three drawings."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

_HERE = "experiments.overview.errata"

PANEL = Panel(
    name="errata",
    title="Claims ledger",
    chapter="overview",
    order=90,
    about="Every checkable claim of the text “LLM Architecture & Internals”, held against real weights and this run.",
    also=(
        "errata",
        "reference",
        "errors",
        "wrong",
        "fact check",
        "mistakes",
        "chain of thought",
        "state-space models",
        "test-time compute",
        "distillation",
    ),
    controls=(
        Control(
            "verdict",
            "Verdict",
            "Claims of which verdict are listed.",
            "all",
            choices=("all", "wrong", "loose", "right", "open"),
        ),
        Control("chapter", "Chapter", "Claims of which chapter are listed; 0 is all.", 0, range=(0, None)),
        Control("words", "Find a claim", "Claims that hold all of these words are listed.", "", longest=80),
        Control("entry", "", "The claim that is open, by its name."),
        Control("temperature", "Temperature", "The logits are divided by it.", 0.7, range=(0.1, 3.0), step=0.1),
        Control("top_k", "Top-k", "So many of the likeliest tokens are kept; 0 keeps all.", 50, range=(0, None)),
        Control(
            "top_p",
            "Top-p",
            "The likeliest tokens are kept until they hold this share of the probability.",
            0.9,
            range=(0.01, 1.0),
            step=0.05,
        ),
        Control("blocks", "Draft blocks", "Of how many of its first blocks the model drafts.", range=(0, None)),
        Control(
            "draft_temperature",
            "Temperature",
            "The logits of target and draft are divided by it; at first the run’s own.",
            range=(0.1, 3.0),
            step=0.1,
        ),
    ),
    views=(
        View(
            "entries",
            "Claim by claim",
            "The panel quotes each claim and computes the same thing independently. Wrong: something else comes out. "
            "Loose: the claim holds for some of what it speaks of. Right: it holds. Not checked: nothing here can "
            "compute it.",
            requires=("run", "attention"),
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
            "Top-p: probabilities at the wrong index",
            "The sampler of the reference (chapter 8) sorts the logits, removes the small ones, and scatters the rest "
            "back by argsort of the indices. So each probability lands on another token. Scattering by the indices "
            "themselves gives what transformers computes.",
            depends=("position",),
            controls=("temperature", "top_k", "top_p"),
            provenance=("MEASURED", "FORMULA"),
            source=(f"{_HERE}.top_p:filtered", f"{_HERE}.top_p:by_transformers", f"{_HERE}.top_p:TopP"),
            compares="place",
        ),
        View(
            "draft",
            "A rejected draft, resampled from the target",
            "The reference (chapter 8) resamples a rejected token from the target p. Then tokens that the draft "
            "rates far too low come out too rarely, and the others too often. Resampling from norm(max(0, p − q)) "
            "gives exactly p for every draft q.",
            depends=("position",),
            controls=("blocks", "draft_temperature"),
            provenance=("MEASURED", "FORMULA"),
            source=(
                f"{_HERE}.rejected_drafts:from_target",
                f"{_HERE}.rejected_drafts:drawn",
                "stack.inference.decoding.speculative_sampling:residual",
                "stack.inference.decoding.speculative_sampling:redraw",
            ),
            compares="place",
        ),
        View(
            "rope",
            "Rotary pairs: which two coordinates rotate together",
            "The same weights, read with each layout. The reference (chapter 3) pairs adjacent coordinates. A Hugging "
            "Face checkpoint pairs coordinate i with i + d/2; with its rows reordered, adjacent pairs give the same "
            "logits.",
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
