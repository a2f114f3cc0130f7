"""Training of BPE as SentencePiece does it: on characters, spaces written as ▁, and with rules of its own.

Kudo and Richardson 2018 (arXiv 1808.06226). Other than in byte-level BPE

- the alphabet is the text's characters, the most frequent ones until a share of the text is covered; what is left is
  never joined with anything (and encoded as bytes, where the vocabulary has them: byte fallback);
- a word begins with its space and no token goes on behind one; letters of two scripts, and letters and digits, do not
  share a token; no token is longer than 16 characters;
- of equally frequent pairs the shorter is joined first, then the first in the order of its characters;
- a pair that spells a token that there is already is not joined again;
- the vocabulary's size is fixed first: unknown, begin and end, the bytes if wished, the merges, the characters last.

Where a text has fewer pairs than are asked for, the library goes on with pairs that no longer occur; here the
vocabulary stays smaller.

>>> trained = train(["low low low lower", "newest newest"], Settings(vocab_size=20))
>>> [piece.decode() for piece in trained.pieces[3:12]]  # 8 merges, then the characters
['lo', 'low', '▁low', 'es', 'ew', '▁n', 'est', '▁new', 'w']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import regex

from explorer.errors import ExplorerError
from explorer.stack.tokenization.bpe_training import Learned, Rules, Training, Words

SPACE = "▁"
#: Stands for a character that the alphabet lacks; lines that hold it are left out.
UNKNOWN = "▅"
META = ("<unk>", "<s>", "</s>")
#: Scripts that are told from each other; the characters of any other count as of one more. Marks that go with letters
#: of any script (Unicode's Inherited) count as of none.
SCRIPTS = (
    "Common", "Latin", "Greek", "Cyrillic", "Armenian", "Hebrew", "Arabic", "Syriac", "Thaana",
    "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala",
    "Thai", "Lao", "Tibetan", "Myanmar", "Georgian", "Hangul", "Ethiopic", "Cherokee", "Khmer", "Mongolian", "Hiragana",
    "Katakana", "Bopomofo", "Han", "Yi", "Gothic", "Tifinagh", "Coptic", "Braille", "Javanese", "Balinese", "Nko",
)  # fmt: skip
_SCRIPT = regex.compile("|".join(rf"(?P<{name}>\p{{Script={name}}})" for name in (*SCRIPTS, "Inherited", "Unknown")))


@dataclass(frozen=True)
class Settings:
    """What SentencePiece's trainer is told, by its own names."""

    vocab_size: int
    character_coverage: float = 0.9995
    byte_fallback: bool = False
    split_by_unicode_script: bool = True
    split_by_number: bool = True
    split_digits: bool = False
    max_sentencepiece_length: int = 16


@dataclass(frozen=True)
class Trained:
    """The vocabulary, in the order of its ids, and how it was learned."""

    pieces: tuple[bytes, ...]
    scores: tuple[float, ...]
    """0 for what is no piece of text; of merges and characters, minus the number of pieces before it."""
    events: tuple[Learned, ...]
    tokens: tuple[bytes, ...]
    """What the events' ids spell."""


class VocabularyTooSmallError(ExplorerError):
    """The characters alone need more room."""


def train(lines: Sequence[str], settings: Settings) -> Trained:
    """Train on lines, already normalized but for their spaces. Raises VocabularyTooSmallError."""
    marked = [SPACE + SPACE.join(line.split(" ")) for line in map(tidy, lines) if line and UNKNOWN not in line]
    letters = Counter(letter for line in marked for letter in line)
    alphabet = covering(letters, settings.character_coverage)
    meta = [*META, *(f"<0x{byte:02X}>" for byte in range(256) if settings.byte_fallback)]
    merges = settings.vocab_size - len(meta) - len(alphabet)
    if merges < 0:
        raise VocabularyTooSmallError(
            f"A vocabulary of {settings.vocab_size:,} has no room for this text's characters.",
            f"{len(meta) + len(alphabet):,} are the fewest; a smaller character coverage needs fewer.",
        )
    training = _begun(marked, alphabet, settings)
    events = tuple(training.events(merges))
    learned = [training.tokens[event.token] for event in events]
    pieces = [*learned, *(letter.encode() for letter in alphabet)]
    scores = (*(0.0 for _ in meta), *(-float(i) for i in range(len(pieces))))
    return Trained((*(each.encode() for each in meta), *pieces), scores, events, tuple(training.tokens))


def _begun(marked: Sequence[str], alphabet: Sequence[str], settings: Settings) -> Training:
    ids = {letter: i for i, letter in enumerate((*alphabet, UNKNOWN))}
    unknown = ids[UNKNOWN]
    words = Counter(SPACE + word for line in marked for word in line.split(SPACE)[1:])
    spelled: Counter[tuple[int, ...]] = Counter()
    for word, count in words.items():
        spelled[tuple(ids.get(letter, unknown) for letter in word)] += count
    may = Rules(by_spelling=True, skips_known=True, may=lambda piece: valid(piece.decode(), settings))
    return Training(Words.of(spelled), [letter.encode() for letter in ids], may)


def tidy(line: str) -> str:
    """A line without spaces at its ends and without more than one in a row.

    >>> tidy("  two   words ")
    'two words'
    """
    return " ".join(part for part in line.split(" ") if part)


def covering(letters: Counter[str], coverage: float) -> list[str]:
    """The most frequent characters that together cover this share of the text.

    >>> covering(Counter("aaaaaabbbc"), 0.9)
    ['a', 'b']
    """
    total, seen, kept = letters.total(), 0, []
    for letter, count in sorted(letters.items(), key=lambda item: (-item[1], item[0])):
        if np.float32(seen / total) >= np.float32(coverage):
            break
        kept.append(letter)
        seen += count
    return kept


def valid(piece: str, settings: Settings) -> bool:
    """Whether a piece may be a token.

    >>> rules = Settings(vocab_size=100)
    >>> [valid(piece, rules) for piece in ("▁low", "low▁", "x1", "東京タワー", "aя")]
    [True, False, False, True, False]
    """
    if len(piece) > settings.max_sentencepiece_length or SPACE in piece[1:] or not {UNKNOWN, "\0"}.isdisjoint(piece):
        return False
    digits = [letter for letter in piece if "0" <= letter <= "9"]
    if settings.split_digits and digits and len(piece) > 1:
        return False
    letters = [each for each in piece.removeprefix(SPACE) if settings.split_by_number or each not in digits]
    scripts = {script for script in map(script_of, letters) if script != "Inherited"}
    return len(scripts) <= 1 or not settings.split_by_unicode_script


@cache
def script_of(letter: str) -> str:
    """The writing system of a character; the two Japanese syllabaries count as Han.

    >>> script_of("é"), script_of("1"), script_of("タ"), script_of("ー")
    ('Latin', 'Common', 'Han', 'Han')
    """
    found = _SCRIPT.match(letter)
    name = found.lastgroup if found and found.lastgroup else "another"
    if name in ("Hiragana", "Katakana") or letter == "ー":
        return "Han"
    return "Common" if name == "Unknown" else name  # no character yet
