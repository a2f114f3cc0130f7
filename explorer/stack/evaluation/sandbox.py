"""Programs that nobody has read, run in a process of their own that can do nothing but compute.

`exec` with emptied builtins is no wall: ``().__class__.__bases__[0].__subclasses__()`` leads back to everything. The
wall here is the kernel's. A new Python process (no environment, no site, a session of its own) imports modules, takes
limits of CPU, memory, file size, files and processes, and then a filter of system calls (seccomp, as a list of what is
allowed): memory, clocks, reads and writes of pipes that are open. It can no longer open a file, a socket or a process,
nor take the filter off. The parent waits so many seconds by the wall clock, and kills the whole group.

What counts as passed is decided outside: the process is told the arguments and never the results. It answers with a
nonce, that it was told after the program had been read, and the values; the parent compares them. So "passed" on
standard output, or exit code 0, says nothing.

>>> task = [Call((2, 3), 5), Call((-1, 1), 0)]
>>> run("def add(a, b):\\n    return a + b", "add", task).passed
True
>>> run("print('passed'); raise SystemExit(0)", "add", task).verdict
'no result'
>>> run("def add(a, b):\\n    return a - b", "add", task).verdict
'wrong result'

Only Linux has the filter, and of its machines x86-64 and arm64 are known here; elsewhere `refusal` says why nothing
runs.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import platform
import secrets
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from explorer.errors import NotApplicableError

Value = int | float | str | bool | None | list["Value"]
Verdict = Literal["passed", "wrong result", "error", "no result", "too long"]
INSIDE = Path(__file__).with_name("sandbox_inside.py")
#: Bytes of an answer that are read, and of what went wrong.
ANSWER, MESSAGE = 65_536, 200
#: Two floats are one result where they differ by no more.
CLOSE = 1e-6
#: From here on a whole number may not be a float.
LARGE = 1e15


@dataclass(frozen=True)
class Limits:
    """What a program may take."""

    seconds: float = 3.0
    """By the wall clock."""
    cpu_seconds: int = 2
    memory: int = 256 << 20
    """Bytes of address space."""

    def __post_init__(self) -> None:
        if not (self.seconds > 0 and self.cpu_seconds > 0 and self.memory > 0):
            raise ValueError("a limit is not above nought")


@dataclass(frozen=True)
class Call:
    """One test: arguments and the right result, as JSON has them."""

    arguments: tuple[Value, ...]
    result: Value


@dataclass(frozen=True)
class Outcome:
    """What became of a program."""

    verdict: Verdict
    seconds: float
    """By the wall clock, from the start of the process to its end."""
    right: int = 0
    """Calls with the right result."""
    message: str = ""
    """The exception's name and words, cut."""

    @property
    def passed(self) -> bool:
        return self.verdict == "passed"


@cache
def refusal() -> str:
    """Why this machine cannot run programs safely; nothing where it can. Found by trying."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"):
        return "Programs run only on Linux, on x86-64 or arm64: there the kernel can shut them in."
    probe = "import os\ndef probe():\n    try:\n        os.listdir('/')\n    except PermissionError:\n        return 1"
    made = _run(probe, "probe", [Call((), 1)], Limits(seconds=10.0))
    return "" if made.passed else f"This machine’s kernel does not shut programs in ({made.message or made.verdict})."


def run(program: str, function: str, calls: Sequence[Call], limits: Limits | None = None) -> Outcome:
    """Define what the program defines, and call its function. Raises NotApplicableError where nothing may run."""
    if reason := refusal():
        raise NotApplicableError(reason, "Run the explorer in a Linux container.")
    return _run(program, function, calls, limits or Limits())


def _run(program: str, function: str, calls: Sequence[Call], limits: Limits) -> Outcome:
    nonce, started = secrets.token_hex(16), time.perf_counter()
    reading, writing = os.pipe()
    bounds = [limits.cpu_seconds, limits.memory]
    asked = {"nonce": nonce, "function": function, "calls": [each.arguments for each in calls]}
    told = "".join(f"{json.dumps(each)}\n" for each in (bounds, program, asked))
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(INSIDE), str(writing)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={}, cwd="/", pass_fds=(writing,), start_new_session=True,
        )  # fmt: skip
        os.close(writing)
        try:
            answer = _answer(process, told.encode(), reading, started + limits.seconds)
        finally:
            _end(process)
    finally:
        os.close(reading)
    return _judged(answer, nonce, calls, time.perf_counter() - started)


def _answer(process: subprocess.Popen[bytes], told: bytes, reading: int, until: float) -> bytes | None:
    """What it wrote until it closed its end, or too much; None where that took too long."""
    assert process.stdin is not None
    os.set_blocking(process.stdin.fileno(), False)
    sending, answer = process.stdin.fileno(), b""
    while (left := until - time.perf_counter()) > 0:
        ready, free, _ = select.select([reading], [sending] if told else [], [], left)
        if free:
            try:
                told = told[os.write(sending, told) :]
            except BrokenPipeError:
                told = b""
        if ready:
            part = os.read(reading, 65_536)
            answer += part
            if not part or len(answer) > ANSWER:
                return answer
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """The group is killed whether the program has ended or not."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    process.wait()


def _judged(answer: bytes | None, nonce: str, calls: Sequence[Call], seconds: float) -> Outcome:
    if answer is None:
        return Outcome("too long", seconds)
    mark, _, said = answer.decode("utf-8", "replace").partition(" ")
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):  # a deep answer is none
        found = None
    if mark != nonce or not isinstance(found, dict):
        return Outcome("no result", seconds)
    if "error" in found:
        return Outcome("error", seconds, message=str(found["error"])[:MESSAGE])
    values = found.get("values")
    if not isinstance(values, list) or len(values) != len(calls):
        return Outcome("no result", seconds)
    right = sum(_same(value, call.result) for value, call in zip(values, calls, strict=True))
    return Outcome("passed" if right == len(calls) else "wrong result", seconds, right)


def _same(value: object, right: object) -> bool:
    """
    >>> _same(1, True), _same([1.0, 2.0], [1.0, 2.0 + 1e-9]), _same("1", 1)
    (False, True, False)
    """
    if isinstance(value, list) and isinstance(right, list):
        return len(value) == len(right) and all(_same(a, b) for a, b in zip(value, right, strict=True))
    if isinstance(value, bool) or isinstance(right, bool):
        return value is right
    if isinstance(value, int) and isinstance(right, int):
        return value == right
    if isinstance(value, float | int) and isinstance(right, float | int):
        return math.isclose(value, right, rel_tol=0, abs_tol=CLOSE) if abs(value) < LARGE else value == right
    return type(value) is type(right) and value == right
