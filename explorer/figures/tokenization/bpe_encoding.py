"""Byte-level BPE on one word: the pieces of a text, the contest of pairs at each step, and the tree that is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.experiments.tokenization.bpe_encoding import Pretoken
from explorer.figures.payload import Payload
from explorer.stack.tokenization.bpe import MergePath, symbol_bytes


@dataclass(frozen=True, kw_only=True)
class EncodingChoice:
    """A tokenizer that can be chosen; a note where it cannot be now."""

    name: str
    title: str
    note: str


@dataclass(frozen=True, kw_only=True)
class EncodedPiece:
    """A piece of the text and its ids."""

    text: str
    start: int
    ids: tuple[int, ...]
    lengths: tuple[int, ...]
    """Bytes of each token."""


@dataclass(frozen=True, kw_only=True)
class ContestStep:
    """One merge: the pair that won, and the rank of every pair of neighbours."""

    rank: int
    index: int
    """Of the left of the two."""
    ranks: tuple[int, ...]
    """Before the merge, of each pair from the left; -1 of one that is in no list."""
    lost: tuple[int, ...]
    """Pairs that are in the list and had to wait, the next best first."""
    symbols: tuple[str, ...]
    """After it, in hexadecimal."""
    id: int
    """Of what was made; -1 where it has none."""


@dataclass(frozen=True, kw_only=True)
class ContestPath:
    """A word's merges from bytes, or letters, to what is left."""

    start: tuple[str, ...]
    steps: tuple[ContestStep, ...]
    ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class StepsBeside:
    """The text of the run beside this one, by the tokenizer that reads it there."""

    title: str
    """Of the tokenizer."""
    same_tokenizer: bool
    same_text: bool
    n_bytes: int
    n_pieces: int
    n_tokens: int
    n_alike: int
    """Pieces that both have and cut into as long tokens."""
    pieces: tuple[EncodedPiece, ...]
    """Around the one that belongs to the chosen one."""
    first: int
    here: tuple[int, ...]
    """The number of the piece here that each belongs to; -1 of none."""
    alike: tuple[bool, ...]
    word: int
    """The number of the piece that belongs to the chosen one; -1 where none does."""
    path: ContestPath | None


@dataclass(frozen=True, kw_only=True)
class BpeEncodingSteps(Payload):
    """The text's pieces, and one of them merge by merge."""

    tokenizer: str
    title: str
    choices: tuple[EncodingChoice, ...]
    reason: str
    """Why there is nothing to show; nothing where there is."""
    source: str
    text: str
    pieces: tuple[EncodedPiece, ...]
    """Around the chosen one, where there are many."""
    first: int
    """The number of the first piece that is listed."""
    n_pieces: int
    n_tokens: int
    word: int
    """The number of the chosen piece."""
    path: ContestPath | None
    """None for a piece too long to be drawn."""
    whole: int
    """The piece's own id, where it is a token; else -1."""
    whole_first: bool
    """Whether the tokenizer looks for a whole piece before it merges."""
    by_rank: bool
    """Whether a pair's rank is the id of what it makes; else its place in a list of merges."""
    n_merges: int
    """That the vocabulary holds."""
    instead: str = ""
    """The piece of the selected token, where it takes so few merges that another word is shown."""
    base: StepsBeside | None = None


@dataclass(frozen=True, kw_only=True)
class ListedPair:
    """One merge of the reference's list, as it was used."""

    left: str
    right: str
    used: bool
    added: bool
    """Whether it is the one that the list lacks."""


@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """The word under a list of merges."""

    title: str
    pairs: tuple[ListedPair, ...]
    path: ContestPath
    pieces: tuple[str, ...]
    as_said: bool
    """Whether the pieces are those that the reference gives."""


@dataclass(frozen=True, kw_only=True)
class BpeEncodingListed(Payload):
    """The reference's example, exactly as listed and with the merge that it lacks."""

    word: str
    said: tuple[str, ...]
    runs: tuple[ListedRun, ...]


def contest(path: MergePath, ids: Mapping[str, int], letters: bool = False) -> ContestPath:
    """A path as it is drawn; of `letters`, symbols are text and not in the byte alphabet."""

    def written(symbol: str) -> str:
        return (symbol.encode() if letters else symbol_bytes(symbol)).hex()

    steps = tuple(
        ContestStep(
            rank=step.rank,
            index=step.index,
            ranks=tuple(-1 if rank is None else rank for rank in step.ranks),
            lost=step.lost,
            symbols=tuple(map(written, step.symbols)),
            id=ids.get(step.symbols[step.index], -1),
        )
        for step in path.steps
    )
    return ContestPath(start=tuple(map(written, path.start)), steps=steps, ids=path.ids)


def piece(each: Pretoken, lengths: Sequence[int]) -> EncodedPiece:
    """A piece; its bytes as text, where they are none as U+FFFD."""
    return EncodedPiece(
        text=each.data.decode("utf-8", "replace"), start=each.start, ids=each.ids, lengths=tuple(lengths)
    )


def listed_run(
    title: str, merges: Sequence[tuple[str, str]], path: MergePath, said: Sequence[str], added: tuple[str, str] | None
) -> ListedRun:
    """The word under the list; which merges were used is read from the path."""
    used = {step.rank for step in path.steps}
    pairs = tuple(
        ListedPair(left=a, right=b, used=rank in used, added=(a, b) == added) for rank, (a, b) in enumerate(merges)
    )
    names = {a + b: rank for rank, (a, b) in enumerate(merges)}
    return ListedRun(
        title=title,
        pairs=pairs,
        path=contest(path, names, letters=True),
        pieces=path.symbols,
        as_said=path.symbols == tuple(said),
    )
