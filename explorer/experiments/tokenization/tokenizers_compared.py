"""Many tokenizers on one text: what each makes of it, whether it gives it back, and what the library says of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int

from explorer.errors import ExplorerError
from explorer.experiments.tokenization.lineup import Asked, Member
from explorer.fetching.progress import Progress, silent
from explorer.stack.tokenization.text import utf8
from explorer.stack.tokenization.tokenizer import Encoding, Tokenizer

#: Characters that are shown of what decoding gives.
SHOWN = 160
#: Of a tokenizer that is not at hand.
NONE: Int[np.ndarray, " text"] = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Cut:
    """What one tokenizer made of a text, or why it could not be opened."""

    member: Member
    reason: str = ""
    hint: str = ""
    size: int = 0
    found: Encoding | None = None
    written: tuple[str, ...] = ()
    """What each token stands for, where that is not what stands in the text: WordPiece's lower case, [UNK]."""
    exact: bool = False
    """decode(encode(text)) = text."""
    promised: bool = False
    given_back: str = ""
    """The beginning of what decoding gives, where it is not the text."""
    library: str = ""
    theirs: tuple[int, ...] | None = None
    """The library's ids; None where it does not read this file, or has not been asked yet."""

    @property
    def differing(self) -> int:
        """How many ids differ from the library's, place by place."""
        ours = [] if self.found is None else self.found.ids.tolist()
        if self.theirs is None:
            return 0
        return sum(a != b for a, b in zip(ours, self.theirs, strict=False)) + abs(len(ours) - len(self.theirs))


def cut(name: str, text: str, asked: Asked, progress: Progress = silent) -> Cut:
    """One tokenizer on the text. What cannot be fetched or read is said, and is no error."""
    member = asked.members[name]
    try:
        tokenizer = asked.open(name, progress).tokenizer
    except ExplorerError as error:
        return Cut(member, error.message, error.hint)
    data = utf8(text)
    found = tokenizer.encode(text)
    pieces = [tokenizer.bytes_of(i) for i in found.ids.tolist()]
    same = all(data[a:b] == piece for a, b, piece in zip(found.starts, found.ends, pieces, strict=True))
    decoded = tokenizer.decode_bytes(found.ids)
    return Cut(
        member,
        size=len(tokenizer),
        found=found,
        written=() if same else tuple(piece.decode("utf-8", "replace") for piece in pieces),
        exact=decoded == data,
        given_back="" if decoded == data else decoded.decode("utf-8", "replace")[:SHOWN],
        promised=promises(member, text),
    )


def agreed(found: Sequence[Cut]) -> tuple[int, int]:
    """Places in the text where a token of every tokenizer ends, and places where one of any of them does."""
    ends = [set(each.found.ends.tolist()) for each in found if each.found is not None]
    return len(set.intersection(*ends)) if ends else 0, len(set().union(*ends))


def held(cut: Cut, text: str, asked: Asked) -> Cut:
    """The same with what the library says of it."""
    if cut.found is None:
        return cut
    at_hand = asked.open(cut.member.name)
    return replace(cut, theirs=at_hand.ids(text), library=at_hand.reader)


def promises(member: Member, text: str) -> bool:
    """Whether the tokenizer is made to give this very text back.

    >>> from explorer.experiments.tokenization.lineup import LINEUP
    >>> [promises(LINEUP[name], "Crème ▁") for name in ("gpt2", "llama2", "minilm")]
    [True, False, False]
    """
    match member.keeps:
        case "all":
            return True
        case "composed":
            return unicodedata.is_normalized("NFC", text)
        case "spaced":
            return "▁" not in text
        case _:
            return False


def compared(text: str, names: Sequence[str], asked: Asked, progress: Progress = silent) -> Iterator[tuple[Cut, ...]]:
    """The tokenizers of those names, in their order, then the library on each: it takes longer to read the files.

    Yields after each what is known.
    """
    known: list[Cut] = []
    for at, name in enumerate(names):
        progress("Tokenizers", at, len(names))
        known.append(cut(name, text, asked, progress))
        yield tuple(known)
    for at, each in enumerate(known):
        progress("Files read by the library", at, len(names))
        known[at] = held(each, text, asked)
    yield tuple(known)


def counts(tokenizer: Tokenizer, texts: Sequence[str]) -> tuple[Int[np.ndarray, " text"], Int[np.ndarray, " text"]]:
    """Tokens of each text, and how many of them stand for what the vocabulary cannot write."""
    unknown = getattr(tokenizer.model, "unknown", -1)
    found = [tokenizer.encode(text).ids for text in texts]
    return np.array([len(ids) for ids in found], np.int64), np.array(
        [(ids == unknown).sum() for ids in found], np.int64
    )
