"""Byte-level BPE trained on texts: the alphabet is the 256 bytes, so that no text is unknown, and the tokenizer of it.

Radford et al. 2019. Bytes are numbered as Hugging Face numbers them, in the order of the letters that stand for them
(`bpe.byte_alphabet`): the printable ones first. It decides which of two equally frequent pairs is joined.

>>> from explorer.stack.tokenization.patterns import GPT_2
>>> from explorer.stack.tokenization.pre_tokenization import Split
>>> training = begin(["low lower lowest", "slow"], Split(GPT_2))
>>> events = tuple(training.events(3))
>>> tokenizer = tokenizer_of("low", training.tokens, events, Split(GPT_2))
>>> [tokenizer.bytes_of(i) for i in tokenizer.encode("lowly slow").ids.tolist()]
[b'low', b'l', b'y', b' ', b's', b'low']
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from explorer.stack.tokenization.bpe import byte_alphabet
from explorer.stack.tokenization.bpe_training import Learned, Training, Words
from explorer.stack.tokenization.byte_pairs import BytePairs
from explorer.stack.tokenization.text import utf8
from explorer.stack.tokenization.tokenizer import PreTokenizer, Tokenizer


def alphabet(specials: Sequence[str] = ()) -> list[bytes]:
    """What the first ids spell: special tokens, then the bytes.

    >>> alphabet()[:3], alphabet()[-2:], alphabet().index(b" ")
    ([b'!', b'"', b'#'], [b'\\xa0', b'\\xad'], 220)
    """
    order = byte_alphabet()
    return [*map(str.encode, specials), *(bytes([order[letter]]) for letter in sorted(order))]


def words_of(texts: Iterable[str | bytes], pre_tokenizer: PreTokenizer, specials: Sequence[str] = ()) -> Words:
    """The texts' words, in the ids of the alphabet. No word reaches from one text into the next."""
    parts, cuts, at = [], [np.zeros(1, np.int64)], 0
    for text in texts:
        data = utf8(text)
        parts.append(data)
        cuts.append(pre_tokenizer.cuts(data)[1:] + at)
        at += len(data)
    ids = np.zeros(256, np.int32)
    for i, token in enumerate(alphabet(specials)):
        if len(token) == 1:
            ids[token[0]] = i
    return Words.cut(b"".join(parts), np.concatenate(cuts)).numbered(ids)


def begin(texts: Iterable[str | bytes], pre_tokenizer: PreTokenizer, specials: Sequence[str] = ()) -> Training:
    """A training on these texts, before its first merge."""
    return Training(words_of(texts, pre_tokenizer, specials), alphabet(specials))


def tokenizer_of(
    name: str,
    tokens: Sequence[bytes],
    events: Sequence[Learned],
    pre_tokenizer: PreTokenizer,
    specials: Sequence[str] = (),
) -> Tokenizer:
    """The tokenizer after these events; a training's first so many give a smaller one. `tokens` may be more than those
    are: what was learned later is left out."""
    size = max([len(alphabet(specials)), *(event.token + 1 for event in events)])
    kept = [b"" if i < len(specials) else token for i, token in enumerate(tokens[:size])]
    merges = np.array([(event.left, event.right, event.token) for event in events], np.int64).reshape(-1, 3)
    model = BytePairs(kept, merges, whole_first=False)
    return Tokenizer(name, (), pre_tokenizer, model, {special.encode(): i for i, special in enumerate(specials)})
