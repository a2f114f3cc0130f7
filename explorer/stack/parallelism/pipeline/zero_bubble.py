"""Schedules that split the backward, or run it together with a forward: ZB-H1, ZB-H2, ZBV, DualPipeV.

    ZB-H1      1F1B whose last W wait until a rank would idle: no more memory than 1F1B, a third of its bubble
               (Qi et al. 2023, arXiv 2401.10241, section 2)
    ZB-H2      up to twice as many forwards first, so that nobody idles: twice the memory
    ZBV        two stages a rank, laid as a V: rank i holds stages i and 2p - 1 - i, so that the first rank also has
               the loss; nobody idles at the memory of 1F1B (Qi et al. 2024, arXiv 2405.15362)
    DualPipeV  the same V with the forward of one micro-batch and the backward of another in one slot (DeepSeek-AI
               2024, arXiv 2412.19437; the V form: github.com/deepseek-ai/DualPipe)

"Nobody idles" holds where F, I and W take equally long, and counts each rank's own time, from its first action to its
last: the ranks begin and end one after the other, which needs an optimizer that does not wait for all.

Worked example: ZB-H1 of 2 stages and 3 micro-batches; ZBV's first rank on 2 ranks.

>>> for row in zb_h1(2, 3).rows: print(write(row))
0F0 0F1 0I0 0W0 0F2 0I1 0W1 0I2 0W2
1F0 1I0 1F1 1I1 1W0 1F2 1I2 1W1 1W2
>>> print(write(zbv(2, 3).rows[0]))
0F0 0F1 0F2 3F0 3I0 3W0 3F1 3I1 3W1 0I0 0W0 3F2 3I2 3W2 0I1 0W1 0I2 0W2
"""

from __future__ import annotations

from explorer.stack.parallelism.pipeline.actions import Action, Row, Schedule, write
from explorer.stack.parallelism.pipeline.schedules import Queue, check_sizes, rounds

__all__ = ["dualpipe_v", "write", "zb_h1", "zb_h2", "zbv"]


def zb_h1(ranks: int, microbatches: int, chunks: int = 1) -> Schedule:
    """On rank i the first i of the W wait. With more chunks than 1: interleaved, as torch has it."""
    of_a_round = rounds(ranks, microbatches)
    rows: list[Row] = []
    for rank in range(ranks):
        total = chunks * microbatches
        warm = min(total, (chunks - 1) * of_a_round + ranks - 1 - rank)
        queue = Queue()
        waiting: list[int] = []
        for step in range(total + warm):
            if step < total:
                queue.add(step // of_a_round % chunks * ranks + rank, "F")
            if step >= warm:
                back = (chunks - 1 - (step - warm) // of_a_round % chunks) * ranks + rank
                queue.add(back, "I")
                waiting.append(back)
                if step - warm >= rank:
                    queue.add(waiting.pop(0), "W")
        for back in waiting:
            queue.add(back, "W")
        rows.append(queue.row)
    return Schedule("ZB-H1", tuple(rows))


def zb_h2(ranks: int, microbatches: int) -> Schedule:
    """Needs 2p - 1 micro-batches to fill. Stage i forwards 2(p - i) - 1 first, and lets 2i of the W wait."""
    check_sizes(ranks, microbatches)
    rows: list[Row] = []
    for stage in range(ranks):
        queue = Queue()
        warm = min(microbatches, 2 * (ranks - stage) - 1)
        for _ in range(warm):
            queue.add(stage, "F")
        for step in range(microbatches):
            queue.add(stage, "I")
            if step >= 2 * stage:
                queue.add(stage, "W")
            if warm + step < microbatches:
                queue.add(stage, "F")
        for _ in range(min(2 * stage, microbatches)):
            queue.add(stage, "W")
        rows.append(queue.row)
    return Schedule("ZB-H2", tuple(rows))


def zbv(ranks: int, microbatches: int) -> Schedule:
    """With fewer than 2p - 1 micro-batches: the schedule of so many, without those that are not there."""
    check_sizes(ranks, microbatches)
    full = max(2 * ranks - 1, microbatches)
    rows = tuple(_kept(_zbv_row(rank, ranks, full), microbatches) for rank in range(ranks))
    return Schedule("ZBV", rows)


def _kept(row: Row, microbatches: int) -> Row:
    return tuple(slot for slot in row if slot[0].microbatch < microbatches)


def _zbv_row(rank: int, ranks: int, microbatches: int) -> Row:
    near, far, queue = rank, 2 * ranks - 1 - rank, Queue()

    def back(stage: int) -> None:
        queue.add(stage, "I")
        queue.add(stage, "W")

    for _ in range(2 * (ranks - rank) - 1):
        queue.add(near, "F")
    for _ in range(rank):
        queue.add(far, "F")
        queue.add(near, "F")
    for _ in range(ranks - rank):
        queue.add(far, "F")
        back(far)
    while queue.done[far, "F"] < queue.done[near, "F"] or queue.done[near, "F"] < microbatches:
        if queue.done[near, "F"] < microbatches:
            queue.add(near, "F")
        back(near)
        queue.add(far, "F")
        back(far)
    for _ in range(rank):
        queue.add(near, "I")
        queue.add(far, "I")
    for _ in range(ranks - rank):
        back(near)
    for stage in (far, near):
        while queue.done[stage, "W"] < queue.done[stage, "I"]:
            queue.add(stage, "W")
    return queue.row


def dualpipe_v(ranks: int, microbatches: int) -> Schedule:
    """Raises ValueError with fewer micro-batches than the 2p stages."""
    check_sizes(ranks, microbatches)
    if microbatches < 2 * ranks:
        raise ValueError(f"DualPipeV needs a micro-batch for each of its {2 * ranks} stages, not {microbatches}")
    return Schedule("DualPipeV", tuple(_dual_row(rank, ranks, microbatches) for rank in range(ranks)))


def _dual_row(rank: int, ranks: int, microbatches: int) -> Row:
    """The eight steps of DeepSeek's code, in its order."""
    near, far, queue = rank, 2 * ranks - 1 - rank, Queue()
    waiting: list[Action] = []

    def back(stage: int, split: bool) -> None:
        made = queue.add(stage, "I" if split else "B")
        if split:
            waiting.append(made)

    def weight() -> None:
        if waiting:
            queue.add(waiting.pop(0).stage, "W")

    def together(forward: int, backward: int) -> None:
        queue.slots.append((queue.next(forward, "F"), queue.next(backward, "B")))

    after = ranks - rank - 1
    for _ in range(2 * after):  # 1: near forwards
        queue.add(near, "F")
    for _ in range(rank + 1):  # 2: both forwards
        queue.add(near, "F")
        queue.add(far, "F")
    for _ in range(after):  # 3: the first backwards, split
        back(far, split=True)
        weight()
        queue.add(far, "F")
    for step in range(microbatches - 2 * ranks + rank + 1):  # 4: the main part
        if step == 0 and after == 0:
            queue.add(near, "F")
            back(far, split=False)
        else:
            together(near, far)
        together(far, near)
    for _ in range(after):  # 5: no more near forwards
        back(far, split=False)
        together(far, near)
    last = rank + 1
    for step in range(last):  # 6: backwards; the second half of them split
        back(far, split=step >= last - last // 2)
        back(near, split=step >= last // 2)
    for _ in range(after):  # 7: the weights that wait fill the gaps
        weight()
        back(near, split=True)
    for _ in range(last):  # 8
        weight()
    return queue.row
