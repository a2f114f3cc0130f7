"""tiktoken's vocabularies: each token in base64 with its rank, which is its id and the order of merging at once.

Two forms are read. A `.tiktoken` file has a line a token, "IQ== 0". npm's js-tiktoken writes a module whose one object
holds lines "! FIRST TOKEN TOKEN ...", of tokens that are numbered on from FIRST, with pattern and special tokens.

>>> found = read(b"YQ== 0\\nYg== 1\\nYWI= 2\\n", "example.tiktoken")
>>> list(found.tokens), found.algorithm
([b'a', b'b', b'ab'], 'BPE')
"""

from __future__ import annotations

import base64
import binascii
from pathlib import PurePath
from typing import Any

import orjson

from explorer.errors import WeightsDamagedError
from explorer.zoo.tokenizers.contents import Contents

AGAIN = "Fetch or copy it again."
MOST = 4_000_000
"""Ids: twenty times o200k's."""

CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""The pattern of a file that names none."""


def read(raw: bytes, name: str) -> Contents:
    """Raises WeightsDamagedError for a line that is no token and rank, or ranks with a gap or given twice."""
    described: dict[str, Any] = {}
    try:
        if name.endswith(".js"):
            described = orjson.loads(raw.strip().removeprefix(b"export default ").removesuffix(b";"))
            ranks = _numbered(described["bpe_ranks"])
        else:
            ranks = _lines(raw)
    except (ValueError, KeyError, AttributeError, TypeError, binascii.Error) as error:
        raise WeightsDamagedError(f"{name} holds no ranks: {str(error)[:120]}", AGAIN) from error
    if not ranks or max(ranks) >= MOST:
        raise WeightsDamagedError(f"{name} holds {'no' if not ranks else 'absurdly high'} ranks.", AGAIN)
    tokens = [ranks.get(rank, b"") for rank in range(max(ranks) + 1)]
    specials: dict[str, int] = described.get("special_tokens", {}) or _known_specials(PurePath(name).stem)
    split = {"type": "Split", "pattern": {"Regex": described.get("pat_str", CL100K)}, "behavior": "Isolated"}
    pipeline = {
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{**split, "invert": False}, _BYTES]},
        "decoder": _BYTES,
        "post_processor": None,
        # tiktoken takes a piece that is a token whole before it merges anything.
        "model": {"type": "BPE", "ignore_merges": True},
        "added_tokens": [{"id": i, "content": text, "special": True} for text, i in specials.items()],
    }
    return Contents("BPE", tokens, pipeline, byte_level=True)


_BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}


def _lines(raw: bytes) -> dict[int, bytes]:
    ranks: dict[int, bytes] = {}
    for line in raw.splitlines():
        if line.strip():
            token, rank = line.split()
            if int(rank) in ranks or int(rank) < 0:
                raise ValueError(f"rank {int(rank)} occurs twice or is below 0")
            ranks[int(rank)] = base64.b64decode(token, validate=True)
    return ranks


def _numbered(text: str) -> dict[int, bytes]:
    ranks: dict[int, bytes] = {}
    for line in text.splitlines():
        mark, first, *tokens = line.split(" ")
        if mark != "!":
            raise ValueError("a line does not begin with !")
        ranks.update({int(first) + i: base64.b64decode(token) for i, token in enumerate(tokens)})
    return ranks


def _known_specials(stem: str) -> dict[str, int]:
    """Special tokens of files by their published name; a .tiktoken file does not hold them."""
    fill = {"<|fim_prefix|>": 100258, "<|fim_middle|>": 100259, "<|fim_suffix|>": 100260}
    return {
        "r50k_base": {"<|endoftext|>": 50256},
        "p50k_base": {"<|endoftext|>": 50256},
        "cl100k_base": {"<|endoftext|>": 100257, **fill, "<|endofprompt|>": 100276},
        "o200k_base": {"<|endoftext|>": 199999, "<|endofprompt|>": 200018},
    }.get(stem, {})
