"""What a rank does where data parallelism's buckets are timed: rank functions (`ranks`)."""

from __future__ import annotations

import time

from jaxtyping import Int
from torch import Tensor

from explorer.experiments.systems.parallel_subject import decoder_of
from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.parallelism.data_parallel import Buckets
from explorer.stack.parallelism.units import Forward, shares
from explorer.stack.transformer.decoder import Decoder


def overlap(rank: Rank, given: Message) -> Message:
    """One step whose sums begin while the backward pass goes on, and one whose sums wait for its end, by turns."""
    decoder = decoder_of(given)
    told = dict[str, list[Message]]()
    for overlapped in (True, False):
        buckets = Buckets(list(decoder.named_parameters()), rank.group, given["bucket"], overlapped)
        _step(rank, decoder, given["windows"], buckets)  # what is made once
        name = "overlapped" if overlapped else "after"
        told[name] = [_step(rank, decoder, given["windows"], buckets) for _ in range(given["rounds"])]
        buckets.remove()
    gradients = {name: each.grad for name, each in decoder.named_parameters() if each.grad is not None}
    return {**told, "gradients": gradients if not rank.group.rank else {}}


def _step(rank: Rank, decoder: Decoder, windows: Int[Tensor, "row pos"], buckets: Buckets) -> Message:
    """When everything began and ended, in seconds of the machine's clock."""
    group = rank.group
    part = shares(len(windows), group.ranks)[group.rank]
    group.barrier()
    group.records.clear()
    buckets.begin()
    began = time.perf_counter()
    loss = Forward(decoder, windows[part], None, (part.stop - part.start) / len(windows)).whole()
    backward = time.perf_counter()
    loss.backward()
    ended = time.perf_counter()
    buckets.finish()
    finished = time.perf_counter()
    records = {each.what: each for each in group.records}
    made = [
        {"names": each.names, "bytes": each.flat.nbytes, "ready": each.ready, "start": records[f"bucket {at}"].start,
         "done": records[f"bucket {at}"].done or records[f"bucket {at}"].end}
        for at, each in enumerate(buckets.buckets)
    ]  # fmt: skip
    return {
        "began": began, "backward": backward, "ended": ended, "finished": finished, "buckets": made,
        "loss": float(loss.detach()),
    }  # fmt: skip


def scaling(rank: Rank, given: Message) -> Message:
    """Seconds of steps on batches of several sizes, in turns."""
    group, decoder = rank.group, decoder_of(given)
    buckets = Buckets(list(decoder.named_parameters()), group)
    seconds: dict[int, list[float]] = {rows: [] for rows in given["rows"]}
    for turn in range(-1, given["rounds"]):
        for rows, found in seconds.items():
            part = shares(rows, group.ranks)[group.rank]
            group.barrier()
            began = time.perf_counter()
            buckets.begin()
            mine = given["windows"][:rows][part]
            Forward(decoder, mine, None, len(mine) / rows).whole().backward()
            buckets.finish()
            group.barrier()
            if turn >= 0:
                found.append(time.perf_counter() - began)
    return {"seconds": seconds}
