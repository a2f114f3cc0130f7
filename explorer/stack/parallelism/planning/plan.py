"""A way to lay a training over cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Recompute = Literal["none", "selective", "full"]
RECOMPUTE: tuple[Recompute, ...] = get_args(Recompute)
Zero = Literal[0, 1, 2, 3]


@dataclass(frozen=True)
class Plan:
    """Degrees of each kind of parallelism, and what else decides memory and time.

    >>> Plan(tp=8, pp=16, dp=64, batch=2048, length=8192).cards
    8192
    """

    tp: int = 1
    """Tensor: ranks that share every matrix."""
    pp: int = 1
    """Pipeline: ranks that share the blocks."""
    dp: int = 1
    """Data: copies."""
    cp: int = 1
    """Context: ranks that share a sequence."""
    ep: int = 1
    """Expert: ranks of data and context, and of tensor, that share the experts. It needs no cards of its own."""
    batch: int = 1
    """Sequences of a step."""
    length: int = 1
    """Tokens of a sequence."""
    microbatch: int = 1
    """Sequences of a micro-batch."""
    chunks: int = 1
    """Stages that a rank of the pipeline holds."""
    zero: Zero = 1
    """What data parallel ranks share: 1 the optimizer, 2 gradients too, 3 weights too."""
    recompute: Recompute = "none"
    sequence: bool = True
    """Whether norms and residuals are split over the tensor ranks too."""
    flash: bool = True
    """Whether scores are never written."""
    overlap: bool = True
    """Whether gradients and weights move while others compute."""
    tp_overlap: bool = False
    """Whether tensor parallel collectives move in pieces while products compute."""
    ends: int = 0
    """Blocks that the first and the last stage lack together, in place of embedding and head."""
    fp8: bool = False
    """Whether products are in FP8."""
    dual: bool = False
    """Whether forward and backward of two micro-batches share a slot (DualPipe), and hide the experts' messages."""

    @property
    def cards(self) -> int:
        return self.tp * self.pp * self.dp * self.cp

    @property
    def replicas(self) -> int:
        """Ranks that hold the same weights, experts apart."""
        return self.dp * self.cp

    @property
    def microbatches(self) -> float:
        """Of each pipeline in a step."""
        return self.batch / (self.dp * self.microbatch)

    @property
    def tokens(self) -> float:
        """Of a micro-batch on one rank."""
        return self.microbatch * self.length / self.cp

    @property
    def name(self) -> str:
        parts = [("TP", self.tp), ("CP", self.cp), ("PP", self.pp), ("DP", self.dp)]
        shown = " × ".join(f"{kind} {degree}" for kind, degree in parts if degree > 1 or kind in ("TP", "PP", "DP"))
        return f"{shown}, EP {self.ep}" if self.ep > 1 else shown
