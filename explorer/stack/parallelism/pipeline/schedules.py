"""Schedules whose backward is whole: GPipe, 1F1B, interleaved 1F1B.

    GPipe         all forwards, then all backwards (Huang et al. 2018, arXiv 1811.06965)
    1F1B          p - i - 1 forwards on stage i, then one forward and one backward in turn (Narayanan et al. 2020,
                  PipeDream-Flush, arXiv 2006.09503): stage i keeps min(m, p - i) micro-batches instead of m
    interleaved   every rank holds v stages, p apart; micro-batches go through them in rounds of about p, so that the
                  first stages fill sooner (Narayanan et al. 2021, arXiv 2104.04473, section 2.2)

Worked example: 1F1B of 3 stages and 4 micro-batches.

>>> for row in one_f_one_b(3, 4).rows: print(write(row))
0F0 0F1 0F2 0B0 0F3 0B1 0B2 0B3
1F0 1F1 1B0 1F2 1B1 1F3 1B2 1B3
2F0 2B0 2F1 2B1 2F2 2B2 2F3 2B3
"""

from __future__ import annotations

from collections import Counter

from explorer.stack.parallelism.pipeline.actions import Action, Op, Row, Schedule, write

__all__ = ["Queue", "check_sizes", "gpipe", "interleaved", "one_f_one_b", "rounds", "write"]


class Queue:
    """A rank's row as it grows: each call takes the next micro-batch of a stage."""

    def __init__(self) -> None:
        self.slots: list[tuple[Action, ...]] = []
        self.done: Counter[tuple[int, str]] = Counter()

    def next(self, stage: int, op: Op) -> Action:
        """The next of a stage; B counts as I and W."""
        key = "I" if op == "B" else op
        made = Action(stage, op, self.done[stage, key])
        self.done[stage, key] += 1
        if op == "B":
            self.done[stage, "W"] += 1
        return made

    def add(self, stage: int, op: Op) -> Action:
        made = self.next(stage, op)
        self.slots.append((made,))
        return made

    @property
    def row(self) -> Row:
        return tuple(self.slots)


def check_sizes(ranks: int, microbatches: int) -> None:
    """Raises ValueError for a pipeline that is none."""
    if ranks < 1 or microbatches < 1:
        raise ValueError(f"a pipeline needs at least 1 stage and 1 micro-batch, not {ranks} and {microbatches}")


def gpipe(ranks: int, microbatches: int) -> Schedule:
    check_sizes(ranks, microbatches)
    ops: tuple[Op, Op] = ("F", "B")
    rows = tuple(
        tuple((Action(stage, op, batch),) for op in ops for batch in range(microbatches)) for stage in range(ranks)
    )
    return Schedule("GPipe", rows)


def one_f_one_b(ranks: int, microbatches: int) -> Schedule:
    check_sizes(ranks, microbatches)
    rows: list[Row] = []
    for stage in range(ranks):
        queue = Queue()
        for _ in range(warm := min(microbatches, ranks - stage - 1)):
            queue.add(stage, "F")
        for _ in range(microbatches - warm):
            queue.add(stage, "F")
            queue.add(stage, "B")
        for _ in range(warm):
            queue.add(stage, "B")
        rows.append(queue.row)
    return Schedule("1F1B", tuple(rows))


def rounds(ranks: int, microbatches: int) -> int:
    """Micro-batches of a round: about as many as ranks. Raises ValueError where they do not divide into rounds."""
    check_sizes(ranks, microbatches)
    count = max(1, microbatches // ranks)
    if microbatches % count:
        fit = [each for each in range(1, 4 * microbatches) if each % max(1, each // ranks) == 0]
        below, above = max(e for e in fit if e < microbatches), min(e for e in fit if e > microbatches)
        raise ValueError(
            f"{microbatches} micro-batches do not divide into {count} rounds of {ranks} ranks: "
            f"{below} or {above} would fit"
        )
    return microbatches // count


def interleaved(ranks: int, microbatches: int, chunks: int) -> Schedule:
    """Stage ``chunk · ranks + rank`` lies on `rank`."""
    if chunks < 1:
        raise ValueError(f"a rank needs at least 1 stage, not {chunks}")
    of_a_round = rounds(ranks, microbatches)
    rows: list[Row] = []
    for rank in range(ranks):
        total = chunks * microbatches
        warm = min(total, (chunks - 1) * of_a_round + 2 * (ranks - 1 - rank))
        queue = Queue()
        for step in range(total + warm):
            if step < total:
                queue.add(step // of_a_round % chunks * ranks + rank, "F")
            if step >= warm:
                back = chunks - 1 - (step - warm) // of_a_round % chunks
                queue.add(back * ranks + rank, "B")
        rows.append(queue.row)
    return Schedule("Interleaved", tuple(rows))
