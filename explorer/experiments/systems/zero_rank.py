"""What a rank does where data parallelism and ZeRO are shown: rank functions (`ranks`)."""

from __future__ import annotations

import gc
import time
from dataclasses import asdict

import torch
from torch import Tensor

from explorer.experiments.systems.parallel_subject import decoder_of
from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.parallelism.shard import storage
from explorer.stack.parallelism.zero import Sharded


def stages(rank: Rank, given: Message) -> Message:
    """One step from the same weights for each stage; each is told as soon as it is done."""
    group, windows = rank.group, given["windows"]
    gc.collect()
    gc.freeze()  # what is alive is looked for among what comes after
    try:
        tries = 3 if given["config"]["n_experts"] else 100  # experts hold what no part has, whatever one waits
        for stage in given["stages"]:
            group.records.clear()
            group.meter = rank.sent

            def ready(unit: str, gradient: Tensor, stage: int = stage) -> None:
                if stage or not group.rank:
                    rank.tell({"stage": stage, "unit": unit, "gradient": gradient})

            made = Sharded(
                group,
                decoder_of(given),
                stage,
                given["precision"],
                watch=lambda made: settled(made, windows, tries),
                ready=ready,
            ).step(windows)
            group.meter = None
            rank.tell(
                {
                    "stage": stage,
                    "loss": made.loss,
                    "parts": made.parts,
                    "moments": [asdict(each) for each in made.moments],
                    "records": [asdict(each) for each in group.records],
                }
            )
            del made, ready
            gc.collect()
    finally:
        gc.unfreeze()
    return {}


def settled(made: Sharded, text: Tensor, tries: int) -> int:
    """What is alive, once the library's own thread has let go of what it sent: a moment later, mostly at once."""
    seen = alive(text)
    for _ in range(tries):
        if seen == made.held().total:
            break
        time.sleep(0.002)
        seen = alive(text)
    return seen


def alive(text: Tensor) -> int:
    """Bytes of all tensors but the text that have come since `gc.freeze`, each storage once."""
    found: dict[int, int] = {}
    for each in gc.get_objects():
        if type(each) in (Tensor, torch.nn.Parameter):
            found |= storage(each)
    return sum(size for place, size in found.items() if place not in storage(text))
