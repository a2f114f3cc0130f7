"""Supervised fine-tuning: a conversation as tokens, and which of them are learnt.

A template writes the turns; the assistant's words, with the mark that ends its turn, are the answer. Every token is
predicted from those before it, but only the answer's count in the loss::

    text     <user>How many?<end><assistant>Two<end>
    learnt                                  ^^^^^^^^

Which tokens those are is asked of their **places in the text**: a token is learnt if any of its characters is of the
answer (`learnt`). Two shorter ways go wrong:

- *by the prompt's length*: tokens of the prompt alone are counted, and all behind them are learnt. Where the prompt's
  last letters and the answer's first merge into one token, prompt and answer have other tokens together than apart, and
  the count is of a text that is not there (`joint`).
- *by a slice of logits and tokens*, ``logits[n:-1]`` against ``tokens[n + 1:]`` with n tokens of prompt: position n - 1
  is what predicts the answer's first token, and it is left out. The answer's first token is never learnt (`sliced`).

>>> learnt([(0, 6), (6, 9), (9, 12)], [(6, 12)])
(False, True, True)
>>> sliced(3, 6), tuple(at for at, yes in enumerate([False] * 3 + [True] * 3) if yes)  # of six tokens, three are prompt
((4, 5), (3, 4, 5))
>>> pieces = {"a": [2], "bc": [3, 4], "abc": [1, 4]}
>>> joint(pieces.__getitem__, "a", "bc")
Joint(apart=(2, 3, 4), together=(1, 4), differs=0)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.tokenization.chat_template import Turn, render
from explorer.stack.tokenization.tokenizer import Tokenizer

Span = tuple[int, int]
"""Characters of a text, the last one not included."""
EVERYONE = -1
"""The document of tokens that all may read: a prefix, a prompt."""


@dataclass(frozen=True)
class Told:
    """A conversation as the model reads it, and where its answers stand."""

    text: str
    answers: tuple[Span, ...]
    said: tuple[str, ...] = ()
    """What people and model say, turn by turn."""


@dataclass(frozen=True)
class Example:
    """A conversation in tokens."""

    ids: tuple[int, ...]
    learnt: tuple[bool, ...]

    def cut(self, length: int) -> Example:
        return Example(self.ids[:length], self.learnt[:length])


@dataclass(frozen=True)
class Joint:
    """Prompt and answer in tokens, apart and together."""

    apart: tuple[int, ...]
    together: tuple[int, ...]
    differs: int | None
    """The first place at which they differ; None where they do not."""


def told(template: str, turns: Sequence[Turn], variables: Mapping[str, object] | None = None) -> Told:
    """A conversation through its template. An answer is what an assistant's turn adds to the text that asks for it.

    Raises BadRequestError for a template that does not ask for an answer in the way in which it writes one.

    >>> template = "{% for m in messages %}<{{m.role}}>{{m.content}}\\n{% endfor %}"
    >>> template += "{% if add_generation_prompt %}<assistant>{% endif %}"
    >>> turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
    >>> made = told(template, turns)
    >>> made.text[slice(*made.answers[0])]
    'Ho\\n'
    """
    given = dict(variables or {})
    text = render(template, turns, given | {"add_generation_prompt": False}).text
    answers: list[Span] = []
    for at, turn in enumerate(turns):
        if turn["role"] != "assistant":
            continue
        asked = render(template, turns[:at], given | {"add_generation_prompt": True}).text
        said = render(template, turns[: at + 1], given | {"add_generation_prompt": False}).text
        if not said.startswith(asked) or not text.startswith(said):
            raise BadRequestError(
                "This template writes an answer otherwise than it asks for one, so that it has no place of its own.",
                "Train without the template.",
            )
        answers.append((len(asked), len(said)))
    return Told(text, tuple(answers), tuple(turn["content"] for turn in turns))


def learnt(tokens: Sequence[Span], answers: Sequence[Span]) -> tuple[bool, ...]:
    """Of each token, by its place, whether any of it is of an answer."""
    return tuple(any(start < last and first < end for first, last in answers) for start, end in tokens)


def sliced(prompt: int, total: int) -> tuple[int, ...]:
    """The tokens that ``logits[prompt:-1]`` against ``tokens[prompt + 1:]`` learns."""
    return tuple(range(prompt + 1, total))


def joint(encode: Callable[[str], Sequence[int]], prompt: str, answer: str) -> Joint:
    """What the border between prompt and answer does to the tokens."""
    apart, together = (*encode(prompt), *encode(answer)), tuple(encode(prompt + answer))
    pairs = zip(apart, together, strict=False)
    least = min(len(apart), len(together))
    differs = next((at for at, (one, other) in enumerate(pairs) if one != other), least)
    return Joint(tuple(apart), together, None if apart == together else differs)


def example(tokenizer: Tokenizer, told: Told) -> Example:
    """In tokens; the marks that the template writes are read as such.

    Raises BadRequestError where somebody says such a mark himself: it would end his turn.
    """
    marks = tuple(tokenizer.specials)
    if mark := next((each for each in marks if any(each.decode() in said for said in told.said)), None):
        raise BadRequestError(f"A turn holds {mark.decode()!r}, which ends or begins turns.", "Leave it out.")
    found = tokenizer.encode(told.text, allowed=marks)
    places = list(zip(found.starts.tolist(), found.ends.tolist(), strict=True))
    # A token's place is known in bytes.
    answers = [(len(told.text[:first].encode()), len(told.text[:last].encode())) for first, last in told.answers]
    return Example(tuple(found.ids.tolist()), learnt(places, answers))


@dataclass(frozen=True)
class Rows:
    """A batch: conversations side by side, one or several in a row."""

    ids: Int[Tensor, "row pos"]
    learnt: Bool[Tensor, "row pos"]
    document: Int[Tensor, "row pos"] | None = None
    """Which conversation of its row a token is of, from 0: nothing is read across. None: all of a row is read."""

    @property
    def tokens(self) -> int:
        """That count in the loss."""
        return int(self.learnt[:, 1:].sum())


def padded(examples: Sequence[Example], length: int | None = None, pad: int = 0) -> Rows:
    """One conversation a row, filled up on the right. What stands there nobody reads, and nothing of it is learnt."""
    if length is not None:
        examples = [each.cut(length) for each in examples]
    width = max(len(each.ids) for each in examples)
    ids = torch.full((len(examples), width), pad)
    marks = torch.zeros(len(examples), width, dtype=torch.bool)
    for row, each in enumerate(examples):
        ids[row, : len(each.ids)] = torch.tensor(each.ids)
        marks[row, : len(each.ids)] = torch.tensor(each.learnt)
    return Rows(ids, marks)


def packed(examples: Sequence[Example], length: int, *, apart: bool = True, pad: int = 0) -> Rows:
    """Several conversations a row, by best fit.

    A conversation longer than a row is cut, and one that fits nowhere begins a new row: none is cut to fill one.
    apart: each reads itself alone. Otherwise it also reads those before it in the row, which it will never see in use.
    Its first token is never learnt: what stands before it is another conversation.
    """
    rows = whole_rows([min(len(each.ids), length) for each in examples], length)
    ids = torch.full((len(rows), length), pad)
    marks = torch.zeros(len(rows), length, dtype=torch.bool)
    document = torch.full((len(rows), length), len(examples))
    for at, row in enumerate(rows):
        free = 0
        for number, which in enumerate(row):
            each = examples[which].cut(length)
            place = slice(free, free + len(each.ids))
            ids[at, place], document[at, place] = torch.tensor(each.ids), number
            marks[at, place] = torch.tensor((False, *each.learnt[1:]))
            free += len(each.ids)
    return Rows(ids, marks, document if apart else None)


def whole_rows(lengths: Sequence[int], length: int) -> list[list[int]]:
    """Which conversations share a row: the longest first, each into the fullest row that has room (best fit).

    >>> whole_rows([3, 8, 4, 5, 2], 8)
    [[1], [3, 0], [2, 4]]
    """
    rows: list[list[int]] = []
    free: list[int] = []
    for which in sorted(range(len(lengths)), key=lambda at: -lengths[at]):
        fitting = [row for row, room in enumerate(free) if room >= lengths[which]]
        if fitting:
            row = min(fitting, key=lambda at: free[at])
        else:
            row = len(rows)
            rows.append([])
            free.append(length)
        rows[row].append(which)
        free[row] -= lengths[which]
    return rows
