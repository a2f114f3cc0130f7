"""Rewards that a program checks: an arithmetic answer, a format, a JSON schema.

Each looks at the text of an answer and says 0 or 1, and why. `judged` asks one of many answers: where a reward throws,
or gives what is no finite number, the answer has no reward (NaN) and the sentence says so; the others keep theirs.

>>> arithmetic("85+7", "92").value, arithmetic("85+7", "93").why
(1.0, '85+7 is 92, not 93')
>>> in_format(r"<answer>[^<]+</answer>", "<answer>92</answer>").value
1.0
>>> fits({"type": "object", "required": ["sum"]}, '{"sum": 92}').value, fits({"type": "object"}, "{sum: 92").why
(1.0, 'no JSON: Expecting property name enclosed in double quotes at 1')
>>> judged(lambda answer: Reward(1 / (len(answer) - 2), ""), ["92", "8"])[0]
Reward(value=nan, why='the reward threw ZeroDivisionError: division by zero')
"""

from __future__ import annotations

import ast
import json
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

#: Characters of a message that are kept.
MESSAGE = 120
_SIGNS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}


@dataclass(frozen=True)
class Reward:
    """Of one answer."""

    value: float
    """NaN where there is none."""
    why: str


def arithmetic(expression: str, answer: str) -> Reward:
    """1 where the answer is the expression's value (`+`, `-`, `*`, whole numbers), or an expression of that value.

    >>> arithmetic("15+70", "80+5").value, arithmetic("15+70", "").why, arithmetic("15+70", "2**9").why
    (1.0, 'the answer is empty', "'2**9' is no sum")
    """
    if not answer.strip():
        return Reward(0.0, "the answer is empty")
    right = _value(expression)
    if right is None:
        raise ValueError(f"{expression[:MESSAGE]!r} is no sum")
    got = _value(answer)
    if got is None:
        return Reward(0.0, f"{answer[:MESSAGE]!r} is no sum")
    return Reward(float(got == right), f"{expression} is {right}" + ("" if got == right else f", not {got}"))


def in_format(pattern: str, answer: str) -> Reward:
    """1 where the whole answer has the pattern. A pattern that takes over a second raises TimeoutError."""
    import regex

    found = regex.fullmatch(pattern, answer, timeout=1.0) is not None
    return Reward(float(found), "it has the format" if found else "it has another format")


def fits(schema: Mapping[str, object], answer: str) -> Reward:
    """1 where the answer is JSON that the schema allows."""
    import jsonschema

    try:
        said = json.loads(answer)
    except json.JSONDecodeError as wrong:
        return Reward(0.0, f"no JSON: {wrong.msg} at {wrong.pos}")
    except RecursionError:
        return Reward(0.0, "no JSON: it is nested too deeply")
    try:
        jsonschema.validate(said, schema)
    except jsonschema.ValidationError as wrong:
        return Reward(0.0, wrong.message[:MESSAGE])
    return Reward(1.0, "the schema allows it")


def judged(reward: Callable[[str], Reward], answers: Sequence[str]) -> list[Reward]:
    """The reward of each answer, whatever it does."""
    found = list[Reward]()
    for answer in answers:
        try:
            made = reward(answer)
        except Exception as threw:
            found.append(Reward(math.nan, f"the reward threw {type(threw).__name__}: {threw}"[: 2 * MESSAGE]))
            continue
        if math.isfinite(made.value):
            found.append(made)
        else:
            found.append(Reward(math.nan, f"the reward is {made.value}, no number"))
    return found


def _value(text: str) -> int | None:
    """None where it is no sum of whole numbers. A leading nought counts as the digits it stands before."""
    if len(text) > MESSAGE:
        return None
    plain = " ".join(text.split())
    digits = "".join(part.lstrip("0") or "0" if part.isdigit() else part for part in _parts(plain))
    try:
        return _walk(ast.parse(digits, mode="eval").body)
    except (SyntaxError, ValueError):
        return None


def _parts(text: str) -> list[str]:
    """Runs of digits, and what is between them."""
    from itertools import groupby

    return ["".join(run) for _, run in groupby(text, str.isdigit)]


def _walk(node: ast.expr) -> int:
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_walk(operand)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SIGNS:
            return _SIGNS[type(sign)](_walk(left), _walk(right))
        case _:
            raise ValueError(f"no sum: {ast.dump(cast(ast.AST, node))}")
