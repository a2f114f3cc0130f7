"""Train: a vocabulary is learned, one pair at a time."""

from __future__ import annotations

from explorer.corpora.catalogue import SOURCES
from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

#: The passages of a text, by its kind; and the whole of it, with what it costs to fetch.
_PASSAGES = tuple((name, source.kind) for name, source in SOURCES.items())
_WHOLE = tuple(
    (f"whole/{name}", f"{source.title} ({sum(each.bytes for each in source.packages) / 1e6:.0f} MB, downloaded once)")
    for name, source in SOURCES.items()
)

PANEL = Panel(
    name="bpe_training",
    title="Train",
    chapter="tokenization",
    order=20,
    about="Byte-pair encoding learns: it counts pairs of neighbours, merges the most frequent pair, and counts again.",
    also=("bpe", "byte pair encoding", "merges", "vocabulary size", "trainer", "compression", "corpus"),
    requires=(),
    controls=(
        Control(
            "source",
            "",
            "What is trained on: passages of a text, the whole of it, or your own text.",
            "moby-dick",
            choices=(*_PASSAGES, *_WHOLE, ("own/", "Your text")),
        ),
        Control("own", "", "The text of the training; edit it to train on your own.", "", longest=3800),
        Control(
            "cut",
            "Words cut as in",
            "The rule that cuts the text into words; no merge joins two of them.",
            "gpt2",
            choices=(
                ("gpt2", "GPT-2", "A word takes the space before it; digits, signs and letters are separate"),
                ("cl100k", "cl100k", "Digits in groups of at most three; one sign may begin a word"),
                ("o200k", "o200k", "As cl100k, and a capital after a small letter begins a new word"),
            ),
        ),
        Control(
            "merges",
            "Merges",
            "How many merges are learned.",
            200,
            choices=((50, "50"), (200, "200"), (1000, "1,000"), (4000, "4,000")),
            range=(1, 4000),
        ),
        Control("at", "Merges done", "After how many merges the training is shown.", range=(0, None)),
        Control("word", "", "The word of the text that is shown as a tree, counted from 0.", range=(0, None)),
    ),
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
