"""One head of a run as the kernels take it: its queries, keys and values at some positions, its scale and its mask.

A long text is cut to a window of positions. What the keys before the window add is known by two things, its output and
its log-sum-exp, and is merged in where a result is held against the model's own (`stack.systems.online_softmax`).
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.systems.flash_backward import require_one_width
from explorer.stack.systems.flash_attention import flash_attention_2
from explorer.stack.systems.online_softmax import Partial, merge
from explorer.stack.systems.tile_mask import TileMask
from explorer.tracing.changes.interventions import AblateHead
from explorer.tracing.trace import Trace


@dataclass(frozen=True, eq=False)
class TracedHead:
    """Rotated queries and keys, values, and what the model made of them."""

    layer: int
    head: int
    kv: int
    """The key-value head that it reads."""
    first: int
    """The window's first position."""
    q: Float[Tensor, "1 1 window d_head"]
    k: Float[Tensor, "1 1 window d_head"]
    v: Float[Tensor, "1 1 window d_head"]
    z: Float[Tensor, "window d_head"]
    """The model's own output of the head."""
    pattern: Float[Tensor, "window key"]
    """The model's own weights, over all keys of the run."""
    scale: float
    mask: TileMask
    """Causal, with the layer's window and the soft cap, where the model has them."""
    earlier: Partial | None
    """Attention over the keys before the window."""
    ablated: bool
    """Whether an intervention cut the head: its z is then not what its queries, keys and values give."""

    @classmethod
    def of(cls, trace: Trace, layer: int, head: int, sliding: int | None, at: slice | None = None) -> TracedHead:
        """Raises NotApplicableError where the model's attention is not a softmax of q.k alone (ALiBi, sinks), or
        keys and values differ in width."""
        trace.readout.require("values")
        require_one_width(trace)
        at = at or slice(0, len(trace.tokens))
        kv = head // (trace.dims.n_heads // trace.dims.n_kv_heads)
        q, k, v = trace.rot_q[layer, :, head], trace.rot_k[layer, :, kv], trace.v[layer, :, kv]  # pos d_head
        scale, mask = trace.readout.scaling[layer], TileMask(True, sliding, cap=trace.readout.score_softcap)
        earlier = None
        if at.start:
            before = k[None, None, : at.start], v[None, None, : at.start]
            earlier = flash_attention_2(q[None, None, at], *before, mask, scale, shift=at.start)
        return cls(
            layer, head, kv, at.start,
            q[None, None, at], k[None, None, at], v[None, None, at],
            trace.z[layer, at, head], trace.pattern[layer, head, at], scale, mask, earlier,
            any(isinstance(i, AblateHead) and (i.layer, i.head) == (layer, head) for i in trace.key.interventions),
        )  # fmt: skip

    @property
    def n(self) -> int:
        return self.q.shape[2]

    @property
    def d_head(self) -> int:
        return self.q.shape[3]

    def scores(self, mask: TileMask) -> Float[Tensor, "window window"]:
        """Scaled, bent where the model does, -inf where the mask hides a key."""
        every = slice(0, self.n)
        return mask.scores(self.q @ self.k.mT * self.scale, every, every, 0)[0, 0]

    def z_error(self, made: Partial) -> float:
        """The largest difference from the model's own output, relative to its largest number: attention over the
        window's keys, with that over the keys before it merged in."""
        if self.earlier is not None:
            made = merge(made, self.earlier)
        return float((made.out[0, 0].float() - self.z).abs().max() / self.z.abs().max().clamp_min(1e-30))


def model_weights(trace: Trace, layer: int, head: int) -> tuple[str, float]:
    """What a head's weights are held against, and how far that is from what was read of the model: of a long run, which
    keeps none, it is made again, and must have what was read of each row as it ran."""
    if trace.witness is None:
        return "the weights that the model itself used", 0.0
    made = "weights made again, with the sums, entropies and largest weights that were read of the model"
    return made, trace.witness.pattern_error(layer, head, trace.pattern[layer, head])
