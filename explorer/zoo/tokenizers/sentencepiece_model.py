"""SentencePiece's .model, a protobuf message, read by the classes that sentencepiece itself brings."""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.errors import UnsupportedModelError, WeightsDamagedError
from explorer.zoo.tokenizers.contents import Contents
from explorer.zoo.tokenizers.sentencepiece_vocabulary import Vocabulary, contents_of

UNIGRAM, BPE = 1, 2


def read(raw: bytes, name: str) -> Contents:
    """Raises WeightsDamagedError for what is no such message, UnsupportedModelError for a model of words or
    characters, or with a setting that is not followed."""
    from google.protobuf.message import DecodeError
    from sentencepiece import sentencepiece_model_pb2

    messages: Any = sentencepiece_model_pb2  # its classes are made when it is imported
    model = messages.ModelProto()
    try:
        model.ParseFromString(raw)
    except DecodeError as error:
        raise WeightsDamagedError(f"{name} is not a SentencePiece model.", "Fetch or copy it again.") from error
    if not model.pieces:
        raise WeightsDamagedError(f"{name} is not a SentencePiece model: it has no pieces.", "Fetch or copy it again.")
    trainer, normalizer = model.trainer_spec, model.normalizer_spec
    if trainer.model_type not in (UNIGRAM, BPE):
        raise UnsupportedModelError(
            f"{name} is a SentencePiece model of whole words or characters.",
            "The explorer reads unigram and BPE models.",
        )
    if trainer.treat_whitespace_as_suffix or not normalizer.escape_whitespaces:
        raise UnsupportedModelError(
            f"{name} puts spaces after words, or marks them by another sign than ▁.", "Use sentencepiece itself."
        )
    return contents_of(
        Vocabulary(
            name,
            trainer.model_type == UNIGRAM,
            [piece.piece for piece in model.pieces],
            np.array([piece.score for piece in model.pieces], np.float32),
            [piece.type for piece in model.pieces],
            normalizer.precompiled_charsmap,
            normalizer.add_dummy_prefix,
            normalizer.remove_extra_whitespaces,
        )
    )
