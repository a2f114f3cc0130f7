"""A text through a byte-level tokenizer: its pieces, and of one piece every merge with the pairs that lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.stack.tokenization.bpe import (
    MergePath,
    MergeTable,
    byte_alphabet,
    merge_path,
    table_of,
)
from explorer.stack.tokenization.byte_pairs import BytePairs
from explorer.stack.tokenization.text import Aligned, utf8
from explorer.stack.tokenization.tokenizer import Tokenizer

#: A piece of more bytes is not replayed: its tree would be wider than any page.
MOST = 120

#: The reference's example (chapter 2, "BPE encoding"), merges in the order in which it lists them.
LISTED = (
    ("u", "n"), ("h", "a"), ("p", "p"), ("ha", "pp"), ("un", "happ"), ("i", "n"), ("e", "ss"), ("in", "ess"),
)  # fmt: skip
WORD = "unhappiness"
#: What it lacks, and where it must stand: anywhere before the first merge that needs it.
MISSING = ("s", "s")
SAID = ("unhapp", "iness")


@dataclass(frozen=True)
class Pretoken:
    """A piece within which merges happen."""

    data: bytes
    start: int
    """Its first byte in the text."""
    end: int
    ids: tuple[int, ...]


def pretokens(tokenizer: Tokenizer, text: str) -> tuple[Pretoken, ...]:
    """The pieces of a text and the ids of each.

    >>> import numpy as np
    >>> from explorer.stack.tokenization.patterns import GPT_2
    >>> from explorer.stack.tokenization.pre_tokenization import Split
    >>> model = BytePairs((*(bytes([byte]) for byte in range(256)), b"lo", b"low"))
    >>> [(each.data, each.ids) for each in pretokens(Tokenizer("example", (), Split(GPT_2), model), "low lo")]
    [(b'low', (257,)), (b' lo', (32, 256))]
    """
    aligned = Aligned(utf8(text))
    for normalizer in tokenizer.normalizers:
        aligned = normalizer(aligned)
    cuts = tokenizer.pre_tokenizer.cuts(aligned.data)
    begins, ends = aligned.sources(cuts[:-1], cuts[1:])
    found = tokenizer.model.encode(aligned.data, cuts)
    owner = cuts.searchsorted(found.starts, side="right") - 1
    ids = found.ids.tolist()
    bounds = owner.searchsorted(range(len(cuts)))
    return tuple(
        Pretoken(
            aligned.data[cuts[i] : cuts[i + 1]], int(begins[i]), int(ends[i]), tuple(ids[bounds[i] : bounds[i + 1]])
        )
        for i in range(len(cuts) - 1)
    )


_KEPT: dict[int, tuple[BytePairs, MergeTable]] = {}


def table(model: BytePairs) -> MergeTable:
    """The model's merges, made once: 200,000 of them take half a second."""
    kept = _KEPT.get(id(model))
    if kept is None:
        if len(_KEPT) > 2:
            _KEPT.clear()
        kept = _KEPT[id(model)] = (model, table_of(model))
    return kept[1]


def replayed(piece: bytes, rules: MergeTable) -> MergePath:
    """Every merge of a piece, though it may be a token that is looked up whole; bytes without a token fall out."""
    letters = {byte: letter for letter, byte in byte_alphabet().items()}
    symbols = "".join(letters[byte] for byte in piece if letters[byte] in rules.ids)
    return merge_path(symbols, rules, whole_first=False)


def listed(merges: Sequence[tuple[str, str]], word: str = WORD) -> MergePath:
    """A word by a list of merges, exactly as listed. Symbols are letters here; ids are places in the list, -1 a letter.

    >>> listed(LISTED).symbols, listed((MISSING, *LISTED)).symbols
    (('unhapp', 'in', 'e', 's', 's'), ('unhapp', 'iness'))
    """
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    return merge_path(word, MergeTable(ranks, {a + b: rank for (a, b), rank in ranks.items()}, ignore_merges=False))


def by_the_library(merges: Sequence[tuple[str, str]], word: str = WORD) -> tuple[str, ...]:
    """The same list in Hugging Face's tokenizers; symbols that no merge makes are in its vocabulary all the same."""
    from tokenizers import models

    names = dict.fromkeys([*word, *(part for pair in merges for part in (*pair, "".join(pair)))])
    model = models.BPE({name: i for i, name in enumerate(names)}, list(merges))
    return tuple(token.value for token in model.tokenize(word))
