"""Compare tokenizers: one text in many real vocabularies, side by side."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="tokenizers_compared",
    title="Compare tokenizers",
    chapter="tokenization",
    order=10,
    about="One text, many real tokenizers: where each cuts, what a language costs, what is lost.",
    also=("tokenizer", "gpt2", "cl100k", "o200k", "llama", "gemma", "qwen", "bert", "tiktoken", "sentencepiece",
          "languages", "context length", "french", "german", "spanish", "chinese", "japanese", "arabic", "emoji"),
    requires=(),
    views=(
        View(
            "lanes",
            "The same text, cut in many ways",
            "Each lane is one tokenizer and each block one token. Point at a character to see what covers it: numbers, "
            "spaces and scripts are cut most differently, and a block that ends inside a character holds only some of "
            "its bytes.",
            controls=("source", "typed", "lineup", "yours", "fetch"),
            compares="any",
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
            "The same paragraph in twelve languages, each dot its tokens. The price of a language is the distance from "
            "the line, which is English: it is paid in money, in time and in room for context.",
            controls=("lineup", "yours", "fetch"),
            provenance=("MEASURED",),
            source=("experiments.tokenization.tokenizers_compared:counts", "corpora.article_one:read"),
            heavy=True,
        ),
        View(
            "habits",
            "Spaces, digits, indentation",
            "What the cut does to the small things: a space that belongs to the next word, digits that are grouped or "
            "not, the spaces before a line of code.",
            controls=("lineup", "yours", "fetch"),
            provenance=("MEASURED",),
            source=("stack.tokenization.pre_tokenization:Split", "experiments.tokenization.habits:Case"),
            heavy=True,
        ),
        View(
            "published",
            "What is published, and what the files say",
            "The reference’s table of tokenizers, held against the files themselves: how many ids each has, and what "
            "its tokens tell of how it was made.",
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
