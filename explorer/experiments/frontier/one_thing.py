"""Induction: one thing to remember, however far back. The arms of `copying`, trained on this alone.

    symbols, a mark, the answer, more symbols, the mark again: which symbol follows?

What followed the mark the first time follows it again (Olsson et al. 2022, arXiv 2209.11895; as Mamba's paper asks it,
arXiv 2312.00752, section 4.1.1). Copying asks for all of a text; this asks for one symbol of it, so the size of the
state is no bar: a state that writes behind the mark and nowhere else keeps it for ever. Texts are measured up to
sixteen times as long as any that was trained on.

    python -m explorer.experiments.frontier.one_thing

writes `assets/sweeps/copying/induction.json`: run after run, those that are there left out.

>>> made = drawn(3, 5, torch.Generator().manual_seed(0))
>>> ids, at = made.ids[0].tolist(), made.ids[0].tolist().index(MARK)
>>> made.ids.shape, ids[-2] == MARK, ids[-1] == ids[at + 1], ids.count(MARK)
(torch.Size([3, 9]), True, True, 2)
"""

from __future__ import annotations

import json
import platform
import time
from dataclasses import asdict, dataclass
from functools import cache

import torch
from pydantic import TypeAdapter

from explorer import places
from explorer.experiments.frontier.copying import (
    ARMS,
    D_VOCAB,
    FIRST,
    MARK,
    PEAK,
    SEEDS,
    STARTS,
    WARMUP,
    Arm,
    Drawn,
    loss_of,
    untrained,
)
from explorer.stack.frontier.state_spaces.model import StateSpaceModel
from explorer.stack.worst import worst

FILE = places.assets() / "sweeps" / "copying" / "induction.json"
#: Symbols beside the marks: most of a training text, and what is measured.
MOST = 32
MEASURED = (8, 16, 32, 64, 128, 256, 512)
STEPS, ROWS, HELD = 1000, 32, 100


@dataclass(frozen=True)
class Run:
    """One model of one seed, in numbers."""

    arm: str
    seed: int
    loss: list[float]
    """Of every tenth step."""
    accuracy: list[float]
    """At each measured length."""
    seconds: float
    """Of the processor."""


@dataclass(frozen=True)
class Recording:
    """All runs."""

    runs: tuple[Run, ...]
    machine: str

    @property
    def seconds(self) -> float:
        """Of the processor, all runs."""
        return sum(each.seconds for each in self.runs)


def drawn(rows: int, n: int, generator: torch.Generator) -> Drawn:
    """Random texts of n symbols, the mark before one of them and again at the end. The last token is asked for."""
    symbols = torch.randint(FIRST, D_VOCAB, (rows, n), generator=generator)
    at = torch.randint(n, (rows, 1), generator=generator)
    # Where the mark goes in: all from there on stand one further.
    places_ = torch.arange(n + 1).expand(rows, -1)
    marked = symbols.gather(1, (places_ - (places_ > at).long()).clamp(max=n - 1)).where(places_ != at, MARK)
    start, mark = torch.full((rows, 1), STARTS[0]), torch.full((rows, 1), MARK)
    ids = torch.cat([start, marked, mark, symbols.gather(1, at)], 1)
    return Drawn(ids, torch.arange(ids.shape[1]) == ids.shape[1] - 1)


def trained(arm: Arm, seed: int, steps: int = STEPS, until: int | None = None) -> Run:
    """Train it; the same texts for every arm of a seed."""
    generator, began = torch.Generator().manual_seed(seed), time.process_time()
    model = untrained(arm, seed)
    optimiser = torch.optim.AdamW(model.parameters(), PEAK, betas=(0.9, 0.98), weight_decay=0.01)
    losses = []
    for step in range(steps if until is None else until):
        left = (steps - step) / (0.3 * steps)
        for group in optimiser.param_groups:
            group["lr"] = PEAK * min((step + 1) / WARMUP, 1, left)
        loss = loss_of(model, drawn(ROWS, int(torch.randint(2, MOST + 1, (1,), generator=generator)), generator))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step % 10 == 0:
            losses.append(round(float(loss.detach()), 4))
    accuracy = [accuracy_of(model, n) for n in MEASURED] if until is None else []
    return Run(arm.name, seed, losses, accuracy, round(time.process_time() - began, 1))


@torch.no_grad()
def accuracy_of(model: StateSpaceModel, n: int) -> float:
    """Share of texts whose answer is the likeliest, on texts that no training drew from."""
    batch = drawn(HELD, n, torch.Generator().manual_seed(10**6 + n))
    found = torch.cat([model(some)[:, -1].argmax(-1) for some in batch.ids[:, :-1].split(20)])
    return round(float((found == batch.ids[:, -1]).float().mean()), 4)


def again_error(run: Run, steps: int) -> float:
    """How far the losses of the first steps are from the recorded ones, trained once more."""
    arm = next(each for each in ARMS if each.name == run.arm)
    found = trained(arm, run.seed, STEPS, until=steps).loss
    return worst(abs(one - other) for one, other in zip(found, run.loss, strict=False))


def record() -> None:
    """Train what is missing, and write all."""
    torch.set_num_threads(1)
    said = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {"runs": []}
    runs = {(each["arm"], each["seed"]): each for each in said["runs"]}
    machine = f"{platform.machine()}, one thread, torch {torch.__version__.partition('+')[0]}, float32"
    wanted = [(arm, seed) for seed in SEEDS for arm in ARMS]
    for arm, seed in wanted:
        if (arm.name, seed) in runs:
            continue
        run = trained(arm, seed)
        runs[arm.name, seed] = asdict(run)
        print(f"{arm.name}, seed {seed}: {run.accuracy}, {run.seconds:.0f} s", flush=True)
        kept = [runs[each.name, at] for each, at in wanted if (each.name, at) in runs]
        FILE.write_text(json.dumps({"machine": machine, "runs": kept}) + "\n", encoding="utf-8")


@cache
def stored() -> Recording:
    """What was trained once and is committed."""
    return TypeAdapter(Recording).validate_json(FILE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    record()
