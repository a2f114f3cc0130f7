"""Lines of `name: value`, as front matter and the fenced blocks of a lesson have them.

Values are taken as they stand, without quotes or types; a line that begins with a space goes on with the one before.

>>> fields = Fields.read(["claim: n_tokens() == 3", "claim: n_layers()", "   > 2"], 10, ("claim",))
>>> fields.all("claim")
[(10, 'n_tokens() == 3'), (11, 'n_layers() > 2')]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.lessons.errors import LessonError

_FIELD = re.compile(r"([a-z]+):(?: +(.*))?")
#: Names that may be given more than once.
MANY = ("claim", "choice")


@dataclass(frozen=True)
class Fields:
    """The fields of a block."""

    first: int
    """The line at which the block begins."""
    found: tuple[tuple[int, str, str], ...]

    @classmethod
    def read(cls, lines: Sequence[str], first: int, known: Sequence[str]) -> Fields:
        """Read a block. Raises LessonError."""
        found: list[tuple[int, str, str]] = []
        for at, line in enumerate(lines, first):
            if not line.strip():
                continue
            if line[0] in " \t" and found:
                where, name, value = found[-1]
                found[-1] = (where, name, f"{value} {line.strip()}")
                continue
            match = _FIELD.fullmatch(line.strip())
            if not match or match[1] not in known:
                raise LessonError(at, f"“{line.strip()[:40]}” is none of the fields {', '.join(known)}")
            if match[1] not in MANY and any(match[1] == name for _, name, _ in found):
                raise LessonError(at, f"a second “{match[1]}”")
            found.append((at, match[1], (match[2] or "").strip()))
        return cls(first, tuple(found))

    def get(self, name: str) -> str | None:
        return next((value for _, each, value in self.found if each == name), None)

    def line(self, name: str) -> int:
        return next((line for line, each, _ in self.found if each == name), self.first)

    def all(self, name: str) -> list[tuple[int, str]]:
        """Each with its line."""
        return [(line, value) for line, each, value in self.found if each == name]

    def need(self, name: str) -> str:
        """Raises LessonError where it is missing."""
        value = self.get(name)
        if not value:
            raise LessonError(self.line(name), f"“{name}” is missing")
        return value

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number. Raises LessonError."""
        said = self.get(name) if default is not None else self.need(name)
        if said is None and default is not None:
            return default
        if said is None or not re.fullmatch(r"\d{1,6}", said) or not least <= int(said) <= most:
            raise LessonError(self.line(name), f"“{name}” is a whole number from {least} to {most}, not “{said}”")
        return int(said)
