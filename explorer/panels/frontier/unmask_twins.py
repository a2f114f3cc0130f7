"""Twins: what a text costs the masked model, at most, and what it costs its causal twin, exactly."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

LONG = (
    "And it came to pass, when the children of Israel cried unto the LORD, that the LORD raised up a deliverer, and "
    "the spirit of the LORD came upon him."
)
SHORT = "And the LORD said unto Moses, Go"
EPS = (1e-5, 1e-4, 1e-3, 1e-2, 0.1)
SOURCE = (
    "stack.frontier.masked_diffusion.bound:draws_by_count",
    "stack.frontier.masked_diffusion.bound:draws_by_time",
    "stack.frontier.masked_diffusion.noise:by_count",
    "stack.frontier.masked_diffusion.noise:by_time",
)

PANEL = Panel(
    name="unmask_twins",
    title="Twins",
    chapter="frontier",
    order=51,
    about="Two models of one size learnt from the same texts, in any order and left to right. What does each lose?",
    also=(
        "masked diffusion", "ELBO", "bound", "likelihood", "perplexity", "any order", "LLaDA", "MDLM",
        "autoregressive against diffusion", "eps", "loss weights", "uniform weights",
    ),
    requires=(),
    controls=(
        Control("text", "Text", "Both read it.", LONG, longest=800),
        Control("draws", "Draws", "Of each estimator.", 128, choices=(32, 64, 128, 256, 512), range=(16, 512)),
        Control("seed", "Seed", "It draws which tokens are hidden.", 0, range=SEEDS),
        Control("eps", "eps", "The least share of tokens that is hidden, where times are drawn.", 1e-3, choices=EPS),
        Control("short", "Text", "Its first eight tokens are read in every order.", SHORT, longest=200),
    ),
    views=(
        View(
            "held_out",
            "Held-out loss of both, recorded",
            "The masked model has a bound: its loss is at most this. The causal twin’s loss is exact. Both began "
            "as one causal model, read the same texts in the same order, and read the same held-out windows.",
            provenance=("RECORDED",),
            source=("stack.frontier.masked_diffusion.model:UnmaskCourse", "training.unmask:run"),
        ),
        View(
            "weights",
            "Weighed by 1/t, or all alike, recorded",
            "Where a share t of a text is hidden, each hidden token counts 1/t: then the training follows the bound. "
            "With uniform weights a text counts more the more of it is hidden. Both were trained from one start, on "
            "the same windows with the same tokens hidden.",
            provenance=("RECORDED",),
            source=(
                "stack.frontier.masked_diffusion.noise:weights_of",
                "experiments.frontier.mask_weights:parted",
                "training.unmask:unmasked",
            ),
            heavy=True,
        ),
        View(
            "drawn",
            "One text’s bound, by draws",
            "Each draw hides some tokens and adds up what they cost. One estimator hides each token with a chance; the "
            "other hides an exact number. Both have the same mean, but for eps; one needs far fewer draws.",
            controls=("text", "draws", "seed", "eps"),
            provenance=("MEASURED",),
            source=SOURCE,
            heavy=True,
        ),
        View(
            "exact",
            "A short text in every order",
            "Eight tokens have 255 sets that can be hidden, and 40,320 orders. All of them are computed: the bound is "
            "the mean over the orders. eps leaves out the easiest sets and keeps the spread finite.",
            controls=("short", "eps"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.frontier.masked_diffusion.bound:bound_of",
                "stack.frontier.masked_diffusion.bound:in_orders",
                "stack.frontier.masked_diffusion.bound:count_weights",
                "stack.frontier.masked_diffusion.bound:spread_by_time",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
