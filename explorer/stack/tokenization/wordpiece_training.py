"""Training of WordPiece as the libraries do it today: BPE in which a character within a word is another token.

    "hugs" begins as h ##u ##g ##s; joining ##u and ##g gives ##ug

The published WordPiece (Schuster and Nakajima 2012, "Japanese and Korean Voice Search") joins the pair that raises the
text's likelihood most, its count divided by those of its two tokens; its trainer was never released, and Hugging Face's
WordPieceTrainer counts pairs as BPE does. This one gives the same vocabulary. Where pairs are equally frequent that
trainer goes by its own numbering of the ##-characters, which follows a hash table and may differ from run to run; here
they are numbered in the order of the characters, unless said otherwise.

>>> trained = train({"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5})
>>> [trained.tokens[event.token].decode() for event in trained.events(4)]
['##ug', '##un', 'hug', 'pun']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from explorer.stack.tokenization.bpe_training import Rules, Training, Words

CONTINUING = "##"


def train(words: Mapping[str, int], alphabet: Sequence[str] | None = None) -> Training:
    """A training on these words, before its first merge. `alphabet` says in which order the tokens of one character
    are numbered."""
    if alphabet is None:
        alphabet = tokens_of_one_character(words)
    ids = {token: i for i, token in enumerate(alphabet)}
    spelled: dict[tuple[int, ...], int] = {}
    for word, count in words.items():
        row = tuple(ids[CONTINUING * (i > 0) + letter] for i, letter in enumerate(word))
        spelled[row] = spelled.get(row, 0) + count
    rules = Rules(continuing=CONTINUING.encode())
    return Training(Words.of(spelled), [token.encode() for token in alphabet], rules)


def tokens_of_one_character(words: Mapping[str, int]) -> list[str]:
    """All characters, then those that stand within a word, as such; each in the characters' order.

    >>> tokens_of_one_character({"ab": 1})
    ['a', 'b', '##b']
    """
    every = sorted({letter for word in words for letter in word})
    within = sorted({letter for word in words for letter in word[1:]})
    return [*every, *(CONTINUING + letter for letter in within)]
