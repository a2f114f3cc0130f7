"""Of many machines."""

from __future__ import annotations

from explorer.lessons.fact import fact
from explorer.panels.scene import Scene
from explorer.stack.parallelism.pipeline.bubble import NAMED, Size
from explorer.stack.parallelism.pipeline.simulate import Costs
from explorer.stack.parallelism.zero_memory import STAGES, bytes_a_weight
from explorer.stack.systems.clusters import CLUSTERS


@fact("number")
def bytes_per_weight(_: Scene, zero: int, ranks: int) -> float:
    """Bytes of training that a rank holds for each weight under ZeRO 0 (none) to 3, with AdamW in mixed precision."""
    stage = dict(enumerate(STAGES))[zero]
    return bytes_a_weight(stage, ranks).total


@fact("share")
def bubble(_: Scene, schedule: str, ranks: int, microbatches: int) -> float:
    """A rank's idle time over its busy time, where a forward takes half as long as a backward."""
    found = {each.key: each for each in NAMED}[schedule]
    return float(found.idle(Size(ranks, microbatches), Costs())) / (3 * microbatches)


@fact("number")
def times_the_network(_: Scene, cluster: str) -> float:
    """How many times as fast as its network a card's link inside the node is."""
    found = CLUSTERS[cluster]
    return found.link.value / found.port.value
