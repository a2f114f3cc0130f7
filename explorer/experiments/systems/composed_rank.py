"""What a rank does where several forms of parallelism are composed: a rank function (`ranks`, `rank_torchrun`)."""

from __future__ import annotations

import time
from dataclasses import asdict

from explorer.experiments.systems.parallel_subject import decoder_of
from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.parallelism.composed import Composed, Layout
from explorer.stack.parallelism.pipeline.bubble import SCHEDULES
from explorer.stack.parallelism.pipeline.bubble import Size as PipelineSize


def step(rank: Rank, given: Message) -> Message:
    """One step of all rows: the loss, this rank's gradients, what it called, and the seconds of another step."""
    make = SCHEDULES[given["schedule"]].make
    layout, count = Layout(**given["layout"]), given["microbatches"]
    made = Composed.of(
        decoder_of(given), rank.group, layout, count,
        lambda ranks, microbatches: make(PipelineSize(ranks, microbatches)), given["sequence"],
    )  # fmt: skip
    rank.group.records.clear()
    loss = made.step(given["windows"])
    gradients = {name: each.clone() for name, each in made.gradients.items()}
    records = [asdict(each) for each in rank.group.records]
    rank.group.barrier()
    began = time.perf_counter()
    made.step(given["windows"])
    rank.group.barrier()
    return {"loss": loss, "gradients": gradients, "records": records, "seconds": time.perf_counter() - began}
