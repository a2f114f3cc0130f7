"""Students that were trained once, in numbers, with three seeds each.

    python -m explorer students
    python -m explorer students --teacher smollm2-135m

write to `assets/sweeps/distillation` what is not there yet: every way to teach the smallest student of the mixture, the
larger ones on text alone and by soft targets, and a student of SmolLM2 with its vocabulary, in these two ways.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from explorer import places
from explorer.experiments.frontier.distilling import SMOLLM2, TEACHER, Arm, Asked, Distilling, distilling

FOLDER = places.assets() / "sweeps" / "distillation"
PATHS = {TEACHER: FOLDER / "students.json", SMOLLM2: FOLDER / "students_smollm2.json"}
#: What is recorded: each size with its ways.
RECORDED = (
    Asked(steps=120, size="0.3"),
    Asked(steps=120, size="0.6", ways=("text", "forward")),
    Asked(steps=120, size="1", ways=("text", "forward")),
)
OF_SMOLLM2 = (Asked(steps=100, size="3.3", ways=("text", "forward"), teacher=SMOLLM2),)


@dataclass(frozen=True)
class Curve:
    """A student's training in numbers."""

    way: str
    size: str
    parameters: int
    seed: int
    step: list[int]
    held: list[float]
    loss: list[float]
    """Cross-entropy of each step's batch."""
    apart: tuple[float, float] | None
    """Forward and reverse KL from the teacher, at the end."""
    seconds: float
    """A step's, the median."""


@dataclass(frozen=True)
class Recording:
    """All that is kept."""

    curves: tuple[Curve, ...]
    teacher_parameters: int
    teacher_loss: float
    tokens_per_step: int
    held_tokens: int
    machine: str
    seconds: float
    """Of processor time."""


def curve(arm: Arm, size: str) -> Curve:
    return Curve(
        arm.name, size, arm.parameters, arm.seed, [*arm.steps_measured], [round(each, 4) for each in arm.held],
        [round(each, 3) for each in arm.losses], arm.apart,
        round(statistics.median(arm.seconds[1:]), 4) if arm.seconds[1:] else 0.0,
    )  # fmt: skip


def recording(made: Sequence[Distilling], machine: str = "", seconds: float = 0.0) -> Recording:
    """Of one training or of several that share teacher and texts."""
    first = made[0]
    course = first.courses[0]
    return Recording(
        tuple(curve(arm, each.asked.size) for each in made for arms in each.seeds for arm in arms),
        first.teacher_parameters, first.teacher_loss, course.batches.n_ctx * course.batches.rows,
        sum(min(course.measured, (len(each) - 1) // course.n_ctx) for each in course.held.values()) * course.n_ctx,
        machine, seconds,
    )  # fmt: skip


def record(machine: str, told: Callable[[str], None], of: str = TEACHER) -> Path:
    """Train the sizes that are not there yet, and write each when it is done."""
    asked, path = OF_SMOLLM2 if of == SMOLLM2 else RECORDED, PATHS[of]
    kept = stored_at(path) if path.is_file() else None
    for each in asked:
        if kept is not None and any(one.size == each.size for one in kept.curves):
            continue
        began, made = time.process_time(), None
        for made in distilling(each):
            if all(arm.steps_measured[-1:] == [each.steps] for arm in made.seeds[-1]):
                said = ", ".join(f"{arm.name} {arm.held[-1]:.3f}" for arm in made.seeds[-1])
                told(f"{each.size} M, seed {len(made.seeds) - 1}: {said}; {time.process_time() - began:.0f} s")
        assert made is not None
        new = recording([made], machine, round(time.process_time() - began))
        kept = new if kept is None else replace(
            kept, curves=(*kept.curves, *new.curves), seconds=kept.seconds + new.seconds
        )  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(kept)) + "\n", encoding="utf-8")
    return path


def stored_at(path: Path) -> Recording:
    return TypeAdapter(Recording).validate_json(path.read_text(encoding="utf-8"))


@cache
def stored(of: str = TEACHER) -> Recording:
    """What was trained once by that teacher and is committed."""
    return stored_at(PATHS[of])
