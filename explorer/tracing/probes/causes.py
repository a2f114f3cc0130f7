"""What a change causes: the difference between a changed run and the unchanged one, and blocks called by themselves.

`compare` reads two runs at one position. `call_block` carries many changed streams through one block at once, with what
the model hands each block besides the stream (`block_arguments`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor, nn

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

#: What a block is given besides the stream, by place and by name.
BlockArguments = tuple[tuple[object, ...], dict[str, object]]
#: Token positions that are carried through a block at once: their MLP activations stay within some 20 MB.
TOKENS_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class Difference:
    """One position's next-token distribution before and after a change."""

    pos: int
    kl: float
    """KL(before || after) in nats."""
    top_before: int
    top_after: int
    _before: Float[Tensor, " d_vocab"] = field(repr=False)
    _after: Float[Tensor, " d_vocab"] = field(repr=False)

    def logit(self, token: int) -> tuple[float, float]:
        """The token's logit before and after."""
        return float(self._before[token]), float(self._after[token])

    def logit_change(self, token: int) -> float:
        before, after = self.logit(token)
        return after - before

    def probability(self, token: int) -> tuple[float, float]:
        """The token's probability before and after."""
        return tuple(float(x.double().log_softmax(-1)[token].exp()) for x in (self._before, self._after))  # pyright: ignore[reportReturnType]

    def rank(self, token: int) -> tuple[int, int]:
        """The token's rank before and after; 1 is the likeliest."""
        return tuple(int((x > x[token]).sum()) + 1 for x in (self._before, self._after))  # pyright: ignore[reportReturnType]


def compare(base: Trace, trace: Trace, pos: int) -> Difference | None:
    """What became of position `pos`; None when the two runs did not read the same tokens up to there."""
    if not 0 <= pos < min(len(base.tokens), len(trace.tokens)):
        return None
    if not torch.equal(base.ids[: pos + 1], trace.ids[: pos + 1]):
        return None
    before, after = base.logits[pos], trace.logits[pos]
    return Difference(pos, float(kl(before, after)), int(before.argmax()), int(after.argmax()), before, after)


def kl(before: Float[Tensor, " d_vocab"], after: Float[Tensor, "*rows d_vocab"]) -> Float[Tensor, "*rows"]:
    """KL(before || after) of the two softmaxes, nats, float64."""
    p, q = before.double().log_softmax(-1), after.double().log_softmax(-1)
    return (p.exp() * (p - q)).sum(-1).clamp_min(0)


def call_block(block: nn.Module, stream: Tensor, arguments: BlockArguments) -> Tensor:
    """The stream after a block."""
    args, kwargs = arguments
    if isinstance(alibi := kwargs.get("alibi"), Tensor):  # BLOOM's has a row for each head of each text
        kwargs = {**kwargs, "alibi": alibi.repeat(len(stream), *[1] * (alibi.ndim - 1))}
    if isinstance(mask := kwargs.get("attention_mask"), Tensor) and len(mask) == 1:  # XGLM asks for one a text
        kwargs = {**kwargs, "attention_mask": mask.expand(len(stream), *mask.shape[1:])}
    out = block(stream, *args, **kwargs)
    return out[0] if isinstance(out, tuple) else out


def block_arguments(model: Model, ids: Tensor) -> list[BlockArguments]:
    """What the model hands each block besides the stream (mask, rotary table): read from one pass over the same tokens.

    They hold for a batch of any size.
    """
    bridge = model.bridge
    seen: list[BlockArguments] = []

    def note(_module: object, args: tuple[object, ...], kwargs: dict[str, object]) -> None:
        seen.append((args[1:], {name: value for name, value in kwargs.items() if name != "hidden_states"}))

    handles = [block.register_forward_pre_hook(note, with_kwargs=True) for block in bridge.blocks]
    try:
        bridge(ids[None], return_type="logits", use_cache=False, logits_to_keep=1)
    finally:
        for handle in handles:
            handle.remove()
    return seen
