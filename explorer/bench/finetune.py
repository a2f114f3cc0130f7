"""One step of fine-tuning on SmolLM2, batch 4 x 256, beside transformers with peft: time, and memory.

All read the same rows, without a border between their conversations, so that all attend alike: forward and backward, no
optimiser. Peak is what torch's allocator gives out during a step beyond the weights. In a last case the explorer keeps
its borders.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from explorer import zoo
from explorer.bench import Peer, Report
from explorer.bench.peers import transformers_model
from explorer.corpora.instructions import made
from explorer.experiments.finetuning.course import InstructionCourse, Speech
from explorer.experiments.memory_peak import memory_peak
from explorer.stack.finetuning import methods
from explorer.stack.finetuning.conversations import Rows
from explorer.stack.finetuning.tuned import Tuned
from explorer.tracing import TraceKey, capture
from explorer.tracing.key import read_interventions
from explorer.zoo import tokenizers
from explorer.zoo.adapters import committed

if TYPE_CHECKING:
    from explorer.zoo.model import Model

DESCRIPTION = "a step of LoRA and of full fine-tuning on SmolLM2 beside transformers + peft: time and memory"
PEFT = Peer("transformers + peft", "peft", "pip install peft")
R, ALPHA = 8, 16
FASTER, LESS, DEARER = 1.2, 0.8, 1.05
TEXT = "When Mary and John went to the store, John gave a drink to"
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def run(report: Report, rounds: int = 5) -> None:
    """Add both methods' times and peaks, and what the targets ask."""
    model = zoo.load(zoo.DEFAULT)
    found = made("json")
    course = InstructionCourse(Speech.of(model, tokenizers.load("smollm2")), found.train, found.held_out)
    rows = course.batch(0)
    joined = Rows(rows.ids, rows.learnt)
    labels = rows.ids.masked_fill(~rows.learnt, -100)
    adapter = methods.lora(model.decoder, methods.LINEAR, R, ALPHA, generator=torch.Generator().manual_seed(0))
    for method, tuned in (("LoRA", Tuned(model.decoder, adapter)), ("full", Tuned(model.decoder))):
        subjects: dict[str, Callable[[], float]] = {"explorer": lambda tuned=tuned: _step(tuned, joined)}
        if (peft := report.peer(PEFT)) is not None:
            other = _theirs(model, peft if method == "LoRA" else None)
            subjects[PEFT.name] = lambda other=other: _their_step(other, rows.ids, labels)
        losses = {name: act() for name, act in subjects.items()}
        for name, loss in losses.items():
            report.add(f"{method}: loss", name, loss, "nats")
        peaks = {name: memory_peak(act)[1] for name, act in subjects.items()}
        for name, peak in peaks.items():
            report.add(f"{method}: peak of a step", name, peak / 1e6, "MB")
        times = report.time(f"{method}: forward and backward", subjects, rounds)
        if PEFT.name in subjects:
            faster, less = times[PEFT.name] / times["explorer"], peaks["explorer"] / peaks[PEFT.name]
            report.judge(f"{method}: at least {FASTER} times the steps a second", faster, "times", faster >= FASTER)
            report.judge(f"{method}: at most {LESS} times the peak", less, "times", less <= LESS)
    _on_the_stack(report, model, rounds)
    report.time("LoRA: borders kept", {"explorer": lambda: _step(Tuned(model.decoder, adapter), rows)}, rounds)


def _on_the_stack(report: Report, model: Model, rounds: int) -> None:
    """A run with an adapter of the shelf as an intervention; it is merged before the first."""
    on = read_interventions([f"adapter:{next(iter(committed(model.name)))}:1"])
    keys = {"explorer": TraceKey(model.name, TEXT), "explorer, adapter": TraceKey(model.name, TEXT, interventions=on)}
    runs = {name: lambda key=key: capture(model, key) for name, key in keys.items()}
    for act in runs.values():
        act()
    times = report.time("a run of the walk", runs, rounds)
    ratio = times["explorer, adapter"] / times["explorer"]
    report.judge(f"adapter on the stack: at most {DEARER} times the plain run", ratio, "times", ratio <= DEARER)


def _step(tuned: Tuned, rows: Rows) -> float:
    tuned.zero_grad(set_to_none=True)
    loss = tuned.loss(rows).parts["lm"]
    loss.backward()
    return float(loss.detach())


def _theirs(model: Model, peft: ModuleType | None) -> nn.Module:
    hf = transformers_model(model, torch.float32).train()
    if peft is None:
        return hf.requires_grad_(True)
    return peft.get_peft_model(hf, peft.LoraConfig(r=R, lora_alpha=ALPHA, target_modules=ALL))


def _their_step(model: nn.Module, ids: Tensor, labels: Tensor) -> float:
    model.zero_grad(set_to_none=True)
    loss = model(input_ids=ids, labels=labels, use_cache=False).loss
    loss.backward()
    return float(loss.detach())
