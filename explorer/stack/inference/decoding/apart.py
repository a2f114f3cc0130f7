"""A stranger's rule is read in a process of its own, which the system ends when it takes too long or too much memory.

What libraries do with a pattern or a schema has no bound to rely on. Measured on one core: llguidance 1.9 worked for
over 40 s on ``{"type": "integer", "multipleOf": 123456789}``, whatever its limits said; Python's `re` doubles its time
with every round of ``^(a(|)){26}[^ -~]$`` and lets no other thread run meanwhile; `regex` did not hear its own
time-out on ``(?:(?:(?:a?){1000}){1000}){1000}`` and filled the memory on ``(?R)a``. A thread cannot be stopped from
outside and a crash takes all of the process with it: another process can be, and takes nothing.

Starting one takes some 0.1 s; `apart_tasks` is what it runs.

>>> matched = ask("match", pattern="a|bc", texts=[], steps=[["b", ["c", "d"]]])
>>> matched.whole, matched.lines
(True, [{'texts': []}, {'step': [True, False]}])
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: seconds of one core that a task may take
SECONDS = 2
#: seconds until it is ended whatever it does: the machine may be busy with other things
WAIT = 20.0
#: bytes
MEMORY = 1 << 30
#: What the process needs of this one's environment; it is given nothing else.
KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True)
class Answer:
    """What a task said, line by line, until it was done or was ended."""

    lines: list[dict[str, Any]]
    whole: bool
    """False if it was ended, or failed, before it was done."""


def why(errors: bytes) -> str:
    """The last line of what a process wrote that Python ended: the error's kind and its words.

    >>> why(b"Traceback (most recent call last):\\n  ...\\nModuleNotFoundError: No module named 'regex'\\n")
    "ModuleNotFoundError: No module named 'regex'"
    """
    return next((line for line in reversed(errors.decode("utf-8", "replace").splitlines()) if line.strip()), "")


def ask(task: str, seconds: int = SECONDS, **given: Any) -> Answer:
    """Run one of `apart_tasks` on what is given, JSON-able values. Raises RuntimeError where it lacks a library."""
    asked = {
        "path": [entry or os.getcwd() for entry in sys.path],  # noqa: PTH109
        "task": task,
        "seconds": seconds,
        "memory": MEMORY,
        "given": given,
    }
    # One thread: what the threads of others reserve would count as this one's memory.
    env = {name: os.environ[name] for name in KEPT if name in os.environ} | {"RAYON_NUM_THREADS": "1"}
    command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("apart_tasks.py"))]
    try:
        done = subprocess.run(command, input=json.dumps(asked).encode(), capture_output=True, timeout=WAIT, env=env)
        said, whole = done.stdout, done.returncode == 0
        if not whole and (lacks := why(done.stderr)).startswith(("ModuleNotFoundError", "ImportError")):
            raise RuntimeError(lacks)
    except subprocess.TimeoutExpired as late:
        said, whole = late.stdout or b"", False
    lines = said.split(b"\n")[:-1]  # the last one is empty, or was cut short
    return Answer([json.loads(line) for line in lines], whole)
