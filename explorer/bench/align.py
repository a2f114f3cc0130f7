"""A DPO step, and a GRPO iteration, on SmolLM2 with LoRA, beside trl: time.

DPO: four pairs, as trl's collator pads them; what the reference gives them is worked out once by both. Forward and
backward, no optimiser. GRPO: eight answers of 48 tokens to each of eight prompts are drawn, rewarded, and read for one
backward pass; trl draws with transformers' generate. An answer has no end, so that both draw and read as many tokens.
Both sides take turns within trl's own loop.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Sequence
from copy import deepcopy
from types import ModuleType
from typing import TYPE_CHECKING

import torch

from explorer import zoo
from explorer.bench import Peer, Report, wall_clock
from explorer.bench.peers import transformers_model
from explorer.corpora.preferences import preferences
from explorer.stack.finetuning import methods
from explorer.stack.finetuning.aligning import Drawing, Rewarded, grpo
from explorer.stack.finetuning.conversations import Rows
from explorer.stack.finetuning.preferences.training import Preferred, Reading, referenced
from explorer.stack.finetuning.tuned import Tuned

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from explorer.zoo.model import Model

DESCRIPTION = "a DPO step and a GRPO iteration on SmolLM2 with LoRA beside trl: time"
TRL = Peer("trl", "trl", "pip install trl peft datasets")
R, ALPHA, BETA = 8, 16, 0.1
PAIRS, PROMPTS, GROUP, LONGEST = 4, 8, 8, 48
DPO_FASTER, GRPO_FASTER = 1.2, 3.0
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def run(report: Report, rounds: int = 5, iterations: int = 5) -> None:
    """Add the times of both, and what the targets ask. rounds or iterations 0 leave DPO or GRPO out."""
    if (trl := report.peer(TRL)) is None:
        return
    model = zoo.load(zoo.DEFAULT)
    with tempfile.TemporaryDirectory() as folder:
        if rounds:
            _dpo(report, model, trl, folder, rounds)
        if iterations:
            _grpo(report, model, trl, folder, iterations)


def _dpo(report: Report, model: Model, trl: ModuleType, folder: str, rounds: int) -> None:
    from datasets import Dataset

    pairs = preferences("grounded").train[:PAIRS]
    rows = [{"prompt": each.request, "chosen": each.chosen, "rejected": each.rejected} for each in pairs]
    made = trl.DPOTrainer(
        model=transformers_model(model, torch.float32), train_dataset=Dataset.from_list(rows),
        args=trl.DPOConfig(**_settings(folder, PAIRS), beta=BETA, precompute_ref_log_probs=True),
        processing_class=_tokenizer(model), peft_config=_lora(),
    )  # fmt: skip
    batch = next(iter(made.get_train_dataloader()))
    tuned = _tuned(model)
    policy = Preferred(tuned, "dpo")
    rows = Rows(batch["input_ids"], batch["completion_mask"].bool())
    read = referenced(model.decoder, Reading.of(model.decoder, rows, 0))
    report.add("DPO: tokens of the batch", "explorer", batch["input_ids"].numel(), "tokens, padding included")

    def ours() -> float:
        policy.zero_grad(set_to_none=True)
        return _backward(policy.loss(read).parts["dpo"])

    def theirs() -> float:
        made.model.zero_grad(set_to_none=True)
        return _backward(made.compute_loss(made.model, dict(batch)))

    subjects: dict[str, Callable[[], float]] = {"explorer": ours, TRL.name: theirs}
    for name, act in subjects.items():
        report.add("DPO: loss", name, act(), "nats")
    times = report.time("DPO: forward and backward", subjects, rounds)
    faster = times[TRL.name] / times["explorer"]
    report.judge(f"DPO: at least {DPO_FASTER} times the steps a second", faster, "times", faster >= DPO_FASTER)


def _grpo(report: Report, model: Model, trl: ModuleType, folder: str, iterations: int) -> None:
    from datasets import Dataset

    tokenizer = _tokenizer(model)
    texts = [f"{each.request}\n" for each in preferences("polite").train[:PROMPTS]]
    ids = [tokenizer(each)["input_ids"] for each in texts]
    tuned = _tuned(model)
    # A special token that is hardly ever drawn: no answer ends before its last token.
    drawing = Drawing(PROMPTS, GROUP, LONGEST, end=max(tokenizer.all_special_ids))
    course = Rewarded(tuned.decoder, ids, lambda _, answer: _reward(answer), drawing, seed=0)
    taken: dict[str, list[float]] = {"explorer": [], TRL.name: []}

    def ours(step: int) -> None:
        tuned.zero_grad(set_to_none=True)
        _backward(grpo(tuned.decoder, course.batch(step)).parts["grpo"])

    class Timed(trl.GRPOTrainer):
        """Their iteration, then ours."""

        def training_step(self, *given: object, **named: object) -> object:
            found: list[object] = []
            step = len(taken[TRL.name])
            taken[TRL.name].append(wall_clock(lambda: found.append(super(Timed, self).training_step(*given, **named))))
            taken["explorer"].append(wall_clock(lambda: ours(step)))
            return found[0]

    settings = _settings(folder, PROMPTS * GROUP) | {"max_steps": iterations + 1, "learning_rate": 1e-5}
    made = Timed(
        model=transformers_model(model, torch.float32), reward_funcs=_rewards, processing_class=tokenizer,
        args=trl.GRPOConfig(
            **settings, num_generations=GROUP, max_completion_length=LONGEST, beta=0.0, loss_type="dapo",
            generation_kwargs={"min_new_tokens": LONGEST}, disable_tqdm=True, save_strategy="no",
            logging_strategy="no",
        ),
        train_dataset=Dataset.from_list([{"prompt": each} for each in texts]), peft_config=_lora(),
    )  # fmt: skip
    made.train()
    for name, every in taken.items():
        report.add("GRPO: an iteration, the median", name, statistics.median(every[1:]), "ms")
        report.add("GRPO: an iteration, least and most apart", name, max(every[1:]) - min(every[1:]), "ms")
    faster = statistics.median(a / b for a, b in zip(taken[TRL.name][1:], taken["explorer"][1:], strict=True))
    report.judge(f"GRPO: at least {GRPO_FASTER:g} times the iterations", faster, "times", faster >= GRPO_FASTER)


def _tuned(model: Model) -> Tuned:
    generator = torch.Generator().manual_seed(0)
    return Tuned(model.decoder, methods.lora(model.decoder, methods.LINEAR, R, ALPHA, generator=generator))


def _lora() -> object:
    from peft import LoraConfig

    return LoraConfig(r=R, lora_alpha=ALPHA, target_modules=ALL)


def _tokenizer(model: Model) -> PreTrainedTokenizerBase:
    made = deepcopy(model.tokenizer)
    made.pad_token = made.pad_token or made.eos_token
    return made


def _settings(folder: str, batch: int) -> dict[str, object]:
    return {
        "output_dir": folder, "per_device_train_batch_size": batch, "use_cpu": True, "bf16": False, "report_to": [],
        "gradient_checkpointing": False,
    }  # fmt: skip


def _reward(answer: Sequence[int]) -> float:
    """Differs within each group."""
    return float(sum(answer) % 7)


def _rewards(completion_ids: list[list[int]], **_: object) -> list[float]:
    return [_reward(each) for each in completion_ids]


def _backward(loss: torch.Tensor) -> float:
    loss.backward()
    return float(loss.detach())
