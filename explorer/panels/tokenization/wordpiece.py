"""WordPiece: the longest token first, and when a whole word is lost."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="wordpiece",
    title="WordPiece",
    chapter="tokenization",
    order=50,
    about="BERT’s way to cut a word: the longest token that fits, then the longest that fits the rest, never back.",
    also=("bert", "greedy longest match", "unk", "unknown token", "minilm", "maxmatch", "uncased"),
    requires=("run",),
    views=(
        View(
            "greedy",
            "The longest token first",
            "Of each word the longest beginning that is a token is taken, then the longest of what is left, among the "
            "tokens marked ##. What is taken is never given back; where nothing fits, the whole word is [UNK].",
            controls=("typed", "word"),
            compares="any",
            provenance=("DERIVED",),
            source=("stack.tokenization.wordpiece_search:greedy", "stack.tokenization.wordpiece:WordPiece"),
            heavy=True,
        ),
        View(
            "before",
            "What is done to the text before, and what comes back",
            "This vocabulary is uncased: control characters, accents and capitals are taken away before a word is "
            "looked at, and where spaces stood is not kept. Decoding cannot bring them back.",
            controls=("typed",),
            compares="any",
            provenance=("DERIVED",),
            source=(
                "experiments.tokenization.wordpiece:stages",
                "stack.tokenization.normalization:CleanText",
                "stack.tokenization.normalization:StripAccents",
            ),
            heavy=True,
        ),
    ),
)
