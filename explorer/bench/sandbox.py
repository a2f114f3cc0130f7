"""What it takes to run a program that nobody has read: a process, its limits, the filter, three calls, the end."""

from __future__ import annotations

from explorer.bench import Report
from explorer.corpora.small_programs import programs
from explorer.errors import NotApplicableError
from explorer.stack.evaluation import sandbox

DESCRIPTION = "the sandbox: milliseconds from the start of a program's process to its verdict"
#: Programs that pass, and what is allowed for one.
ROUNDS, MOST = 21, 150


def run(report: Report) -> None:
    """Add the median over rounds, and whether it is within 150 ms. Raises NotApplicableError where nothing may run."""
    if reason := sandbox.refusal():
        raise NotApplicableError(reason, "Run the explorer in a Linux container.")
    task = programs()[0]
    program = f"{task.prompt} a + b\n"

    def passes() -> None:
        assert sandbox.run(program, task.function, task.calls).passed

    medians = report.time("a program that passes", {"explorer": passes}, rounds=ROUNDS)
    report.add(f"a program within {MOST} ms", "explorer", float(medians["explorer"] < MOST), "1 is yes")
