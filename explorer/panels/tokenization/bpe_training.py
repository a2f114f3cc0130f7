"""Train: a vocabulary is learned, one pair at a time."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="bpe_training",
    title="Train",
    chapter="tokenization",
    order=20,
    about="Byte-pair encoding learns: it counts pairs of neighbours, merges the most frequent pair, and counts again.",
    also=("bpe", "byte pair encoding", "merges", "vocabulary size", "trainer", "compression", "corpus"),
    requires=(),
    views=(
        View(
            "merges",
            "A vocabulary is learned one pair at a time",
            "The training counts all pairs of neighbouring tokens in the text, merges the most frequent pair into a "
            "new token, and counts again. A smaller vocabulary is the same training stopped earlier: move the slider "
            "back to see it.",
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
            "Byte-level BPE, SentencePiece’s BPE and WordPiece learn from the same lines of text. All three count "
            "pairs and merge them. They differ in the alphabet, in which pairs may merge, and in which of two equally "
            "frequent pairs merges first.",
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
