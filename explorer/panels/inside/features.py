"""Features: what a trained dictionary finds in a text, one feature beside a placebo's, a text steered by it."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="features",
    title="Features",
    chapter="inside",
    order=50,
    about="A sparse autoencoder’s features on this text, each removed from the real run, beside a placebo’s.",
    also=("sparse autoencoder", "sae", "dictionary", "placebo", "steering", "ablate", "activations"),
    requires=("run", "decoder"),
    controls=(
        Control("feature", "Feature", "The feature that is opened.", range=(0, None)),
        Control(
            "word",
            "Search by word",
            "Features that fire on tokens of the corpus with this word; empty: the strongest of this text.",
            "",
            longest=40,
        ),
        Control(
            "dictionary",
            "Dictionary",
            "Learned directions, or random ones whose encoder alone was trained.",
            "trained",
            choices=(("trained", "Trained"), ("placebo", "Placebo")),
        ),
        Control(
            "strength",
            "Strength",
            "How often the feature’s greatest activation in the corpus is added at every token but the first.",
            1.0,
            choices=(-1.0, -0.5, 0.25, 0.5, 1.0, 2.0),
        ),
    ),
    views=(
        View(
            "found",
            "What a dictionary finds in this text",
            "The stream behind one block as a sum of few directions. Each row is one of them: ink shows the tokens on "
            "which it fires, the bar how much the next token changes when it is taken out of the real run.",
            depends=("layer",),
            controls=("word", "dictionary"),
            in_page=("dictionary",),
            provenance=("MEASURED",),
            source=(
                "stack.frontier.sparse_autoencoders.autoencoder:SparseAutoencoder",
                "experiments.inside.features:on_text",
                "experiments.inside.features:removed",
            ),
            heavy=True,
        ),
        View(
            "one",
            "One feature, and the placebo’s beside it",
            "Left a feature of the trained dictionary, right the placebo’s strongest on the same token. Random "
            "directions have neat contexts too: compare what each says and what is lost without it.",
            depends=("layer", "position"),
            controls=("feature",),
            provenance=("MEASURED",),
            source=(
                "experiments.inside.features:studied",
                "experiments.inside.features:random_directions",
                "stack.frontier.sparse_autoencoders.matching:neighbours",
            ),
            heavy=True,
        ),
        View(
            "steered",
            "The text continued along the feature",
            "The feature’s direction is added behind its block at every token, and the text goes on. A random "
            "direction of the same length stands beside it: a text that falls apart under both says nothing of the "
            "feature.",
            depends=("layer", "position"),
            controls=("feature", "strength"),
            provenance=("MEASURED",),
            source=("experiments.inside.steering:continued",),
            heavy=True,
        ),
    ),
)
