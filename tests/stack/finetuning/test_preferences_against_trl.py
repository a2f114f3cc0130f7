"""trl's trainers on the same pairs and weights: the loss of a batch, and the gradient of one matrix."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.stack.finetuning.preferences import direct
from explorer.stack.finetuning.preferences.pairs import Compared
from explorer.stack.finetuning.preferences.reward_model import RewardModel, ValueHead, bradley_terry
from explorer.stack.finetuning.preferences.sequences import Answers, answers
from explorer.stack.finetuning.preferences.unpaired import kto
from explorer.stack.finetuning.preferences.without_reference import orpo, simpo
from explorer.stack.transformer.decoder import Decoder
from tests.conftest import SMALL
from tests.stack.finetuning.against_peft import far, llama

pytest.importorskip("trl")
#: Of trl and of what it brings; none is of these computations.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.thorough]
PAIRS = [
    {"prompt": "What is 2 + 3? ", "chosen": "Five.", "rejected": "It is six, I think."},
    {"prompt": "Name a colour. ", "chosen": "Blue, or green.", "rejected": "No."},
    {"prompt": "Who? ", "chosen": "I", "rejected": "Nobody at all."},
]
PLACE = "model.layers.0.self_attn.v_proj.weight"


def tokenizer() -> Any:
    from transformers import AutoTokenizer

    made = AutoTokenizer.from_pretrained(SMALL, local_files_only=True)
    made.pad_token = made.convert_ids_to_tokens(0)
    made.eos_token = made.convert_ids_to_tokens(1)
    return made


def settings(kind: Any, folder: Path, **more: Any) -> Any:
    return kind(
        output_dir=str(folder), per_device_train_batch_size=len(PAIRS), use_cpu=True, bf16=False, report_to=[],
        gradient_checkpointing=False, max_length=64, **more,
    )  # fmt: skip


def paired() -> Any:
    from datasets import Dataset

    return Dataset.from_list(PAIRS)


def of(decoder: Decoder, batch: dict[str, Any], ids: str, mask: str) -> Answers:
    return answers(decoder(batch[ids]), batch[ids], batch[mask].bool())


def halves(found: Answers) -> tuple[Answers, Answers]:
    parts = [each.chunk(2) for each in (found.logp, found.learnt, found.marked)]
    return Answers(*(each[0] for each in parts)), Answers(*(each[1] for each in parts))


@pytest.fixture(scope="module")
def kls() -> list[float]:
    return []


class Both:
    """A policy and its reference, theirs and ours."""

    def __init__(self, *, swapped: bool = False) -> None:
        self.policy, self.reference = llama(vocab_size=6144), llama(vocab_size=6144)
        with torch.no_grad():
            for each in self.reference.parameters():
                each.add_(0.05 * torch.randn(each.shape, generator=torch.Generator().manual_seed(1)))
        if swapped:
            self.policy, self.reference = self.reference, self.policy
        self.ours = Decoder.from_pretrained(deepcopy(self.policy)).requires_grad_(True)
        self.once = Decoder.from_pretrained(deepcopy(self.reference))

    def compare(self, theirs: Any, ours: Tensor, model: Any) -> None:
        model.zero_grad(set_to_none=True)
        self.ours.zero_grad(set_to_none=True)
        theirs.backward()
        ours.backward()
        assert float(ours.detach()) == pytest.approx(float(theirs.detach()), rel=2e-5, abs=1e-6)
        grad, mine = model.get_parameter(PLACE).grad, self.ours.get_parameter("blocks.0.attn.W_V.weight").grad
        assert grad is not None
        assert mine is not None
        assert float(grad.abs().max()) > 1e-6
        assert far(mine, grad) < 1e-3


def test_the_losses_with_a_reference(tmp_path: Path) -> None:
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.dpo_trainer import DPOTrainer

    both = Both()
    config = settings(DPOConfig, tmp_path, beta=0.1, loss_type=["sigmoid"], label_smoothing=0.2)
    made = DPOTrainer(
        model=both.policy, ref_model=both.reference, args=config, train_dataset=paired(), processing_class=tokenizer()
    )
    made.model.eval()
    batch = next(iter(made.get_train_dataloader()))
    with torch.no_grad():
        reference = halves(of(both.once, batch, "input_ids", "completion_mask"))
    for name, ours in {
        "sigmoid": lambda pairs: direct.dpo(pairs, 0.1),
        "robust": lambda pairs: direct.robust(pairs, 0.1, wrong=0.2),
        "hinge": lambda pairs: direct.hinge(pairs, 0.1),
        "ipo": lambda pairs: direct.ipo(pairs, 0.1),
    }.items():
        made.loss_types = [name]
        policy = halves(of(both.ours, batch, "input_ids", "completion_mask"))
        pairs = Compared.scored(policy, reference, unshifted=True)
        both.compare(made.compute_loss(made.model, dict(batch)), ours(pairs).total, made.model)


@pytest.mark.parametrize("swapped", [False, True])
def test_kto(swapped: bool, kls: list[float], tmp_path: Path) -> None:
    from datasets import Dataset
    from trl.trainer.kto_config import KTOConfig
    from trl.trainer.kto_trainer import KTOTrainer

    both = Both(swapped=swapped)
    items = [
        {"prompt": each["prompt"], "completion": each[which], "label": which == "chosen"}
        for each in PAIRS
        for which in ("chosen", "rejected")
    ]
    config = settings(KTOConfig, tmp_path, beta=0.1, loss_type="kto", desirable_weight=1.0, undesirable_weight=1.0)
    config.per_device_train_batch_size = len(items)
    made = KTOTrainer(
        model=both.policy, ref_model=both.reference, args=config, train_dataset=Dataset.from_list(items),
        processing_class=tokenizer(),
    )  # fmt: skip
    made.model.eval()
    batch = next(iter(made.get_train_dataloader()))
    good = torch.as_tensor(batch["label"]).bool()
    own = ("input_ids", "completion_mask")
    others = ("KL_input_ids", "KL_completion_mask")
    with torch.no_grad():
        mismatched = of(both.ours, batch, *others).total - of(both.once, batch, *others).total
        once = of(both.once, batch, *own).total
    found = kto(of(both.ours, batch, *own).total - once, good, mismatched, beta=0.1)
    both.compare(made.compute_loss(made.model, dict(batch)), found.loss.mean(), made.model)
    kls.append(float(found.kl))
    if len(kls) == 2:  # z is at its bound in one of the two, and above it in the other
        assert min(kls) == 0 < max(kls)


def test_orpo_and_its_cross_entropy_over_the_prompt(tmp_path: Path) -> None:
    from trl.experimental.orpo.orpo_config import ORPOConfig
    from trl.experimental.orpo.orpo_trainer import ORPOTrainer

    both = Both()
    made = ORPOTrainer(
        model=both.policy, args=settings(ORPOConfig, tmp_path, beta=0.1), train_dataset=paired(),
        processing_class=tokenizer(),
    )  # fmt: skip
    made.model.eval()
    batch = next(iter(made.get_train_dataloader()))
    policy = without_padding(both.ours, batch)
    ids, read = batch["chosen_input_ids"], batch["chosen_attention_mask"].bool()
    text = answers(both.ours(ids), ids, read)
    cross_entropy = -text.total.sum() / text.tokens.sum()
    found = orpo(Compared.scored(policy, policy), cross_entropy, beta=0.1)
    both.compare(made.compute_loss(made.model, dict(batch)), found.total, made.model)


def test_simpo_with_and_without_the_hidden_cross_entropy(tmp_path: Path) -> None:
    from trl.experimental.cpo.cpo_config import CPOConfig
    from trl.experimental.cpo.cpo_trainer import CPOTrainer

    both = Both()
    config = settings(CPOConfig, tmp_path, loss_type="simpo", beta=2.5, simpo_gamma=0.5, cpo_alpha=0.0)
    made = CPOTrainer(model=both.policy, args=config, train_dataset=paired(), processing_class=tokenizer())
    made.model.eval()
    batch = next(iter(made.get_train_dataloader()))
    policy = without_padding(both.ours, batch)
    found = simpo(Compared.scored(policy, policy), beta=2.5, gamma=0.5)
    theirs: Any = made.compute_loss(made.model, dict(batch))
    both.compare(theirs, found.total, made.model)
    assert CPOConfig.__dataclass_fields__["cpo_alpha"].default == 1.0
    made.cpo_alpha = 1.0
    more: Any = made.compute_loss(made.model, dict(batch))
    assert float(more.detach()) > float(theirs.detach()) + 1


def without_padding(decoder: Decoder, batch: dict[str, Any]) -> tuple[Answers, Answers]:
    sides = []
    for side in ("chosen", "rejected"):
        ids, labels = batch[f"{side}_input_ids"], batch[f"{side}_labels"]
        sides.append(answers(decoder(ids), ids, labels != -100))
    return sides[0], sides[1]


@pytest.mark.parametrize("centre", [None, 0.01])
def test_a_reward_model_with_margin_and_centring(centre: float | None, tmp_path: Path) -> None:
    from datasets import Dataset
    from transformers import LlamaForSequenceClassification
    from trl.trainer.reward_config import RewardConfig
    from trl.trainer.reward_trainer import RewardTrainer

    base = llama(vocab_size=6144)
    base.config.num_labels, base.config.pad_token_id = 1, 0
    hf = LlamaForSequenceClassification(base.config).eval()
    hf.model.load_state_dict(base.model.state_dict())
    items = [each | {"margin": float(at)} for at, each in enumerate(PAIRS)]
    config = settings(RewardConfig, tmp_path, center_rewards_coefficient=centre)
    made = RewardTrainer(model=hf, args=config, train_dataset=Dataset.from_list(items), processing_class=tokenizer())
    made.model.eval()
    batch = next(iter(made.get_train_dataloader()))
    theirs: Any = made.compute_loss(made.model, dict(batch))
    decoder = Decoder.from_pretrained(base)
    head = ValueHead(decoder.config.d_model)
    with torch.no_grad():
        head.weight.copy_(hf.score.weight[0])
    rewards = RewardModel(decoder, head)(batch["input_ids"], batch["attention_mask"].sum(-1) - 1)
    chosen, rejected = rewards.chunk(2)
    found = bradley_terry(chosen, rejected, batch["margin"].float(), centre or 0.0)
    assert float(found.total.detach()) == pytest.approx(float(theirs.detach()), rel=1e-5)
    (theirs - found.total).backward()
    assert head.weight.grad is not None
    assert hf.score.weight.grad is not None
    assert far(-head.weight.grad, hf.score.weight.grad[0]) < 1e-4
