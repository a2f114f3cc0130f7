"""Position schemes: a learned table, shuffled tokens, two layouts of RoPE, and who uses which."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="position_schemes",
    title="Position schemes",
    chapter="embeddings",
    order=15,
    about="A learned table and its end, tokens shuffled, two layouts of RoPE’s pairs, and who uses which.",
    also=("learned positions", "permutation", "interleaved", "order of words"),
    requires=("model",),
    views=(
        View(
            "table",
            "A learned table, and its end",
            "MiniLM’s table of positions, row against row: neighbours came out alike, although only training ties "
            "them. Behind its last row there is nothing, and a longer text is refused.",
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
            "Attention treats all tokens alike. With the positions taken away, an encoder reads any order of the same "
            "tokens as the same: its states come out in the new order, unchanged.",
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
            "RoPE’s pairs are either half a head apart or next to each other. With the weights’ rows in the matching "
            "order both give the same model; mixed up, nothing fails but the answers.",
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
