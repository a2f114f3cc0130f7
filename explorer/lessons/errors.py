"""What is wrong with a lesson's file, and in which line."""

from __future__ import annotations

from explorer.errors import BadRequestError


class LessonError(BadRequestError):
    """A lesson that cannot be read, or a sentence in it that cannot be said of its run."""

    def __init__(self, line: int, what: str, hint: str = "") -> None:
        super().__init__(f"Line {line}: {what}.", hint, line=line)
        self.line = line
        self.what = what
