"""What autograd really keeps: a forward pass watched by `torch.autograd.graph.saved_tensors_hooks`.

Each tensor is counted by its storage, once, in the module that keeps it first; weights are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import zip_longest

import torch
from jaxtyping import Int
from torch import Tensor, nn

from explorer.stack.pretraining import checkpointing
from explorer.stack.pretraining.saved_tensors import Kept, Step
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.hook_points import HookPoint


@dataclass(frozen=True)
class Watched:
    """One tensor as a hook met it."""

    module: str
    shape: tuple[int, ...]
    item: int
    bytes: int
    """Of its storage."""


def watched(decoder: Decoder, windows: Int[Tensor, "batch pos"], step: Step) -> list[Watched]:
    """What a forward pass keeps, in its order."""
    made = checkpointing.checkpointed(decoder, step.policy)
    weights = {each.untyped_storage().data_ptr() for each in decoder.parameters()}
    found: dict[int, Watched] = {}
    kept_alive: list[Tensor] = []

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights and storage.data_ptr() not in found:
            kept_alive.append(tensor)  # or another one may get its address
            found[storage.data_ptr()] = Watched(
                inside[-1] if inside else "", tuple(tensor.shape), tensor.element_size(), storage.nbytes()
            )
        return tensor

    with _paths(made) as inside, torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        loss = checkpointing.loss(made, windows, "attention" if step.policy == "attention" else "none", step.kernel)
    del loss
    return list(found.values())


@contextmanager
def _paths(decoder: nn.Module) -> Iterator[list[str]]:
    """The paths of the modules that are being run, the innermost last."""
    inside: list[str] = []

    def leave(*_: object) -> None:
        inside.pop()

    with ExitStack() as stack:
        for name, module in decoder.named_modules():
            if name and not isinstance(module, HookPoint):
                stack.callback(module.register_forward_pre_hook(lambda *_, name=name: inside.append(name)).remove)
                stack.callback(module.register_forward_hook(leave).remove)
        yield inside


def apart(kept: Sequence[Kept], real: Sequence[Watched]) -> int:
    """Bytes by which the formula's tensors differ from what was kept: those of a module are matched by their sizes."""
    ours, theirs = _by_module(kept), _by_module(real)
    return sum(_apart(ours.get(module, []), theirs.get(module, [])) for module in {**ours, **theirs})


def _by_module(tensors: Sequence[Kept] | Sequence[Watched]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for each in tensors:
        found.setdefault(each.module, []).append(each.bytes)
    return {module: sorted(sizes, reverse=True) for module, sizes in found.items()}


def _apart(ours: list[int], theirs: list[int]) -> int:
    return sum(abs(a - b) for a, b in zip_longest(ours, theirs, fillvalue=0))
