"""trl's trainers take two updates on the same answers: losses and gradients by its code and by ours.

The second update has ratios that are not 1, since the first one has moved the policy; one answer has no reward. All of
trl's settings that matter are given, its defaults too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.stack.finetuning.policy.cispo import cispo
from explorer.stack.finetuning.policy.clip import Clip
from explorer.stack.finetuning.policy.dapo import dapo
from explorer.stack.finetuning.policy.dr_grpo import dr_grpo
from explorer.stack.finetuning.policy.estimate import KL, Estimate
from explorer.stack.finetuning.policy.grpo import grpo
from explorer.stack.finetuning.policy.gspo import gspo
from explorer.stack.finetuning.policy.rloo import rloo
from explorer.stack.finetuning.policy.scored import Scored
from tests.conftest import SMALL
from tests.stack.finetuning.against_peft import far, llama

pytest.importorskip("trl")
#: Of trl and of what it brings; none is of these computations.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.thorough]
LONGEST, GROUP = 6, 4
REWARDS = [1.0, 0.0, 0.5, 0.0, 2.0, None, 0.0, 0.0]
GRPO: dict[str, Any] = {"beta": 0.0, "epsilon": 0.2, "epsilon_high": 0.2, "scale_rewards": "group"}
CASES: dict[str, tuple[dict[str, Any], Callable[[Scored], Estimate]]] = {
    "GRPO": ({**GRPO, "loss_type": "grpo"}, grpo),
    "GRPO with k3": (
        {**GRPO, "loss_type": "grpo", "beta": 0.3, "use_bias_correction_kl": False},
        lambda x: grpo(x, penalty=KL(0.3, "k3")),
    ),
    "GRPO with k3, corrected": (
        {**GRPO, "loss_type": "grpo", "beta": 0.3, "use_bias_correction_kl": True},
        lambda x: grpo(x, penalty=KL(0.3, "k3", corrected=True)),
    ),
    "GRPO by the batch's spread": (
        {**GRPO, "loss_type": "grpo", "scale_rewards": "batch"}, lambda x: grpo(x, scale="batch"),
    ),
    "Dr.GRPO": (
        {**GRPO, "loss_type": "dr_grpo", "scale_rewards": "none"}, lambda x: dr_grpo(x, LONGEST, Clip(0.2, 0.2)),
    ),
    "DAPO": ({**GRPO, "loss_type": "dapo", "epsilon_high": 0.28}, dapo),
    "GSPO": (
        {
            **GRPO, "loss_type": "grpo", "importance_sampling_level": "sequence", "epsilon": 3e-4,
            "epsilon_high": 4e-4,
        },
        gspo,
    ),
    "GSPO, wide": (
        {**GRPO, "loss_type": "grpo", "importance_sampling_level": "sequence"}, lambda x: gspo(x, Clip(0.2, 0.2)),
    ),
    "CISPO": ({**GRPO, "loss_type": "cispo", "epsilon_high": 1.1}, lambda x: cispo(x, 1.1)),
    "RLOO": ({"beta": 0.0, "epsilon": 0.2}, rloo),
    "RLOO with k1": ({"beta": 0.05, "epsilon": 0.2}, lambda x: rloo(x, beta=0.05)),
    "RLOO, normalised": (
        {"beta": 0.0, "epsilon": 0.2, "normalize_advantages": True}, lambda x: rloo(x, normalised=True),
    ),
}  # fmt: skip


def logps(model: Any, inputs: dict[str, Tensor]) -> Tensor:
    """Of the completion's tokens."""
    ids = torch.cat([inputs["prompt_ids"], inputs["completion_ids"]], 1)
    mask = torch.cat([inputs["prompt_mask"], inputs["completion_mask"]], 1)
    kept = inputs["completion_ids"].shape[1]
    logp = model(input_ids=ids, attention_mask=mask).logits[:, -kept - 1 : -1].log_softmax(-1)
    return logp.gather(2, inputs["completion_ids"][..., None])[..., 0]


