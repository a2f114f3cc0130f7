"""Google's sentencepiece on a vocabulary of ours: the other opinion on cuts, their scores, and draws.

It reads a model as a protobuf message, of which three fields are enough; the text comes to it as it is, with ▁ for a
space.
"""

from __future__ import annotations

import io
import struct
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from explorer.stack.tokenization.unigram import Unigram

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

MARK = "▁"
_NORMAL, _UNKNOWN, _UNUSED = 1, 2, 5
_UNIGRAM = 1


class Peer:
    """A vocabulary in the library."""

    def __init__(self, model: Unigram) -> None:
        from sentencepiece import SentencePieceProcessor, __version__

        self.name = f"sentencepiece {__version__}"
        self._library: SentencePieceProcessor = SentencePieceProcessor(model_proto=message(model))

    def pieces(self, text: str) -> tuple[str, ...]:
        """The best cut; unknown characters side by side are one piece."""
        return tuple(map(_spaced, self._library.encode(text.replace(" ", MARK), out_type=str)))

    def n_best(self, text: str, n: int) -> list[float]:
        """The log-probabilities of the `n` best cuts."""
        found = self._library.nbest_encode(text.replace(" ", MARK), nbest_size=n, return_type="proto")
        return [each.score for each in found.nbests]

    def draws(self, text: str, draws: int, alpha: float, seed: int) -> Counter[tuple[str, ...]]:
        """Cuts drawn by the library, and how often each came."""
        import sentencepiece

        sentencepiece.set_random_generator_seed(seed)
        marked = text.replace(" ", MARK)
        found: Counter[tuple[str, ...]] = Counter()
        for _ in range(draws):
            pieces = self._library.encode(marked, out_type=str, enable_sampling=True, nbest_size=-1, alpha=alpha)
            found[tuple(map(_spaced, pieces))] += 1
        return found


def _spaced(piece: str) -> str:
    return piece.replace(MARK, " ")


def trained(text: str, size: int) -> Unigram:
    """The vocabulary that the library's own trainer learns from a text. Raises RuntimeError where it cannot."""
    import sentencepiece

    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text.split("\n")), model_writer=made, vocab_size=size, model_type="unigram",
        num_threads=1, normalization_rule_name="identity", character_coverage=1.0, minloglevel=3, bos_id=-1, eos_id=-1,
        hard_vocab_limit=False,
    )  # fmt: skip
    library = sentencepiece.SentencePieceProcessor(model_proto=made.getvalue())
    ids = range(library.get_piece_size())
    unknown = library.unk_id()
    tokens = tuple(b"" if i == unknown else _spaced(library.id_to_piece(i)).encode() for i in ids)
    return Unigram(tokens, np.array([library.get_score(i) for i in ids]), unknown)


def message(model: Unigram) -> bytes:
    """The model as sentencepiece's protobuf message: pieces, the kind of model, a normalizer that does nothing.

    >>> message(Unigram((b"", b" a"), np.array([0.0, -1.0]), unknown=0))[:2].hex()  # field 1, of 19 bytes
    '0a13'
    """
    return b"".join(_fields(model))


def _fields(model: Unigram) -> Iterator[bytes]:
    seen: set[bytes] = set()
    scores = model.log_probabilities.astype(np.float32).tolist()
    for i, (token, score) in enumerate(zip(model.tokens, scores, strict=True)):
        usable = bool(token) and token not in seen
        kind = _UNKNOWN if i == model.unknown else _NORMAL if usable else _UNUSED
        seen.add(token)
        name = token.replace(b" ", MARK.encode()) if kind == _NORMAL else b"<%d unused>" % i
        yield _nested(1, _nested(1, name) + b"\x15" + struct.pack("<f", score) + _number(3, kind))
    yield _nested(2, _number(3, _UNIGRAM) + _number(40, model.unknown))
    yield _nested(3, _nested(1, b"identity") + _number(3, 0) + _number(4, 0))


def _nested(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
