"""A pipeline's step on two processes: ours against torch's own pipelining, and the simulator against the measured."""

from __future__ import annotations

import statistics

from explorer.bench import Report
from explorer.experiments.systems import pipeline_parallel as experiment
from explorer.experiments.systems.parallel_subject import Subject, subject
from explorer.experiments.systems.ranks import Message, Ranks
from explorer.stack.parallelism.pipeline.actions import write
from explorer.stack.parallelism.pipeline.bubble import NAMED, SCHEDULES, Size

COMPARED = "explorer.bench.pipeline_rank:compared"
#: Schedules that torch runs on gloo as well.
PEERS = ("gpipe", "1f1b", "interleaved")


def cases(report: Report, rounds: int, rows: int) -> None:
    """Both on as many micro-batches as rows."""
    asked = subject("dense", rows, 128)
    against_torch(report, asked, rounds)
    simulator(report, asked, rounds)


def against_torch(report: Report, asked: Subject, rounds: int) -> None:
    """Medians of as many rounds, in turns on the same two processes."""
    for key in PEERS:
        size = Size(2, len(asked.windows), 2)
        answers = both(asked, key, size, rounds)
        seconds = {
            who: statistics.median(max(each["seconds"][who][at] for each in answers) for at in range(rounds))
            for who in ("explorer", "torch")
        }
        case = f"{SCHEDULES[key].name}, 2 ranks, {size.microbatches} micro-batches, a step"
        for who, value in seconds.items():
            report.add(case, who, 1e3 * value, "ms")
        report.add(f"{case}: ours by torch's", "explorer", seconds["explorer"] / seconds["torch"], "times")


def both(asked: Subject, key: str, size: Size, rounds: int) -> list[Message]:
    """Each rank's answer: times, losses and gradients of ours and of torch's."""
    schedule = SCHEDULES[key].make(size)
    given: Message = {
        **asked.payload(), "schedule": key, "key": key, "rounds": rounds, "rows": [write(row) for row in schedule.rows],
    }  # fmt: skip
    with Ranks(size.ranks, loads=experiment.LOADS) as ranks:
        return ranks.run(COMPARED, [given] * size.ranks)


def simulator(report: Report, asked: Subject, rounds: int) -> None:
    """Told what each kind of action took on average, in the step itself and in the one before or after."""
    size = Size(2, len(asked.windows), 2)
    made = {each.key: each.make(size) for each in NAMED}
    *_, found = experiment.compared(asked, made, max(4, rounds))
    for key, ran in found.ran.items():
        case = f"{SCHEDULES[key].name}, 2 ranks"
        report.add(f"{case}, measured step", "explorer", 1e3 * statistics.median(ran.seconds), "ms")
        report.add(f"{case}, simulated from its own costs, by measured, less one", "explorer", 100 * ran.own_error, "%")
        report.add(f"{case}, from a neighbour's costs, by measured, less one", "explorer", 100 * ran.other_error, "%")
