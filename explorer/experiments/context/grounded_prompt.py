"""The grounded prompt of a model: passages and a question in its own chat template, as token ids cut at the passages.

What passages and question say is text: no special token is read out of it, whatever it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.errors import BadRequestError
from explorer.stack.context.grounded import Parts
from explorer.stack.context.passage_marks import Marks, marks
from explorer.stack.tokenization.chat_template import Chunk, Rendering, turn
from explorer.zoo.chat import Span, Written

if TYPE_CHECKING:
    from explorer.zoo.model import Model
    from explorer.zoo.vocabulary import Vocabulary

#: Passages that a prompt takes, and tokens of each: what is longer is cut, and said.
PASSAGES, TOKENS = 5, 160
TASK = "Answer the question in one short sentence, by what the passages say. "
UNKNOWN = "I do not know."
REFUSE = f"If they do not say it, answer: {UNKNOWN}"
_HERE = "xkPASSAGESxk"


@dataclass(frozen=True)
class Passage:
    """A passage as it is put into a prompt."""

    title: str
    text: str
    """What is left of it where it was too long."""
    ids: tuple[int, ...]
    """With its number before it."""
    dropped: int
    """Tokens that were too many."""
    marks: Marks
    special: int
    """Names of special tokens in it: read as text."""


@dataclass(frozen=True)
class Prompt:
    parts: Parts
    bare: tuple[int, ...]
    """The question alone, without a word about passages."""
    passages: tuple[Passage, ...]
    chat: bool
    """In the model's chat template."""


def prompt(model: Model, question: str, passages: Sequence[tuple[str, str]]) -> Prompt:
    """`passages`: (title, text). Raises BadRequestError without a question."""
    if not question.strip():
        raise BadRequestError("There is no question.", "Write one.")
    made = tuple(passage(model, at, *each) for at, each in enumerate(passages[:PASSAGES]))
    before, after = frame(model, f"{TASK}{REFUSE}\n\n", f"\nQuestion: {question.strip()}")
    bare = sum(frame(model, f"Answer in one short sentence. Question: {question.strip()}", ""), ())
    return Prompt(Parts(before, tuple(each.ids for each in made), after), bare, made, model.vocabulary.has_chat)


def passage(model: Model, at: int, title: str, text: str) -> Passage:
    """A passage with its number, cut to what is taken."""
    vocabulary = model.vocabulary
    text = vocabulary.writable(" ".join(text.split()))
    number, inner = plain(vocabulary, f"[{at + 1}] "), plain(vocabulary, text)
    kept = inner[:TOKENS]
    shown = text if len(kept) == len(inner) else str(model.tokenizer.decode(list(kept)))
    ids = (*number, *kept, *plain(vocabulary, "\n"))
    return Passage(title, shown, ids, len(inner) - len(kept), marks(text), len(vocabulary.named_in(text)))


def plain(vocabulary: Vocabulary, text: str) -> tuple[int, ...]:
    """The ids of a text within another: no token before it, none read out of it."""
    written = Written(Rendering((), (Chunk(text, 0, None),)), (Span(0, len(text), 0),))
    return tuple(vocabulary.ids_of(written)) if text else ()


def frame(model: Model, first: str, last: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What stands before the passages and behind them, up to where the answer begins."""
    vocabulary = model.vocabulary
    first, last = vocabulary.writable(first), vocabulary.writable(last)
    if vocabulary.has_chat:
        made = vocabulary.written([turn("user", f"{first}{_HERE}{last}")])
        at = made.text.find(_HERE)
        if made.spans and at >= 0:
            start, end = made.spans[0].start, made.spans[0].end
            head = _written(made.text[:at], start, at)
            tail = _written(made.text[at + len(_HERE) :], 0, end - at - len(_HERE))
            return tuple(vocabulary.ids_of(head)), tuple(vocabulary.ids_of(tail))
    return tuple(vocabulary.encode(first)), plain(vocabulary, f"{last}\nAnswer:")


def _written(text: str, start: int, end: int) -> Written:
    """A piece of what a template wrote, with what was said in it."""
    return Written(Rendering((), (Chunk(text, 0, None),)), (Span(start, end, 0),))
