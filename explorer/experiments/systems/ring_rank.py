"""What each process of a ring runs: it joins the others, and carries out orders until its standard input is closed.

It is started as a file, with nothing of the explorer imported (`ring_processes`). Messages in both directions are a
length of eight bytes and a dict of tensors and plain values, as `torch.save` writes them and `torch.load` reads them
with `weights_only`. A thread reads the orders: a starter that is gone, however it went, closes the pipe, and then this
process ends at once, even in the middle of a wait.
"""

from __future__ import annotations

import io
import os
import queue
import shutil
import sys
import threading
import traceback
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

#: seconds after which a rank that hears nothing of the others gives up
PATIENCE = 120.0
HEAD = 8


def packed(message: dict[str, Any]) -> bytes:
    """A message as it travels."""
    import torch

    body = io.BytesIO()
    torch.save(message, body)
    return len(body.getvalue()).to_bytes(HEAD, "little") + body.getvalue()


def read(stream: IO[bytes]) -> dict[str, Any] | None:
    """The next message; None where the other side has closed."""
    import torch

    head = stream.read(HEAD)
    if len(head) < HEAD:
        return None
    body = stream.read(int.from_bytes(head, "little"))
    return torch.load(io.BytesIO(body), weights_only=True)


def main(rank: int, ranks: int, meeting: str) -> None:
    """Meet the others at a file, then carry out orders."""
    import torch
    from torch import distributed

    from explorer.stack.systems.ring_channel import ProcessRing

    torch.set_num_threads(1)
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, orders, Path(meeting).parent), daemon=True).start()
    address, wait = Path(meeting).as_uri(), timedelta(seconds=PATIENCE)
    distributed.init_process_group("gloo", init_method=address, rank=rank, world_size=ranks, timeout=wait)
    # A ring may use the first few ranks only.
    groups: dict[int, Any] = {count: distributed.new_group(list(range(count))) for count in range(1, ranks + 1)}
    answers.write(packed({"ready": True}))
    answers.flush()
    with torch.no_grad():
        while True:
            order = orders.get()
            ring = ProcessRing(rank, order["layout"]["ranks"])
            distributed.barrier(groups[ring.ranks])  # all begin together
            answers.write(packed(carry_out(ring, order)))
            answers.flush()


def carry_out(ring: Any, order: dict[str, Any]) -> dict[str, Any]:
    """One pass forward and one backward over the rank's own positions."""
    from explorer.stack.systems.ring_attention import ring_attention, ring_backward
    from explorer.stack.systems.sequence_layout import SequenceLayout
    from explorer.stack.systems.tile_mask import TileMask

    layout, mask = SequenceLayout(**order["layout"]), TileMask(**order["mask"])
    q, k, v, tile = order["q"], order["k"], order["v"], {"rows": order["tile"], "columns": order["tile"]}
    made = ring_attention(ring, layout, q, k, v, mask, order["scale"], **tile)
    back = ring_backward(ring, layout, q, k, v, made, made.out, mask, order["scale"], **tile)
    return {
        "out": made.out,
        "lse": made.lse,
        "dq": back.dq,
        "dk": back.dk,
        "dv": back.dv,
        "moments": [asdict(each) for each in ring.moments],
    }


def _listen(stream: IO[bytes], orders: queue.SimpleQueue[dict[str, Any]], folder: Path) -> None:
    while (order := read(stream)) is not None:
        orders.put(order)
    shutil.rmtree(folder, ignore_errors=True)  # who was killed could not tidy up
    os._exit(0)


if __name__ == "__main__":
    sys.path[:] = sys.argv[4].split(os.pathsep)
    try:
        main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    except BaseException:  # its last line is what the starter tells
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)  # an orderly end would wait for the thread that reads
