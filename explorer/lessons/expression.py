"""What a lesson may calculate: facts, literals, + - * /, comparisons, `and`. Python's grammar; nothing is evaluated.

The text is parsed by `ast` and walked here: a node that is not listed is refused, names are those of the facts, so that
a stranger's file can ask nothing else. `unchanged(...)` asks within the run without its interventions.

>>> parse('probability(" Mary") > 0.9', 3).source
'probability(" Mary") > 0.9'
>>> parse("().__class__", 3)
Traceback (most recent call last):
...
explorer.lessons.errors.LessonError: Line 3: “().__class__” is no fact, number or text. ...
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from explorer.errors import ExplorerError
from explorer.lessons.errors import LessonError
from explorer.lessons.facts import facts
from explorer.lessons.value import Kind, Plain, Value
from explorer.panels.scene import Scene

LONGEST = 240
"""Characters of one expression."""
UNCHANGED = "unchanged"
_SUMS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_TESTS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
HOW = "An expression is made of facts (python -m explorer lessons facts), numbers, texts in quotes, + - * / and < > =="


@dataclass(frozen=True)
class Expression:
    """An expression that was read, and where it stands."""

    source: str
    line: int
    node: ast.expr = field(repr=False, compare=False)

    def value(self, scene: Scene) -> Value:
        """What it says of a scene. Raises LessonError where it says nothing: a block that there is not, two tokens."""
        try:
            return _value(self.node, scene)
        except (ExplorerError, LookupError, TypeError, ValueError, ArithmeticError, AssertionError) as error:
            why = error.message if isinstance(error, ExplorerError) else str(error) or type(error).__name__
            raise LessonError(self.line, f"“{self.source}” cannot be said: {why}") from error

    def holds(self, scene: Scene) -> bool:
        """Whether it is so. Raises LessonError where it is no yes or no."""
        found = self.value(scene)
        if found.kind != "yes":
            raise LessonError(self.line, f"“{self.source}” is {found.value!r}, neither true nor false", HOW)
        return bool(found.value)


def parse(source: str, line: int) -> Expression:
    """Read an expression. Raises LessonError."""
    text = source.strip()
    if not text or len(text) > LONGEST:
        raise LessonError(line, f"an expression has 1 to {LONGEST} characters, this one {len(text)}", HOW)
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise LessonError(line, f"“{text}” cannot be read as an expression", HOW) from error
    _check(node, text, line)
    return Expression(text, line, node)


def _check(node: ast.expr, text: str, line: int) -> None:
    """Refuse what is not of the language."""
    parts: list[ast.expr]
    match node:
        case ast.Constant(value=bool() | int() | float() | str()):
            parts = []
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if all(each.arg for each in keywords):
            parts = [*args, *(each.value for each in keywords)]
            _check_call(name, args, [str(each.arg) for each in keywords], line)
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(each) in _TESTS for each in ops):
            parts = [left, *others]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SUMS:
            parts = [left, right]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            parts = [operand]
        case ast.BoolOp(op=ast.And(), values=values):
            parts = values
        case _:
            said = ast.get_source_segment(text, node) or text
            raise LessonError(line, f"“{said}” is no fact, number or text", HOW)
    for part in parts:
        _check(part, text, line)


def _check_call(name: str, args: list[ast.expr], named: list[str], line: int) -> None:
    if name == UNCHANGED and len(args) == 1 and not named:
        return
    if name not in facts():
        raise LessonError(line, f"there is no fact “{name[:40]}”", HOW)
    known = facts()[name]
    try:
        known.signature.bind(*args, **dict.fromkeys(named, 0))
    except TypeError as error:
        raise LessonError(line, f"{name} is asked for as {known.form}", HOW) from error


def _value(node: ast.expr, scene: Scene) -> Value:
    match node:
        case ast.Constant(value=bool() as value):
            return Value("yes", value)
        case ast.Constant(value=str() as value):
            return Value("token", value)
        case ast.Constant(value=int() | float() as value):
            return Value("number", value)
        case ast.Call(func=ast.Name(id=name), args=[inside]) if name == UNCHANGED:
            if scene.base is None:
                raise LookupError("no intervention is on")
            return _value(inside, Scene(scene.loaded, scene.base, None, scene.focus, scene.controls))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            given = [_value(each, scene).value for each in args]
            named = {str(each.arg): _value(each.value, scene).value for each in keywords}
            return facts()[name](scene, given, named)
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [_value(each, scene).value for each in (left, *others)]
            pairs = zip(ops, values, values[1:], strict=False)
            return Value("yes", all(_compare(op, one, other) for op, one, other in pairs))
        case ast.BinOp(left=left, op=op, right=right):
            return _sum(op, _value(left, scene), _value(right, scene))
        case ast.UnaryOp(operand=operand):
            inside = _value(operand, scene)
            return Value(inside.kind, -_number(inside.value))
        case ast.BoolOp(values=values):
            return Value("yes", all(bool(_value(each, scene).value) for each in values))
    raise TypeError(ast.dump(node))


def _compare(op: ast.cmpop, one: Plain, other: Plain) -> bool:
    """Texts with texts, numbers with numbers."""
    if isinstance(one, str) != isinstance(other, str) or isinstance(one, tuple) != isinstance(other, tuple):
        raise TypeError(f"{one!r} and {other!r} cannot be compared")
    return _TESTS[type(op)](one, other)


def _sum(op: ast.operator, one: Value, other: Value) -> Value:
    """Sums of like things stay what they are; all else is a number."""
    kind: Kind = one.kind if one.kind == other.kind and isinstance(op, ast.Add | ast.Sub) else "number"
    return Value(kind, _SUMS[type(op)](_number(one.value), _number(other.value)))


def _number(value: Plain) -> float | int:
    if isinstance(value, str | tuple | bool):
        raise TypeError(f"{value!r} is no number")
    return value
