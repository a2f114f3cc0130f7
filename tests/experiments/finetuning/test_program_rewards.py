"""A reward by unit tests, in the sandbox."""

from __future__ import annotations

import math

import pytest

from explorer.experiments.finetuning.program_rewards import passes
from explorer.stack.evaluation import sandbox
from explorer.stack.evaluation.sandbox import Call
from explorer.stack.finetuning.policy.rewards import judged

TESTS = [Call((2, 3), 5), Call((-1, 1), 0)]
RIGHT = "def add(a, b):\n    return a + b"


@pytest.mark.skipif(bool(sandbox.refusal()), reason="programs are not shut in here")
def test_programs_are_rewarded_by_their_tests() -> None:
    answers = [RIGHT, "def add(a, b):\n    return a * 0", "print('2 of 2 tests pass'); raise SystemExit(0)", ""]
    found = judged(lambda answer: passes(answer, "add", TESTS), answers)
    assert [each.value for each in found] == [1, 0, 0, 0]
    assert found[0].why == "2 of 2 tests pass"
    assert found[3].why == "the program is empty"
    assert passes(answers[1], "add", TESTS, share=True).value == 0.5


def test_a_reward_without_tests_is_none() -> None:
    (made,) = judged(lambda answer: passes(answer, "add", []), [RIGHT])
    assert math.isnan(made.value)
    assert "no test to pass" in made.why
