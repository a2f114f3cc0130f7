"""Hook points: named places in a module where what flows by can be read, and be replaced.

A `HookPoint` is the identity. A hook is called with the tensor and the point, ``hook(tensor, hook=point)``; what it
returns, unless that is None, flows on in the tensor's place. The names are those of TransformerLens (Nanda and Bloom
2022), so that a run of a decoder of this package is read and changed as any other is.

>>> import torch
>>> class Doubled(HookedModule):
...     def __init__(self) -> None:
...         super().__init__()
...         self.hook_twice = HookPoint()
...         self.name_hook_points()
...     def forward(self, x: Tensor) -> Tensor:
...         return self.hook_twice(2 * x)
>>> model = Doubled()
>>> float(model(torch.tensor(3.0)))
6.0
>>> float(model.run_with_hooks(torch.tensor(3.0), fwd_hooks=[("hook_twice", lambda tensor, hook: tensor + 1)]))
7.0
>>> out, seen = model.run_with_cache(torch.tensor(3.0))
>>> {name: float(tensor) for name, tensor in seen.items()}
{'hook_twice': 6.0}
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from torch import Tensor, nn

#: ``hook(tensor, hook=point)``: what flows on, or None.
Hook: TypeAlias = Callable[..., Tensor | None]
Named: TypeAlias = tuple[str, Hook]


class HookPoint(nn.Module):
    """The identity, with hooks."""

    def __init__(self) -> None:
        super().__init__()
        self.fwd_hooks: list[Hook] = []
        self.name: str | None = None
        """Its path from the module that holds all: `blocks.3.attn.hook_z`."""

    def add_hook(self, hook: Hook) -> None:
        self.fwd_hooks.append(hook)

    def remove_hooks(self) -> None:
        self.fwd_hooks.clear()

    def layer(self) -> int:
        """Of which block it is. Raises ValueError for a point outside all blocks."""
        kind, _, rest = (self.name or "").partition(".")
        if kind != "blocks":
            raise ValueError(f"{self.name} is in no block")
        return int(rest.partition(".")[0])

    def forward(self, x: Tensor) -> Tensor:
        for hook in tuple(self.fwd_hooks):
            changed = hook(x, hook=self)
            x = x if changed is None else changed
        return x


class HookedModule(nn.Module):
    """A whole model with hook points in it, which its `__init__` has named at its end."""

    def name_hook_points(self) -> None:
        for name, point in self.hook_dict.items():
            point.name = name

    @property
    def hook_dict(self) -> dict[str, HookPoint]:
        return {name: module for name, module in self.named_modules() if isinstance(module, HookPoint)}

    @contextmanager
    def hooks(self, fwd_hooks: Iterable[Named]) -> Iterator[HookedModule]:
        """With these hooks, in their order, while the block runs. Raises KeyError for a name that no point has."""
        points, added = self.hook_dict, []
        try:
            for name, hook in fwd_hooks:
                points[name].add_hook(hook)
                added.append((points[name], hook))
            yield self
        finally:
            for point, hook in reversed(added):
                # the last that was added: the same function may hang there twice, once for a block around this one
                at = max(i for i, other in enumerate(point.fwd_hooks) if other is hook)
                del point.fwd_hooks[at]

    def run_with_hooks(self, *inputs: object, fwd_hooks: Iterable[Named], **options: object) -> Tensor:
        """The model's own answer, run with these hooks."""
        with self.hooks(fwd_hooks):
            return self(*inputs, **options)

    def run_with_cache(
        self, *inputs: object, names_filter: Collection[str] | Callable[[str], bool] | None = None, **options: object
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The model's own answer, and what flowed by each hook point, or by those that are named."""
        wanted = names_filter if callable(names_filter) else lambda name: names_filter is None or name in names_filter
        seen: dict[str, Tensor] = {}

        def keep(tensor: Tensor, *, hook: HookPoint) -> None:
            seen[str(hook.name)] = tensor.detach()

        with self.hooks([(name, keep) for name in self.hook_dict if wanted(name)]):
            return self(*inputs, **options), seen
