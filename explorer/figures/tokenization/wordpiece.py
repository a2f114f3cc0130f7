"""WordPiece as it is drawn: words, the tries of one of them, and the text after each step before."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.tokenization.wordpiece import Stage, Word
from explorer.figures.payload import Payload
from explorer.stack.tokenization.wordpiece import WordPiece
from explorer.stack.tokenization.wordpiece_search import Greedy

HEAD, TAIL = 3, 9
"""Tries of one place that are drawn: the first and the last."""


@dataclass(frozen=True, kw_only=True)
class WordpieceWord:
    text: str
    source: str
    tokens: tuple[str, ...]
    """As the vocabulary writes them."""
    ids: tuple[int, ...]
    why: str
    """Why it is unknown: "long", "character", "rest"; empty where it is not."""
    better: tuple[str, ...]
    """A cut of fewer tokens, or one at all where the search gives up; empty where there is none."""


@dataclass(frozen=True, kw_only=True)
class WordpieceTry:
    text: str
    """Without "##"."""
    found: bool


@dataclass(frozen=True, kw_only=True)
class WordpieceStep:
    """The tries at one place; those between the first and the last are left out."""

    start: int
    tries: tuple[WordpieceTry, ...]
    left_out: int
    """After the first few."""
    id: int
    """Of what was found; -1 where nothing was."""


@dataclass(frozen=True, kw_only=True)
class WordpieceBeside:
    """The words of the run beside this one, and the search of the one that belongs to the chosen one."""

    shortened: bool
    words: tuple[WordpieceWord, ...]
    here: tuple[int, ...]
    """The number of the word here that each belongs to; -1 of none."""
    alike: tuple[bool, ...]
    """Whether that is the same word."""
    word: int
    """-1 where none belongs to the chosen one."""
    steps: tuple[WordpieceStep, ...]
    tries: int
    n_tokens: int


@dataclass(frozen=True, kw_only=True)
class WordpieceGreedy(Payload):
    typed: bool
    """Whether the text was typed; else it is the prompt's."""
    text: str
    shortened: bool
    instead: bool
    """Whether it is an example, since every word of the prompt is one token."""
    reason: str
    words: tuple[WordpieceWord, ...]
    word: int
    steps: tuple[WordpieceStep, ...]
    tries: int
    """Look-ups that the search of the chosen word takes."""
    missing: str
    """The character that no token holds; empty where none is missing."""
    n_vocabulary: int
    n_tokens: int
    max_characters: int
    base: WordpieceBeside | None = None


@dataclass(frozen=True, kw_only=True)
class WordpiecePart:
    text: str
    before: str


@dataclass(frozen=True, kw_only=True)
class WordpieceStage:
    name: str
    about: str
    changed: int
    parts: tuple[WordpiecePart, ...]


@dataclass(frozen=True, kw_only=True)
class BeforeBeside:
    """The text of the run beside this one after the same steps."""

    text: str
    stages: tuple[WordpieceStage, ...]
    decoded: str
    same: bool
    unknown: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class WordpieceBefore(Payload):
    text: str
    reason: str
    stages: tuple[WordpieceStage, ...]
    decoded: str
    same: bool
    """Whether decoding gives the text back."""
    unknown: tuple[str, ...]
    """Words of the text that are lost as [UNK]."""
    base: BeforeBeside | None = None


#: What each step is called and does.
STAGES = {
    "WholeCharacters": ("Characters", "a byte that is no character becomes U+FFFD"),
    "CleanText": ("Clean", "removes control characters; every kind of space becomes a space"),
    "SpaceIdeographs": ("Ideographs apart", "puts spaces around each Chinese character: each is a word"),
    "Unicode": ("Decompose", "NFD: é becomes e and an accent"),
    "StripAccents": ("Drop accents", "removes the accents"),
    "LowerCase": ("Lower case", "makes capitals small"),
}


def name_of(model: WordPiece, token: int) -> str:
    return model.vocabulary[token].decode("utf-8", "replace")


def word(model: WordPiece, found: Word) -> WordpieceWord:
    better = found.fewest if found.fewest and (found.why or len(found.fewest) < len(found.ids)) else ()
    tokens, others = (tuple(name_of(model, i) for i in ids) for ids in (found.ids, better))
    return WordpieceWord(
        text=found.text, source=found.source, tokens=tokens, ids=found.ids, why=found.why, better=others
    )


def steps(found: Greedy, prefix: str) -> tuple[WordpieceStep, ...]:
    made = []
    for step in found.steps:
        texts = [each.removeprefix(prefix) if step.start else each for each in step.tried]
        kept = texts if len(texts) <= HEAD + TAIL else texts[:HEAD] + texts[-TAIL:]
        hit = step.token >= 0
        tries = tuple(WordpieceTry(text=each, found=hit and i == len(kept) - 1) for i, each in enumerate(kept))
        made.append(WordpieceStep(start=step.start, tries=tries, left_out=len(texts) - len(kept), id=step.token))
    return tuple(made)


def stage(found: Stage) -> WordpieceStage:
    name, about = STAGES.get(found.step, (found.step, ""))
    return WordpieceStage(
        name=name,
        about=about,
        changed=found.changed,
        parts=tuple(WordpiecePart(text=p.text, before=p.before) for p in found.parts),
    )
