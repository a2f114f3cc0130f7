"""Ranks that really run: answers, bytes on the socket, each way to go wrong, and that none outlives its starter."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.errors import RanksError
from explorer.experiments.systems import rank_process, ranks
from explorer.experiments.systems.nursery import Nursery
from explorer.experiments.systems.rank_process import Message
from explorer.experiments.systems.ranks import Ranks

ROOT = Path(__file__).resolve().parents[3]
TOTAL, FAIL = (f"tests.experiments.systems.rank_jobs:{name}" for name in ("total", "fail"))


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as made:
        yield made


def _counts(answers: list[Message]) -> bool:
    """Whether the socket carried what the formula says."""
    sent = sum(answer["formula"] for answer in answers)
    return all(sent <= answer["socket"] < 1.01 * sent for answer in answers)


def test_answers_parts_and_bytes(nursery: Nursery) -> None:
    told, looked = list[tuple[int, int]](), list[None]()
    with Ranks(3, lambda: looked.append(None), nursery=nursery) as group:
        all_three = group.run(
            TOTAL, [{"x": rank} for rank in range(3)], lambda at, part: told.append((at, part["rank"]))
        )
        pair = group.run(TOTAL, [{"x": 1}, {"x": 2}])
        assert sorted(told) == [(0, 0), (1, 1), (2, 2)]
        assert [answer["sum"] for answer in all_three] == [3.0] * 3
        assert [answer["sum"] for answer in pair] == [3.0] * 2
        assert {answer["pid"] for answer in all_three} == set(group.processes)
        if group.counted:  # gloo's ring, and at most half a percent of headers
            rounds = [(all_three, pair)]
            while not all(map(_counts, rounds[-1])) and len(rounds) < 4:  # a busy machine's TCP sends some bytes again
                rounds.append((group.run(TOTAL, [{"x": 1}] * 3), group.run(TOTAL, [{"x": 1}] * 2)))
            assert all(map(_counts, rounds[-1])), rounds
        with pytest.raises(RanksError, match="4 payloads do not fit 3 ranks"):
            group.run(TOTAL, [{}] * 4)
    assert looked
    assert not any(map(alive, group.processes))
    assert not Path(group._folder.name).exists()


@pytest.mark.parametrize(
    ("kind", "said", "at"),
    [
        ("die", r"^Rank 1 was killed \(SIGKILL, as happens where", "rank 0 waits in all-reduce what is missed"),
        ("raise", "^Rank 1 ended: ValueError: seven is no divisor", "rank 1 after all-reduce the last that works"),
        ("memory", "^Rank 1 ended: ran out of memory, of the 300 MB", "rank 0 "),
        ("sleep", "^The ranks hang: nobody has computed for", "rank 0 waits"),
        ("stop", "^The ranks hang", "rank 1 is stopped"),
        ("forget", "^The ranks hang", "rank 1 has answered"),
        ("spin", "^The ranks have said nothing for 1 s", "rank 0 waits"),
    ],
)
def test_one_that_goes_wrong_ends_all(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch, kind: str, said: str, at: str
) -> None:
    assert ranks.IDLE < 10
    monkeypatch.setattr(ranks, "IDLE", 0.8)
    began = time.monotonic()
    with (
        pytest.raises(RanksError, match=said) as error,
        Ranks(2, nursery=nursery, memory=300_000_000, patience=1.0 if kind == "spin" else 60.0) as group,
    ):
        group.run(FAIL, [{"kind": kind}] * 2)
    assert at in error.value.hint
    assert time.monotonic() - began < 10
    assert not any(map(alive, group.processes))


def test_who_stops_waiting_ends_them(nursery: Nursery) -> None:
    def stop() -> None:
        raise InterruptedError

    group = Ranks(2, stop, nursery=nursery)
    with pytest.raises(InterruptedError), group:
        pass
    assert not any(map(alive, group.processes))
    assert not Path(group._folder.name).exists()


def test_ranks_end_with_whoever_started_them() -> None:
    """A starter that is killed can tell nobody: its lines close, and one that is stopped is killed."""
    script = (
        "import os, signal, time\n"
        "from explorer.experiments.systems.ranks import Ranks\n"
        "with Ranks(2) as ranks:\n"
        "    os.kill(ranks.processes[0], signal.SIGSTOP)\n"
        "    print(ranks._folder.name, ranks._nursery.process.pid, *ranks.processes, flush=True)\n"
        "    time.sleep(60)\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    with starter, starter.stdout:
        folder, *started = starter.stdout.readline().split()
        pids = [int(pid) for pid in started]
        assert len(pids) == 3
        assert all(map(alive, pids))
        starter.send_signal(signal.SIGKILL)
        starter.wait()
    until = time.monotonic() + 10
    while (any(map(alive, pids)) or Path(folder).exists()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(alive, pids))
    assert not Path(folder).exists()


def test_a_machine_that_gives_no_network_measures_no_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise PermissionError

    monkeypatch.setattr(rank_process, "_leave_network", refused)
    assert not rank_process.own_network()


def test_numbers_of_ranks() -> None:
    with pytest.raises(RanksError, match="0 ranks can compute nothing"):
        Ranks(0)


def alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat")
        return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False
