"""What runs in the processes that `ranks` starts: the nursery, which has torch loaded, and the ranks that part from it.

It is started as a file, with nothing of the explorer imported. The nursery forks ranks whenever it is told to, and
tells how each ended. It computes nothing, since a thread of torch's would not come along, and forks from its only
thread. Messages are dicts of tensors and plain values, as `torch.save` writes them and `torch.load` reads them with
`weights_only`. A starter that is gone, however it went, closes the lines: then all end at once.
"""

from __future__ import annotations

import ctypes
import importlib
import io
import mmap
import os
import queue
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.stack.parallelism.process_group import ProcessGroup

Message = dict[str, Any]
#: seconds after which a rank that hears nothing of the others gives up: the starter gives up before
PATIENCE = 600.0
#: bytes in which a rank says what it is at
SAYS = 240
LINUX = sys.platform == "linux"


def packed(message: Message) -> bytes:
    """A message as it travels."""
    import torch

    body = io.BytesIO()
    torch.save(message, body)
    return body.getvalue()


def read(line: Connection) -> Message | None:
    """The next message; None where the other side has closed."""
    import torch

    try:
        return torch.load(io.BytesIO(line.recv_bytes()), weights_only=True)
    except (EOFError, OSError):
        return None


@dataclass(frozen=True, eq=False)
class Rank:
    """What a rank function is given beside its payload."""

    group: ProcessGroup
    """The ranks that carry out this order."""
    tell: Callable[[Message], None]
    """Sends a part of the answer to the starter at once; a sign of progress too."""
    sent: Callable[[], int] | None
    """Reads how many bytes, headers too, have left over the network of these ranks; None where others use it too.
    `group.meter = rank.sent` counts each collective."""


# ---- the nursery ----------------------------------------------------------------------------------------------------


def nursery(control: Connection, loads: list[str]) -> None:
    """Fork ranks when told, tell how each ended, until the line is closed; then end them all."""
    own = own_network()
    if LINUX:  # elsewhere a library's threads may not outlive a fork: each rank loads it by itself
        from torch import distributed  # noqa: F401

        for module in ("explorer.stack.parallelism.process_group", *loads):
            importlib.import_module(module)
    control.send({"own_network": own})
    children: dict[int, tuple[int, int]] = {}  # process: number of the set, rank
    folders = dict[int, str]()  # of the sets
    while True:
        try:
            if control.poll(0.05):
                told = control.recv()
                if "ranks" in told:
                    forked = _forked(control, told, own)
                    children |= forked
                    folders[told["set"]] = told["folder"]
                    control.send({"set": told["set"], "processes": {at: pid for pid, (_, at) in forked.items()}})
                else:
                    _kill([pid for pid, (number, _) in children.items() if number == told["end"]])
            for pid, status in _ended(children):
                number, rank = children.pop(pid)
                control.send({"set": number, "rank": rank, "status": os.waitstatus_to_exitcode(status)})
        except (EOFError, OSError):
            _kill(list(children))
            for number, _ in children.values():  # a starter that was killed could not tidy up, nor a rank just now
                shutil.rmtree(folders[number], ignore_errors=True)
            os._exit(0)


def _forked(control: Connection, told: Message, own: bool) -> dict[int, tuple[int, int]]:
    handles = [recv_handle(control) for _ in range(told["ranks"])]
    children = {}
    for rank, handle in enumerate(handles):
        parent = os.getpid()
        pid = os.fork()
        if not pid:
            control.close()
            for other in handles:  # who holds the end of a line keeps it open
                if other != handle:
                    os.close(other)
            _end_with(parent)
            be(rank, told["ranks"], Path(told["folder"]), Connection(handle), told["memory"], own)
        children[pid] = (told["set"], rank)
    for handle in handles:
        os.close(handle)
    return children


def _ended(children: dict[int, tuple[int, int]]) -> list[tuple[int, int]]:
    ended = []
    for pid in children:
        with suppress(ChildProcessError):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                ended.append((pid, status))
    return ended


def _kill(processes: list[int]) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def own_network() -> bool:
    """Move this process to a network of its own, where it may: then its loopback carries nothing but its ranks' bytes,
    and no port is taken. It needs no right on many machines (a user namespace), and is refused on others."""
    if not LINUX:
        return False
    trial = os.fork()  # a network whose loopback stays down would be worse than none
    if not trial:
        try:
            _leave_network()
        except OSError:
            os._exit(1)
        os._exit(0)
    if os.waitpid(trial, 0)[1]:
        return False
    _leave_network()
    return True


