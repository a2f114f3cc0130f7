"""Positions: where a token stands, as angle, as vector and as penalty, and what is left past the trained length."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="positions",
    title="Positions",
    chapter="embeddings",
    order=10,
    about="Where a token stands: as an angle, as a vector, as a penalty; and what is left past the trained length.",
    also=("context length", "context window", "rotary", "long context"),
    views=(
        View(
            "rotation",
            "Position is an angle",
            "A query and a key are pairs of numbers, each a clock hand turned by its position; only the angle between "
            "two hands counts.",
            depends=("position", "layer", "head"),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            requires=("run", "decoder"),
            source=(
                "stack.embeddings.rope:rotate",
                "stack.embeddings.rope:rotation",
                "figures.embeddings.positions:pair_parts",
                "figures.embeddings.positions:shift_error",
            ),
        ),
        View(
            "maps",
            "Three other answers",
            "Vectors of sines, added to the embedding; a learned table; or a penalty on distance. This model's width "
            "and head count go into the formulas.",
            provenance=("FORMULA", "DERIVED"),
            requires=("decoder",),
            source=(
                "stack.embeddings.sinusoidal:sinusoidal",
                "stack.embeddings.learned:LearnedPositions",
                "stack.embeddings.alibi:slopes",
                "stack.embeddings.alibi:bias",
                "figures.embeddings.positions:rope_similarity",
            ),
        ),
        View(
            "scaling",
            "Stretching the context",
            "Tokens for one full turn of each pair, and what each scheme makes of it to read texts several times the "
            "length that was trained, or, where that is not known, that the config allows.",
            depends=("layer",),
            controls=("factor",),
            compares="any",
            provenance=("FORMULA", "MEASURED"),
            requires=("run", "decoder"),
            source=(
                "stack.embeddings.rope_scaling:frequencies",
                "stack.embeddings.rope_scaling:Linear",
                "stack.embeddings.rope_scaling:NTK",
                "stack.embeddings.rope_scaling:ntk_base",
                "stack.embeddings.rope_scaling:DynamicNTK",
                "stack.embeddings.rope_scaling:YaRN",
                "stack.embeddings.rope_scaling:Llama3",
            ),
        ),
        View(
            "ntk",
            "NTK-aware: a larger base",
            "For a stretch s the base becomes θ · s^(d/(d − 2)): the slowest pair’s turn gets s times as long, the "
            "fastest keeps its own, beside interpolation (all alike) and YaRN (a ramp).",
            depends=("layer",),
            controls=("stretch",),
            provenance=("FORMULA", "DERIVED"),
            requires=("decoder",),
            source=(
                "stack.embeddings.rope_scaling:ntk_base",
                "stack.embeddings.rope_scaling:NTK",
                "figures.embeddings.positions_scaling:solved_base",
            ),
        ),
        View(
            "reach",
            "Reading further",
            "One passage (a fable or one of six kinds of text, not this prompt) read twice, the second time far later "
            "with nothing between. While the model can look that far, it copies; where it cannot, the words surprise "
            "it as if new, or more.",
            controls=("factor", "tokens", "text"),
            provenance=("MEASURED",),
            requires=("decoder",),
            source=(
                "stack.context.extrapolation:read_twice",
                "stack.context.extrapolation:frozen",
                "experiments.embeddings.positions_reach:reach",
                "stack.embeddings.rope:rotation",
            ),
            heavy=True,
        ),
    ),
)
