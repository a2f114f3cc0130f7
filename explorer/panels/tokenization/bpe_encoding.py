"""Encode, step by step: bytes, pieces, merges in the order of their ranks, ids."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="bpe_encoding",
    title="Encode, step by step",
    chapter="tokenization",
    order=30,
    about="How a word's bytes become ids: which pair of neighbours wins at each step, and which lose.",
    also=("bpe", "byte pair encoding", "merge", "rank", "pre-token", "unhappiness"),
    requires=(),
    views=(
        View(
            "steps",
            "Which pair wins",
            "The text is cut into pieces, and nothing merges across a cut. In a piece, of all neighbours that are in "
            "the vocabulary’s list, the pair of the lowest merge rank, learned first, becomes one; then all pairs are "
            "compared again.",
            depends=("position",),
            controls=("tokenizer", "source", "typed", "word", "yours"),
            compares="any",
            provenance=("DERIVED",),
            source=(
                "stack.tokenization.bpe:merge_path",
                "experiments.tokenization.bpe_encoding:pretokens",
                "stack.tokenization.byte_pairs:BytePairs",
            ),
            heavy=True,
            requires=("run",),
        ),
        View(
            "listed",
            "The reference’s example, exactly as listed",
            "“unhappiness” under the eight merges that the reference lists for it. Without a merge of s and s, "
            "“e” + “ss” never has its turn, and the result that is printed under the list cannot come about.",
            provenance=("DERIVED", "QUOTED"),
            source=(
                "experiments.tokenization.bpe_encoding:listed",
                "stack.tokenization.bpe:merge_path",
                "experiments.tokenization.bpe_encoding:by_the_library",
            ),
        ),
    ),
)