def _leave_network() -> None:
    import fcntl
    import socket
    import struct

    libc = ctypes.CDLL(None, use_errno=True)
    new_net, new_user = 0x40000000, 0x10000000
    if libc.unshare(new_net) and libc.unshare(new_net | new_user):
        raise OSError(ctypes.get_errno(), "no network of its own")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(any_socket, 0x8914, up)  # SIOCSIFFLAGS


def sent_bytes() -> int:
    """Bytes that have left over this process's loopback, headers too."""
    for line in Path("/proc/self/net/dev").read_text().splitlines():
        name, _, counts = line.partition(":")
        if name.strip() == "lo":
            return int(counts.split()[8])
    raise RuntimeError("this machine has no loopback to count on")


# ---- a rank ---------------------------------------------------------------------------------------------------------


def _end_with(parent: int) -> None:
    """Be killed where the nursery is, and before anything else where memory runs out."""
    if not LINUX:
        return
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(1)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def be(rank: int, ranks: int, folder: Path, line: Connection, memory: int | None, own: bool) -> None:
    """Carry out orders until the line is closed; the process ends here."""
    try:
        with (folder / f"rank{rank}.txt").open("w") as said:
            os.dup2(said.fileno(), 2)
        if memory is not None:
            _limit(memory)
        _meet_and_listen(rank, ranks, folder, line, own)
    except BaseException as error:
        traceback.print_exc()
        sys.stderr.flush()
        with suppress(BaseException):
            line.send_bytes(packed(_failure(error, memory)))
    os._exit(1)  # an orderly end would wait for the thread that reads


def _failure(error: BaseException, memory: int | None) -> Message:
    """What the starter is told; `guilty` is false where another rank was missed."""
    said = " ".join(str(error).split())
    if isinstance(error, MemoryError) or "can't allocate memory" in said or "out of memory" in said:
        limit = "" if memory is None else f", of the {memory / 1e6:,.0f} MB that each rank may have beside torch"
        return {"failed": f"ran out of memory{limit}", "guilty": True}
    missed = any(word in said for word in ("onnection closed", "Connection reset", "gloo", "Broken pipe", "NCCL"))
    return {"failed": f"{type(error).__name__}: {said[:300]}", "guilty": not missed}


def _limit(memory: int) -> None:
    import resource

    import torch  # noqa: F401 - loaded before, it counts as what is there

    has = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData:"))
    most = int(has.split()[1]) * 1024 + memory
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _meet_and_listen(rank: int, ranks: int, folder: Path, line: Connection, own: bool) -> None:
    """Meet the others at a file, then carry out orders."""
    import torch
    from torch import distributed

    from explorer.stack.parallelism.process_group import ProcessGroup

    torch.set_num_threads(1)
    orders: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(line, orders, folder), daemon=True).start()
    meeting, wait = (folder / "meeting").as_uri(), timedelta(seconds=PATIENCE)
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=ranks, timeout=wait)
    say = _saying(folder / f"rank{rank}.at")
    say("waits for an order")
    line.send_bytes(packed({"ready": os.getpid()}))
    groups = {ranks: ProcessGroup()}
    while True:
        order = orders.get()
        count = order["ranks"]
        if count not in groups:
            groups[count] = ProcessGroup(range(count))
        group = groups[count]
        group.say = say
        group.records.clear()
        group.meter = None
        group.barrier()  # all begin together
        say(f"began {order['does'].rpartition(':')[2]}")
        tell: Callable[[Message], None] = lambda part: line.send_bytes(packed({"part": part}))  # noqa: E731
        answer = named(order["does"])(Rank(group, tell, sent_bytes if own else None), order["given"])
        say("has answered")
        line.send_bytes(packed({"answer": answer}))


def named(does: str) -> Callable[[Rank, Message], Message]:
    """`package.module:function`."""
    module, _, function = does.partition(":")
    return getattr(importlib.import_module(module), function)


def _saying(file: Path) -> Callable[[str], None]:
    """Writes where the starter can read without this rank's help."""
    with file.open("w+b") as whole:
        whole.truncate(SAYS)
        place = mmap.mmap(whole.fileno(), SAYS)

    def say(text: str) -> None:
        place[:] = f"{time.monotonic():.2f} {text}".encode()[:SAYS].ljust(SAYS)

    return say


def _listen(line: Connection, orders: queue.SimpleQueue[Message], folder: Path) -> None:
    while (order := read(line)) is not None:
        orders.put(order)
    shutil.rmtree(folder, ignore_errors=True)  # who was killed could not tidy up
    os._exit(0)


if __name__ == "__main__":
    _, handle, path, *modules = sys.argv
    sys.path[:] = path.split(os.pathsep)
    nursery(Connection(int(handle)), modules)
