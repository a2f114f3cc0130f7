"""A reward by unit tests: the answer is a program, and runs in the sandbox of the evaluation chapter.

1 where the function that it defines passes all tests, else 0, or the share of tests that it passes. What the program
prints, its exit code and its exceptions decide nothing (`stack.evaluation.sandbox`).
"""

from __future__ import annotations

from collections.abc import Sequence

from explorer.stack.evaluation.sandbox import Call, Limits, run
from explorer.stack.finetuning.policy.rewards import Reward


def passes(
    program: str, function: str, tests: Sequence[Call], share: bool = False, limits: Limits | None = None
) -> Reward:
    """share: a program that passes some of the tests has a part of the reward. Raises NotApplicableError where this
    machine shuts no program in."""
    if not tests:
        raise ValueError("there is no test to pass")
    if not program.strip():
        return Reward(0.0, "the program is empty")
    made = run(program, function, tests, limits)
    passed = made.right / len(tests) if share else float(made.passed)
    why = f"{made.right} of {len(tests)} tests pass" if made.verdict in ("passed", "wrong result") else made.verdict
    return Reward(passed, f"{why}: {made.message}" if made.message else why)
