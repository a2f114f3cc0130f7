"""The process that has torch loaded, seen from the process that starts it: ranks part from it (`rank_process`)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from pathlib import Path
from types import TracebackType

from explorer.errors import RanksError
from explorer.experiments.systems.rank_process import Message
from explorer.places import PACKAGE

#: What a rank needs of this process's environment; it is given nothing else.
KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "HOME", "TMPDIR", "TEMP")
#: seconds that it is given to end by itself
END = 2.0
#: seconds that it is given to load torch
START = 120.0


class Nursery:
    """A process that has torch loaded, and from which ranks part. A context manager."""

    def __init__(self, loads: Sequence[str] = ()) -> None:
        """`loads`: modules that all its ranks need, loaded once for all."""
        self.loads = tuple(loads)
        self.own_network = False
        """Whether its ranks have a network of their own."""
        self.process: subprocess.Popen[bytes] | None = None
        self.control: Connection | None = None
        self.numbers = count()
        self.ended: dict[tuple[int, int], int] = {}
        """How ranks ended, by set and rank: an exit code, or a signal as a negative number."""

    def __enter__(self) -> Nursery:
        """Raises RanksError where it does not start."""
        try:
            self.own_network = bool(self._start()["own_network"])
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def fork(self, ranks: int, folder: Path, memory: int | None, lines: Sequence[Connection]) -> tuple[int, list[int]]:
        """The number of the set, and its processes by rank."""
        assert self.control is not None
        number = next(self.numbers)
        try:
            self.control.send({"set": number, "ranks": ranks, "folder": str(folder), "memory": memory})
            for line in lines:
                send_handle(self.control, line.fileno(), None)
            while True:
                said = self.control.recv()
                if said.get("processes") and said["set"] == number:
                    return number, [said["processes"][rank] for rank in range(ranks)]
                self._note(said)
        except (EOFError, OSError) as error:
            raise RanksError("The process that starts the ranks has ended.", "Try again.") from error

    def end(self, number: int) -> None:
        """Kill what is left of a set."""
        with suppress(OSError):
            if self.control is not None:
                self.control.send({"end": number})

    def status(self, number: int, rank: int) -> int | None:
        """How a rank ended; None while it lives."""
        with suppress(EOFError, OSError):
            while self.control is not None and self.control.poll():
                self._note(self.control.recv())
        return self.ended.get((number, rank))

    def close(self) -> None:
        """End it, and all its ranks."""
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            try:
                self.process.wait(END)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = self.control = None

    def _note(self, said: Message) -> None:
        if "status" in said:
            self.ended[said["set"], said["rank"]] = said["status"]

    def _start(self) -> Message:
        # The package first: where it is installed to be edited, no entry of the path leads to it.
        path = os.pathsep.join([str(PACKAGE.parent), *(entry or os.getcwd() for entry in sys.path)])  # noqa: PTH109
        file = Path(__file__).with_name("rank_process.py")
        self.control, theirs = Pipe()
        with theirs, tempfile.TemporaryFile() as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(file), str(theirs.fileno()), path, *self.loads],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, env=_environment(),
                pass_fds=(theirs.fileno(),), start_new_session=True,
            )  # fmt: skip
            theirs.close()
            if self.control.poll(START):
                with suppress(EOFError, OSError):
                    return self.control.recv()
            errors.seek(0)
            lines = errors.read().decode(errors="replace").splitlines()
        raise RanksError(f"The ranks cannot be started: {lines[-1] if lines else 'their process said nothing'}.")


def _environment() -> dict[str, str]:
    """One thread a rank; nothing listens but on loopback."""
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    interfaces = {name for _, name in socket.if_nameindex()} if hasattr(socket, "if_nameindex") else set[str]()
    for loopback in ("lo", "lo0"):
        if loopback in interfaces:
            env["GLOO_SOCKET_IFNAME"] = loopback
    return env
