r"""C4's rules: lines that are no sentences go, and a document that has too few left.

Raffel et al. 2020 (arXiv 1910.10683), section 2.2, as datatrove codes them. The order within a line is part of the
rules: words are counted before citations are cut, and "lorem ipsum" or "{" removes the whole *document* only from a
line that the tests before it have kept.

>>> page = "Menu\nThe hall was built in 1872.[4] It burned twice. It stands again.\nWe use cookies to count visits."
>>> [(line.text, line.cut_by) for line in read(page).lines]
[('Menu', 'no_terminal_punct'), ('The hall was built in 1872. It burned twice. It stands again.', ''),
 ('We use cookies to count visits.', 'policy')]
>>> read(page).verdicts[-1]
Verdict(rule='too_few_sentences', value=3, threshold=5, side='at least')

FineWeb keeps lines without a mark at their end (`terminal=False`); a brace in such a line then removes its document.

>>> read("function f() { return }").removed_by, read("function f() { return }", terminal=False).removed_by.rule
(Verdict(rule='too_few_sentences', value=0, threshold=5, side='at least'), 'curly_bracket')
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from explorer.stack.pretraining.data.verdict import Verdict, removed_by
from explorer.stack.pretraining.data.words import sentences

CITATION = re.compile(r"\[\d*]|\[edit]|\[citation needed]")
ENDS = (".", "?", "!", '"', "'")
POLICY = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")
LONGEST_WORD, FEWEST_WORDS, FEWEST_SENTENCES = 1000, 3, 5


@dataclass(frozen=True)
class Line:
    """One line, without citations and spaces at its ends."""

    text: str
    cut_by: str
    """The rule that cuts it; empty where it stays."""


@dataclass(frozen=True)
class Reading:
    """What C4 makes of a document."""

    lines: tuple[Line, ...]
    """Those that were looked at: none after one that removes the document."""
    verdicts: tuple[Verdict, ...]

    @property
    def removed_by(self) -> Verdict | None:
        return removed_by(self.verdicts)

    @property
    def text(self) -> str:
        """What is left of a document that is kept."""
        return "\n".join(line.text for line in self.lines if not line.cut_by).strip()


def read(text: str, terminal: bool = True, split: Callable[[str], list[str]] = sentences) -> Reading:
    """The document by C4's rules. `terminal` cuts lines that end without . ? ! " or '; `split` gives sentences."""
    lines: list[Line] = []
    count, ended_by = 0, ""
    for raw in text.splitlines():
        line, cut_by = _line(raw.strip(), terminal)
        lines.append(Line(line, cut_by))
        if cut_by in ("lorem_ipsum", "curly_bracket"):
            ended_by = cut_by
            break
        count += 0 if cut_by else len(split(line))
    verdicts = [Verdict(rule, float(ended_by == rule), 0, "at most") for rule in ("lorem_ipsum", "curly_bracket")]
    if not ended_by:
        verdicts.append(Verdict("too_few_sentences", count, FEWEST_SENTENCES, "at least"))
    return Reading(tuple(lines), tuple(verdicts))


def _line(line: str, terminal: bool) -> tuple[str, str]:
    """The line without citations, and the first rule that cuts it or its document."""
    words = line.split()
    if any(len(word) > LONGEST_WORD for word in words):
        return line, "too_long_word"
    line = CITATION.sub("", line)
    lower = line.lower()
    tests = (
        ("no_terminal_punct", terminal and (not line.endswith(ENDS) or line.endswith("..."))),
        ("too_few_words", len(words) < FEWEST_WORDS),
        ("lorem_ipsum", "lorem ipsum" in lower),
        ("javascript", "javascript" in lower),
        ("curly_bracket", "{" in line),
        ("policy", any(phrase in lower for phrase in POLICY)),
    )
    return line, next((rule for rule, cuts in tests if cuts), "")
