"""A step of distillation beside trl's GKD: the same student, the same mixture as its teacher, the same tokens.

A step is teacher and student forward, the divergence, backward, and AdamW. The case of own samples is left out: there
both sides mostly wait for their generation.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from copy import deepcopy
from types import ModuleType
from typing import TYPE_CHECKING

import torch

from explorer import zoo
from explorer.bench import Peer, Report
from explorer.experiments.frontier.distilling import TEACHER, Asked, arms_of
from explorer.experiments.shelf_course import course
from explorer.stack.frontier.distillation.student import BY_NAME, Student, weights_of
from explorer.zoo.card import shelf_folder
from explorer.zoo.quiet import quiet

if TYPE_CHECKING:
    from torch import Tensor

TRL = Peer("trl", "trl", "pip install trl")
SIZE, FASTER = "1", 1.2
#: Names of the ways, and trl's beta.
BETAS = {"forward": 0.0, "jsd": 0.5}


def add(report: Report, rounds: int = 5) -> None:
    """Add the steps of both, and what the target asks."""
    if (trl := report.peer(TRL)) is None:
        return
    batch = course(zoo.load(TEACHER).vocabulary, "passages", 0).batch(0)
    with tempfile.TemporaryDirectory() as folder:
        for name, beta in BETAS.items():
            student = _student(name)
            subjects: dict[str, Callable[[], float]] = {
                "explorer": _ours(student, batch), TRL.name: _theirs(trl, student, beta, batch, folder),
            }  # fmt: skip
            case = f"distillation, {name}: a step of a student of 1 M, {batch[:, 1:].numel()} tokens"
            for who, act in subjects.items():
                report.add(f"{case}, loss", who, act(), "nats")
            times = report.time(case, subjects, rounds)
            faster = times[TRL.name] / times["explorer"]
            report.judge(f"{name}: at least {FASTER} times trl's steps", faster, "times", faster >= FASTER)


def _student(name: str) -> Student:
    """Before its first step: both sides begin there."""
    asked = Asked(ways=(name,), size=SIZE, steps=2, texts="passages")
    made = arms_of(asked, 0, course(zoo.load(TEACHER).vocabulary, "passages", 0))[0].student
    assert made.way == BY_NAME[name]
    return made


def _stepped(optimiser: torch.optim.Optimizer, loss: Callable[[], Tensor]) -> float:
    optimiser.zero_grad(set_to_none=True)
    found = loss()
    found.backward()
    optimiser.step()
    return float(found.detach())


def _ours(student: Student, batch: Tensor) -> Callable[[], float]:
    made = deepcopy(student)
    optimiser = torch.optim.AdamW(made.parameters(), lr=1e-4, fused=True)

    def loss() -> Tensor:
        made.teacher.forget()  # trl's teacher reads every batch as well
        return made.loss(batch).total(weights_of(made.way))

    return lambda: _stepped(optimiser, loss)


def _theirs(trl: ModuleType, student: Student, beta: float, batch: Tensor, folder: str) -> Callable[[], float]:
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM
    from trl.experimental.gkd import GKDConfig, GKDTrainer

    assert trl
    config = LlamaConfig(**student.hf_config())  # pyright: ignore[reportArgumentType]
    with quiet():
        state = {name: each.clone() for name, each in student.hf_state_dict().items()}
        own = LlamaForCausalLM.from_pretrained(None, config=config, state_dict=state)
        teacher = AutoModelForCausalLM.from_pretrained(shelf_folder() / TEACHER, dtype=torch.float32)
    tokenizer = deepcopy(zoo.load(TEACHER).tokenizer)
    tokenizer.pad_token = tokenizer.eos_token
    args = GKDConfig(
        output_dir=folder, per_device_train_batch_size=len(batch), use_cpu=True, bf16=False, report_to=[], beta=beta,
        lmbda=0.0, gradient_checkpointing=False, temperature=1.0,
    )  # fmt: skip
    made = GKDTrainer(
        model=own, teacher_model=teacher, args=args, processing_class=tokenizer, data_collator=lambda rows: rows,
        train_dataset=Dataset.from_list([{"input_ids": row.tolist()} for row in batch]),
    )  # fmt: skip
    optimiser = torch.optim.AdamW(made.model.parameters(), lr=1e-4, fused=True)
    inputs: Mapping[str, Tensor] = {
        "input_ids": batch, "attention_mask": torch.ones_like(batch), "labels": batch.clone(),
    }  # fmt: skip
    made.model.train()

    def loss() -> Tensor:
        found = made.compute_loss(made.model, dict(inputs))
        assert isinstance(found, torch.Tensor)
        return found

    return lambda: _stepped(optimiser, loss)
