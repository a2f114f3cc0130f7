"""What a small run reads: the texts of the shelf's models, or a text that a person has brought, cut into tokens.

Of a person's text the end is held out: a tenth, and at least one window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from explorer.corpora import passages
from explorer.errors import NotApplicableError
from explorer.experiments import shelf_course
from explorer.experiments.pretraining.small_run import SMALL_BPE, SmallRun
from explorer.experiments.shelf_course import Bytes, Encodes
from explorer.fetching.progress import Progress, silent
from explorer.stack.pretraining.batches import Batches, WindowCourse
from explorer.training.tokens import trained_on

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: Share of a person's text that is held out, one part of so many.
HELD_OUT = 10
#: Held-out windows of each kind that a run is measured on.
MEASURED = 4
OWN = "own"


class Bpe:
    """A small byte-level BPE; 0 stands between documents."""

    def __init__(self, documents: list[str], d_vocab: int = SMALL_BPE) -> None:
        self._tokenizer = trained_on(documents, d_vocab)
        self.d_vocab = self._tokenizer.get_vocab_size()

    def encode(self, text: str) -> list[int]:
        return self._tokenizer.encode(text).ids

    def tokenizer(self) -> Tokenizer:
        return self._tokenizer


class RunTexts:
    """The texts of one run, cut by one vocabulary."""

    def __init__(self, run: SmallRun, brought: Mapping[str, str] | None = None, progress: Progress = silent) -> None:
        """`brought`: the texts that a person has brought, by name."""
        self.run, self.brought, self.progress = run, brought or {}, progress
        self._read: dict[str, WindowCourse] = {}

    @cached_property
    def vocabulary(self) -> Bytes | Bpe:
        """Bytes, or a BPE of what the first text has to train on."""
        if self.run.shape.vocabulary == "bytes":
            return Bytes()
        if self.run.text in shelf_course.KINDS:
            return Bpe([one.text for each in passages.read() for one in each.excerpts[: shelf_course.TRAINED_ON]])
        kept, _ = cut(self._own(self.run.text))
        return Bpe([kept])

    @property
    def d_vocab(self) -> int:
        return self.vocabulary.d_vocab

    def tokenizer(self) -> Tokenizer:
        """The same as transformers reads it."""
        return self.vocabulary.tokenizer()

    def course(self, run: SmallRun) -> WindowCourse:
        """The windows of that run, one of whose changes may be another text. Raises NotApplicableError for a text that
        is too short, or cannot be had."""
        read = self._streams(run)
        own = {"n_ctx": run.context, "rows": run.rows, "seed": run.seed}
        try:
            return replace(read, batches=replace(read.batches, **own))
        except ValueError as error:
            raise too_short(min(len(each) for each in read.batches.streams.values()), run.context) from error

    def _streams(self, run: SmallRun) -> WindowCourse:
        if run.text not in self._read:
            if run.text in shelf_course.KINDS:
                made = shelf_course.course(self.vocabulary, run.text, run.seed, self.progress, measured=MEASURED)
            else:
                made = _course(self.vocabulary, self._own(run.text), run)
            self._read[run.text] = made
        return self._read[run.text]

    def _own(self, name: str) -> str:
        if name not in self.brought:
            raise NotApplicableError(
                "The text that this run reads is not here: its owner brought it, and it was not kept.",
                "Bring the text again, or choose another one.",
            )
        return self.brought[name]


def cut(text: str) -> tuple[str, str]:
    """A text without its end, and the end: at the last line's or word's start before the last tenth.

    >>> cut("one two three four five six")
    ('one two three four five ', 'six')
    """
    at = len(text) - max(1, len(text) // HELD_OUT)
    found = max(text.rfind("\n", at // 2, at), text.rfind(" ", at // 2, at)) + 1
    return text[: found or at], text[found or at :]


def _course(vocabulary: Encodes, text: str, run: SmallRun) -> WindowCourse:
    import torch

    kept, end = cut(text)
    read, held = vocabulary.encode(kept), vocabulary.encode(end)
    if (lacking := run.context + 1 - len(held)) > 0:  # one window at least
        read, held = read[: max(len(read) - lacking, 0)], [*read[max(len(read) - lacking, 0) :], *held]
    if len(read) <= run.context:
        raise too_short(len(read) + len(held), run.context)
    streams = {OWN: torch.tensor([0, *read], dtype=torch.int32)}
    batches = Batches(streams, {OWN: 1}, run.context, run.rows, run.seed)
    return WindowCourse(batches, {OWN: torch.tensor(held, dtype=torch.int32)}, 4 * MEASURED)


def too_short(tokens: int, context: int) -> NotApplicableError:
    """The error of a text that has not enough tokens."""
    return NotApplicableError(
        f"This text has {tokens:,} tokens. With windows of {context} tokens a run needs at least {2 * context + 2:,}: "
        "one window to train on, and one held out.",
        "Take a longer text, or a shorter context.",
    )
