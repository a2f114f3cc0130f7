"""Encode, step by step: bytes, pieces, merges in the order of their ranks, ids."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="bpe_encoding",
    title="Encode, step by step",
    chapter="tokenization",
    order=30,
    about="A word's bytes become ids, merge by merge: which pair of neighbours wins at each step, and which lose.",
    also=("bpe", "byte pair encoding", "merge", "rank", "pre-token", "unhappiness"),
    requires=(),
    controls=(
        Control("tokenizer", "Tokenizer", "Whose merges cut the text."),
        Control(
            "source",
            "",
            "Which text is cut.",
            choices=(("prompt", "The prompt"), ("typed", "Your text")),
        ),
        Control("typed", "", "The text that is encoded; edit it to use your own.", "", longest=3900),
        Control(
            "word",
            "",
            "The piece that is shown, counted from 0; −1 is the selected token’s, or the longest of your text.",
            -1,
            range=(-1, None),
        ),
        Control("yours", "", "The name of a training, as the panel “Train” gives it.", longest=4000),
    ),
    views=(
        View(
            "steps",
            "Which pair wins",
            "The text is cut into pieces, and no merge crosses a cut. At each step the pair of neighbours with the "
            "lowest merge rank becomes one symbol: it was learned first. Then all pairs are compared again.",
            depends=("position",),
            controls=("tokenizer", "source", "typed", "word", "yours"),
            compares="any",
            together=True,  # the piece merged there is the one that corresponds
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
            "The reference lists eight merges for “unhappiness”. The list lacks the merge of “s” and “s”, so that of "
            "“e” and “ss” never applies, and the merges do not give the result that the reference prints.",
            provenance=("DERIVED", "QUOTED"),
            source=(
                "experiments.tokenization.bpe_encoding:listed",
                "stack.tokenization.bpe:merge_path",
                "experiments.tokenization.bpe_encoding:by_the_library",
            ),
        ),
    ),
)
