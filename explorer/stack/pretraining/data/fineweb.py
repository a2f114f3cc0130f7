r"""FineWeb's own rules: pages of short lines, of lines without an end, and of lines that stand twice.

Penedo et al. 2024 (arXiv 2406.17557), section 3.6, as datatrove codes them: the
section prints 0.1 for `char_dup_ratio`, where the code has 0.01, and has no `list_ratio`. FineWeb's order of all
stages is `ORDER`.

>>> from explorer.stack.pretraining.data.verdict import removed_by
>>> menu = "Home\nNews\nShop\nContact us today for a long and friendly talk."
>>> removed_by(quality(menu, menu.split()))
Verdict(rule='short_line_ratio', value=0.75, threshold=0.67, side='at most')
"""

from __future__ import annotations

from collections.abc import Sequence

from explorer.stack.pretraining.data.gopher import repeats
from explorer.stack.pretraining.data.verdict import Verdict
from explorer.stack.pretraining.data.words import ends_sentence

#: Characters of a line that counts as short.
SHORT = 30
ORDER = (
    "url", "extraction", "language", "gopher repetition", "gopher quality", "c4", "fineweb", "near duplicates", "pii",
)  # fmt: skip


def quality(text: str, words: Sequence[str]) -> tuple[Verdict, ...]:
    """Four rules in datatrove's order; a text of empty lines fails a rule of its own."""
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return (Verdict("empty", 0, 1, "at least"),)
    ended = sum(map(ends_sentence, lines)) / len(lines)
    short = sum(len(line) <= SHORT for line in lines) / len(lines)
    twice = repeats(lines)[1] / len(text.replace("\n", ""))
    return (
        Verdict("line_punct_ratio", ended, 0.12, "at least"),
        Verdict("short_line_ratio", short, 0.67, "at most"),
        Verdict("char_dup_ratio", twice, 0.01, "at most"),
        Verdict("list_ratio", text.count("\n") / max(1, len(words)), 0.3, "at most"),
    )
