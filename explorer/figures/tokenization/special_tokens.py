"""A conversation as the chat template wrote it, what special tokens are for, and one text read in two ways.

What is said of a special token comes from the model's own files where these say something: its role in the tokenizer
(`bos_token`), whether its template writes it, whether replies end at it. Otherwise its name is explained, as it is used
by those who introduced it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from jaxtyping import Float
from torch import Tensor

from explorer.figures.payload import Payload
from explorer.figures.tokenization.special_tokens_beside import ConversationBeside

if TYPE_CHECKING:
    from explorer.zoo.chat import Written

#: role in the tokenizer -> what it is for
ROLES = {
    "bos": "begins a text",
    "eos": "ends a text",
    "pad": "pads the shorter texts of a batch; the model learns nothing from it",
    "unk": "replaces what the vocabulary cannot write",
    "sep": "separates two texts",
    "cls": "begins a text; an encoder’s summary is read here",
    "mask": "hides a token that the model guesses",
}

#: pattern of a name -> what tokens of that name are for
NAMES: tuple[tuple[str, str], ...] = (
    (r"unused|reserved|extra_id|PAD\d", "kept free: its makers gave it no meaning"),
    (r"im_start|start_of_turn|start_header|\[INST", "begins a turn; the speaker’s role follows"),
    (r"end_header", "ends the speaker’s role"),
    (r"im_end|end_of_turn|eot|\[/INST|\|end\|", "ends a turn"),
    (r"endoftext|end_of_text", "ends a document of the training text"),
    (r"begin_of_text", "begins a text"),
    (r"fim|middle|prefix|suffix", "marks a gap in code that the model fills"),
    (r"tool|function", "marks a tool call or its result"),
    (r"think", "marks the reasoning before an answer"),
    (r"repo|file|gh_|commit", "marks a code file and its origin in the training text"),
    (r"issue", "marks a discussion about code in the training text"),
    (r"jupyter|empty_output", "marks a notebook cell or its output in the training text"),
    (r"image|vision|video|audio|img", "stands for an image or a sound"),
    (r"^<s>$|^\[CLS\]$", "begins a text"),
    (r"^</s>$|^\[SEP\]$", "ends a text"),
)


def meaning(name: str, roles: Sequence[str]) -> str:
    """What a special token is for: by its roles, then by its name.

    >>> meaning("<|im_end|>", ["eos", "pad"])
    'ends a text; pads the shorter texts of a batch; the model learns nothing from it; ends a turn'
    >>> meaning("<unused7>", [])
    'kept free: its makers gave it no meaning'
    """
    said = [ROLES[role] for role in roles if role in ROLES]
    by_name = next((words for pattern, words in NAMES if re.search(pattern, name, re.IGNORECASE)), None)
    if by_name and by_name not in said:
        said.append(by_name)
    return "; ".join(said) or "unknown: the name does not tell"


@dataclass(frozen=True, kw_only=True)
class TemplatePiece:
    """A part of the template that writes or decides."""

    kind: Literal["text", "value", "statement"]
    source: str
    line: int
    depth: int
    """In how many loops, branches and macros it stands."""


@dataclass(frozen=True, kw_only=True)
class TemplateChunk:
    """What a piece wrote, once, as tokens: those that begin in it."""

    piece: int
    turn: int
    """-1 where it belongs to none."""
    text: str
    tokens: list[int]
    """Indices of the conversation's ids."""


@dataclass(frozen=True, kw_only=True)
class ChatTurn:
    """A turn as it was given."""

    role: str
    content: str


@dataclass(frozen=True, kw_only=True)
class SpecialTokensConversation(Payload):
    """A conversation, the template that writes it, and its tokens."""

    reason: str
    """Why there is none; empty if there is one."""
    turns: list[ChatTurn]
    answer: bool
    """The text goes on to where the model's own turn begins."""
    pieces: list[TemplatePiece]
    chunks: list[TemplateChunk]
    ids: list[int]
    special: list[bool]
    said: list[bool]
    """The token holds a character that was said, not written by the template."""
    lead: list[int]
    """What the tokenizer itself puts before a text without a template."""
    names: list[str]
    """Special tokens that were named in what was said."""
    base: ConversationBeside | None = None


@dataclass(frozen=True, kw_only=True)
class SpecialToken:
    """One special token."""

    id: int
    roles: list[str]
    words: str
    template: bool
    """The template names it."""
    stops: bool
    """A reply ends at it."""
    lead: bool
    """The tokenizer puts it before every text."""
    norm: float | None
    """Length of its row in the embedding; None if there is no row."""


