"""WordPiece: the longest token first, and when a whole word is lost."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="wordpiece",
    title="WordPiece",
    chapter="tokenization",
    order=50,
    about="BERT cuts a word greedily: it takes the longest token that fits, then the longest that fits the rest.",
    also=("bert", "greedy longest match", "unk", "unknown token", "minilm", "maxmatch", "uncased"),
    requires=("run",),
    controls=(
        Control("typed", "", "The text that is cut, in place of the prompt.", longest=400),
        Control(
            "word",
            "",
            "The word that is searched, counted from 0; −1 is the first unknown word, or the one of most tokens.",
            -1,
            range=(-1, None),
        ),
    ),
    views=(
        View(
            "greedy",
            "The longest token first",
            "WordPiece takes the longest beginning of a word that is a token. Then it takes the longest token that "
            "fits the rest, among the tokens marked ##. It never goes back; where nothing fits, the whole word becomes "
            "[UNK].",
            controls=("typed", "word"),
            compares="any",
            together=True,  # the word searched there is the one that corresponds
            provenance=("DERIVED",),
            source=("stack.tokenization.wordpiece_search:greedy", "stack.tokenization.wordpiece:WordPiece"),
            heavy=True,
        ),
        View(
            "before",
            "What happens before the search, and what decoding returns",
            "This vocabulary is uncased: control characters, accents and capitals are removed before the search, and "
            "the places of spaces are not kept. Decoding cannot restore them.",
            controls=("typed",),
            compares="any",
            together=True,  # with another run no example takes the prompt’s place
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
