"""What a state cannot copy: tiny models trained by one recipe to copy and to recall, and how far each gets.

    copying    start, n symbols, a mark, and the same n symbols again
    recall     n pairs of key and value, a mark, and the keys in another order, each followed by its value

Both ask for what was said once and is not in the weights. A cache of keys and values keeps it all; a state has so many
numbers for it (Jelassi et al. 2024, arXiv 2402.01032; Arora et al. 2023, arXiv 2312.04927).

    python -m explorer.experiments.frontier.copying

writes `assets/sweeps/copying/runs.json`: run after run, those that are there left out. Delete it to train all anew.

>>> batch = drawn(2, 0, 3, torch.Generator().manual_seed(0))
>>> batch.ids.shape, bool((batch.ids[:, 1:4] == batch.ids[:, 5:8]).all()), int(batch.asked.sum())
(torch.Size([2, 8]), True, 3)
"""

from __future__ import annotations

import json
import platform
import time
from dataclasses import asdict, dataclass
from functools import cache

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Int
from pydantic import TypeAdapter
from torch import Tensor

from explorer import places
from explorer.stack.frontier.state_spaces.config import StateSpaceConfig
from explorer.stack.frontier.state_spaces.model import StateSpaceModel
from explorer.stack.worst import worst

FILE = places.assets() / "sweeps" / "copying" / "runs.json"
TASKS = ("copying", "recall")
#: The first tokens of a text of either task, and what stands before the second part.
STARTS, MARK, FIRST, D_VOCAB = (0, 1), 2, 3, 67
KEYS = 32
#: Symbols or pairs: most of a training text, and what is measured.
MOST = (16, 8)
MEASURED = ((4, 8, 16, 24, 32), (2, 4, 8, 16, 24))
SEEDS = (0, 1, 2)
STEPS, ROWS, PEAK, HELD, WARMUP = 3000, 32, 4e-3, 200, 50
WIDTH, HEADS = 64, 4


@dataclass(frozen=True)
class Drawn:
    """Texts of one task and one length."""

    ids: Int[Tensor, "row pos"]
    asked: Bool[Tensor, " pos"]
    """The tokens that can be known."""


def drawn(rows: int, task: int, n: int, generator: torch.Generator) -> Drawn:
    """Random texts of n symbols, or of n pairs."""
    start, mark = torch.full((rows, 1), STARTS[task]), torch.full((rows, 1), MARK)
    if not task:
        symbols = torch.randint(FIRST, D_VOCAB, (rows, n), generator=generator)
        ids = torch.cat([start, symbols, mark, symbols], 1)
        return Drawn(ids, torch.arange(ids.shape[1]) > n + 1)
    keys = torch.rand(rows, KEYS, generator=generator).argsort(-1)[:, :n] + FIRST
    values = torch.randint(FIRST + KEYS, D_VOCAB, (rows, n), generator=generator)
    order = torch.rand(rows, n, generator=generator).argsort(-1)
    pairs = torch.stack([keys, values], -1)  # row pair 2
    again = pairs.gather(1, order[..., None].expand(-1, -1, 2))
    ids = torch.cat([start, pairs.flatten(1), mark, again.flatten(1)], 1)
    at = torch.arange(ids.shape[1])
    return Drawn(ids, (at > 2 * n + 1) & ((at - 2 * n - 1) % 2 == 0))


