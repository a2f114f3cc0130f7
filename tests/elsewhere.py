"""A second device where there is none: tensors that compute on the CPU, say that they lie elsewhere, and mix with none.

Within `elsewhere()` torch knows a device "elsewhere:0". A tensor there holds one of the CPU; an operation on both kinds
raises, as it does on a GPU, but for what torch allows there: copying from one to the other, indexing by a tensor of the
CPU, numbers without dimensions. What such a run gives is what the CPU gives, to the bit: so every number is compared.

Not seen so are a device's own kernels, their rounding, and what one process shares with another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

NAME = "elsewhere"
DEVICE = f"{NAME}:0"
#: Operations that take tensors of both kinds, as between a GPU and the CPU.
ACROSS = ("_to_copy", "copy_", "to", "index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index_put")


class MixedDevices(RuntimeError):
    """An operation has met tensors of two devices."""


class Elsewhere(torch.Tensor):
    """A tensor of the other device."""

    held: torch.Tensor

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> Elsewhere:
        made: Elsewhere = torch.Tensor._make_wrapper_subclass(  # pyright: ignore[reportAttributeAccessIssue]
            cls, inner.shape, strides=inner.stride(), storage_offset=inner.storage_offset(), dtype=inner.dtype,
            device=torch.device(DEVICE), requires_grad=inner.requires_grad,
        )  # fmt: skip
        made.held = inner
        return made

    def __repr__(self, *_: object, **__: object) -> str:
        return f"Elsewhere({self.held})"

    def tolist(self) -> Any:  # torch reads a device's memory itself; of a subclass it does not
        return self.held.tolist()

    @classmethod
    def __torch_dispatch__(cls, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _call(func, args, kwargs or {})


def _inner(each: Any) -> Any:
    return each.held if isinstance(each, Elsewhere) else each


def _call(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The operation on what the tensors hold; its result lies where the tensors lie, or where it is asked for."""
    name = func.overloadpacket.__name__
    tensors = [each for each in tree_leaves((args, kwargs)) if isinstance(each, torch.Tensor)]
    there = any(isinstance(each, Elsewhere) for each in tensors)
    strangers = [each for each in tensors if not isinstance(each, Elsewhere) and each.ndim]
    if there and strangers and name not in ACROSS:
        raise MixedDevices(f"{func} on tensors of {DEVICE} and of the CPU, {tuple(strangers[0].shape)} for one")
    if name.startswith("index") and not isinstance(args[0], Elsewhere) and there:
        raise MixedDevices(f"{func}: a tensor of the CPU is indexed by one of {DEVICE}")
    asked = kwargs.get("device") or next((each for each in args if isinstance(each, torch.device)), None)
    if asked is not None:
        there = torch.device(asked).type == NAME
    if asked is not None and there:
        kwargs = {**kwargs, "device": torch.device("cpu")} if "device" in kwargs else kwargs
        args = tuple(torch.device("cpu") if isinstance(each, torch.device) else each for each in args)
    if name == "histc" and there and not args[0].is_floating_point():  # a GPU counts whole numbers too
        return Elsewhere(func(args[0].held.float(), *args[1:], **kwargs).to(args[0].dtype))
    out = func(*tree_map(_inner, args), **tree_map(_inner, kwargs))
    if name == "copy_" or (name.endswith("_") and not name.startswith("_") and isinstance(args[0], torch.Tensor)):
        return args[0]
    return tree_map(lambda each: Elsewhere(each) if there and isinstance(each, torch.Tensor) else each, out)


class _Dispatch(TorchDispatchMode):
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _call(func, args, kwargs or {})


class _Made(TorchFunctionMode):
    """`torch.tensor`, and a list as an index, ask a device's backend, past any mode."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func in (torch.tensor, torch.as_tensor) and (to := kwargs.pop("device", None)) is not None:
            return func(*args, **kwargs).to(to)
        if func in (torch.Tensor.__getitem__, torch.Tensor.__setitem__) and isinstance(args[0], Elsewhere):
            asked = args[1] if isinstance(args[1], tuple) else (args[1],)
            args = args[0], tuple(torch.tensor(each) if isinstance(each, list) else each for each in asked), *args[2:]
        return func(*args, **kwargs)


@cache
def _known() -> None:
    from torch.utils.backend_registration import _DummyBackendModule, _setup_privateuseone_for_python_backend

    class Backend(_DummyBackendModule):
        """What torch asks of a device when it forks its generators: this one draws nothing."""

        def get_rng_state(self, device: object = None) -> torch.Tensor:
            return torch.empty(0, dtype=torch.uint8)

        def set_rng_state(self, state: torch.Tensor, device: object = None) -> None:
            pass

        def get_amp_supported_dtype(self) -> list[torch.dtype]:
            """What checkpointed activations ask for, of whatever device is known in the process."""
            return [torch.float16, torch.bfloat16]

    _setup_privateuseone_for_python_backend(NAME, backend_module=Backend())


@contextmanager
def elsewhere() -> Iterator[str]:
    """The device's name, which torch knows meanwhile."""
    _known()

    def enter(self: Any) -> None:  # tensors of subclasses cannot be made in inference mode
        self.before = torch.is_grad_enabled()
        torch.set_grad_enabled(self.before and not self.mode)

    def leave(self: Any, *_: object) -> None:
        torch.set_grad_enabled(self.before)

    with (
        patch.object(torch.inference_mode, "__enter__", enter),
        patch.object(torch.inference_mode, "__exit__", leave),
        _Dispatch(),
        _Made(),
    ):
        yield DEVICE
