"""The field's own libraries on the same files: what the explorer's tokenizers are compared with."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cache
from typing import Any
from unittest import mock

import numpy as np
import sentencepiece
import tiktoken
import tokenizers as hugging_face
from sentencepiece import sentencepiece_model_pb2

from explorer.stack.tokenization.text import well_formed
from explorer.zoo import tokenizers as shelf
from explorer.zoo.tokenizers.contents import Contents
from explorer.zoo.tokenizers.sentencepiece_vocabulary import Piece
from explorer.zoo.tokenizers.shelf import contents

TIKTOKEN = ("gpt2", "cl100k", "o200k")
SENTENCEPIECE = ("llama2", "xlmr")
TOKENIZERS = ("mistral", "llama3", "gemma3", "qwen2", "smollm2", "minilm")


@cache
def of_tiktoken(name: str) -> tiktoken.Encoding:
    """tiktoken's pattern and special tokens, around the ranks of our file."""
    from tiktoken_ext import openai_public

    ranks = {token: rank for rank, token in enumerate(contents(shelf.find(name)).tokens) if token}
    with (
        mock.patch.object(openai_public, "load_tiktoken_bpe", return_value=ranks),
        mock.patch.object(openai_public, "data_gym_to_mergeable_bpe_ranks", return_value=ranks),
    ):
        make = {"gpt2": openai_public.gpt2, "cl100k": openai_public.cl100k_base, "o200k": openai_public.o200k_base}
        return tiktoken.Encoding(**make[name]())


@cache
def of_sentencepiece(name: str) -> sentencepiece.SentencePieceProcessor:
    """sentencepiece on a model made of our file's pieces, scores and character map."""
    return sentencepiece.SentencePieceProcessor(model_proto=model_proto(contents(shelf.find(name))).SerializeToString())


def model_proto(found: Contents) -> Any:
    """A .model of the contents of a GGUF file."""
    messages: Any = sentencepiece_model_pb2
    made = messages.ModelProto()
    special = {each["id"] for each in found.pipeline["added_tokens"]}
    unigram = found.algorithm == "Unigram"
    assert found.scores is not None
    unknown = found.pipeline["model"]["unk_id"] if unigram else 0
    for i, (token, score) in enumerate(zip(found.tokens, found.scores.astype(np.float32).tolist(), strict=True)):
        text = token.decode() or f"<unused {i}>"
        byte = len(text) == 6 and text.startswith("<0x")
        kind = Piece.UNUSED if not token else Piece.BYTE if byte else Piece.CONTROL if i in special else Piece.NORMAL
        made.pieces.add(piece=text, score=score, type=Piece.UNKNOWN if i == unknown else kind)
    steps = found.pipeline["normalizer"]["normalizers"]
    blobs = [each["precompiled_charsmap"] for each in steps if each["type"] == "Precompiled"]
    made.normalizer_spec.precompiled_charsmap = base64.b64decode(blobs[0]) if blobs else b""
    made.normalizer_spec.add_dummy_prefix = any(each["type"] == "Prepend" for each in steps)
    made.normalizer_spec.remove_extra_whitespaces = any("Regex" in each.get("pattern", "") for each in steps)
    made.trainer_spec.model_type = 1 if unigram else 2
    made.trainer_spec.byte_fallback = bool(found.pipeline["model"]["byte_fallback"])
    made.trainer_spec.unk_id = unknown
    made.trainer_spec.bos_id, made.trainer_spec.eos_id = (0, 2) if unigram else (1, 2)
    made.trainer_spec.pad_id = 1 if unigram else -1
    return made


@cache
def of_tokenizers(name: str) -> Any:
    """tokenizers on our file, special tokens in a text being text."""
    made = hugging_face.Tokenizer.from_file(str(shelf.file_of(name)))
    made.encode_special_tokens = True
    made.no_padding()
    made.no_truncation()
    return made


def ids(name: str, texts: Sequence[str]) -> list[list[int]]:
    """The library's ids of each text."""
    texts = [well_formed(text) for text in texts]
    if name in TIKTOKEN:
        return of_tiktoken(name).encode_ordinary_batch(texts, num_threads=1)
    if name in SENTENCEPIECE:
        return of_sentencepiece(name).encode(texts)
    return [found.ids for found in of_tokenizers(name).encode_batch_fast(texts, add_special_tokens=False)]
