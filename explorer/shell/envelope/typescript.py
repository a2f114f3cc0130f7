"""The envelope's types for JavaScript: the files of `FILES`, which ``python -m explorer types`` writes.

>>> print(interface(answers.Absent))
/** Why a view does not apply, and what to open instead. */
export interface Absent {
  message: string;
  hint: string;
  /** A model of the shelf to which it applies. */
  offer?: string;
  /** A model that is lacking, and that the page can fetch. */
  fetch?: string;
  /** The query of the run that a picture of this panel is kept of. */
  recorded?: string;
}
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import NotRequired, get_args, get_origin, get_type_hints, is_typeddict

from pydantic import BaseModel

from explorer.figures.typescript import typescript
from explorer.lessons.document import Phase
from explorer.lessons.value import Kind
from explorer.panels.glossary import Term, TermName
from explorer.panels.protocol import Compares
from explorer.panels.selection import SELECTION, FocusField, SelectionField
from explorer.panels.tags import Provenance, Tag
from explorer.shell.envelope import answers, lessons, page, recordings, runs
from explorer.shell.envelope.examples import Example
from explorer.shell.envelope.request import Wish
from explorer.stack.inference.decoding.sampler_settings import SETTINGS, NamedOrder, Setting, StageName

HEAD = """/**
 * What server and page say to each other, and the tables that they share. `python -m explorer types` writes it from
 * explorer/shell/envelope: do not edit.
 */
import type { Controls } from "../kit/view";
import type { Piece } from "../kit/vocabulary";
import type { Floats, Ints } from "../types/shared";
"""
NAMES = {"Compares": Compares, "FocusField": FocusField, "Provenance": Provenance, "StageName": StageName}
LESSONS = """/** A lesson, sent. `python -m explorer types` writes it from explorer/shell/envelope: do not edit. */
import type { FocusField } from "../protocol";
"""
RECORDINGS = """/** Recordings. `python -m explorer types` writes it from explorer/shell/envelope: do not edit. */
import type { Controls } from "../kit/view";
import type { Piece } from "../kit/vocabulary";
import type { Lesson, Listed, Told } from "../shell/lesson/lesson";
import type { Entry, Focus, SourcePart } from "../shell/protocol";
"""
TABLES = (SelectionField, Setting, NamedOrder, Tag, Example)
WIDE = 118


def protocol() -> str:
    """Most of it."""
    kinds = [*TABLES, TermName, Term, *_forms(page), *_forms(runs), *_forms(answers)]
    union = f"export type Answer = {typescript(answers.Answer)};"
    body = "\n\n".join([_selection(), _sampler(), *map(interface, kinds), union, interface(Wish, "Request")])
    return f"{HEAD}\n{_aliases(NAMES)}\n\n{_shortened(body, NAMES)}\n"


def of_lessons() -> str:
    """A lesson, and what its steps say."""
    own = {"Kind": Kind, "Phase": Phase}
    body = _shortened("\n\n".join(map(interface, _forms(lessons))), {**own, "FocusField": FocusField})
    return f"{LESSONS}\n{_aliases(own)}\n\n{body}\n"


def of_recordings() -> str:
    """The files of a page of recordings."""
    body = "\n\n".join(map(interface, _forms(recordings)))
    return f"{RECORDINGS}\n{body}\n"


#: by their places among the assets
FILES = {
    "shell/protocol.d.ts": protocol,
    "shell/lesson/lesson.d.ts": of_lessons,
    "recorded/recorded.d.ts": of_recordings,
}


def _aliases(names: Mapping[str, object]) -> str:
    said = (f"export type {name} = {typescript(hint)};" for name, hint in names.items())
    return "\n".join(textwrap.fill(each, WIDE, subsequent_indent="  ", break_on_hyphens=False) for each in said)


def _shortened(body: str, names: Mapping[str, object]) -> str:
    """Types that have a name, by it."""
    for name, hint in names.items():
        body = body.replace(f"({typescript(hint)})", name).replace(typescript(hint), name)
    return body


def _forms(module: ModuleType) -> Iterator[type]:
    """The types that a module defines, as they stand in it. Arrays are unpacked on their way."""
    for kind in vars(module).values():
        if is_typeddict(kind) and kind.__module__ == module.__name__ and kind is not runs.Block:
            yield kind


def _selection() -> str:
    fields = "\n".join(f"  {each.name}: number | null;" for each in SELECTION)
    return f"/** What is selected on the page; null where nothing is. */\nexport interface Focus {{\n{fields}\n}}"


def _sampler() -> str:
    fields = "\n".join(f"  {each.name}: number;" for each in SETTINGS)
    words = "/** The sampler's settings, and the order of its steps. */"
    return f"{words}\nexport interface Sampler {{\n  order: StageName[];\n{fields}\n}}"


def interface(kind: type, name: str = "") -> str:
    """A class as an interface, with the words that stand at its fields."""
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(node, ast.ClassDef)
    hints = get_type_hints(kind, include_extras=True)
    above = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id not in ("TypedDict", "BaseModel")]
    head = f"export interface {name or kind.__name__}{' extends ' if above else ''}{', '.join(above)} {{"
    lines = [*_comment(ast.get_docstring(node) or "", ""), head]
    for at, each in enumerate(node.body):
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            lines += _comment(_words(node.body[at + 1 : at + 2]), "  ")
            lines.append(f"  {_field(each.target.id, hints[each.target.id], left_out=issubclass(kind, BaseModel))}")
    return "\n".join([*lines, "}"])


def _field(name: str, hint: object, left_out: bool) -> str:
    """`left_out`: a request need not name it; what is None there is not sent."""
    optional = left_out or get_origin(hint) is NotRequired
    if get_origin(hint) is NotRequired:
        (hint,) = get_args(hint)
    said = typescript(hint).removesuffix(" | null") if left_out else typescript(hint)
    return f"{name}{'?' if optional else ''}: {said};"


def _words(after: list[ast.stmt]) -> str:
    match after:
        case [ast.Expr(value=ast.Constant(value=str(words)))]:
            return words
    return ""


def _comment(words: str, indent: str) -> list[str]:
    """Words as a comment, on several lines where they are long."""
    said = " ".join(words.split())
    if not said:
        return []
    if len(indent) + len(said) + 7 <= WIDE:
        return [f"{indent}/** {said} */"]
    lines = textwrap.wrap(said, WIDE - len(indent) - 3)
    return [f"{indent}/**", *(f"{indent} * {line}" for line in lines), f"{indent} */"]
