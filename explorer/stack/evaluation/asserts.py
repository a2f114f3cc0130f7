"""Tests that stand in a text, as calls with their right results.

HumanEval's tests (Chen et al. 2021, arXiv 2107.03374) are statements, and a harness runs them behind the program that
it tests, in one process. A program can then pass by what it is rather than by what it computes: a result that equals
everything passes each of them. Here a test's text is read and never run: each ``assert f(arguments) == result`` becomes
a `Call`. The program is not told its result, which is compared outside its process.

What is read: assertions on one function whose arguments and results are constants, or sums, differences, products and
quotients of such; ``assert f(..)`` and ``assert not f(..)``; and ``assert abs(f(..) - result) < tolerance``, where the
tolerance is no smaller than the sandbox's own. A function ``check(candidate)`` that is called with the tested function
is looked into; `assert True` says nothing. Anything else is refused: a test that is half read would pass too much.

>>> function, calls = read("def check(candidate):\\n    assert candidate(2, 3) == 2 + 3\\n\\ncheck(add)")
>>> function, calls
('add', (Call(arguments=(2, 3), result=5),))
>>> read("assert abs(mean([1, 2]) - 1.5) < 1e-6")
('mean', (Call(arguments=([1, 2],), result=1.5),))
>>> read("for n in range(9): assert f(n) == n")
Traceback (most recent call last):
explorer.stack.evaluation.asserts.TestRefused: line 1 is no assertion on a call: “for n in range(9): ”
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from explorer.stack.evaluation.sandbox import CLOSE, Call, Value

#: Characters of a text, and assertions in it.
LONGEST, MOST = 100_000, 1_000
_SUMS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class TestRefused(ValueError):
    """A test that cannot be read as calls with their results."""

    __test__ = False  # no test of pytest's


@dataclass(frozen=True)
class _Checked:
    name: str
    """Of what is called."""
    call: Call


def read(text: str) -> tuple[str, tuple[Call, ...]]:
    """The tested function's name, and its calls. Raises TestRefused."""
    if len(text) > LONGEST:
        raise TestRefused(f"it has {len(text):,} characters, and {LONGEST:,} are read")
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise TestRefused(f"it is no Python: {str(error)[:80]}") from error
    try:
        found = list(_module(module))
    except RecursionError as error:
        raise TestRefused("it is nested too deeply") from error
    names = {each.name for each in found}
    if len(names) != 1:
        raise TestRefused(f"it calls {len(names)} functions, and one is tested")
    if len(found) > MOST:
        raise TestRefused(f"it has {len(found):,} assertions, and {MOST:,} are read")
    return names.pop(), tuple(each.call for each in found)


def _module(module: ast.Module) -> Iterator[_Checked]:
    """Assertions of the text itself, and of the functions that it calls with the tested one."""
    checks = {each.name: each for each in module.body if isinstance(each, ast.FunctionDef)}
    for statement in module.body:
        if isinstance(statement, ast.FunctionDef | ast.Import | ast.ImportFrom) or _is_note(statement):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            called, arguments = statement.value.func, statement.value.args
            tested = arguments[0] if len(arguments) == 1 else None
            if isinstance(called, ast.Name) and called.id in checks and isinstance(tested, ast.Name):
                yield from _function(checks[called.id], tested.id)
                continue
        yield _asserted(statement)


def _function(check: ast.FunctionDef, tested: str) -> Iterator[_Checked]:
    own = check.args.args[0].arg if check.args.args else ""
    for statement in check.body:
        if not _is_note(statement):
            made = _asserted(statement)
            yield _Checked(tested if made.name == own else made.name, made.call)


def _is_note(statement: ast.stmt) -> bool:
    """A docstring, a name that is given a constant, `assert True`, or nothing."""
    if isinstance(statement, ast.Assert):
        return isinstance(statement.test, ast.Constant) and statement.test.value is True
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Assign):
        return all(isinstance(part, ast.Constant | ast.Dict) for part in [statement.value])
    return isinstance(statement, ast.Pass)


def _asserted(statement: ast.stmt) -> _Checked:
    match statement:
        case ast.Assert(test=ast.Call(func=ast.Name(id="abs")) | ast.Compare() as test):
            return _compared(statement, test)
        case ast.Assert(test=ast.Call() as call):
            return _called(statement, call, True)
        case ast.Assert(test=ast.UnaryOp(op=ast.Not(), operand=ast.Call() as call)):
            return _called(statement, call, False)
    raise _refused(statement)


def _compared(statement: ast.stmt, test: ast.expr) -> _Checked:
    match test:
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="abs"), args=[ast.BinOp(ast.Call() as call, ast.Sub(), right)]),
            ops=[ast.Lt() | ast.LtE()],
            comparators=[within],
        ):
            tolerance = _constant(statement, within)
            if not isinstance(tolerance, float | int) or tolerance < CLOSE:
                raise TestRefused(
                    f"line {statement.lineno} asks for more than {CLOSE:g}, to which results are compared"
                )
            return _called(statement, call, _constant(statement, right))
        case ast.Compare(left=ast.Call() as call, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            return _called(statement, call, _constant(statement, right))
    raise _refused(statement)


def _called(statement: ast.stmt, call: ast.Call, result: Value) -> _Checked:
    if not isinstance(call.func, ast.Name) or call.keywords:
        raise _refused(statement)
    return _Checked(call.func.id, Call(tuple(_constant(statement, each) for each in call.args), result))


def _constant(statement: ast.stmt, node: ast.expr) -> Value:
    """The value of a constant expression, as JSON has it: a tuple is a list."""
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_constant(statement, each) for each in parts]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            value = _constant(statement, inner)
            if isinstance(value, int | float):
                return -value
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SUMS:
            a, b = _constant(statement, left), _constant(statement, right)
            if isinstance(a, str) and isinstance(b, str) and isinstance(op, ast.Add):
                return a + b
            if isinstance(a, int | float) and isinstance(b, int | float) and (b or not isinstance(op, ast.Div)):
                return _SUMS[type(op)](a, b)
    raise TestRefused(f"line {statement.lineno}: “{ast.unparse(node)[:40]}” is no constant")


def _refused(statement: ast.stmt) -> TestRefused:
    said = ast.unparse(statement).replace("\n", " ")[:19]
    return TestRefused(f"line {statement.lineno} is no assertion on a call: “{said}”")