@pytest.mark.parametrize("name", CASES)
def test_two_updates(name: str, tmp_path: Path) -> None:
    from datasets import Dataset
    from transformers import AutoTokenizer, LlamaForCausalLM
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.grpo_trainer import GRPOTrainer
    from trl.trainer.rloo_config import RLOOConfig
    from trl.trainer.rloo_trainer import RLOOTrainer

    settings, ours = CASES[name]
    base: Any = RLOOTrainer if "RLOO" in name else GRPOTrainer
    config: Any = RLOOConfig if "RLOO" in name else GRPOConfig
    seen = list[dict[str, Any]]()
    first, reference = dict[tuple[int, ...], Tensor](), llama(vocab_size=6144)
    given = dict[tuple[int, ...], tuple[float, int]]()

    def reward(completion_ids: list[list[int]], **_: object) -> list[float | None]:
        for at, (ids, value) in enumerate(zip(completion_ids, REWARDS, strict=True)):
            given[tuple(ids)] = (float("nan") if value is None else value, at // GROUP)
        return REWARDS

    class Watched(base):
        def compute_loss(self, model: Any, inputs: dict[str, Tensor], *rest: Any, **named: Any) -> Tensor:
            loss = super().compute_loss(model, inputs, *rest, **named)
            logp, mask = logps(model, inputs), inputs["completion_mask"].bool()
            # trl shuffles the answers, so that each is known by its ids.
            asked = [tuple(ids[m].tolist()) for ids, m in zip(inputs["completion_ids"], mask, strict=True)]
            for ids, each in zip(asked, logp, strict=True):
                first.setdefault(ids, each.detach())  # before any update: what it was sampled with
            with torch.no_grad():
                held = logps(reference, inputs)
            rewards, groups = (torch.tensor([given[ids][of] for ids in asked]) for of in (0, 1))
            made = ours(Scored(logp, torch.stack([first[ids] for ids in asked]), mask, rewards, groups, held))
            weights = [each for each in model.parameters() if each.requires_grad]
            mine, theirs = (torch.autograd.grad(each, weights, retain_graph=True) for each in (made.loss, loss))
            flat = [torch.cat([each.flatten() for each in of]) for of in (mine, theirs)]
            seen.append(
                {
                    "loss": (made.value, float(loss.detach())),
                    "far": far(*flat),
                    "norm": float(flat[1].norm()),
                    "advantage": far(made.advantage[:, 0], inputs["advantages"]),
                    "ratio": float((made.ratio[mask] - 1).abs().max()),
                    "clipped": int(made.clipped.sum()),
                }
            )
            return loss

    tokenizer = AutoTokenizer.from_pretrained(SMALL, local_files_only=True)
    tokenizer.pad_token = tokenizer.eos_token = tokenizer.convert_ids_to_tokens(0)
    args = config(
        output_dir=str(tmp_path), use_cpu=True, bf16=False, report_to=[], max_steps=2, num_iterations=2,
        per_device_train_batch_size=8, num_generations=GROUP, max_completion_length=LONGEST, temperature=1.0,
        optim="sgd", learning_rate=0.3, lr_scheduler_type="constant", gradient_checkpointing=False, max_grad_norm=1.0,
        save_strategy="no", logging_strategy="no", disable_tqdm=True, shuffle_dataset=False, **settings,
    )  # fmt: skip
    # The reference of a KL term is read from the files that the model came from.
    llama(vocab_size=6144).save_pretrained(tmp_path / "model")
    trainer = Watched(
        model=LlamaForCausalLM.from_pretrained(tmp_path / "model"),
        args=args,
        reward_funcs=reward,
        train_dataset=Dataset.from_list([{"prompt": "Then Mary"}, {"prompt": "John gave a"}]),
        processing_class=tokenizer,
    )
    trainer.train()
    assert len(seen) == 2
    assert len(given) == 8
    assert seen[0]["ratio"] < 1e-6
    assert seen[1]["ratio"] > 0.01
    if name != "GSPO":
        assert seen[1]["norm"] > 1e-3
    for each in seen:
        assert each["loss"][0] == pytest.approx(each["loss"][1], abs=1e-5, rel=1e-4), seen
        assert each["far"] < 1e-3, seen
        assert each["advantage"] < 1e-4, seen
