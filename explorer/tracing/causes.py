"""What a part of the model causes, measured by running the model without it.

`compare` reads the difference between a changed run and the unmodified one. `ablation_effects` switches off every
head, one at a time, and measures what becomes of one position's answer: 270 runs for the default model, made cheap by
starting each from the stored stream at its own layer and carrying all of them through the upper layers as one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.tracing import hooks
from explorer.tracing.edits import Run
from explorer.tracing.hooking import RUNNING, edit_hooks, hooked

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


@dataclass(frozen=True, eq=False)
class AblationEffects:
    """What switching off each head does to one position's answer."""

    pos: int
    targets: tuple[int, ...]
    kl: Float[Tensor, "layer head"]
    """KL(run as it is || run without the head), nats."""
    logit_change: Float[Tensor, "layer head"]
    """Change of the first target's logit."""
    probabilities: Float[Tensor, "layer head target"]
    """Of each target, without the head."""
    base_probabilities: Float[Tensor, " target"]


def ablation_effects(
    model: Model,
    trace: Trace,
    pos: int,
    targets: Sequence[int],
    progress: Callable[[int, int], None] | None = None,
) -> AblationEffects:
    """Zero-ablate each head in turn, over all positions up to `pos`, with the trace's own interventions kept on.

    `progress(layers done, layers)` is told before each batch of variants and at the end.
    Equal to a full forward with the head's z set to zero.
    """
    dims, n = trace.dims, pos + 1
    total = dims.n_layers * dims.n_heads
    tell = progress or (lambda *_: None)
    with RUNNING, torch.inference_mode():
        bridge = model.bridge
        arguments = block_arguments(model, trace.ids[:n])
        run = Run(trace.n_prompt, width=n, constants=dict(trace.constants))
        variants = torch.empty(total, n, dims.d_model)
        first: int | None = None  # the head that the first row of a batch loses

        def cut(z: Float[Tensor, "batch pos head d_head"], **_: object) -> Tensor | None:
            if first is None:
                return None
            out = z.clone()
            for row in range(len(z)):
                out[row, :, first + row] = 0
            return out

        for layer, block in enumerate(bridge.blocks):
            mine = slice(layer * dims.n_heads, (layer + 1) * dims.n_heads)
            variants[mine] = trace.stream(layer)[:n]
            edits = [
                hook
                for hook in edit_hooks(model, trace.key.interventions, run)
                if hook[0].startswith(f"blocks.{layer}.")
            ]
            rows = max(1, TOKENS_AT_ONCE // n)
            with hooked(model, [*edits, (hooks.in_block(layer, hooks.EDITED["z"]), cut)]):
                for start, stop in _chunks(mine, rows):
                    tell(layer, dims.n_layers)  # here "Stop" is heard
                    # Earlier layers' variants pass through; this layer's copies lose one head each.
                    first = start - mine.start if start >= mine.start else None
                    variants[start:stop] = call_block(block, variants[start:stop], arguments[layer])
            tell(layer + 1, dims.n_layers)
        last = trace.readout.logits(variants[:, -1].contiguous())  # (layer head) d_vocab
    base = trace.logits[pos]
    chosen = list(targets)
    shape = (dims.n_layers, dims.n_heads)
    changed = torch.stack([kl(base, row) for row in last])
    probabilities = torch.stack([row.double().log_softmax(-1)[chosen].exp() for row in last])
    return AblationEffects(
        pos=pos,
        targets=tuple(chosen),
        kl=changed.view(shape),
        logit_change=(last[:, chosen[0]] - base[chosen[0]]).view(shape),
        probabilities=probabilities.view(*shape, len(chosen)),
        base_probabilities=base.double().log_softmax(-1)[chosen].exp(),
    )


def _chunks(mine: slice, rows: int) -> list[tuple[int, int]]:
    """Ranges of at most `rows` variants, none of which holds both earlier layers' variants and this layer's."""
    parts = [(0, mine.start), (mine.start, mine.stop)]
    return [(at, min(at + rows, stop)) for start, stop in parts for at in range(start, stop, rows)]


def call_block(block: nn.Module, stream: Tensor, arguments: BlockArguments) -> Tensor:
    """The stream after a block."""
    args, kwargs = arguments
    if isinstance(
        alibi := kwargs.get("alibi"), Tensor
    ):  # BLOOM's holds a row for each head of each text, not one for all
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
