"""What a document loses on its way, and counts of it that come about otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

from explorer.experiments.pretraining.data_pipeline import Followed
from explorer.stack.pretraining.data.charset import decoded
from explorer.stack.pretraining.data.extraction import SILENT, Opened, Refused, opened
from explorer.stack.pretraining.data.stage import Cut, SetAside


@dataclass(frozen=True, eq=False)
class Page:
    """The document as it was served, block by block."""

    html: str
    opened: Opened
    letters: int
    """Characters of its words by the interpreter's own parser."""


def page_of(made: Followed) -> Page | None:
    """None where the document is a text, or a page that extraction refuses."""
    document = made.passport.document
    if document.html is None:
        return None
    try:
        html, _ = decoded(document.html, document.charset)
        return Page(html, opened(html), letters(html))
    except (Refused, SetAside):
        return None


class _Letters(HTMLParser):
    """Counts what is neither a mark nor a space, outside of scripts and the like."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        if tag in SILENT:
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.count += sum(map(len, data.split()))


def letters(html: str) -> int:
    parser = _Letters()
    parser.feed(html)
    parser.close()
    return parser.count


def unlike(made: Followed) -> tuple[int, int]:
    """Stages that cut, and in how many words a text after one differs from the text before it without the cuts."""
    steps = [step for step in made.passport.steps if step.reading.cuts]
    apart = 0
    for step in steps:
        ours, theirs = without(step.before.text, step.reading.cuts).split(), step.after.text.split()
        apart += sum(a != b for a, b in zip(ours, theirs, strict=False)) + abs(len(ours) - len(theirs))
    return len(steps), apart


def without(text: str, cuts: tuple[Cut, ...]) -> str:
    """The text with what is put in place of each cut.

    >>> without("one two three", (Cut(4, 7, "rule", "2"),))
    'one 2 three'
    """
    for each in sorted(cuts, key=lambda one: -one.start):
        text = text[: each.start] + each.put + text[each.stop :]
    return text
