"""A byte-level tokenizer as GGUF holds it: tokens, their kinds, merges, and the name of the split before the merges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from explorer.errors import UnsupportedModelError
from explorer.stack.tokenization import patterns

if TYPE_CHECKING:
    from gguf import GGUFWriter


def add_tokenizer(writer: GGUFWriter, tokenizer: Any, d_vocab: int) -> None:
    """Raises UnsupportedModelError for a tokenizer that is not byte-level BPE, or whose split has no known name."""
    from gguf import TokenType

    pipeline = json.loads(tokenizer.backend_tokenizer.to_str())
    model = pipeline["model"]
    if model["type"] != "BPE" or "ByteLevel" not in json.dumps(pipeline["decoder"]):
        raise UnsupportedModelError(
            "Its tokenizer is not byte-level BPE, the only kind that is written.",
            "A model that was made from a GGUF file is written with that file's tokenizer.",
        )
    added = {each["id"]: each for each in pipeline["added_tokens"]}
    tokens = {i: token for token, i in model["vocab"].items()} | {i: each["content"] for i, each in added.items()}
    kinds = {i: TokenType.CONTROL if each["special"] else TokenType.USER_DEFINED for i, each in added.items()}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(split_name(pipeline["pre_tokenizer"], pipeline["normalizer"]))
    writer.add_token_list([tokens.get(i, f"[PAD{i}]") for i in range(d_vocab)])
    writer.add_token_types(
        [kinds.get(i, TokenType.NORMAL if i in tokens else TokenType.UNUSED) for i in range(d_vocab)]
    )
    writer.add_token_merges([each if isinstance(each, str) else " ".join(each) for each in model["merges"]])
    for name in ("bos", "eos", "unk", "pad"):
        token = getattr(tokenizer, f"{name}_token_id")
        if token is not None:
            getattr(writer, f"add_{name}_token_id")(token)
    writer.add_add_bos_token(bool(tokenizer("a")["input_ids"][:1] == [tokenizer.bos_token_id]))
    if template := getattr(tokenizer, "chat_template", None):
        writer.add_chat_template(template)


def split_name(split: dict[str, Any] | None, normalizer: dict[str, Any] | None = None) -> str:
    """llama.cpp's name for the split of text before the merges, and for how its makers normalize.

    >>> plain = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
    >>> split_name(plain), split_name(plain, {"type": "NFC"})
    ('gpt-2', 'olmo')
    """
    if normalizer not in (None, {"type": "NFC"}):
        raise UnsupportedModelError(
            f"Its tokenizer normalizes text ({normalizer['type']}), and a GGUF file of a byte-level one cannot say so.",
            "A model that was made from a GGUF file is written with that file's tokenizer.",
        )
    composed = normalizer is not None
    parts = [] if split is None else split["pretokenizers"] if split["type"] == "Sequence" else [split]
    kinds = [each["type"] for each in parts]
    plain = bool(parts) and parts[-1].get("use_regex", True) and not parts[-1].get("add_prefix_space")
    if kinds == ["ByteLevel"] and plain:
        return "olmo" if composed else "gpt-2"
    if not composed and kinds == ["Digits", "ByteLevel"] and plain and parts[0]["individual_digits"]:
        return "smollm"
    if kinds == ["Split", "ByteLevel"] and not parts[1].get("use_regex", True):
        cut = parts[0]["pattern"], parts[0]["behavior"], parts[0].get("invert", False)
        if cut == ({"Regex": patterns.QWEN_2}, "Isolated", False):
            return "qwen2" if composed else "stablelm2"
    raise UnsupportedModelError(
        "Its tokenizer splits text in a way that llama.cpp has no name for here.",
        "A model that was made from a GGUF file is written with that file's tokenizer.",
    )
