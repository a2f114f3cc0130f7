"""What a rank does where pipelines are shown: rank functions (`ranks`)."""

from __future__ import annotations

import gc
from dataclasses import asdict

from explorer.experiments.systems.parallel_subject import decoder_of
from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.parallelism.pipeline.actions import Schedule, read
from explorer.stack.parallelism.pipeline.run import RankRun


def steps(rank: Rank, given: Message) -> Message:
    """Each schedule once with its kept bytes and gradients, then all in turns, as often as is asked.

    In turns, since what else runs on the machine then meets all alike."""
    group, windows = rank.group, given["windows"]
    schedules = {key: Schedule(key, tuple(read(row) for row in rows)) for key, rows in given["schedules"].items()}
    for key, schedule in schedules.items():
        made = RankRun(schedule, decoder_of(given), group, counted=True).step(windows)
        rank.tell({"schedule": key, "loss": made.loss, "gradients": made.gradients, "kept": list(made.kept)})
    runs = {key: RankRun(schedule, decoder_of(given), group) for key, schedule in schedules.items()}
    gc.collect()
    gc.disable()
    try:
        for run in runs.values():  # what is made once
            run.step(windows)
        for repeat in range(given["repeats"]):
            for key, run in runs.items():
                group.barrier()
                made = run.step(windows)
                rank.tell({"schedule": key, "repeat": repeat, "done": [asdict(each) for each in made.done]})
    finally:
        gc.enable()
    return {}
