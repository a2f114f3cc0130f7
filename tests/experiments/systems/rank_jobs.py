"""Rank functions for tests: what is right, and each way to go wrong."""

from __future__ import annotations

import os
import signal
import time

import torch

from explorer.experiments.systems.rank_process import Message, Rank


def total(rank: Rank, given: Message) -> Message:
    """The sum of all, told half way; and what crossed the socket for a megabyte."""
    rank.tell({"rank": rank.group.rank})
    small = torch.tensor([float(given["x"])])
    rank.group.all_reduce(small, "x").wait()
    rank.group.meter = rank.sent
    rank.group.all_reduce(torch.ones(250_000), "a megabyte").wait()
    record = rank.group.records[-1]
    return {"sum": float(small), "pid": os.getpid(), "socket": record.socket, "formula": record.formula}


def fail(rank: Rank, given: Message) -> Message:
    """The last rank goes wrong, and the others wait for it."""
    kind, group = given["kind"], rank.group
    group.all_reduce(torch.ones(3), "the last that works").wait()
    if group.rank == group.ranks - 1:
        if kind == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif kind == "raise":
            raise ValueError("seven is no divisor of four")
        elif kind == "memory":
            torch.ones(1_000_000_000)
        elif kind == "sleep":
            time.sleep(60)
        elif kind == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        elif kind == "spin":
            while True:
                pass
        elif kind == "forget":
            return {}
    group.all_reduce(torch.ones(3), "what is missed").wait()
    return {}
