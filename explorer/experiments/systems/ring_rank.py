"""What the processes of a ring run: each joins the others, and carries out orders until its line is closed.

It is started as a file, with nothing of the explorer imported (`ring_processes`). One process imports what all need,
which takes longer than all the rest, and the ranks part from it (fork) before it has computed anything: a thread of
torch's would not come along. Messages in both directions are a dict of tensors and plain values, as `torch.save` writes
them and `torch.load` reads them with `weights_only`. A thread reads the orders: a starter that is gone, however it
went, closes the line, and then this process ends at once, even in the middle of a wait.
"""

from __future__ import annotations

import io
import os
import queue
import shutil
import sys
import threading
import traceback
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

#: seconds after which a rank that hears nothing of the others gives up
PATIENCE = 120.0


def packed(message: dict[str, Any]) -> bytes:
    """A message as it travels."""
    import torch

    body = io.BytesIO()
    torch.save(message, body)
    return body.getvalue()


def read(line: Connection) -> dict[str, Any] | None:
    """The next message; None where the other side has closed."""
    import torch

    try:
        return torch.load(io.BytesIO(line.recv_bytes()), weights_only=True)
    except (EOFError, OSError):
        return None


def main(lines: dict[int, Connection], ranks: int, folder: Path) -> None:
    """Be these of the ranks, each with its line: one in this process, several in one each. Ends when they do."""
    from torch import distributed  # noqa: F401

    from explorer.stack.systems import ring_attention  # noqa: F401

    for rank in lines:
        if len(lines) == 1 or not os.fork():
            for other in lines.keys() - {rank}:  # who holds the end of a line keeps it open
                lines[other].close()
            be(rank, ranks, folder, lines[rank])
    for line in lines.values():
        line.close()
    with suppress(ChildProcessError):
        while True:
            os.wait()
    os._exit(0)  # nothing is left to tidy up


def be(rank: int, ranks: int, folder: Path, line: Connection) -> None:
    """Carry out orders until the line is closed; the process ends here."""
    with (folder / f"rank{rank}.txt").open("w") as said:
        os.dup2(said.fileno(), 2)
    try:
        meet_and_listen(rank, ranks, folder, line)
    except BaseException:  # its last line is what the starter tells
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(1)  # an orderly end would wait for the thread that reads


def meet_and_listen(rank: int, ranks: int, folder: Path, line: Connection) -> None:
    """Meet the others at a file, then carry out orders."""
    import torch
    from torch import distributed

    from explorer.stack.systems.ring_channel import ProcessRing

    torch.set_num_threads(1)
    orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(line, orders, folder), daemon=True).start()
    meeting, wait = (folder / "meeting").as_uri(), timedelta(seconds=PATIENCE)
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=ranks, timeout=wait)
    # A ring may use the first few ranks only.
    groups: dict[int, Any] = {count: distributed.new_group(list(range(count))) for count in range(1, ranks + 1)}
    line.send_bytes(packed({"process": os.getpid()}))
    with torch.no_grad():
        while True:
            order = orders.get()
            ring = ProcessRing(rank, order["layout"]["ranks"])
            distributed.barrier(groups[ring.ranks])  # all begin together
            line.send_bytes(packed(carry_out(ring, order)))


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


def _listen(line: Connection, orders: queue.SimpleQueue[dict[str, Any]], folder: Path) -> None:
    while (order := read(line)) is not None:
        orders.put(order)
    shutil.rmtree(folder, ignore_errors=True)  # who was killed could not tidy up
    os._exit(0)


if __name__ == "__main__":
    _, given, all_ranks, home, path = sys.argv
    sys.path[:] = path.split(os.pathsep)
    numbers = [each.split(":") for each in given.split(",")]
    main({int(rank): Connection(int(handle)) for rank, handle in numbers}, int(all_ranks), Path(home))
