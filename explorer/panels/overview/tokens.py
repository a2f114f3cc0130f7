"""Tokens: the text as the model reads it, how byte-level BPE built each piece, and what the chat template adds."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="tokens",
    title="Tokens",
    chapter="overview",
    order=20,
    about="The text as the model reads it.",
    also=("bpe", "glitch tokens", "vocabulary", "strawberry", "counting letters"),
    views=(
        View(
            "table",
            "Text to tokens",
            "How the tokenizer cut this text: each piece with its id and its bytes; a leading dot is a space that "
            "belongs to the token.",
            compares="tokens",
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
            "Byte-level BPE starts from single bytes and keeps joining the neighbouring pair that was learned first; "
            "each row is one merge, replayed here from the tokenizer's own table.",
            depends=("position",),
            compares="place",
            provenance=("DERIVED",),
            source=("stack.tokenization.bpe:merge_path", "stack.tokenization.bpe:pretoken_of"),
        ),
        View(
            "chat",
            "Chat template off and on",
            "An instruct model was trained on text with marks around each turn; the template writes them, and tokens "
            "that it alone adds are set apart.",
            compares="any",
            provenance=("MEASURED",),
            source=("panels.overview.tokens_views:chat",),
        ),
    ),
)
