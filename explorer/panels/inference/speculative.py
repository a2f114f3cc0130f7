"""Speculative decoding: rounds of draft, check and keep on the run's own prompt, and what each draft would be worth."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="speculative",
    title="Speculative decoding",
    chapter="inference",
    order=50,
    about="A cheap draft proposes tokens, one pass of the model checks them all, and the output stays the model’s own.",
    also=("draft model", "faster decoding", "medusa", "acceptance rate by kind of text"),
    requires=("run", "decoder"),
    controls=(
        Control("draft", "Draft", "What drafts the tokens."),
        Control("blocks", "Blocks in the draft", "How many of the model’s own blocks draft.", range=(1, None)),
        Control(
            "gamma",
            "Drafted a round, γ",
            "How many tokens the draft proposes before the model checks them.",
            4,
            range=(1, 8),
        ),
        Control(
            "temperature", "Temperature", "Of draft and model alike; 0 is greedy.", 0.0, range=(0.0, 2.0), step=0.1
        ),
        Control("seed", "Seed", "Draws the tokens.", range=SEEDS),
        Control("new", "New tokens", "How long the text is.", 24, choices=(12, 24, 48), range=(4, 96)),
        Control("texts", "Texts of a kind", "More texts narrow the intervals.", 1, choices=(1, 2, 4, 8)),
    ),
    views=(
        View(
            "rounds",
            "Draft, check, keep",
            "A cheap draft proposes tokens, and one pass of the model checks them all. Filled tokens are accepted. The "
            "model rejects the first wrong one (struck) with all that follow, and puts its own token (outlined) there.",
            controls=("draft", "blocks", "gamma", "temperature", "seed", "new"),
            compares="any",
            provenance=("MEASURED",),
            source=(
                "stack.inference.decoding.speculative:Speculative",
                "stack.inference.decoding.speculative_sampling:judge",
                "stack.inference.decoding.speculative_sampling:residual",
            ),
            heavy=True,
        ),
        View(
            "drafts",
            "What a draft is worth",
            "The view measures how often the model accepts each draft at this run’s positions and what the draft "
            "costs. A formula predicts the speed for each length of draft; below 1 plain decoding is faster. Costs "
            "are timed in rounds that take turns, and the bands are their middle half.",
            controls=("blocks", "temperature"),
            compares="any",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.inference.decoding.speculative_sampling:expected_speedup",
                "stack.inference.decoding.drafts:early_exit",
                "stack.inference.decoding.drafts:layer_skipping",
                "stack.inference.decoding.prompt_lookup:look_up",
                "stack.inference.decoding.prompt_lookup:PromptLookup",
            ),
            heavy=True,
        ),
        View(
            "corpus",
            "Acceptance over held-out texts",
            "One prompt says little. The same draft runs over texts of six kinds. The view shows how often the model "
            "accepts it by kind, place in the draft and temperature, and whether the measured speed follows the "
            "formula.",
            controls=("draft", "blocks", "temperature", "texts"),
            compares="weights",
            together=True,  # the other model reads the texts and runs no races
            provenance=("MEASURED", "FORMULA"),
            requires=("decoder",),
            source=(
                "experiments.inference.decoding.speculative_corpus:drafted",
                "experiments.inference.decoding.speculative_corpus:round_at",
                "experiments.inference.decoding.speculative_corpus:raced",
                "stack.inference.decoding.speculative_sampling:judge",
                "stack.inference.decoding.speculative_sampling:expected_tokens",
                "stack.inference.decoding.speculative_sampling:expected_speedup",
            ),
            heavy=True,
        ),
    ),
)
