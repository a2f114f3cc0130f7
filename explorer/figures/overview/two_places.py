"""Which positions and tokens of two runs belong together.

Runs need not be of one prompt, nor of one model. Tokens are compared by their bytes; positions are brought together by
the longest blocks that both texts share (Ratcliff and Metzener 1988, `difflib`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from explorer.stack.worst import worst
from explorer.tracing.trace import Trace
from explorer.zoo.model import Model
from explorer.zoo.vocabulary import Vocabulary


class Run(NamedTuple):
    """A run and the model that made it."""

    model: Model
    trace: Trace

    def pieces(self) -> list[bytes]:
        return [self.model.vocabulary.bytes(token.id) for token in self.trace.tokens]

    def label(self, token: int) -> str:
        return self.model.vocabulary.label(token)


# ---- which positions and tokens belong together ----------------------------------------------------------------------

Pair = tuple[int | None, int | None]


def aligned(one: Sequence[bytes], other: Sequence[bytes]) -> list[Pair]:
    """The positions of two texts, each beside its counterpart or beside nothing.

    >>> aligned([b"The", b" cat", b" sat"], [b"The", b" dog", b" sat", b"."])
    [(0, 0), (1, 1), (2, 2), (None, 3)]
    """
    pairs: list[Pair] = []
    for _, a, b, c, d in SequenceMatcher(None, one, other).get_opcodes():
        pairs += zip_longest(range(a, b), range(c, d))
    return pairs


def counterpart(pairs: Sequence[Pair], position: int, one: Trace, other: Trace) -> int:
    """The second run's position for one of the first's: the last of the prompt for the last of the prompt, otherwise
    the aligned one, or the last aligned before it."""
    if position == one.n_prompt - 1:
        return other.n_prompt - 1
    found = [right for left, right in pairs if left is not None and left <= position and right is not None]
    return found[-1] if found else 0


def one_vocabulary(one: Run, other: Run) -> bool:
    """Whether an id means the same token in both."""
    return same_tokens(one.model.vocabulary, other.model.vocabulary)


def same_tokens(one: Vocabulary, other: Vocabulary) -> bool:
    """Whether each id is of the same bytes in both."""
    return one is other or (len(one) == len(other) and one.ids_by_bytes == other.ids_by_bytes)


def translated(token: int, one: Run, other: Run) -> int | None:
    """The other run's id of a token, by its bytes; None where its vocabulary has none."""
    if one.model.vocabulary is other.model.vocabulary:
        return token
    found = other.model.vocabulary.ids_by_bytes.get(one.model.vocabulary.bytes(token))
    return found if found is not None and found < other.model.dims.d_vocab else None


# ---- what is compared ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Two runs at positions that belong together, and the two tokens whose logits are compared."""

    one: Run
    other: Run
    at: int
    there: int
    pairs: tuple[Pair, ...]
    targets: tuple[tuple[int, int], ...]
    """(id in the first run's vocabulary, id in the second's), one or two: the first run's answer, and the second's."""

    @classmethod
    def of(cls, one: Run, other: Run, position: int, target: int, pairs: Sequence[Pair] | None = None) -> Place:
        """`target` is the first run's token; where the second's vocabulary lacks it, its likeliest that both have."""
        pairs = aligned(one.pieces(), other.pieces()) if pairs is None else pairs
        there = counterpart(pairs, position, one.trace, other.trace)
        mine = one.trace.logits[position].topk(min(64, one.model.dims.d_vocab)).indices.tolist()
        theirs = other.trace.answer(there)
        back = translated(theirs, other, one)
        wanted = [target, *([back] if back is not None else []), *mine]
        both = [(token, translated(token, one, other)) for token in dict.fromkeys(wanted)]
        known = [(token, found) for token, found in both if found is not None]
        return cls(one, other, position, there, tuple(pairs), tuple(known[:2]))

    @property
    def runs(self) -> tuple[tuple[Run, int], tuple[Run, int]]:
        """Each run with its position."""
        return (self.one, self.at), (self.other, self.there)

    def labels(self) -> list[str]:
        return [self.one.label(token) for token, _ in self.targets]

    def distributions(self) -> list[Float[Tensor, " d_vocab"]]:
        """What each run says next; logarithms, float64."""
        return [run.trace.logits[at].double().log_softmax(-1) for run, at in self.runs]


def remade_error(place: Place) -> float:
    """The largest distance of either distribution from the one that its last stream gives, through the model's own
    norm and unembedding."""
    errors = []
    for (run, at), log_p in zip(place.runs, place.distributions(), strict=True):
        again = run.trace.lens_logits(at)[-1].double().softmax(-1)
        errors.append(float((again - log_p.exp()).abs().max()))
    return worst(errors)


def same(place: Place, pair: Pair) -> bool:
    """Whether two tokens stand beside each other, and have the same bytes."""
    left, right = pair
    if left is None or right is None:
        return False
    one, other = place.one, place.other
    return one.model.vocabulary.bytes(one.trace.tokens[left].id) == other.model.vocabulary.bytes(
        other.trace.tokens[right].id
    )
