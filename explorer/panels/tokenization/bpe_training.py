"""Train: a vocabulary is learned, one pair at a time."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="bpe_training",
    title="Train",
    chapter="tokenization",
    order=20,
    about="Byte-pair encoding as it learns: pairs are counted, the most frequent becomes a token, again.",
    also=("bpe", "byte pair encoding", "merges", "vocabulary size", "trainer", "compression", "corpus"),
    requires=(),
    views=(
        View(
            "merges",
            "A vocabulary is learned one pair at a time",
            "The most frequent pair of neighbours in the chosen text becomes a new token, everywhere, and everything "
            "is counted again. A smaller vocabulary is the same training stopped earlier: move the slider back and "
            "nothing else changes.",
            controls=("source", "own", "cut", "merges"),
            provenance=("MEASURED",),
            source=(
                "stack.tokenization.bpe_training:textbook",
                "stack.tokenization.bpe_training:Training",
                "stack.tokenization.bpe_training_loops:merge",
            ),
            heavy=True,
        ),
        View(
            "kinds",
            "Three trainers, one text",
            "Byte-level BPE, SentencePiece’s BPE and WordPiece, all trained on lines of the chosen text, count "
            "and join alike. What differs is the alphabet, what may be joined at all, and which of two equally "
            "frequent pairs is first.",
            controls=("source", "own"),
            provenance=("MEASURED",),
            source=(
                "stack.tokenization.bpe_training:Rules",
                "stack.tokenization.sentencepiece_bpe_training:train",
                "stack.tokenization.sentencepiece_bpe_training:valid",
                "stack.tokenization.wordpiece_training:train",
            ),
            heavy=True,
        ),
    ),
)
