"""What a rank does where data parallelism and ZeRO are shown: rank functions (`ranks`)."""

from __future__ import annotations

import gc
import time
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from explorer.experiments.systems.parallel_subject import decoder_of
from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.parallelism.shard import storage
from explorer.stack.parallelism.zero import Sharded

#: A grouping of tokens by experts is held by autograd where no hook sees it: of all that a rank holds, at most.
GROUPING = 1e-3


def stages(rank: Rank, given: Message) -> Message:
    """One step from the same weights for each stage; each is told as soon as it is done."""
    group, windows = rank.group, given["windows"]
    hidden = GROUPING if given["config"]["n_experts"] else 0.0
    gc.collect()
    gc.freeze()  # what is alive is looked for among what comes after
    try:
        for stage in given["stages"]:
            group.records.clear()
            group.meter = rank.sent

            def ready(unit: str, gradient: Tensor, stage: int = stage) -> None:
                if stage or not group.rank:
                    rank.tell({"stage": stage, "unit": unit, "gradient": gradient})

            watch = Watch(windows, hidden)
            made = Sharded(group, decoder_of(given), stage, given["precision"], watch=watch, ready=ready).step(windows)
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
            del made, ready, watch
            gc.collect()
    finally:
        gc.unfreeze()
    return {}


@dataclass(eq=False)
class Watch:
    """Counts what is alive, once the library's own thread has let go of what it sent: a moment later, mostly at once.
    Where that does not come, it waits no second time: `hidden` is the share that differs in any case."""

    text: Tensor
    hidden: float = 0.0
    waits: bool = True

    def __call__(self, made: Sharded) -> int:
        seen, held = alive(self.text), made.held().total
        until = time.monotonic() + 0.5
        while self.waits and abs(seen - held) > self.hidden * held:
            time.sleep(0.002)
            seen = alive(self.text)
            self.waits = time.monotonic() < until
        return seen


def alive(text: Tensor) -> int:
    """Bytes of all tensors but the text that have come since `gc.freeze`, each storage once."""
    found: dict[int, int] = {}
    for each in gc.get_objects():
        if type(each) in (Tensor, torch.nn.Parameter):
            found |= storage(each)
    return sum(size for place, size in found.items() if place not in storage(text))
