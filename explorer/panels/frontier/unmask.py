"""Unmask: a masked diffusion model fills the holes of a text, in an order that it chooses."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

TEXT = "And it came to pass, when the children of Israel ___ unto the LORD, and said,"

PANEL = Panel(
    name="unmask",
    title="Unmask",
    chapter="frontier",
    order=50,
    about="A masked diffusion model fills holes in any order. Which one is filled when, how sure, and at what price?",
    also=(
        "diffusion language model", "masked diffusion", "LLaDA", "MDLM", "any order", "remasking", "infilling",
        "semi-autoregressive", "Gumbel", "discrete diffusion", "parallel decoding",
    ),
    requires=(),
    controls=(
        Control("text", "Text", "Its holes stand at ___; without it, behind the text.", TEXT, longest=600),
        Control("holes", "Holes", "Tokens that are written.", 12, choices=(4, 8, 12, 16, 24, 32, 48)),
        Control("steps", "Steps", "Passes of the model in which all holes are filled.", 12, range=(1, 48)),
        Control(
            "order",
            "Order",
            "Which holes keep their token at each step.",
            "confident",
            choices=(
                ("confident", "Surest first", "the tokens of highest probability are kept"),
                ("random", "By chance", "holes are drawn"),
                ("left", "Left to right", "as a causal model writes"),
                ("bound", "Entropy bound", "as many as are nearly independent; steps follow from it"),
            ),
        ),
        Control("blocks", "Blocks", "Parts that are filled one after the other.", 1, choices=(1, 2, 4)),
        Control("temperature", "Temperature", "0: the likeliest token.", 0.0, choices=(0.0, 0.3, 0.7, 1.0)),
        Control("seed", "Seed", "It draws tokens and holes.", 0, range=SEEDS),
        Control("at", "Step", "The step that is shown; the last one if none is chosen.", range=(0, None)),
        Control("sampled", "Temperature", "Of all texts that are written.", 0.7, choices=(0.0, 0.3, 0.7, 1.0)),
        Control("each", "Texts of each kind", "Prompts of each of six kinds.", 2, choices=(1, 2, 4, 8)),
        Control("draws", "Seed", "It draws the tokens and the holes.", 0, range=SEEDS),
        Control(
            "numbers",
            "Draws in",
            "The number format of the Gumbel draws.",
            "float64",
            choices=("float64", "float32", "bfloat16"),
        ),
        Control("most", "Most steps", "The largest number of steps that is tried.", 32, choices=(8, 16, 32)),
    ),
    views=(
        View(
            "replay",
            "Holes filled step by step",
            "The model reads both ways and says a token for every hole. At each step some are kept, and the others are "
            "holes again. Tokens kept at one step do not see one another.",
            controls=("text", "holes", "steps", "order", "blocks", "temperature", "seed", "at"),
            in_page=("at",),
            provenance=("MEASURED",),
            source=(
                "stack.frontier.masked_diffusion.sampler:unmask",
                "stack.frontier.masked_diffusion.sampler:within_bound",
                "stack.frontier.masked_diffusion.sampler:gumbel",
                "stack.frontier.masked_diffusion.model:Unmasker",
            ),
            heavy=True,
        ),
        View(
            "quality",
            "Steps against quality",
            "The same prompts are continued in one step, in two, and so on. A judge that has never seen these texts, "
            "six-kinds-dense, says what they cost. Few different tokens make a text cheap too, so both are shown.",
            controls=("sampled", "each", "draws", "numbers", "most"),
            provenance=("MEASURED",),
            requires=("companion:six-kinds-dense",),
            source=(
                "experiments.frontier.unmasking:compare",
                "experiments.frontier.unmasking:left_to_right",
                "stack.frontier.masked_diffusion.sampler:kept_each_step",
                "stack.frontier.masked_diffusion.sampler:gumbel",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
