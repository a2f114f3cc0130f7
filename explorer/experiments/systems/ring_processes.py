"""A ring of real processes: started, told what to do, and ended whatever happens.

Each rank is a fresh interpreter (nothing is forked) with one thread for its numbers, and hears nothing but loopback. It
may be started from a process that multiprocessing calls a daemon, as the page's measurements are. No rank outlives its
starter: leaving the block ends them, and a starter that is killed closes their standard input (`ring_rank`).
"""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

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
        self._processes: list[subprocess.Popen[bytes]] = []
        self._heard: queue.SimpleQueue[tuple[int, dict[str, Any] | None]] = queue.SimpleQueue()
        self._folder = tempfile.TemporaryDirectory(prefix="explorer-ring-")

    def __enter__(self) -> RingProcesses:
        """Raises RuntimeError where a rank ends or does not come."""
        try:
            for rank in range(self.ranks):
                self._start(rank)
            self._answers(self.ranks)
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
            stream = self._processes[rank].stdin
            assert stream is not None
            try:
                stream.write(packed(order))
                stream.flush()
            except OSError as error:
                raise RuntimeError(self._why(rank)) from error
        return [Answer.of(said) for said in self._answers(layout.ranks)]

    def close(self) -> None:
        """End all ranks."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
            for stream in (process.stdin, process.stdout):
                with suppress(OSError):  # an order that was never read
                    if stream is not None:
                        stream.close()
        self._processes.clear()
        self._folder.cleanup()

    def _start(self, rank: int) -> None:
        # The package first: where it is installed to be edited, no entry of the path leads to it.
        path = os.pathsep.join([str(PACKAGE.parent), *(entry or os.getcwd() for entry in sys.path)])  # noqa: PTH109
        meeting = Path(self._folder.name) / "meeting"
        file = Path(__file__).with_name("ring_rank.py")
        command = [sys.executable, "-I", "-S", str(file), str(rank), str(self.ranks), str(meeting), path]
        with self._said(rank).open("wb") as errors:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=_environment()
            )
        self._processes.append(process)
        threading.Thread(target=self._hear, args=(rank, process.stdout), daemon=True).start()

    def _hear(self, rank: int, stream: IO[bytes]) -> None:
        try:
            while (said := read(stream)) is not None:
                self._heard.put((rank, said))
        except (OSError, ValueError):  # it was closed under this thread
            pass
        self._heard.put((rank, None))

    def _answers(self, ranks: int) -> list[dict[str, Any]]:
        answers: dict[int, dict[str, Any]] = {}
        began = time.monotonic()
        while len(answers) < ranks:
            self._alive()
            try:
                rank, said = self._heard.get(timeout=LOOK)
            except queue.Empty:
                if time.monotonic() - began > PATIENCE:
                    raise RuntimeError(f"a ring of {ranks} said nothing for {PATIENCE:.0f} s") from None
                continue
            if said is None:
                raise RuntimeError(self._why(rank))
            answers[rank] = said
        return [answers[rank] for rank in range(ranks)]

    def _said(self, rank: int) -> Path:
        return Path(self._folder.name) / f"rank{rank}.txt"

    def _why(self, rank: int) -> str:
        lines = self._said(rank).read_text(errors="replace").splitlines()
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
