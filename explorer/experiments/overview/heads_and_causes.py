"""What each head causes, measured by running the model without it.

Every head is switched off, one at a time, at all positions up to the one that is read: 270 runs for the default model.
Each starts from the stored stream at its own layer, and those of several layers are carried through the upper ones as
one batch, the last layers first, since they have the shortest way. The head that changed the answer most is then
switched off once more in a whole run of the model, which shares none of this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.transformer.references import DEFAULT, Over
from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.hooking import RUNNING, edit_hooks, hooked
from explorer.tracing.changes.edits import Run
from explorer.tracing.changes.interventions import AblateHead
from explorer.tracing.derived.baseline import explained
from explorer.tracing.probes.causes import TOKENS_AT_ONCE, BlockArguments, block_arguments, call_block, kl
from explorer.tracing.trace import Trace
from explorer.zoo.model import Model


@dataclass(frozen=True, eq=False)
class Removals:
    """What switching off each head does to one position's answer; NaN for a head that has not been removed yet."""

    pos: int
    target: int
    kl: Float[Tensor, "layer head"]
    """KL(run as it is || run without the head), nats."""
    change: Float[Tensor, "layer head"]
    """Of what shares over this reference explain (`baseline.explained`)."""
    probability: Float[Tensor, "layer head"]
    """Of the target, without the head."""
    redone: Redone | None = None
    """Once all are removed: the one that changed most, once more."""

    @property
    def measured(self) -> int:
        """Heads removed so far."""
        return int(self.kl.isfinite().sum())


@dataclass(frozen=True)
class Redone:
    """One head switched off in a whole run of the model."""

    layer: int
    head: int
    change: float


def removals(
    model: Model, trace: Trace, pos: int, target: int, over: Over = DEFAULT,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Removals]:  # fmt: skip
    """Zero-ablate each head in turn, over all positions up to `pos`, with the trace's own interventions kept on.

    Yields what is known after every few layers. `progress(heads, all heads)` is told before each block.
    """
    dims, tell = trace.dims, progress or (lambda *_: None)
    total = dims.n_layers * dims.n_heads
    base = trace.logits[pos]
    was = explained(base, target, over)
    rows = [torch.full((dims.n_layers, dims.n_heads), torch.nan) for _ in range(3)]
    with RUNNING, torch.inference_mode():
        arguments = block_arguments(model, trace.ids[: pos + 1])
    done = 0
    for layers in groups(dims.n_layers, dims.n_heads, pos + 1):
        heads = len(layers) * dims.n_heads
        passed = dims.n_layers - layers.start

        def told(block: int, heads: int = heads, passed: int = passed, done: int = done) -> None:
            tell(done + heads * block // passed, total)

        every = [(layer, head) for layer in layers for head in range(dims.n_heads)]
        said = without(model, trace, pos + 1, every, arguments, told).view(len(layers), dims.n_heads, -1)
        probabilities = said.double().log_softmax(-1)
        for kept, found in zip(
            rows,
            (kl(base, said), explained(said, target, over) - was, probabilities[..., target].exp()),
            strict=True,
        ):
            kept[layers.start : layers.stop] = found
        done += heads
        tell(done, total)
        if done < total:
            yield Removals(pos, target, rows[0].clone(), rows[1].clone(), rows[2].clone())
    layer, head = divmod(int(rows[0].argmax()), dims.n_heads)
    change = float(explained(whole_run(model, trace, pos, layer, head), target, over) - was)
    yield Removals(pos, target, rows[0], rows[1], rows[2], Redone(layer, head, change))


def groups(n_layers: int, n_heads: int, n: int) -> list[range]:
    """Layers whose variants are carried together, the last first.

    >>> groups(30, 9, 20)
    [range(25, 30), range(20, 25), range(15, 20), range(10, 15), range(5, 10), range(0, 5)]
    """
    each = max(1, TOKENS_AT_ONCE // (n * n_heads))
    return [range(max(0, stop - each), stop) for stop in range(n_layers, 0, -each)]


def some_removed(
    model: Model,
    trace: Trace,
    pos: int,
    target: int,
    heads: Sequence[tuple[int, int]],
    over: Over = DEFAULT,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Float[Tensor, " removed"], Float[Tensor, " removed"]]:
    """What switching off each of these (layer, head) does at `pos` to what shares explain, and the KL in nats."""
    if not heads:
        return torch.empty(0), torch.empty(0)
    order = sorted(range(len(heads)), key=lambda at: heads[at])
    blocks, tell = trace.dims.n_layers - heads[order[0]][0], progress or (lambda *_: None)
    with RUNNING, torch.inference_mode():
        arguments = block_arguments(model, trace.ids[: pos + 1])
    chosen, told = [heads[at] for at in order], lambda block: tell(block, blocks)
    said = without(model, trace, pos + 1, chosen, arguments, told)[torch.tensor(order).argsort()]
    base = trace.logits[pos]
    return explained(said, target, over) - explained(base, target, over), kl(base, said)


@torch.inference_mode()
def without(
    model: Model,
    trace: Trace,
    n: int,
    heads: Sequence[tuple[int, int]],
    arguments: list[BlockArguments],
    told: Callable[[int], None],
) -> Float[Tensor, "removed d_vocab"]:
    """The last position's logits without each of these (layer, head), which come by layer."""
    dims, bridge = trace.dims, model.bridge
    variants = torch.empty(len(heads), n, dims.d_model)
    run = Run(trace.n_prompt, width=n, constants=dict(trace.constants))
    lowest, begun, at_once = heads[0][0], 0, max(1, TOKENS_AT_ONCE // n)
    with RUNNING:
        every_edit = edit_hooks(model, trace.key.interventions, run)
        for layer in range(lowest, dims.n_layers):
            told(layer - lowest)  # here "Stop" is heard
            mine = {row: head for row, (of, head) in enumerate(heads) if of == layer}
            variants[list(mine)] = trace.stream(layer)[:n]
            at = {"start": 0}

            def cut(
                z: Float[Tensor, "batch pos head d_head"],
                mine: dict[int, int] = mine,
                at: dict[str, int] = at,
                **_: object,
            ) -> Tensor:
                out = z.clone()
                for row in range(len(z)):
                    if (head := mine.get(at["start"] + row)) is not None:
                        out[row, :, head] = 0
                return out

            cuts = [(hooks.in_block(layer, hooks.EDITED["z"]), cut)] if mine else []
            edits = [hook for hook in every_edit if hook[0].startswith(f"blocks.{layer}.")]
            begun += len(mine)
            with hooked(model, [*edits, *cuts]):
                for start in range(0, begun, at_once):
                    at["start"] = start
                    part = slice(start, min(begun, start + at_once))
                    variants[part] = here(call_block(bridge.blocks[layer], variants[part], arguments[layer]))
        return trace.readout.logits(variants[:, -1].contiguous())


def whole_run(model: Model, trace: Trace, pos: int, layer: int, head: int) -> Float[Tensor, " d_vocab"]:
    """The logits at a position of the model's own forward pass with one head switched off from the first token on."""
    run = Run(trace.n_prompt, width=pos + 1, constants=dict(trace.constants))
    edits = (*trace.key.interventions, AblateHead(layer, head))
    with RUNNING, torch.inference_mode(), hooked(model, edit_hooks(model, edits, run)):
        ids = trace.ids[None, : pos + 1].to(model.device)
        return here(model.bridge(ids, return_type="logits", use_cache=False, logits_to_keep=1)[0, -1])
