"""One text, three trainers: byte-level BPE, SentencePiece's BPE and WordPiece, each beside its library."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from explorer.stack.tokenization import byte_level_training, sentencepiece_bpe_training, wordpiece_training
from explorer.stack.tokenization.bpe_training import Learned
from explorer.stack.tokenization.patterns import BERT, GPT_2
from explorer.stack.tokenization.pre_tokenization import Split
from explorer.stack.tokenization.sentencepiece_bpe_training import META, SPACE, UNKNOWN, Settings
from explorer.stack.tokenization.text import well_formed

#: What SentencePiece reads as its own in a text; such lines are left out of this comparison.
SIGNS = (*META, SPACE, UNKNOWN, "\0", "\t", "\r")


@dataclass(frozen=True)
class Kind:
    """One trainer's result, and its library's."""

    alphabet: int
    """Tokens before the first merge."""
    tokens: tuple[bytes, ...]
    events: tuple[Learned, ...]
    ours: tuple[str, ...]
    library: tuple[str, ...]
    """The learned part of both vocabularies; the library's may go on where no pair is left."""

    @property
    def differing(self) -> int:
        """Places at which the library's vocabulary has another piece."""
        return sum(a != b for a, b in zip(self.ours, self.library, strict=False)) + max(
            0, len(self.ours) - len(self.library)
        )


def suitable(documents: Sequence[str]) -> list[str]:
    """The lines that all three read alike."""
    lines = [line for document in documents for line in well_formed(document).split("\n")]
    return [line for line in lines if line.strip() and not any(sign in line for sign in SIGNS)]


def byte_level(lines: Sequence[str], merges: int) -> Kind:
    """Checked where a training is walked through; here for comparison."""
    training = byte_level_training.begin(lines, Split(GPT_2))
    events = tuple(training.events(merges))
    learned = tuple(training.tokens[event.token].decode("latin-1") for event in events)
    return Kind(256, tuple(training.tokens), events, learned, learned)


def sentencepiece(lines: Sequence[str], merges: int) -> Kind:
    """Its BPE, all characters covered."""
    alphabet = len({SPACE, *"".join(lines)} - {" "})
    size = len(META) + alphabet + merges
    trained = sentencepiece_bpe_training.train(lines, Settings(size, character_coverage=1.0))
    ours = tuple(trained.tokens[event.token].decode() for event in trained.events)
    library = _sentencepiece_library(lines, size)[len(META) :]
    return Kind(alphabet, trained.tokens, trained.events, ours, library[: len(ours)])


def _sentencepiece_library(lines: Sequence[str], size: int) -> tuple[str, ...]:
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

    written = io.BytesIO()
    SentencePieceTrainer.train(  # pyright: ignore[reportAttributeAccessIssue]
        sentence_iterator=iter(lines), model_writer=written, model_type="bpe", vocab_size=size, character_coverage=1.0,
        normalization_rule_name="identity", hard_vocab_limit=False, max_sentence_length=1_000_000, num_threads=1,
        minloglevel=2,
    )  # fmt: skip
    coder = SentencePieceProcessor(model_proto=written.getvalue())
    return tuple(coder.id_to_piece(i) for i in range(coder.get_piece_size()))  # pyright: ignore


def wordpiece(lines: Sequence[str], merges: int) -> Kind:
    """On BERT's words. The library's numbering of single characters, which changes from run to run, is taken over: it
    decides between equally frequent pairs."""
    words = Counter(word for line in lines for word in _words(line))
    alphabet = len(wordpiece_training.tokens_of_one_character(words))
    library = _wordpiece_library(lines, alphabet + merges)
    training = wordpiece_training.train(words, library[:alphabet])
    events = tuple(training.events(merges))
    # A token that two pairs spell is learned once, and the library counts vocabulary, not merges.
    ours = tuple(token.decode() for token in training.tokens[alphabet:])
    return Kind(alphabet, tuple(training.tokens), events, ours, library[alphabet : alphabet + len(ours)])


def _words(line: str) -> list[str]:
    data = line.encode()
    cuts = Split(BERT).cuts(data).tolist()
    pieces = (data[a:b].decode() for a, b in pairwise(cuts))
    return [piece for piece in pieces if piece.strip()]


def _wordpiece_library(lines: Sequence[str], size: int) -> tuple[str, ...]:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    coder = Tokenizer(models.WordPiece())
    coder.pre_tokenizer = pre_tokenizers.BertPreTokenizer()  # pyright: ignore[reportAttributeAccessIssue]
    coder.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=size, show_progress=False))
    ids = coder.get_vocab()
    return tuple(sorted(ids, key=ids.__getitem__))
