"""Templates of a task: the part of Jinja that only puts values in their places.

``{{column}}``, ``{{column.key}}``, ``{{column[0]}}``, ``{{column.strip()}}``, ``{{column|trim}}`` and lists of these,
``{{[first, second]}}``. Nothing is called but `strip`, `lower`, `upper` and `capitalize`; there are no
statements, no arithmetic and no attributes of objects, so that a task cannot do anything. What is written gives the
text that Jinja gives.

>>> Template("Question: {{question.strip()}}\\nAnswer:").text({"question": " Why? "})
'Question: Why?\\nAnswer:'
>>> Template("{{[a, b]}}").value({"a": "x", "b": "y"})
['x', 'y']
>>> Template("{{q.__class__}}")
Traceback (most recent call last):
explorer.corpora.tasks.template.TemplateRefused: “q.__class__” is more than a column: names begin with a letter
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

#: Characters of a template.
LONGEST = 20_000
_PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NAME = r"[A-Za-z][A-Za-z0-9_]*"
_CALLS = {"strip": str.strip, "lower": str.lower, "upper": str.upper, "capitalize": str.capitalize}
_FILTERS = {"trim": str.strip, "lower": str.lower, "upper": str.upper, "capitalize": str.capitalize}
_STEP = re.compile(
    rf"\s*(?:\|\s*(?P<filter>{_NAME})|\.(?P<call>{_NAME})\(\)|\.(?P<key>{_NAME})"
    r"|\[\s*(?:(?P<index>-?\d{1,6})|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\")\s*\])\s*"
)

Step = tuple[str, str | int]


class TemplateRefused(ValueError):
    """A template that does more than put values in their places."""


class ColumnMissing(KeyError):
    """An item has no such column, or nothing at that place of it."""


class Expression:
    """What stands between the braces."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        inner = self.text
        self.parts = [_steps(inner)]
        self.is_list = inner.startswith("[") and inner.endswith("]")
        if self.is_list:
            self.parts = [_steps(each.strip()) for each in inner[1:-1].split(",") if each.strip()]

    def value(self, doc: Mapping[str, object]) -> object:
        found = [_followed(steps, doc) for steps in self.parts]
        return found if self.is_list else found[0]


class Template:
    """A text with places for values. Raises TemplateRefused."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise TemplateRefused(f"it has {len(text):,} characters, and {LONGEST:,} are read")
        self.parts = list(_parts(text))

    @property
    def columns(self) -> list[str]:
        """Those that it names."""
        places = [each for each in self.parts if isinstance(each, Expression)]
        return [str(steps[0][1]) for each in places for steps in each.parts]

    def text(self, doc: Mapping[str, object]) -> str:
        """Raises ColumnMissing."""
        return "".join(each if isinstance(each, str) else _written(each.value(doc)) for each in self.parts)

    def value(self, doc: Mapping[str, object]) -> object:
        """The value itself where the template is one place and nothing else; else the text."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Expression):
            return self.parts[0].value(doc)
        return self.text(doc)


def _written(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def _parts(text: str) -> Iterator[str | Expression]:
    at = 0
    for place in _PLACE.finditer(text):
        yield from _plain(text[at : place.start()])
        yield Expression(place[1])
        at = place.end()
    yield from _plain(text[at:])


def _plain(text: str) -> Iterator[str]:
    for mark, what in (("{%", "a statement"), ("{#", "a comment"), ("{{", "a place that does not end")):
        if mark in text:
            raise TemplateRefused(f"“{mark}” begins {what}, and a template here only puts values in their places")
    if text:
        yield text


def _steps(text: str) -> list[Step]:
    """The column, then what is taken of it, step by step."""
    if text.startswith("["):
        return []
    name = re.match(_NAME, text)
    if name is None:
        raise TemplateRefused(f"“{text[:40]}” is no column")
    steps: list[Step] = [("column", name[0])]
    at = name.end()
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise TemplateRefused(f"“{text[:40]}” is more than a column: names begin with a letter")
        kind, value = next((kind, value) for kind, value in found.groupdict().items() if value is not None)
        if kind in ("filter", "call"):
            known = _FILTERS if kind == "filter" else _CALLS
            if value not in known:
                raise TemplateRefused(f"“{value}” is none of {', '.join(known)}")
            steps.append((kind, value))
        else:
            steps.append(("place", int(value) if kind == "index" else value))
        at = found.end()
    return steps


def _followed(steps: list[Step], doc: Mapping[str, object]) -> object:
    value: object = doc
    for kind, what in steps:
        if kind in ("filter", "call"):
            change = (_FILTERS if kind == "filter" else _CALLS)[str(what)]
            value = change(value if isinstance(value, str) else str(value))
            continue
        try:
            value = _taken(value, what)
        except (KeyError, IndexError) as error:
            raise ColumnMissing(str(what)) from error
    return value


def _taken(value: object, what: str | int) -> object:
    """One step into a value. Raises KeyError, IndexError."""
    if isinstance(what, str):
        if isinstance(value, Mapping):
            return value[what]
    elif isinstance(value, list | str):
        return value[what]
    raise KeyError(what)
