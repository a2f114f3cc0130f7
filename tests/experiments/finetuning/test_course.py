"""The course that a model is taught by: rows, epochs, held-out losses, answers."""

from __future__ import annotations

import pytest
import torch

from explorer.corpora.instructions import Pair, made
from explorer.experiments.finetuning.course import Answered, InstructionCourse, Speech, answered, share_exact
from explorer.stack.finetuning import methods
from explorer.stack.finetuning.adapter import merged
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Settings, train
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo import tokenizers
from explorer.zoo.chat import ChatTemplate
from tests.stack.finetuning.test_conversations import CHATML

TINY = DecoderConfig(n_layers=1, d_model=32, n_heads=2, n_kv_heads=1, d_head=16, d_mlp=64, d_vocab=49152, n_ctx=256)


@pytest.fixture(scope="module")
def course() -> InstructionCourse:
    speech = Speech(ChatTemplate(CHATML, {}), tokenizers.load("smollm2"))
    found = made("units")
    return InstructionCourse(speech, found.train[:40], found.held_out[:6], rows=4, length=96)


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return Decoder(TINY).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)


def test_every_row_is_seen_once_an_epoch_and_again_at_the_same_step(course: InstructionCourse) -> None:
    rows = len(course.packed.ids)
    assert rows > 4
    seen = torch.cat([course.batch(step).ids for step in range(rows)])  # four epochs
    assert all(int((seen == row).all(1).sum()) == 4 for row in course.packed.ids)
    assert torch.equal(course.batch(7).ids, course.batch(7).ids)
    assert not torch.equal(course.batch(0).ids, course.batch(1).ids)


def test_what_is_asked_and_what_is_to_be_said(course: InstructionCourse) -> None:
    speech = course.speech
    for pair, each in zip(course.held_out, course.held, strict=True):
        assert speech.decode(speech.asked(each)).endswith(f"{pair.request}<|im_end|>\n<|im_start|>assistant\n")
        ids, end = speech.said(each)
        assert (speech.decode(ids), speech.decode([end])) == (pair.answer, "<|im_end|>")


def test_an_adapter_is_taught_and_the_held_out_loss_falls(course: InstructionCourse, decoder: Decoder) -> None:
    # Of a random model only the unembedding has anything to learn with in eight steps.
    roles, generator = (*methods.LINEAR, "unembed"), torch.Generator().manual_seed(0)
    adapter = methods.lora(decoder, roles, 4, 16, generator=generator)
    tuned = Tuned(decoder, adapter)
    settings = Settings(Schedule("cosine", 0.03, 0.003, 1, 8), 4 * 96, weight_decay=0.0, evaluate_every=4)
    before = course.losses(tuned)["held out"]
    progress = train(tuned, course, settings)
    assert progress.evaluations[-1].losses["held out"] < before - 2
    assert progress.curve[-1].losses["lm"] < progress.curve[0].losses["lm"]
    found = answered(merged(decoder, (adapter, 1.0)), course, 3, at_once=2)
    assert [each.pair for each in found] == list(course.held_out[:3])


def test_an_answer_is_right_letter_by_letter() -> None:
    pair = Pair("2 + 2?", "4")
    assert share_exact([Answered(pair, "4"), Answered(pair, "4."), Answered(pair, "four"), Answered(pair, "4")]) == 0.5