@dataclass(frozen=True, kw_only=True)
class SpecialTokensTable(Payload):
    """Those of a vocabulary, the ones with a role first."""

    tokens: list[SpecialToken]
    count: int
    """Of all."""
    d_vocab: int
    typical_norm: float
    """Median length of an embedding row."""
    template: bool


@dataclass(frozen=True, kw_only=True)
class ReadSide:
    """One way to read the text."""

    ids: list[int]
    special: list[bool]
    next_ids: list[int]
    next_p: Float[Tensor, " next"]
    text: list[int]
    """What the model then writes, greedily."""
    done: bool


@dataclass(frozen=True, kw_only=True)
class SpecialTokensInjection(Payload):
    """The same characters, their special names read as text and as tokens."""

    reason: str
    """Why there is nothing to compare; empty if there is."""
    said: str
    usual: str
    """A text that is tried where none is written."""
    tried: list[float]
    """What each forged conversation that was tried does to the next token, KL in nats, the one shown first; none where
    a person has written one."""
    first: int
    """Index of the first token that differs."""
    start: int
    """Index of the first token of what was typed."""
    after: int
    """Tokens of the template behind it."""
    text: ReadSide | None
    token: ReadSide | None
    kl: float | None
    """D(text || token) of the next token, nats."""
    other: Float[Tensor, "2 next"] | None
    """Of each side's likeliest next tokens, the other side's probability."""


def depths(sources: Sequence[tuple[str, str]]) -> list[int]:
    """How deep each piece stands, from (kind, source).

    >>> depths([("statement", "{% for m in x %}"), ("value", "{{ m }}"), ("statement", "{% endfor %}")])
    [0, 1, 0]
    """
    found, depth = [], 0
    for kind, source in sources:
        word = re.match(r"\{%[-+]?\s*(\w+)", source)[1] if kind == "statement" else ""  # type: ignore[index]
        block = word == "set" and "=" not in source
        closes, middle = word.startswith("end"), word in ("else", "elif")
        depth -= closes
        found.append(max(0, depth - middle))
        depth += word in ("for", "if", "macro", "call", "filter", "block", "generation", "with") or block
    return found


def conversation(
    written: Written, turns: Sequence[tuple[str, str]], answer: bool, ids: Sequence[int], pieces: Sequence[bytes],
    special: Sequence[bool], lead: Sequence[int], names: Sequence[str],
) -> SpecialTokensConversation:  # fmt: skip
    """The tokens sorted under the chunks in which they begin; `pieces` are their bytes."""
    made = written.rendering
    chunk_ends, at = [], 0
    for chunk in made.chunks:
        at += len(chunk.text.encode())
        chunk_ends.append(at)
    said = _said_bytes(written)
    tokens: list[list[int]] = [[] for _ in made.chunks]
    is_said: list[bool] = []
    at = 0
    for index, piece in enumerate(pieces):
        if tokens:
            tokens[min(bisect_right(chunk_ends, at), len(tokens) - 1)].append(index)
        is_said.append(not special[index] and any(at < end and at + len(piece) > start for start, end in said))
        at += len(piece)
    chunks = [
        TemplateChunk(piece=each.piece, turn=-1 if each.turn is None else each.turn, text=each.text, tokens=mine)
        for each, mine in zip(made.chunks, tokens, strict=True)
    ]
    found = depths([(each.kind, each.source) for each in made.pieces])
    drawn = [
        TemplatePiece(kind=each.kind, source=each.source, line=each.line, depth=depth)
        for each, depth in zip(made.pieces, found, strict=True)
    ]
    return SpecialTokensConversation(
        reason="",
        turns=[ChatTurn(role=role, content=content) for role, content in turns],
        answer=answer,
        pieces=drawn,
        chunks=chunks,
        ids=list(ids),
        special=list(special),
        said=is_said,
        lead=list(lead),
        names=list(names),
    )


def tokens_around(written: Written, pieces: Sequence[bytes]) -> tuple[int, int]:
    """How many tokens, of these bytes, lie wholly before what the last turn said, and how many wholly behind it."""
    said = _said_bytes(written)
    if not said:
        return 0, 0
    start, end = said[-1]
    ends = list(accumulate(map(len, pieces)))
    before = bisect_right(ends, start)
    return before, sum(at - len(piece) >= end for at, piece in zip(ends, pieces, strict=True))


def _said_bytes(written: Written) -> list[tuple[int, int]]:
    """The spans of what was said, in bytes."""
    text = written.text
    return [(len(text[: each.start].encode()), len(text[: each.end].encode())) for each in written.spans or ()]
