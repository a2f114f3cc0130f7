r"""A split pattern read into a tree: the part of regular expressions' syntax that the field's vocabularies use.

Alternatives, groups, (?i:…), classes with ranges and \p{…}, ? * + {m,n} greedy, lazy or possessive, and looking one
character ahead: (?!x), (?=x), $ (the end of the text, as in Rust; no line's end). All else is refused by name.

>>> read(r"a|b\s")
Choice(parts=(Chain(parts=(One('a'),)), Chain(parts=(One('b'), One('\\s')))))
>>> read(r"(a)\1")
Traceback (most recent call last):
    ...
explorer.errors.BadRequestError: The pattern has \1, which cannot be cut by here. It is at character 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from explorer.errors import BadRequestError
from explorer.stack.tokenization.automaton_characters import (
    END,
    Characters,
    category,
    literal,
    other,
    same_in_either_case,
    span,
    white_space,
)

_ESCAPES = {"r": "\r", "n": "\n", "t": "\t", "f": "\f", "v": "\v"}
_MOST = 1000
"""Repetitions are written out as states."""


@dataclass(frozen=True)
class One:
    """One character of a set."""

    written: str
    members: Characters = field(repr=False, compare=False)

    def __repr__(self) -> str:
        return f"One({self.written!r})"


@dataclass(frozen=True)
class Ahead:
    """Nothing; but the next character, or the end, must be of a set."""

    written: str
    members: Characters = field(repr=False, compare=False)


@dataclass(frozen=True)
class Chain:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    """The first of the parts by which a match comes about."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat:
    part: Node
    least: int
    most: int | None
    greedy: bool = True
    possessive: bool = False
    """What is taken is not given back."""


Node = One | Ahead | Chain | Choice | Repeat


