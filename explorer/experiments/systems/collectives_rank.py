"""What a rank does where collectives are shown: each walked step by step, and timed at several sizes."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import get_args

import torch

from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.parallelism.collectives import ALGORITHMS, Algorithm
from explorer.stack.parallelism.group import Group

#: What of the library does the same.
THEIRS = ("all-reduce", "all-gather", "all-to-all")


def walked(rank: Rank, given: Message) -> Message:  # noqa: ARG001 - all have one signature
    """Every algorithm on a short vector, its state kept after each step: number i of rank r is 10^r (i + 1)."""
    group, walks = rank.group, dict[str, list[Message]]()
    for algorithm in get_args(Algorithm):
        length = 1 if algorithm == "all-gather" else group.ranks
        vector = (torch.arange(length) + 1.0) * 10.0**group.rank
        walk = ALGORITHMS[algorithm](group, vector, True)
        walks[algorithm] = [asdict(each) for each in walk.steps]
        walks[algorithm].append({"out": walk.out, "began": vector})
    return {"walks": walks}


def timed(rank: Rank, given: Message) -> Message:
    """Each algorithm, and the library's collective, on vectors of several sizes: in turns, `rounds` times."""
    group = rank.group
    for size in given["sizes"]:
        numbers = size // 4 // group.ranks * group.ranks
        seconds: dict[str, list[float]] = {}
        sockets: dict[str, int | None] = {}
        sent: dict[str, int] = {}
        for turn in range(given["rounds"] + 1):  # the first warms up, and its bytes are counted
            for name in (*get_args(Algorithm), *(f"torch {each}" for each in THEIRS)):
                length = numbers // group.ranks if name.endswith("all-gather") else numbers
                vector = torch.ones(length)
                group.barrier()
                if not turn:
                    sockets[name], sent[name] = _counted(rank, name, vector)
                    continue
                began = time.perf_counter()
                _do(group, name, vector)
                group.barrier()
                seconds.setdefault(name, []).append(time.perf_counter() - began)
        rank.tell({"size": numbers * 4, "seconds": seconds, "sockets": sockets, "sent": sent})
    return {}


def _do(group: Group, name: str, vector: torch.Tensor) -> int:
    """Bytes that this rank handed over, where the algorithm is ours."""
    if name in ALGORITHMS:
        return ALGORITHMS[name](group, vector, False).sent
    if name == "torch all-reduce":
        group.all_reduce(vector).wait()
    elif name == "torch all-gather":
        group.all_gather(vector).wait()
    else:
        each = [len(vector) // group.ranks] * group.ranks
        group.all_to_all(vector, each, each).wait()
    return 0


def _counted(rank: Rank, name: str, vector: torch.Tensor) -> tuple[int | None, int]:
    """Bytes on the socket of all ranks, and those that this one handed over."""
    if rank.sent is None:
        return None, _do(rank.group, name, vector)
    rank.group.barrier()
    before = rank.sent()
    rank.group.barrier()
    barrier = rank.sent() - before
    rank.group.barrier()  # nobody begins before all have read
    first = rank.sent()
    rank.group.barrier()
    handed = _do(rank.group, name, vector)
    rank.group.barrier()
    found = max(0, rank.sent() - first - 2 * barrier)
    rank.group.barrier()
    return found, handed
