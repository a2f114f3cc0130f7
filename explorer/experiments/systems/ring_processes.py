"""A ring of real processes: started, told what to do, and ended whatever happens.

A fresh interpreter imports what the ranks need, and they part from it (`ring_rank`): each importing torch for itself
would take most of the time. Each has one thread for its numbers, and hears nothing but loopback. They may be started
from a process that multiprocessing calls a daemon, as the page's measurements are. No rank outlives its starter:
leaving the block ends them, and a starter that is killed closes their lines.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.systems.ring_rank import PATIENCE, packed, read
from explorer.places import PACKAGE
from explorer.stack.systems.ring_channel import Moment
from explorer.stack.systems.sequence_layout import SequenceLayout
from explorer.stack.systems.tile_mask import TileMask

#: What a rank needs of this process's environment; it is given nothing else.
KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "HOME", "TMPDIR", "TEMP")
#: seconds between two signs of life
LOOK = 0.2
#: seconds that ranks are given to end by themselves
END = 2.0
#: Whether the ranks part from one process: elsewhere a library's threads may not outlive that.
TOGETHER = sys.platform == "linux"


@dataclass(frozen=True, eq=False)
class Answer:
    """What one rank made of its positions, and what it did when."""

    out: Float[Tensor, "batch head own d_head"]
    lse: Float[Tensor, "batch head own"]
    dq: Float[Tensor, "batch head own d_head"]
    dk: Float[Tensor, "batch kv_head own d_head"]
    dv: Float[Tensor, "batch kv_head own d_head"]
    """Gradients of half the squared output."""
    moments: tuple[Moment, ...]

    @classmethod
    def of(cls, said: dict[str, Any]) -> Answer:
        return cls(**{**said, "moments": tuple(Moment(**each) for each in said["moments"])})


def orders(
    layout: SequenceLayout,
    q: Float[Tensor, "batch head pos d_head"],
    k: Float[Tensor, "batch kv_head pos d_head"],
    v: Float[Tensor, "batch kv_head pos d_head"],
    mask: TileMask,
    scale: float,
    tile: int,
) -> list[dict[str, Any]]:
    """What each rank is told: its own positions and nothing else, and how to attend."""
    rules = {"causal": mask.causal, "window": mask.window, "slopes": mask.slopes, "cap": mask.cap}
    told = {"layout": asdict(layout), "mask": rules, "scale": scale, "tile": tile}
    return [
        {**{name: layout.own(x, rank) for name, x in (("q", q), ("k", k), ("v", v))}, **told}
        for rank in range(layout.ranks)
    ]


class RingProcesses:
    """So many ranks, to be used as a context manager."""

    def __init__(self, ranks: int, alive: Callable[[], None] = lambda: None) -> None:
        """`alive` is called some times a second while one waits, and may raise to stop."""
        self.ranks, self._alive = ranks, alive
        self.processes: list[int] = []
        """The ranks' numbers to the operating system."""
        self._started: list[subprocess.Popen[bytes]] = []
        self._lines: list[Connection] = []
        self._folder = tempfile.TemporaryDirectory(prefix="explorer-ring-", ignore_cleanup_errors=True)

    def __enter__(self) -> RingProcesses:
        """Raises RuntimeError where a rank ends or does not come."""
        try:
            lines = [Pipe() for _ in range(self.ranks)]
            self._lines = [ours for ours, _ in lines]
            theirs = {rank: line for rank, (_, line) in enumerate(lines)}
            for mine in [theirs] if TOGETHER else [{rank: line} for rank, line in theirs.items()]:
                self._start(mine)
            for line in theirs.values():
                line.close()
            self.processes = [said["process"] for said in self._answers(self.ranks)]
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(
        self,
        layout: SequenceLayout,
        q: Float[Tensor, "batch head pos d_head"],
        k: Float[Tensor, "batch kv_head pos d_head"],
        v: Float[Tensor, "batch kv_head pos d_head"],
        mask: TileMask,
        scale: float,
        tile: int = 64,
    ) -> list[Answer]:
        """Forward and backward over the first ranks, as many as the layout has."""
        for rank, order in enumerate(orders(layout, q, k, v, mask, scale, tile)):
            try:
                self._lines[rank].send_bytes(packed(order))
            except OSError as error:
                raise RuntimeError(self._why(rank)) from error
        return [Answer.of(said) for said in self._answers(layout.ranks)]

    def close(self) -> None:
        """End all ranks: one whose line is closed ends, and so does the process that they all came from."""
        for line in self._lines:
            line.close()
        for process in self._started:
            try:
                process.wait(END if self.processes else 0)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._started.clear()
        self._folder.cleanup()

    def _start(self, mine: Mapping[int, Connection]) -> None:
        # The package first: where it is installed to be edited, no entry of the path leads to it.
        path = os.pathsep.join([str(PACKAGE.parent), *(entry or os.getcwd() for entry in sys.path)])  # noqa: PTH109
        file = Path(__file__).with_name("ring_rank.py")
        handles = {rank: line.fileno() for rank, line in mine.items()}
        given = ",".join(f"{rank}:{handle}" for rank, handle in handles.items())
        command = [sys.executable, "-I", "-S", str(file), given, str(self.ranks), self._folder.name, path]
        with self._said(min(mine)).open("wb") as errors:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, env=_environment(),
                pass_fds=tuple(handles.values()), start_new_session=True,
            )  # fmt: skip
        self._started.append(process)

    def _answers(self, ranks: int) -> list[dict[str, Any]]:
        answers: dict[int, dict[str, Any]] = {}
        began = time.monotonic()
        while len(answers) < ranks:
            self._alive()
            waiting = {id(line): rank for rank, line in enumerate(self._lines[:ranks]) if rank not in answers}
            heard = wait([self._lines[rank] for rank in waiting.values()], LOOK)
            if not heard and time.monotonic() - began > PATIENCE:
                raise RuntimeError(f"a ring of {ranks} said nothing for {PATIENCE:.0f} s")
            for line in heard:
                rank = waiting[id(line)]
                said = read(self._lines[rank])
                if said is None:
                    raise RuntimeError(self._why(rank))
                answers[rank] = said
        return [answers[rank] for rank in range(ranks)]

    def _said(self, rank: int) -> Path:
        return Path(self._folder.name) / f"rank{rank}.txt"

    def _why(self, rank: int) -> str:
        file = self._said(rank) if self._said(rank).exists() else self._said(0)
        lines = file.read_text(errors="replace").splitlines()
        return f"rank {rank} ended: {lines[-1] if lines else 'without a word'}"


def _environment() -> dict[str, str]:
    """One thread a rank; nothing listens but on loopback."""
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    interfaces = {name for _, name in socket.if_nameindex()} if hasattr(socket, "if_nameindex") else set[str]()
    for loopback in ("lo", "lo0"):
        if loopback in interfaces:
            env["GLOO_SOCKET_IFNAME"] = loopback
    return env
