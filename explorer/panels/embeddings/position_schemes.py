"""Position schemes: a learned table, shuffled tokens, two layouts of RoPE, and who uses which."""

from __future__ import annotations

from explorer.corpora.catalogue import SOURCES
from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="position_schemes",
    title="Position schemes",
    chapter="embeddings",
    order=15,
    about="A learned table and its end, shuffled tokens, two layouts of RoPE’s pairs, and which model uses what.",
    also=("learned positions", "permutation", "interleaved", "order of words"),
    requires=("model",),
    controls=(
        Control("row", "Row", "The row of the table that is compared with all others.", 100, range=(0, None)),
        Control("order", "", "The order in which the tokens are read: 0 is backwards.", 1, range=(0, 99)),
        Control(
            "text",
            "Text",
            "The text that is read under each layout.",
            "fable",
            choices=(("fable", "A fable by Aesop"), *((each.kind.lower(), each.kind) for each in SOURCES.values())),
        ),
        Control(
            "scheme",
            "Scheme",
            "Models of which scheme are listed.",
            "all",
            choices=(
                ("all", "All"),
                ("sinusoidal", "Sinusoidal"),
                ("learned", "Learned"),
                ("relative", "Relative bias"),
                ("alibi", "ALiBi"),
                ("rope", "RoPE"),
                ("none", "None"),
            ),
        ),
    ),
    views=(
        View(
            "table",
            "A learned table, and its end",
            "MiniLM’s table of positions, each row compared with each other row. Neighbouring rows are alike, although "
            "only training makes them so. The table ends: the model refuses a longer text.",
            provenance=("MEASURED",),
            requires=("companion:minilm-l6",),
            source=(
                "stack.embeddings.learned:LearnedPositions",
                "figures.embeddings.position_schemes:likeness",
                "experiments.embeddings.position_end:past_end",
            ),
            heavy=True,
        ),
        View(
            "shuffle",
            "Shuffle the tokens",
            "Attention itself does not know the order of tokens. Without positions, an encoder gives each token the "
            "same state in any order of the text.",
            controls=("order",),
            compares="any",
            provenance=("MEASURED",),
            requires=("run", "decoder", "companion:minilm-l6"),
            source=(
                "experiments.embeddings.position_shuffle:without_positions",
                "experiments.embeddings.position_shuffle:shuffled",
                "experiments.embeddings.position_shuffle:shuffled_decoder",
            ),
            heavy=True,
        ),
        View(
            "layouts",
            "Two layouts of pairs",
            "RoPE’s pairs are either half a head apart or next to each other. Both give the same model when the rows "
            "of the weights have the matching order. In the wrong order the model still runs, with wrong answers.",
            depends=("layer",),
            controls=("text",),
            provenance=("MEASURED",),
            requires=("decoder",),
            source=(
                "stack.embeddings.rope:pair_members",
                "stack.embeddings.rope:rotate",
                "stack.embeddings.rope:to_interleaved",
                "experiments.embeddings.rope_layouts:turned_as_complex",
            ),
            heavy=True,
        ),
        View(
            "families",
            "Who uses which",
            "Each row is a published model. The page builds it without weights from its published config and finds the "
            "part that tells positions. Bases and limits are the published ones, each with its source.",
            provenance=("MEASURED", "QUOTED"),
            requires=("decoder",),
            source=(
                "experiments.embeddings.position_families:scheme_of",
                "experiments.embeddings.position_families:layout_of",
                "experiments.embeddings.published_positions:PublishedPositions",
            ),
            heavy=True,
        ),
    ),
)
