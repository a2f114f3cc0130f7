"""Four axes of parallelism on real processes, beside one process's loss and gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from explorer.experiments.systems.parallel_subject import Subject, decoder_of
from explorer.experiments.systems.ranks import Message
from explorer.stack.parallelism.composed import Layout, joined
from explorer.stack.worst import worst

#: What every rank needs, loaded once.
LOADS = ("torch._dynamo", "explorer.experiments.systems.composed_rank")
STEP = "explorer.experiments.systems.composed_rank:step"


@dataclass(frozen=True)
class Setting:
    """How a step is shared."""

    layout: Layout
    microbatches: int = 1
    schedule: str = "1f1b"
    sequence: bool = False

    def payload(self, subject: Subject) -> Message:
        """As every rank is told it."""
        own = {"layout": asdict(self.layout), "microbatches": self.microbatches, "schedule": self.schedule}
        return {**subject.payload(), **own, "sequence": self.sequence}


@dataclass(frozen=True)
class Compared:
    """A step of many ranks, and one process's."""

    loss: float
    """All ranks say the same."""
    alone: float
    gradients: float
    """The largest difference of a weight's gradient, relative to its length."""
    seconds: float
    """Of a step, the slowest rank's."""
    formula: float
    """Bytes that all ranks send."""


def compared(subject: Subject, setting: Setting, answers: Sequence[Message]) -> Compared:
    """What the ranks answered, and what one process makes of the same rows. Raises ValueError where ranks disagree
    about the loss."""
    alone, wanted = one_process(subject, setting.microbatches)
    if len({each["loss"] for each in answers}) > 1:
        raise ValueError(f"the ranks disagree about the loss: {[each['loss'] for each in answers]}")
    like: dict[str, Tensor] = {name: torch.empty_like(each) for name, each in wanted.items()}
    found = joined([each["gradients"] for each in answers], subject.config, setting.layout, like)
    if missing := wanted.keys() ^ found.keys():
        raise ValueError(f"no rank, or more than the decoder, has {', '.join(sorted(missing))}")
    errors = [float((found[name] - each).norm() / each.norm()) for name, each in wanted.items()]
    formula = sum(record["formula"] for each in answers for record in each["records"])
    return Compared(answers[0]["loss"], alone, worst(*errors), max(each["seconds"] for each in answers), formula)


def one_process(subject: Subject, microbatches: int) -> tuple[float, dict[str, Tensor]]:
    """The mean of the micro-batches' losses, and its gradients."""
    decoder = decoder_of(subject.payload())
    loss = torch.stack([decoder.loss(each).total({}) for each in subject.windows.chunk(microbatches)]).mean()
    loss.backward()
    return float(loss.detach()), {name: each.grad for name, each in decoder.named_parameters() if each.grad is not None}
