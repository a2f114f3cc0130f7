"""Programs with their verdicts, and pass@k by two formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.evaluation.code import Tried
from explorer.figures.payload import Payload
from explorer.stack.evaluation.pass_at_k import naive_pass_at_k, pass_all_k, pass_at_k


@dataclass(frozen=True, kw_only=True)
class CodeSample:
    """One program."""

    written: str
    verdict: str
    right: int
    message: str
    milliseconds: float
    """From the start of its process to the end."""


@dataclass(frozen=True, kw_only=True)
class CodeTask:
    """One task with its samples."""

    name: str
    prompt: str
    calls: int
    passed: int
    samples: tuple[CodeSample, ...]


@dataclass(frozen=True, kw_only=True)
class CodeCurve:
    """Means over the tasks, for k samples."""

    k: int
    estimated: float
    naive: float
    all_pass: float
    """pass^k."""


@dataclass(frozen=True, kw_only=True)
class CodeSamples(Payload):
    """The tasks that were tried so far."""

    model: str
    recorded: str
    """Why these are recorded samples; nothing where they were run here."""
    temperature: float
    samples: int
    tasks: tuple[CodeTask, ...]
    total: int
    curve: tuple[CodeCurve, ...]


def samples(
    model: str, tasks: Sequence[Tried], total: int, temperature: float, each: int, recorded: str = ""
) -> CodeSamples:
    return CodeSamples(
        model=model,
        recorded=recorded,
        temperature=temperature,
        samples=each,
        tasks=tuple(task(one) for one in tasks),
        total=total,
        curve=curve([one.passed for one in tasks], each),
    )


def curve(passed: Sequence[int], each: int) -> tuple[CodeCurve, ...]:
    """For every k up to the number of samples."""
    return tuple(
        CodeCurve(
            k=k,
            estimated=sum(pass_at_k(each, c, k) for c in passed) / len(passed),
            naive=sum(naive_pass_at_k(each, c, k) for c in passed) / len(passed),
            all_pass=sum(pass_all_k(each, c, k) for c in passed) / len(passed),
        )
        for k in range(1, each + 1)
    )


def task(one: Tried) -> CodeTask:
    """A task with what became of its programs."""
    return CodeTask(
        name=one.name,
        prompt=one.prompt,
        calls=one.calls,
        passed=one.passed,
        samples=tuple(
            CodeSample(
                written=each.written,
                verdict=each.verdict,
                right=each.right,
                message=each.message,
                milliseconds=1000 * each.seconds,
            )
            for each in one.samples
        ),
    )
