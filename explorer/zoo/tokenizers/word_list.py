"""BERT's vocab.txt: a token a line, the line's number its id; continuations are written with "##".

>>> found = read(b"[PAD]\\n[UNK]\\n[CLS]\\n[SEP]\\nun\\n##able\\n", "vocab.txt")
>>> found.algorithm, list(found.tokens)[-2:]
('WordPiece', [b'un', b'##able'])
"""

from __future__ import annotations

from collections.abc import Sequence

from explorer.errors import WeightsDamagedError
from explorer.zoo.tokenizers.contents import Contents

AGAIN = "Fetch or copy it again."
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def read(raw: bytes, name: str) -> Contents:
    """The list does not say whether case is kept: it is where some token but the special ones has a capital.

    Raises WeightsDamagedError for a list without [UNK], or with a token twice.
    """
    lines = raw.decode("utf-8", "replace").removesuffix("\n").split("\n")
    return of_words([line.removesuffix("\r") for line in lines], name)


def of_words(words: Sequence[str], name: str) -> Contents:
    """The contents of a vocabulary of words and "##"s."""
    where = {word: i for i, word in enumerate(words)}
    if "[UNK]" not in where or len(where) != len(words):
        raise WeightsDamagedError(f"{name} is not a WordPiece vocabulary: it lacks [UNK] or has a token twice.", AGAIN)
    lower = all(word == word.lower() for word in words if not (word.startswith("[") and word.endswith("]")))
    pipeline: dict[str, object] = {
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": lower,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "post_processor": _frame(where) if {"[CLS]", "[SEP]"} <= {*where} else None,
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
        },
        "added_tokens": [{"id": where[each], "content": each, "special": True} for each in SPECIAL if each in where],
    }
    return Contents("WordPiece", [word.encode() for word in words], pipeline)


def _frame(where: dict[str, int]) -> dict[str, object]:
    names = ("[CLS]", "[SEP]")
    single = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    single.append({"SpecialToken": {"id": "[SEP]", "type_id": 0}})
    pair = [*single, {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}]
    tokens = {each: {"id": each, "ids": [where[each]], "tokens": [each]} for each in names}
    return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": tokens}
