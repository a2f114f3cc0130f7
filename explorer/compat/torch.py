"""torch: copies of a module with other parts, products of bytes, tensors without numbers.

- `Module._modules`: `copy.copy` of a module shares its register of submodules; with a register of its own the copy may
  have other parts and the same weights. `copy.deepcopy`, which torch offers, copies the weights.
- `torch._int_mm`: `torch.mm` of int8 matrices keeps its sums in 8 bits. Until it has 32 (2.13 has not).
- `Tensor._make_wrapper_subclass`, `torch.utils._pytree`: the way to a tensor that holds no numbers is private. Until
  torch offers another (2.13 does not).
- `torch.distributed.pipelining._schedule_visualizer`: torch's own lists of what its pipeline schedules do are had
  from a private module alone. Until a public one gives them (2.13 does not).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

M = TypeVar("M", bound=nn.Module)
T = TypeVar("T", bound=Tensor)


def with_parts(module: M, **parts: nn.Module) -> M:
    """A copy that shares the module's weights and submodules, but for those that are given.

    >>> pair = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    >>> other = with_parts(pair, **{"1": nn.Identity()})
    >>> other[0] is pair[0], other[1], pair[1]
    (True, Identity(), ReLU())
    """
    made = copy.copy(module)
    made._modules = {**module._modules, **parts}
    return made


def parts_of(module: nn.Module) -> dict[str, nn.Module]:
    """A module's own submodules by name; of one that stands in two places, both."""
    return {name: child for name, child in module._modules.items() if child is not None}


def byte_product(x: Tensor, y: Tensor) -> Tensor:
    """int8 [m k] times int8 [k n], as 32-bit sums."""
    return torch._int_mm(x, y)  # pyright: ignore[reportPrivateImportUsage]


def without_numbers(kind: type[T], shape: tuple[int, ...], dtype: torch.dtype) -> T:
    """A tensor of this class that has a shape and holds nothing."""
    return Tensor._make_wrapper_subclass(kind, shape, dtype=dtype)  # pyright: ignore[reportAttributeAccessIssue]


def tensors_replaced(kind: type[T], by: Callable[[T], Tensor], tree: Any) -> Any:
    """Nested lists, tuples and dicts with each tensor of this class replaced."""
    return tree_map_only(kind, by, tree)


def pipeline_order(name: str, ranks: int, microbatches: int, chunks: int | None) -> list[str]:
    """What torch's schedule of that name does, a line for each rank, without gaps and reductions of gradients."""
    from torch.distributed.pipelining._schedule_visualizer import get_schedule_ops

    return [
        " ".join(
            "+".join(str(part) for part in each.sub_actions or (each,))
            for each in row
            if each is not None and "REDUCE" not in str(each)
        )
        for row in get_schedule_ops(name, ranks, microbatches, num_stages_per_rank=chunks)
    ]
