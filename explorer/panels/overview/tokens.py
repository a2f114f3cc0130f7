"""Tokens: the text as the model reads it, how byte-level BPE built each piece, and what the chat template adds."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="tokens",
    title="Tokens",
    chapter="overview",
    order=20,
    about="How the tokenizer cuts the text into tokens.",
    also=("bpe", "glitch tokens", "vocabulary", "strawberry", "counting letters"),
    views=(
        View(
            "table",
            "Text to tokens",
            "Each token of this text with its id and its bytes. A dot stands for a space that belongs to the token.",
            compares="tokens",
            together=True,
            provenance=("MEASURED",),
            source=(
                "figures.overview.tokens:compression",
                "figures.overview.tokens:shared_characters",
                "figures.overview.tokens:differences",
            ),
        ),
        View(
            "merges",
            "How this token was built",
            "Byte-level BPE starts from single bytes. At each step it joins the neighbouring pair that it learned "
            "first. Each row shows one merge from the tokenizer’s own table.",
            depends=("position",),
            compares="place",
            unchanged=False,
            provenance=("DERIVED",),
            source=("stack.tokenization.bpe:merge_path", "stack.tokenization.bpe:pretoken_of"),
        ),
        View(
            "chat",
            "Chat template off and on",
            "An instruct model was trained on text with marks around each turn. The chat template writes these marks; "
            "the tokens that it adds are shaded.",
            compares="any",
            unchanged=False,
            provenance=("MEASURED",),
            source=("panels.overview.tokens_views:chat",),
        ),
    ),
)
