"""Constrained texts against other libraries, in a process of its own (`apart`): a visitor's pattern has no bound.

Three readers of patterns: Rust's, whose syntax llguidance takes, and Python's `regex`, which checks it and which
`jsonschema` is given as well. What they read differently is not compared, and the page says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from explorer.stack.inference.decoding.apart import ask
from explorer.stack.inference.decoding.constrained import Step, TokenTable

#: Likeliest tokens of each step whose place in the mask the `regex` library is asked about.
ASKED = 200

#: One piece of a pattern that both readers take alike. Its order counts.
_CLASS_MEMBER = (
    r"\\[dDsSwWtnrfv]|\\[pP](?:[A-Z]|\{[A-Z][a-z]?\})|\\x[0-9A-Fa-f]{2}|\\[!-/:-@\[-`{-~]"
    r"|[^\\\[\]&~|-]|&(?!&)|~(?!~)|\|(?!\|)"
)
_ALIKE = re.compile(
    rf"""(?P<atom>\\[dDsSwWtnrfv]|\\[pP](?:[A-Z]|\{{[A-Z][a-z]?\}})|\\x[0-9A-Fa-f]{{2}}
        |\\[!-/:;=?@\[-`{{-~]
        |\[\^?(?:{_CLASS_MEMBER}|-(?!-))+\]
        |[^\\()\[\]{{}}*+?|^$]
        |\))
      |(?P<times>(?:[*+?]|\{{\d+(?:,\d*)?\}})\??)
      |(?P<other>\((?:\?:|\?P?<[A-Za-z]\w*>|(?!\?))|\||\^|\$)""",
    re.VERBOSE | re.ASCII,
)


def unlike(pattern: str) -> str | None:
    r"""Where the pattern begins to be one that the readers may take differently; None where they take all alike.

    >>> unlike(r" [A-Z]\p{L}+(, \d{2,4})*\.$") is None
    True
    >>> unlike("[a&&b]"), unlike("x(?i)y"), unlike(r"a\Z"), unlike("a{2}{3}")
    ('[a&&b]', '(?i)y', '\\Z', '{3}')
    """
    at, after_atom = 0, False
    while at < len(pattern):
        found = _ALIKE.match(pattern, at)
        # A second repetition of one thing: nested for Rust, possessive or refused for Python.
        if found is None or (found["times"] and not after_atom):
            return pattern[at : at + 12]
        after_atom, at = found["atom"] is not None, found.end()
    return None


@dataclass(frozen=True)
class Compared:
    """Masks against partial matching, and the whole text against the pattern."""

    wrong: int
    asked: int
    """Tokens, over all steps."""
    fits: bool | None
    """Whether the text is a full match; None where that was not found out."""
    left_out: str
    """What was not compared and why: a sentence, or nothing."""


def against_regex(pattern: str, steps: Sequence[Step], table: TokenTable, text: str) -> Compared:
    """At each step the `ASKED` likeliest tokens, put behind the text so far: can it still become a match?

    Tokens that are no whole characters are passed over.
    """
    odd = unlike(pattern)
    if odd is not None:
        return Compared(0, 0, None, f"Not compared with the “regex” library, which may read “{odd}” differently.")
    asked = list(_asked(steps, table))
    said = ask("match", pattern=pattern, texts=[text], steps=[(before, ends) for before, ends, _ in asked])
    fits = said.lines[0]["texts"][0] if said.lines else None
    wrong = compared = 0
    for line, (_, _, allowed) in zip(said.lines[1:], asked, strict=False):
        wrong += sum(fit != ok for fit, ok in zip(line["step"], allowed, strict=True))
        compared += len(allowed)
    n = len(asked) - max(0, len(said.lines) - 1)
    late = f"{n} of {len(asked)} masks are not compared: the “regex” library gave no answer within its limits."
    return Compared(wrong, compared, fits, "" if said.whole else late)


def _asked(steps: Sequence[Step], table: TokenTable) -> Iterator[tuple[str, list[str], list[bool]]]:
    """For each step whose text so far is whole characters: it, the tokens to ask about, and which are allowed."""
    for step in steps:
        try:
            before = step.state.text.decode()
        except UnicodeDecodeError:
            continue
        ends, allowed = [], []
        for token in step.stages.logits.topk(min(ASKED, len(step.allowed))).indices.tolist():
            if token >= len(table) or token in table.special or not table.tokens[token]:
                continue  # what a special token spells is no text
            try:
                ends.append(table.tokens[token].decode())
            except UnicodeDecodeError:
                continue
            allowed.append(bool(step.allowed[token]))
        yield before, ends, allowed


def fits_schema(schema: Mapping[str, object], text: str) -> tuple[bool | None, str]:
    """Whether the text is JSON that the `jsonschema` library accepts, or None and why it could not be asked.

    >>> fits_schema({"type": "integer"}, "3")[0], fits_schema({"type": "integer"}, "3.5")[0], fits_schema({}, "{")[0]
    (True, False, False)
    """
    odd = next((odd for pattern in _patterns(schema) if (odd := unlike(pattern)) is not None), None)
    if odd is not None:
        return None, f"Not checked by the “jsonschema” library, which may read “{odd}” differently."
    said = ask("accept", schema=dict(schema), text=text)
    if not said.lines:
        return None, "Not checked by the “jsonschema” library: it gave no answer within its limits."
    return said.lines[0]["fits"], ""


def _patterns(schema: object) -> Iterator[str]:
    """Every regular expression of a schema."""
    if isinstance(schema, Mapping):
        for name, inner in schema.items():
            if name == "pattern" and isinstance(inner, str):
                yield inner
            if name == "patternProperties" and isinstance(inner, Mapping):
                yield from map(str, inner)
            yield from _patterns(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _patterns(inner)
