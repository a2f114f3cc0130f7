"""Gradients of a run: how much what the model said at the end changes with what one head gave.

A head's output z enters the stream through W_O and reaches the logits through every block above it. The run is carried
on from the head's own block with z as the variable, the run's interventions kept on, and differentiated back to it: the
true gradient through the rest of the model, not W_O's direction alone. Nothing below the head is run.

The loss is the mean next-token cross-entropy of the whole text, as in training; the logit is one token's at one place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from explorer.stack.systems.tile_mask import blocks
from explorer.stack.worst import worst
from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.hooking import RUNNING, edit_hooks, hooked
from explorer.tracing.capturing.long_run import CHUNK, LONG
from explorer.tracing.changes.edits import Run
from explorer.tracing.probes.causes import BlockArguments, block_arguments, call_block

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

Objective = Literal["logit", "loss"]
#: How far z is moved for the difference that the gradient is held against: at most so much of its largest number, and
#: no further than changes what is measured by about so much, within which it is nearly straight.
STEP, CHANGE = 0.02, 0.05


@dataclass(frozen=True, eq=False)
class HeadGradient:
    """The gradient of one number with respect to one head's output at every position."""

    d_z: Float[Tensor, "pos d_v"]
    value: float
    """The number itself: the logit, or the loss in nats."""
    predicted: float
    """What the gradient says of a small step along itself, up less down."""
    moved: float
    """By how much the number did change, in two further runs."""

    @property
    def error(self) -> float:
        """The difference of both, relative to the larger."""
        return abs(self.predicted - self.moved) / worst(abs(self.predicted), abs(self.moved), 1e-30)


def head_gradient(
    model: Model, trace: Trace, layer: int, head: int, objective: Objective, pos: int, target: int,
    progress: Callable[[int, int], None] | None = None,
) -> HeadGradient:  # fmt: skip
    """With respect to what head `head` of block `layer` gives, after interventions. `progress` counts blocks run.

    Raises NotApplicableError where values, or what the last stream says, are not read rightly in this model.
    """
    trace.readout.require("values")
    done = 0

    def told() -> None:
        nonlocal done
        if progress:
            progress(done, 3 * (trace.dims.n_layers - layer))
        done += 1

    with RUNNING:
        with torch.no_grad():
            arguments = block_arguments(model, trace.ids)
        z = trace.z[layer, :, head].clone().requires_grad_()  # pos d_v

        def value(z: Tensor) -> Tensor:
            stream = _carried_on(model, trace, layer, head, z, arguments, told)
            return (
                trace.readout.logits(stream[pos : pos + 1])[0, target] if objective == "logit" else loss(trace, stream)
            )

        with torch.enable_grad():
            found = value(z)
            (d_z,) = torch.autograd.grad(found, z)
        with torch.no_grad():
            largest = d_z.abs().max().clamp_min(torch.finfo(d_z.dtype).tiny)
            size = torch.minimum(STEP * z.abs().max(), CHANGE * largest / (2 * d_z.square().sum()).clamp_min(1e-30))
            step = d_z / largest * size
            up, down = (float(value(z.detach() + sign * step)) for sign in (1, -1))
    return HeadGradient(d_z, float(found.detach()), float(2 * (d_z.double() * step).sum()), up - down)


def loss(trace: Trace, stream: Float[Tensor, "pos d_model"]) -> Float[Tensor, ""]:
    """The mean next-token cross-entropy, some positions at a time: all logits would be two hundred times the stream."""

    def of(part: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(trace.readout.logits(part), targets, reduction="sum")

    n = len(stream) - 1
    parts = [(stream[at], trace.ids[1:][at]) for at in blocks(n, CHUNK)]
    return torch.stack([kept(of, *each) for each in parts]).sum() / n


def kept(made: Callable[..., Tensor], *given: object) -> Tensor:
    """`made(*given)`, of which autograd keeps what was given alone, and makes it again on the way back."""
    return cast("Tensor", checkpoint(made, *given, use_reentrant=False)) if torch.is_grad_enabled() else made(*given)


def _carried_on(
    model: Model, trace: Trace, layer: int, head: int, z: Float[Tensor, "pos d_v"],
    arguments: list[BlockArguments], told: Callable[[], None],
) -> Float[Tensor, "pos d_model"]:  # fmt: skip
    """The last stream of the run if the head gives z. Copies: what was made in inference mode has no gradient."""
    constants = {text: vector.clone() for text, vector in trace.constants.items()}
    run = Run(trace.n_prompt, width=len(trace.tokens), constants=constants)
    edits = edit_hooks(model, trace.key.interventions, run)
    place = hooks.in_block(layer, "attn.hook_z")

    def put(given: Tensor, **_: object) -> Tensor:
        heads = given.detach().unflatten(-1, (-1, z.shape[-1])) if given.ndim == 3 else given.detach()
        parts = [*heads.unbind(2)]  # batch pos d_v, a head each
        parts[head] = z[None].to(given)
        return torch.stack(parts, 2).reshape(given.shape)

    def through(stream: Tensor, at: int) -> Tensor:
        mine = [each for each in edits if each[0].startswith(hooks.in_block(at, ""))]
        with hooked(model, [*mine, *([(place, put)] if at == layer else [])]):
            return call_block(model.bridge.blocks[at], stream, arguments[at])

    long = len(trace) > LONG  # the squares of all blocks at once would be gigabytes
    stream = trace.stream(layer).clone()[None]  # 1 pos d_model
    for at in range(layer, trace.dims.n_layers):
        told()  # here "Stop" is heard
        stream = kept(through, stream, at) if long else through(stream, at)
    return here(stream[0])