@dataclass(frozen=True)
class Arm:
    """One kind of model."""

    name: str
    kinds: tuple[str, ...]
    d_state: int = 16

    @property
    def config(self) -> StateSpaceConfig:
        return StateSpaceConfig(WIDTH, D_VOCAB, self.kinds, d_state=self.d_state, d_head=WIDTH // HEADS)


ARMS = (
    Arm("attention", ("attention", "attention")),
    Arm("hybrid", ("mamba", "attention")),
    Arm("Mamba, 16 a channel", ("mamba", "mamba")),
    Arm("Mamba, 4 a channel", ("mamba", "mamba"), 4),
    Arm("Mamba, 2 a channel", ("mamba", "mamba"), 2),
    Arm("Mamba-2, 16 a channel", ("mamba2", "mamba2")),
    Arm("gated linear attention", ("gla", "gla")),
)


@dataclass(frozen=True)
class Trained:
    """One model of one seed, in numbers."""

    arm: str
    seed: int
    parameters: int
    loss: list[float]
    """Of every tenth step."""
    accuracy: list[list[float]]
    """Of each task, at each measured length."""
    seconds: float
    """Of the processor."""


@dataclass(frozen=True)
class Recording:
    """All runs."""

    runs: tuple[Trained, ...]
    machine: str

    @property
    def seconds(self) -> float:
        """Of the processor, all runs."""
        return sum(each.seconds for each in self.runs)


def loss_of(model: StateSpaceModel, batch: Drawn) -> Tensor:
    """Cross-entropy of the tokens that can be known."""
    logits = model(batch.ids[:, :-1])[:, batch.asked[1:]]
    return F.cross_entropy(logits.flatten(0, 1), batch.ids[:, batch.asked].flatten())


def untrained(arm: Arm, seed: int) -> StateSpaceModel:
    """The model before its first step."""
    return StateSpaceModel(arm.config).initialise(torch.Generator().manual_seed(1000 + seed))


def again_error(run: Trained, steps: int) -> float:
    """How far the losses of the first steps are from the recorded ones, trained once more."""
    arm = next(each for each in ARMS if each.name == run.arm)
    found = trained(arm, run.seed, STEPS, until=steps).loss
    return worst(abs(one - other) for one, other in zip(found, run.loss, strict=False))


def trained(arm: Arm, seed: int, steps: int = STEPS, until: int | None = None) -> Trained:
    """Train on both tasks in turn, lengths drawn anew for each step; the same texts for every arm of a seed."""
    generator, began = torch.Generator().manual_seed(seed), time.process_time()
    model = untrained(arm, seed)
    optimiser = torch.optim.AdamW(model.parameters(), PEAK, betas=(0.9, 0.98), weight_decay=0.01)
    losses = []
    for step in range(steps if until is None else until):
        left = (steps - step) / (0.3 * steps)
        for group in optimiser.param_groups:
            group["lr"] = PEAK * min((step + 1) / WARMUP, 1, left)
        task = step % 2
        n = int(torch.randint(2, MOST[task] + 1, (1,), generator=generator))
        loss = loss_of(model, drawn(ROWS, task, n, generator))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step % 10 == 0:
            losses.append(round(float(loss.detach()), 4))
    count = sum(each.numel() for each in model.parameters())
    whole = until is None
    accuracy = [[accuracy_of(model, task, n) for n in MEASURED[task]] for task in range(2)] if whole else []
    return Trained(arm.name, seed, count, losses, accuracy, round(time.process_time() - began, 1))


@torch.no_grad()
def accuracy_of(model: StateSpaceModel, task: int, n: int) -> float:
    """Share of the tokens that can be known that are the likeliest, on texts that no training drew from."""
    batch = drawn(HELD, task, n, torch.Generator().manual_seed(10**6 + n))
    guessed = model(batch.ids[:, :-1]).argmax(-1)[:, batch.asked[1:]]
    return round(float((guessed == batch.ids[:, batch.asked]).float().mean()), 4)


def carried_bytes(arm: Arm, task: int, n: int) -> int:
    """What the model carries behind a text's first part, in float32."""
    return 4 * arm.config.state_numbers((2 + n) if not task else 2 + 2 * n)


def recipe() -> dict[str, object]:
    """What a recorded run depends on besides its arm and its seed."""
    return {
        "steps": STEPS, "rows": ROWS, "peak": PEAK, "warmup": WARMUP, "width": WIDTH, "heads": HEADS, "most": MOST,
        "measured": MEASURED, "held": HELD,
    }  # fmt: skip


def record() -> None:
    """Train what is missing, and write all. Runs of another recipe are not kept."""
    torch.set_num_threads(1)
    said = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    same = said.get("recipe") == json.loads(json.dumps(recipe()))
    runs = {(each["arm"], each["seed"]): each for each in (said["runs"] if same else ())}
    wanted = [(arm, seed) for arm in ARMS for seed in SEEDS]
    machine = f"{platform.machine()}, one thread, torch {torch.__version__.partition('+')[0]}, float32"
    FILE.parent.mkdir(parents=True, exist_ok=True)
    for arm, seed in wanted:
        if (arm.name, seed) in runs:
            continue
        run = trained(arm, seed)
        runs[arm.name, seed] = asdict(run)
        print(f"{arm.name}, seed {seed}: {run.accuracy}, {run.seconds:.0f} s", flush=True)
        kept = [runs[each.name, at] for each, at in wanted if (each.name, at) in runs]
        said = {"machine": machine, "recipe": recipe(), "runs": kept}
        FILE.write_text(json.dumps(said) + "\n", encoding="utf-8")


@cache
def stored() -> Recording:
    """What was trained once and is committed."""
    read = json.loads(FILE.read_text(encoding="utf-8"))
    return Recording(tuple(TypeAdapter(list[Trained]).validate_python(read["runs"])), read["machine"])


if __name__ == "__main__":
    record()
