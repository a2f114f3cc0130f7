"""Small programming tasks, written for this project: a beginning that a small model can go on from, and calls with
their right results.

>>> tasks = programs()
>>> tasks[0].name, tasks[0].function, len(tasks[0].calls)
('sum', 'add', 3)
"""

from __future__ import annotations

from typing import NamedTuple

from explorer.stack.evaluation.sandbox import Call


class Task(NamedTuple):
    """One task."""

    name: str
    function: str
    prompt: str
    calls: tuple[Call, ...]


def programs() -> tuple[Task, ...]:
    """All tasks, the easier first."""
    return (
        Task(
            "sum", "add", 'def add(a, b):\n    """Return the sum of a and b."""\n    return',
            (Call((2, 3), 5), Call((-1, 1), 0), Call((10, 20), 30)),
        ),
        Task(
            "larger", "larger",
            'def larger(a, b):\n    """Return the larger of a and b."""\n    if a > b:\n        return',
            (Call((2, 3), 3), Call((5, 1), 5), Call((-4, -2), -2)),
        ),
        Task(
            "even", "is_even", 'def is_even(n):\n    """Return True if n is even, else False."""\n    return',
            (Call((2,), True), Call((7,), False), Call((0,), True)),
        ),
        Task(
            "length", "count_words",
            'def count_words(text):\n    """Return the number of words in text."""\n    return',
            (Call(("a b c",), 3), Call(("",), 0), Call(("one",), 1)),
        ),
        Task(
            "last", "last", 'def last(items):\n    """Return the last element of the list items."""\n    return',
            (Call(([1, 2, 3],), 3), Call((["a"],), "a"), Call(([0, 0, 9, 4],), 4)),
        ),
        Task(
            "squares", "squares",
            'def squares(items):\n    """Return a list with the square of each number in items."""\n    return',
            (Call(([1, 2, 3],), [1, 4, 9]), Call(([],), []), Call(([-2],), [4])),
        ),
    )  # fmt: skip
