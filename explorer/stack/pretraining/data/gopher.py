r"""Gopher's rules: is it prose at all, and does it repeat itself?

Rae et al. 2021 (arXiv 2112.11446), appendix A.1, as datatrove codes them. `quality` and `repetition` state every rule's
value; a filter stops at the first that fails (`verdict.removed_by`). All inequalities are strict: the threshold passes.

The stop-word rule counts *distinct* words and minds their case: "the the the" has one, "THE AND OF" has none. The top
n-gram counts even where it stands once, so that a text of five words fails.

>>> from explorer.stack.pretraining.data.verdict import removed_by
>>> from explorer.stack.pretraining.data.words import words
>>> text = "the quick fox sat upon a mat\n" * 12
>>> removed_by(quality(text, words(text)))
Verdict(rule='gopher_enough_stop_words', value=1, threshold=2, side='at least')
>>> removed_by(repetition(text, words(text)))  # 11 of 13 lines stood before; the last line is empty
Verdict(rule='dup_line_frac', value=0.8461538461538461, threshold=0.3, side='at most')
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from explorer.stack.pretraining.data.verdict import Verdict
from explorer.stack.pretraining.data.words import is_symbol

STOP_WORDS = frozenset({"the", "be", "to", "of", "and", "that", "have", "with"})
#: Of the text's characters, at most, in the likeliest n-gram and in repeated n-grams.
TOP = {2: 0.20, 3: 0.18, 4: 0.16}
REPEATED = {5: 0.15, 6: 0.14, 7: 0.13, 8: 0.12, 9: 0.11, 10: 0.10}
_PARAGRAPHS, _LINES = re.compile(r"\n{2,}"), re.compile(r"\n+")


def quality(text: str, words: Sequence[str]) -> tuple[Verdict, ...]:
    """Ten rules in datatrove's order. A share of nothing is 0."""
    lines = text.splitlines()
    spoken = [word for word in words if not is_symbol(word)]
    length = _share(sum(map(len, spoken)), len(spoken))
    ellipses = text.count("...") + text.count("…")
    bullets = sum(line.lstrip().startswith(("•", "-")) for line in lines)
    trailing = sum(line.rstrip().endswith(("...", "…")) for line in lines)
    alphabetic = sum(any(c.isalpha() for c in word) for word in words)
    return (
        Verdict("gopher_short_doc", len(spoken), 50, "at least"),
        Verdict("gopher_long_doc", len(spoken), 100_000, "at most"),
        Verdict("gopher_below_avg_threshold", length, 3, "at least"),
        Verdict("gopher_above_avg_threshold", length, 10, "at most"),
        Verdict("gopher_too_many_hashes", _share(text.count("#"), len(words)), 0.1, "at most"),
        Verdict("gopher_too_many_ellipsis", _share(ellipses, len(words)), 0.1, "at most"),
        Verdict("gopher_too_many_bullets", _share(bullets, len(lines)), 0.9, "at most"),
        Verdict("gopher_too_many_end_ellipsis", _share(trailing, len(lines)), 0.3, "at most"),
        Verdict("gopher_below_alpha_threshold", _share(alphabetic, len(words)), 0.8, "at least"),
        Verdict("gopher_enough_stop_words", len(STOP_WORDS.intersection(words)), 2, "at least"),
    )


def repetition(text: str, words: Sequence[str]) -> tuple[Verdict, ...]:
    """Thirteen rules in datatrove's order; an n-gram rule is left out where the text has no n words."""
    paragraphs, lines = _PARAGRAPHS.split(text.strip()), _LINES.split(text)
    count, characters = repeats(paragraphs)
    made = [
        Verdict("dup_para_frac", count / len(paragraphs), 0.30, "at most"),
        Verdict("dup_para_char_frac", _share(characters, len(text)), 0.20, "at most"),
    ]
    count, characters = repeats(lines)
    made += [
        Verdict("dup_line_frac", count / len(lines), 0.30, "at most"),
        Verdict("dup_line_char_frac", _share(characters, len(text)), 0.20, "at most"),
    ]
    for n, most in TOP.items():
        if len(words) >= n:
            made.append(Verdict(f"top_{n}_gram", top_characters(words, n) / len(text), most, "at most"))
    for n, most in REPEATED.items():
        share = _share(repeated_characters(words, n), len(text))
        made.append(Verdict(f"duplicated_{n}_n_grams", share, most, "at most"))
    return tuple(made)


def repeats(pieces: Sequence[str]) -> tuple[int, int]:
    """How many of them stood before, and their characters.

    >>> repeats(["ab", "cde", "ab", "ab"])
    (2, 4)
    """
    seen: set[str] = set()
    again = [piece for piece in pieces if piece in seen or seen.add(piece)]
    return len(again), sum(map(len, again))


def top_characters(words: Sequence[str], n: int) -> int:
    """Characters of the most frequent n-gram, with its spaces, times its count; of several the one that came first.

    >>> top_characters("a rose is a rose".split(), 2)
    12
    """
    gram, count = Counter(" ".join(words[i : i + n]) for i in range(len(words) - n + 1)).most_common(1)[0]
    return len(gram) * count


def repeated_characters(words: Sequence[str], n: int) -> int:
    """Characters, without spaces, of n-grams that stood before; after each of them the walk jumps over its n words.

    >>> repeated_characters("a b c a b c a b c".split(), 3)
    6
    """
    seen: set[str] = set()
    found = at = 0
    while at <= len(words) - n:
        gram = "".join(words[at : at + n])
        if gram in seen:
            found, at = found + len(gram), at + n
        else:
            seen.add(gram)
            at += 1
    return found


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
