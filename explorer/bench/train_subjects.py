"""Who trains in `bench train`: one decoder on the same windows, by the explorer, transformers' Trainer and a loop.

All begin with the same weights, have AdamW with the same settings and clip the same way; a step trains the mean
cross-entropy of the next token alone, also of a mixture: transformers pools its balancing loss over the layers.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Settings, one_step, optimiser_for
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.quiet import quiet

RATE, CLIP, DECAY, BETAS = 1e-3, 1.0, 0.1, (0.9, 0.95)
#: A model's shape, windows of a step and positions of each.
ROWS, N_CTX, D_VOCAB = 8, 256, 4096
#: The width of a feed-forward, experts, and how many of them a token visits.
KINDS = {"dense": (704, 0, 0), "mixture": (352, 8, 2)}
NAMES = ("explorer", "transformers Trainer", "plain loop")
COMPILED = ("explorer compiled", "plain loop compiled")

Windows = Int[Tensor, "row pos"]


class Took(NamedTuple):
    """What some steps took, the first one left out."""

    wall: float
    processor: float
    losses: list[float]
    """Of every step."""


Round = Callable[[Sequence[Windows]], Took]


@dataclass(frozen=True)
class Case:
    """What is trained."""

    kind: str
    bfloat16: bool

    def __str__(self) -> str:
        return f"{self.kind}, {'bfloat16' if self.bfloat16 else 'float32'}"

    def decoder(self) -> Decoder:
        d_mlp, n_experts, k = KINDS[self.kind]
        config = DecoderConfig(
            n_layers=4,
            d_model=256,
            n_heads=4,
            n_kv_heads=4,
            d_head=64,
            d_vocab=D_VOCAB,
            n_ctx=N_CTX,
            d_mlp=d_mlp,
            n_experts=n_experts,
            k=k,
        )
        made = Decoder(config, torch.bfloat16 if self.bfloat16 else None)
        return made.initialise(torch.Generator().manual_seed(0)).train()

    def theirs(self) -> Any:
        """transformers' model on the same weights."""
        from transformers import AutoConfig, AutoModelForCausalLM

        ours = self.decoder()
        settings = {name: value for name, value in ours.hf_config().items() if name != "architectures"}
        config = AutoConfig.for_model(settings.pop("model_type"), **settings)
        with quiet(), tempfile.TemporaryDirectory() as folder:
            state = {name: tensor.clone() for name, tensor in ours.hf_state_dict().items()}
            # From a file, as published weights come: it puts the experts' matrices together.
            AutoModelForCausalLM.from_config(config).save_pretrained(folder)
            _write(folder, state)
            return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).train()


def _write(folder: str, state: dict[str, Tensor]) -> None:
    from safetensors.torch import save_file

    save_file(state, f"{folder}/model.safetensors", {"format": "pt"})


def windows(step: int) -> Windows:
    """Windows of one step: random tokens, no two alike."""
    return torch.randint(D_VOCAB, (ROWS, N_CTX + 1), generator=torch.Generator().manual_seed(step))


def subject(name: str, case: Case) -> Round:
    """One of `NAMES` or `COMPILED`, at its first step."""
    if name == "transformers Trainer":
        return _trainer(case)
    make = _ours if name.startswith("explorer") else _loop
    return partial(_steps, make(case, name.endswith("compiled")))


def _steps(step: Callable[[Windows], float], batches: Sequence[Windows]) -> Took:
    losses = [step(batches[0])]
    wall, processor = time.perf_counter(), time.process_time()
    losses += [step(each) for each in batches[1:]]
    return Took(time.perf_counter() - wall, time.process_time() - processor, losses)


def _ours(case: Case, compiled: bool) -> Callable[[Windows], float]:
    model = case.decoder()
    if compiled:
        model.loss = torch.compile(model.loss)
    schedule = Schedule("wsd", RATE, 0.0, 0, 10**9)
    settings = Settings(schedule, ROWS * N_CTX, {"balance": 0, "z": 0}, BETAS, DECAY, CLIP)
    optimiser = optimiser_for(model, settings)
    return lambda batch: one_step(model, optimiser, settings, batch, RATE).total


def _inputs(batch: Windows) -> dict[str, Tensor]:
    """The last token is a target alone, as it is for ours."""
    read, next_ones = batch[..., :-1], batch[..., 1:].contiguous()
    return {"input_ids": read, "labels": read, "shift_labels": next_ones}


def _adamw(model: torch.nn.Module) -> torch.optim.AdamW:
    weights = list(model.parameters())
    groups = [
        {"params": [each for each in weights if each.dim() > 1], "weight_decay": DECAY},
        {"params": [each for each in weights if each.dim() <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=RATE, betas=BETAS, fused=True)


def _loop(case: Case, compiled: bool) -> Callable[[Windows], float]:
    """torch's own loop, as anybody writes it."""
    model = case.theirs()
    called = torch.compile(model) if compiled else model
    optimizer = _adamw(model)

    def step(batch: Windows) -> float:
        with torch.autocast("cpu", torch.bfloat16) if case.bfloat16 else nullcontext():
            loss = called(**_inputs(batch), use_cache=False).loss
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        return float(loss.detach())

    return step


def _trainer(case: Case) -> Round:
    from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

    model = case.theirs()
    model.config.use_cache = False
    optimizer = _adamw(model)
    constant = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)
    losses: list[float] = []
    times: list[tuple[float, float]] = []
    model.register_forward_hook(lambda _module, _given, made: losses.append(float(made.loss.detach())))

    class Clock(TrainerCallback):
        def on_step_end(self, *_given: object, **_named: object) -> None:
            times.append((time.perf_counter(), time.process_time()))

    def taken(batches: Sequence[Windows]) -> Took:
        losses.clear()
        times.clear()
        with quiet(), tempfile.TemporaryDirectory() as folder:
            settings = TrainingArguments(
                output_dir=folder, per_device_train_batch_size=ROWS, max_steps=len(batches), max_grad_norm=CLIP,
                bf16=case.bfloat16, use_cpu=True, train_sampling_strategy="sequential", logging_strategy="no",
                save_strategy="no", report_to=[], disable_tqdm=True, remove_unused_columns=False,
            )  # fmt: skip
            rows = [_inputs(row) for row in torch.cat(list(batches))]
            trainer = Trainer(
                model, settings, train_dataset=rows, optimizers=(optimizer, constant), callbacks=[Clock()]
            )  # pyright: ignore[reportArgumentType]
            trainer.remove_callback(PrinterCallback)
            trainer.train()
        (wall, processor), (end, spent) = times[0], times[-1]
        return Took(end - wall, spent - processor, list(losses))

    return taken
