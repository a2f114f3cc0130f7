"""Positions: where a token stands, as angle, as vector and as penalty, and what is left past the trained length."""

from __future__ import annotations

from explorer.corpora.catalogue import SOURCES
from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="positions",
    title="Positions",
    chapter="embeddings",
    order=10,
    about="How a model knows a token’s position: by an angle, a vector or a penalty; and past the trained length.",
    also=("context length", "context window", "rotary", "long context"),
    controls=(
        Control("key", "Key", "Position of the key; at first the key with the most attention.", range=(0, None)),
        Control(
            "dist",
            "Distance",
            "Distance of query and key in tokens, as “query-key-distance”; at first their own.",
            longest=40,
        ),
        Control("shift", "Shift both", "Positions by which query and key move together.", 0, range=(0, 4000)),
        Control("pair", "", "The pair of numbers that is described, counted from 0.", range=(0, None)),
        Control(
            "order",
            "Coordinates",
            "The order of the coordinates of the sinusoidal vectors.",
            "halves",
            choices=(("halves", "Sines, then cosines"), ("paper", "Side by side, as in the paper")),
        ),
        Control("factor", "Times the length", "How many times longer the text becomes.", 4, choices=(2, 4, 8)),
        Control(
            "scheme",
            "",
            "The scheme whose numbers stand beside the chart.",
            "yarn",
            choices=("own", "linear", "ntk", "dynamic", "yarn", "llama3"),
        ),
        Control("stretch", "Stretch s", "Factor by which the context is stretched.", 4.0, range=(1.0, 32.0), step=0.5),
        Control(
            "text",
            "Text",
            "The passage that is read twice.",
            "fable",
            choices=(("fable", "A fable by Aesop"), *((each.kind.lower(), each.kind) for each in SOURCES.values())),
        ),
        Control("tokens", "Tokens", "Tokens of the passage that is read twice.", 24, choices=(16, 24, 48)),
        Control("far", "", "The distance whose second reading is shown token by token.", range=(0, None)),
    ),
    views=(
        View(
            "rotation",
            "Position is an angle",
            "A query and a key are pairs of numbers. Each pair is a clock hand, rotated by its position; only the "
            "angle between the two hands counts.",
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
            "Three other schemes",
            "Other models add vectors of sines to the embedding, add a learned table, or subtract a penalty for "
            "distance from the scores. The formulas use this model’s width and number of heads.",
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
            "Each scheme slows the rotation down so that a model can read texts several times longer than its trained "
            "length (or than the config’s limit, where the trained length is not known). The chart shows the tokens "
            "per full turn of each pair.",
            depends=("layer",),
            controls=("factor",),
            compares="any",
            unchanged=False,
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
            "To stretch the context by s, the base becomes θ · s^(d/(d − 2)). The slowest pair’s turn gets s times as "
            "long and the fastest pair’s stays. Interpolation slows all pairs equally; YaRN uses a ramp.",
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
            "The model reads one passage twice (not this prompt), the second time at far later positions with nothing "
            "between. While it can attend that far, it copies the first reading. Where it cannot, the words surprise "
            "it as if they were new, or more.",
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
