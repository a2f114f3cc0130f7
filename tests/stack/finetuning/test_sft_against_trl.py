"""trl's SFTTrainer on the same conversations and weights: tokens, what is learnt, loss and gradients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.stack.finetuning.conversations import Example, Rows, example, packed, padded, told
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.tokenization.chat_template import turn
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.weights import LLAMA
from explorer.zoo import tokenizers
from tests.conftest import SMALL
from tests.stack.finetuning.against_peft import far, llama
from tests.stack.finetuning.test_conversations import CHATML

pytest.importorskip("trl")
#: Of trl and of what it brings; none is of these computations.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.thorough]
ASKED = [
    ("What is 2 + 3?", "Five."),
    ("Name a colour.", "Blue, or green."),
    ("Say it again, please.", "No."),
    ("Who?", "I"),
]


def conversations() -> list[Example]:
    tokenizer = tokenizers.open_file(SMALL / "tokenizer.json")
    return [
        example(tokenizer, told(CHATML, [turn("user", prompt), turn("assistant", answer)])) for prompt, answer in ASKED
    ]


def trainer(hf: Any, folder: Path, **settings: Any) -> Any:
    from datasets import Dataset
    from transformers import AutoTokenizer
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    tokenizer = AutoTokenizer.from_pretrained(SMALL, local_files_only=True)
    tokenizer.chat_template = CHATML
    tokenizer.pad_token = tokenizer.eos_token or tokenizer.convert_ids_to_tokens(0)
    data = Dataset.from_list(
        [{"prompt": [turn("user", prompt)], "completion": [turn("assistant", answer)]} for prompt, answer in ASKED]
    )
    config = SFTConfig(
        output_dir=str(folder), per_device_train_batch_size=4, use_cpu=True, bf16=False, report_to=[], max_length=64,
        gradient_checkpointing=False, eos_token=tokenizer.pad_token, **settings,
    )  # fmt: skip
    return SFTTrainer(model=hf, args=config, train_dataset=data, processing_class=tokenizer)


def both(hf: Any, made: Any, rows: Rows) -> tuple[dict[str, Any], float, float, float]:
    """trl's batch, its loss, ours, and how far the gradients of one matrix are."""
    decoder = Decoder.from_pretrained(hf)
    batch = next(iter(made.get_train_dataloader()))
    loss = made.compute_loss(made.model, dict(batch))
    loss.backward()
    tuned = Tuned(decoder)
    own = tuned.loss(rows).parts["lm"]
    own.backward()
    name = "attn.W_V"
    theirs = made.model.get_parameter(f"model.layers.0.{LLAMA[name]}.weight").grad
    ours = tuned.decoder.get_parameter(f"blocks.0.{name}.weight").grad
    assert theirs is not None
    assert ours is not None
    return batch, float(loss.detach()), float(own.detach()), far(ours, theirs)


def test_padded(tmp_path: Path) -> None:
    hf = llama(vocab_size=6144)
    made, rows = trainer(hf, tmp_path), padded(conversations(), pad=0)
    batch, theirs, ours, apart = both(hf, made, rows)
    pad = made.processing_class.pad_token_id
    order = [
        [{*each.tolist()} - {pad} for each in rows.ids].index({*each.tolist()} - {pad}) for each in batch["input_ids"]
    ]
    learnt = batch["labels"] != -100
    assert torch.equal(learnt, rows.learnt[order])
    assert torch.equal(batch["input_ids"][learnt], rows.ids[order][learnt])
    assert ours == pytest.approx(theirs, rel=1e-5)
    assert apart < 1e-4


def test_packed(tmp_path: Path) -> None:
    hf = llama(vocab_size=6144, attn_implementation="eager")
    made = trainer(hf, tmp_path, packing=True)
    rows = packed(conversations(), 64)
    batch, theirs, ours, apart = both(hf, made, rows)
    assert int((batch["labels"] != -100).sum()) == rows.tokens
    assert ours == pytest.approx(theirs, rel=1e-5)
    assert apart < 1e-4
