"""Rewards that a program checks, and what a reward may do wrong."""

from __future__ import annotations

import math

import pytest

from explorer.stack.finetuning.policy.rewards import Reward, arithmetic, fits, in_format, judged


@pytest.mark.parametrize(
    ("expression", "answer", "value"),
    [
        ("85+07", "92", 1), ("85+7", "93", 0), ("15+70", "80+5", 1), ("3*4-2", "10", 1), ("2+3", "-5", 0),
        ("2+3", " 5\n", 1), ("2+3", "five", 0), ("2+3", "", 0), ("2+3", "5.0", 0), ("2+3", "2**9", 0),
        ("2+3", "True", 0), ("2+3", "__import__('os')", 0), ("2+3", "5+" * 200 + "0", 0), ("08+07", "15", 1),
    ],
)  # fmt: skip
def test_sums(expression: str, answer: str, value: int) -> None:
    assert arithmetic(expression, answer).value == value


def test_a_prompt_that_is_no_sum() -> None:
    (made,) = judged(lambda answer: arithmetic("a+b", answer), ["3"])
    assert math.isnan(made.value)
    assert made.why == "the reward threw ValueError: 'a+b' is no sum"


def test_a_format_and_a_schema() -> None:
    assert in_format(r"\d+", "12").value == 1
    assert in_format(r"\d+", "12.").value == 0
    schema = {"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]}
    assert fits(schema, '{"sum": 3}').value == 1
    assert fits(schema, '{"sum": "3"}').why == "'3' is not of type 'integer'"
    assert fits(schema, "[" * 100_000).value == 0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_reward_that_is_no_number(value: float) -> None:
    found = judged(lambda answer: Reward(value if answer == "b" else 1.0, ""), ["a", "b"])
    assert [math.isnan(each.value) for each in found] == [False, True]
    assert found[1].why == f"the reward is {value}, no number"
