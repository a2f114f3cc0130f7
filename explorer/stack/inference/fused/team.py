"""Threads that compute one token together, and the three instructions that Python has no word for.

A decode step is some two hundred short matrix products, one after the other. Handing each of them to a pool of threads
costs microseconds every time; here the threads stay together for a whole token, each does its share of every product,
and between two stages they **meet**: nobody goes on until all have arrived (a barrier).

A thread that waits looks again and again at a counter in memory and, when that takes long, offers its core to others:
on a busy machine the team becomes slower, but nobody waits for a thread that only spins.

Worked example: three threads each add one to a sum, meet, and read it. Without the meeting some would read 1 or 2.

>>> @compiled
... def count(total, seen, gate, member, size):
...     atomic_add(total, 0, 1)
...     meet(gate, 0, size)
...     seen[member] = total[0]
>>> total, seen = np.zeros(1, np.int64), np.zeros(3, np.int64)
>>> Team(3).run(count, total, seen)
>>> seen.tolist()
[3, 3, 3]
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import cache, partial
from queue import SimpleQueue
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from explorer.stack.compiled import compiled

#: Looks at the counter before a waiting thread offers its core.
PATIENCE = 2000


def _instruction(function: Callable[..., Any]) -> Any:
    """A function that writes what the compiler is to put in its place (in LLVM's language)."""
    return intrinsic(function)


def _address(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    return builder.gep(make_array(array_type)(context, builder, array).data, [index])


@_instruction
def atomic_add(typing: Any, array: Any, index: Any, amount: Any) -> Any:  # noqa: ARG001
    """array[index] += amount, which no other thread can come between."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        at = _address(context, builder, signature.args[0], given[0], given[1])
        return builder.atomic_rmw("add", at, given[2], "acq_rel")

    return types.int64(array, types.intp, types.int64), generate


@_instruction
def atomic_load(typing: Any, array: Any, index: Any) -> Any:  # noqa: ARG001
    """array[index] as it is now in memory, not as it was remembered in a register."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.load_atomic(_address(context, builder, signature.args[0], given[0], given[1]), "acquire", 8)

    return types.int64(array, types.intp), generate


@_instruction
def prefetch(typing: Any, array: Any, ahead: Any) -> Any:  # noqa: ARG001
    """Ask for the cache line that lies this many bytes after the array's begin, and do not wait for it.

    Weights come from memory once a token, in order. The processor guesses that by itself, but not far enough ahead:
    asked for 2 KB before their use, 8-bit weights come 1.4 times as fast.
    """

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        data = make_array(signature.args[0])(context, builder, given[0]).data
        at = builder.gep(builder.bitcast(data, ir.IntType(8).as_pointer()), [given[1]])
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [at.type, number, number, number])
        instruction = builder.module.declare_intrinsic("llvm.prefetch", [at.type], kind)
        builder.call(instruction, [at, number(0), number(0), number(1)])  # to read, once, data
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


#: The operating system's call that offers the core to whoever wants it.
_offer_core = types.ExternalFunction("sched_yield" if os.name == "posix" else "SwitchToThread", types.intc())


@compiled
def meet(gate: Any, phase: Any, size: Any) -> Any:
    """Wait until all members are here; returns the number of the next phase. gate: [arrivals, given up]."""
    phase += 1
    if size > 1:
        atomic_add(gate, 0, 1)
        looks = 0
        while atomic_load(gate, 0) < phase * size and atomic_load(gate, 1) == 0:
            looks += 1
            if looks % PATIENCE == 0:
                _offer_core()
    return phase


@compiled
def share(n: Any, member: Any, size: Any) -> Any:
    """Which of n pieces are this member's: first and one past the last.

    >>> [share(5, member, 2) for member in range(2)]
    [(0, 2), (2, 5)]
    """
    return n * member // size, n * (member + 1) // size


#: What a member is to do, and where it says how that ended.
Job = tuple[Callable[[], object], "SimpleQueue[BaseException | None]"]


class Team:
    """`size` threads, the caller being one of them. One job at a time: a second caller waits.

    Plain queues lie between them: an executor's futures take some 30 us more, a hundredth of a step in 4 bits.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._gate = np.zeros(8, np.int64)  # a cache line of its own
        self._jobs: list[SimpleQueue[Job]] = [SimpleQueue() for _ in range(1, size)]
        self._lock = threading.Lock()
        for jobs in self._jobs:
            threading.Thread(target=self._work, args=(jobs,), name="team", daemon=True).start()

    def run(self, function: Callable[..., object], *arguments: object) -> None:
        """`function(*arguments, gate, member, size)` on every member at once; returns when all are done."""
        ended: SimpleQueue[BaseException | None] = SimpleQueue()
        with self._lock:
            self._gate[:] = 0
            for member, jobs in enumerate(self._jobs, 1):
                jobs.put((partial(function, *arguments, self._gate, member, self.size), ended))
            self._carry_out(partial(function, *arguments, self._gate, 0, self.size), ended)
            errors = [ended.get() for _ in range(self.size)]
        for error in errors:
            if error is not None:
                raise error

    def _work(self, jobs: SimpleQueue[Job]) -> None:
        while True:
            self._carry_out(*jobs.get())

    def _carry_out(self, job: Callable[[], object], ended: SimpleQueue[BaseException | None]) -> None:
        error = None
        try:
            job()
        except BaseException as raised:
            self._gate[1] = 1  # nobody is to wait for one who does not come
            error = raised
        ended.put(error)


@cache
def team_of(size: int) -> Team:
    """The process's one team of this size: two jobs at once would only take each other's cores."""
    return Team(size)