def read(pattern: str) -> Node:
    """The pattern's tree. Raises BadRequestError for what is not written right or is not read here."""
    reader = _Reader(pattern)
    node = reader.choice(False)
    if reader.at < len(pattern):
        raise reader.refused(reader.at, pattern[reader.at])
    return node


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0

    def refused(self, at: int, what: str) -> BadRequestError:
        return BadRequestError(f"The pattern has {what}, which cannot be cut by here.", f"It is at character {at}.")

    def takes(self, text: str) -> bool:
        """Go past `text` if it stands here."""
        if self.pattern.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def needs(self, text: str) -> None:
        if not self.takes(text):
            raise BadRequestError(f"The pattern lacks {text}.", f"It is missed at character {self.at}.")

    def next(self) -> str:
        if self.at == len(self.pattern):
            raise BadRequestError("The pattern ends too early.")
        self.at += 1
        return self.pattern[self.at - 1]

    def choice(self, caseless: bool) -> Node:
        parts = [self.chain(caseless)]
        while self.takes("|"):
            parts.append(self.chain(caseless))
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def chain(self, caseless: bool) -> Chain:
        parts: list[Node] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            parts.append(self.repeated(self.atom(caseless)))
        return Chain(tuple(parts))

    def repeated(self, part: Node) -> Node:
        while (bounds := self.bounds()) is not None:
            if isinstance(part, Ahead):
                raise self.refused(self.at - 1, "a repeated look ahead")
            possessive, lazy = self.takes("+"), self.takes("?")
            part = Repeat(part, *bounds, greedy=not lazy, possessive=possessive)
        return part

    def bounds(self) -> tuple[int, int | None] | None:
        """How often the part before is repeated, if that is what stands here."""
        for sign, bounds in (("?", (0, 1)), ("*", (0, None)), ("+", (1, None))):
            if self.takes(sign):
                return bounds
        at = self.at
        if not self.takes("{"):
            return None
        least, comma, most = self.until("}").partition(",")
        if not least.isdecimal() or (most and not most.isdecimal()):
            raise self.refused(at, self.pattern[at : self.at])
        bounds = (int(least), int(most) if most else None if comma else int(least))
        if max(bounds[0], bounds[1] or 0) > _MOST or (bounds[1] is not None and bounds[1] < bounds[0]):
            raise self.refused(at, self.pattern[at : self.at])
        return bounds

    def until(self, sign: str) -> str:
        end = self.pattern.find(sign, self.at)
        if end < 0:
            raise BadRequestError(f"The pattern lacks {sign}.", f"It is missed behind character {self.at}.")
        found, self.at = self.pattern[self.at : end], end + 1
        return found

    def atom(self, caseless: bool) -> Node:
        at, sign = self.at, self.next()
        if sign == "(":
            return self.group(caseless)
        if sign == "$":
            return Ahead("$", span(END, END))
        if sign in "^?*+{":
            raise self.refused(at, sign)
        if sign == "[":
            members = self.members(caseless)
        elif sign == ".":
            members = other(literal("\n"))
        elif sign == "\\":
            members = self.escaped()
        else:
            members = literal(sign)
        return One(self.pattern[at : self.at], same_in_either_case(members) if caseless else members)

    def group(self, caseless: bool) -> Node:
        at = self.at - 1
        for sign, opposite in (("?!", True), ("?=", False)):
            if self.takes(sign):
                inside = self.choice(caseless)
                self.needs(")")
                return self.ahead(at, inside, opposite)
        if self.takes("?i:"):
            caseless = True
        elif not self.takes("?:") and self.takes("?"):
            raise self.refused(at, self.pattern[at : at + 3])
        inside = self.choice(caseless)
        self.needs(")")
        return inside

    def ahead(self, at: int, inside: Node, opposite: bool) -> Ahead:
        """A look at one character, which is what a single state can wait for."""
        written = self.pattern[at : self.at]
        match inside:
            case Chain((One(_, members) | Ahead(_, members),)):
                return Ahead(written, ~members if opposite else members)
            case _:
                raise self.refused(at, f"{written}, a look further ahead than one character")

    def escaped(self) -> Characters:
        r"""What stands behind a \."""
        at, sign = self.at - 1, self.next()
        if sign in "sS":
            return white_space() if sign == "s" else other(white_space())
        if sign in "dD":
            return category("Nd") if sign == "d" else other(category("Nd"))
        if sign in "pP":
            name = self.until("}") if self.takes("{") else self.next()
            opposite = (sign == "P") != name.startswith("^")
            try:
                members = category(name.removeprefix("^"))
            except KeyError:
                raise self.refused(at, self.pattern[at : self.at]) from None
            return other(members) if opposite else members
        return literal(self.character(at, sign))

    def character(self, at: int, sign: str) -> str:
        r"""The one character that \n, \x41, \u0041 or \. stands for."""
        if sign in "xu":
            digits = (
                self.until("}") if self.takes("{") else "".join(self.next() for _ in range(2 if sign == "x" else 4))
            )
            try:
                return chr(int(digits, 16))
            except (ValueError, OverflowError):
                raise self.refused(at, self.pattern[at : self.at]) from None
        if sign.isalnum() and sign not in _ESCAPES:
            raise self.refused(at, f"\\{sign}")
        return _ESCAPES.get(sign, sign)

    def members(self, caseless: bool) -> Characters:
        """A class; the [ was taken."""
        opposite, found = self.takes("^"), np.zeros(END + 1, bool)
        first = True
        while first or not self.takes("]"):
            found |= self.item()
            first = False
        if caseless:
            found = same_in_either_case(found)
        return other(found) if opposite else found

    def item(self) -> Characters:
        """A character, a range or a class within a class."""
        at, sign = self.at, self.next()
        if sign == "[" or self.pattern.startswith("&&", at):
            raise self.refused(at, self.pattern[at : at + 2] + " within a class")
        if sign == "\\" and self.pattern[self.at : self.at + 1] in "sSdDpP":
            return self.escaped()
        begin = self.single(at, sign)
        if self.pattern[self.at : self.at + 1] == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
            self.at += 1
            at, sign = self.at, self.next()
            end = self.single(at, sign)
            if end < begin:
                raise self.refused(at, f"a range from {begin!r} to {end!r}")
            return span(ord(begin), ord(end))
        return literal(begin)

    def single(self, at: int, sign: str) -> str:
        return self.character(at, self.next()) if sign == "\\" else sign
