"""Speculative decoding: rounds of draft, check and keep on the run's own prompt, and what each draft would be worth."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="speculative",
    title="Speculative decoding",
    chapter="inference",
    order=50,
    about="A cheap draft guesses ahead, one pass of the model checks all of it, and nothing is lost.",
    also=("draft model", "faster decoding", "medusa", "acceptance rate by kind of text"),
    requires=("run", "decoder"),
    views=(
        View(
            "rounds",
            "Draft, check, keep",
            "A cheap draft proposes tokens and one pass of the model checks them all: filled tokens are kept, the "
            "first wrong one is struck and replaced by the model’s own, outlined; what came after it is dropped.",
            controls=("draft", "blocks", "gamma", "temperature", "seed", "new"),
            compares="any",
            provenance=("MEASURED",),
            source=(
                "stack.inference.speculative:Speculative",
                "stack.inference.speculative_sampling:judge",
                "stack.inference.speculative_sampling:residual",
            ),
            heavy=True,
        ),
        View(
            "drafts",
            "What a draft is worth",
            "How often each draft would be kept at this run’s positions, what it costs, and the speed that the formula "
            "promises for each length of draft; below 1, plain decoding is faster. Costs are timed in rounds that take "
            "turns; the bands are the middle half of them.",
            controls=("blocks", "temperature"),
            compares="any",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.inference.speculative_sampling:expected_speedup",
                "stack.inference.drafts:early_exit",
                "stack.inference.drafts:layer_skipping",
                "stack.inference.prompt_lookup:look_up",
                "stack.inference.prompt_lookup:PromptLookup",
            ),
            heavy=True,
        ),
        View(
            "corpus",
            "What is kept, over held-out texts",
            "The same draft over texts of six kinds: how often the model keeps it, by kind, place in the draft and "
            "temperature, and whether the tokens of a pass and the clock follow the formula. One prompt says little.",
            controls=("draft", "blocks", "temperature", "texts"),
            compares="weights",
            provenance=("MEASURED", "FORMULA"),
            requires=("decoder",),
            source=(
                "experiments.inference.speculative_corpus:drafted",
                "experiments.inference.speculative_corpus:round_at",
                "experiments.inference.speculative_corpus:raced",
                "stack.inference.speculative_sampling:judge",
                "stack.inference.speculative_sampling:expected_tokens",
                "stack.inference.speculative_sampling:expected_speedup",
            ),
            heavy=True,
        ),
    ),
)
