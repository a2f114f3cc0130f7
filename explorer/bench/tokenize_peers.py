"""The field's own encoders around the very vocabularies that ours are read from."""

from __future__ import annotations

import base64
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from explorer.bench import Peer, Report
from explorer.stack.tokenization.byte_pairs import BytePairs
from explorer.stack.tokenization.pre_tokenization import InTurn, Split
from explorer.stack.tokenization.tokenizer import Tokenizer
from explorer.zoo import tokenizers as shelf
from explorer.zoo.tokenizers.shelf import contents

TIKTOKEN = Peer("tiktoken", "tiktoken", "pip install tiktoken==0.14.0")
SENTENCEPIECE = Peer("sentencepiece", "sentencepiece", "pip install sentencepiece")
Encode = Callable[[str], list[int]]
_BYTE, _CONTROL, _UNKNOWN = 6, 3, 2  # kinds of pieces in SentencePiece's file


def tiktoken_encode(report: Report, ours: Tokenizer) -> Encode | None:
    """tiktoken on the same tokens and pattern; None where it is absent or the vocabulary is none that it can hold.

    A vocabulary with its own list of merges is given by ids, and steps in turn by the last alone with digits apart, so
    its ids may differ from ours, which the rows say.
    """
    if (package := report.peer(TIKTOKEN)) is None or not isinstance(ours.model, BytePairs):
        return None
    match ours.pre_tokenizer:
        case Split(pattern) | InTurn((Split(pattern),)):
            pass
        case InTurn((_, Split(pattern))):
            pattern = r"\p{N}|" + pattern
        case _:
            return None
    ranks = {token: i for i, token in reversed(list(enumerate(ours.model.tokens))) if token}
    for byte in range(256):  # it needs all of them
        ranks.setdefault(bytes([byte]), len(ours.model.tokens) + byte)
    return package.Encoding(ours.name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={}).encode_ordinary


def tokenizers_encode(ours: Tokenizer) -> Encode:
    """tokenizers on our tokenizer written as its JSON; it works out offsets too, as ours does."""
    from tokenizers import Tokenizer as HuggingFace

    from explorer.zoo.tokenizers.writing import written

    made: Any = HuggingFace.from_str(written(ours).decode())
    made.encode_special_tokens = True
    return lambda text: made.encode(text, add_special_tokens=False).ids


def sentencepiece_encode(report: Report, name: str) -> Encode | None:
    """sentencepiece on a model made of the pieces and scores of our file of LLaMA 2."""
    if (package := report.peer(SENTENCEPIECE)) is None:
        return None
    from sentencepiece import sentencepiece_model_pb2

    found = contents(shelf.find(name))
    assert found.scores is not None
    messages: Any = sentencepiece_model_pb2
    made = messages.ModelProto()
    special = {each["id"] for each in found.pipeline["added_tokens"]}
    for i, (token, score) in enumerate(zip(found.tokens, found.scores.astype(np.float32).tolist(), strict=True)):
        text = token.decode() or f"<unused {i}>"
        byte = len(text) == 6 and text.startswith("<0x")
        kind = _UNKNOWN if i == 0 else _BYTE if byte else _CONTROL if i in special else 1
        made.pieces.add(piece=text, score=score, type=kind)
    made.normalizer_spec.precompiled_charsmap = base64.b64decode("")
    made.normalizer_spec.remove_extra_whitespaces = False
    made.trainer_spec.model_type, made.trainer_spec.byte_fallback = 2, True
    made.trainer_spec.unk_id, made.trainer_spec.bos_id, made.trainer_spec.eos_id, made.trainer_spec.pad_id = 0, 1, 2, -1
    return package.SentencePieceProcessor(model_proto=made.SerializeToString()).encode


def plain_encode(ours: Tokenizer) -> Encode:
    """minbpe's way in plain Python: the regex module cuts, and in each piece the neighbours of lowest rank are joined
    wherever they stand, counted anew each time."""
    import regex

    assert isinstance(ours.model, BytePairs)
    assert isinstance(ours.pre_tokenizer, Split)
    ranks = {token: i for i, token in reversed(list(enumerate(ours.model.tokens))) if token}
    pattern = regex.compile(ours.pre_tokenizer.pattern)

    def encode(text: str) -> list[int]:
        return [i for piece in pattern.findall(text) for i in _joined(piece.encode(), ranks)]

    return encode


def _joined(piece: bytes, ranks: dict[bytes, int]) -> list[int]:
    """A piece's ids.

    >>> _joined(b"lowlo", {b"l": 0, b"o": 1, b"w": 2, b"lo": 3, b"low": 4})
    [4, 3]
    """
    parts = [bytes([byte]) for byte in piece]
    while len(parts) > 1:
        pairs = {left + right for left, right in pairwise(parts)}
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        made, at = [], 0
        while at < len(parts):
            two = b"".join(parts[at : at + 2])
            step = 2 if two == best and at + 1 < len(parts) else 1
            made.append(b"".join(parts[at : at + step]))
            at += step
        parts = made
    return [ranks[part] for part in parts]
