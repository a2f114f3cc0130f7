"""Compare tokenizers: one text in many real vocabularies, side by side."""

from __future__ import annotations

from explorer.corpora import article_one
from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="tokenizers_compared",
    title="Compare tokenizers",
    chapter="tokenization",
    order=10,
    about="Many real tokenizers cut one text. Compare where each cuts, what a language costs, and what is lost.",
    also=("tokenizer", "gpt2", "cl100k", "o200k", "llama", "gemma", "qwen", "bert", "tiktoken", "sentencepiece",
          "languages", "context length", "french", "german", "spanish", "chinese", "japanese", "arabic", "emoji"),
    requires=(),
    controls=(
        Control(
            "source",
            "",
            "Which text is cut.",
            choices=(
                ("prompt", "The prompt"),
                ("typed", "Your text"),
                ("prose", "English, numbers, emoji"),
                ("code", "Python"),
                *((each.code, each.name) for each in article_one.read()),
            ),
        ),
        Control("typed", "", "The text that is cut; edit it to use your own.", "", longest=3900),
        Control("lineup", "", "The tokenizers in their order, with commas between their names.", longest=400),
        Control("yours", "", "The name of a training, as the panel “Train” gives it.", longest=4000),
        Control("fetch", "", "Tokenizers whose large files are downloaded, with commas between.", "", longest=400),
        Control("byte", "", "The selected byte of the text, counted from 0.", range=(0, None)),
        Control("room", "Context of", "Tokens that there is room for.", 1024, range=(1, 1_000_000)),
    ),
    views=(
        View(
            "lanes",
            "The same text, cut in many ways",
            "Each lane is one tokenizer, and each block is one token. Point at a character to see its tokens. The "
            "tokenizers differ most on numbers, spaces and scripts. A block that ends inside a character holds some of "
            "its bytes.",
            controls=("source", "typed", "lineup", "yours", "fetch"),
            compares="any",
            together=True,  # the other model’s own tokenizer cuts both texts
            provenance=("MEASURED",),
            source=(
                "experiments.tokenization.tokenizers_compared:cut",
                "stack.tokenization.tokenizer:Tokenizer",
                "stack.tokenization.byte_pairs:BytePairs",
            ),
            heavy=True,
            requires=("run",),
        ),
        View(
            "languages",
            "What a language costs",
            "The same paragraph in twelve languages. Each dot is its number of tokens; the vertical line is English. "
            "More tokens cost more money and time, and take up more of the context.",
            controls=("lineup", "yours", "fetch"),
            provenance=("MEASURED",),
            source=("experiments.tokenization.tokenizers_compared:counts", "corpora.article_one:read"),
            heavy=True,
        ),
        View(
            "habits",
            "Spaces, digits, indentation",
            "Small texts show a tokenizer’s habits: whether a space joins the next word, how digits are grouped, and "
            "what becomes of the spaces before a line of code.",
            controls=("lineup", "yours", "fetch"),
            provenance=("MEASURED",),
            source=("stack.tokenization.pre_tokenization:Split", "experiments.tokenization.habits:Case"),
            heavy=True,
        ),
        View(
            "published",
            "The reference’s table, and the files",
            "The reference has a table of tokenizers. Each row is compared with the tokenizer’s own file: how many ids "
            "it has, and which algorithm its tokens show.",
            controls=("fetch",),
            provenance=("MEASURED", "QUOTED"),
            source=(
                "experiments.tokenization.vocabulary_kinds:traits",
                "experiments.tokenization.vocabulary_kinds:Traits",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
