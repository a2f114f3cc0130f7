"""The classifier of fasttext's kind: torch's EmbeddingBag, and words by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from explorer.corpora import passages
from explorer.stack.pretraining.data import quality_classifier
from explorer.stack.pretraining.data.quality_classifier import Recipe, features, fnv, forward, gradients, train

TEXTS = [one.text for kind in passages.read()[:2] for one in kind.excerpts[:4]]
LABELS = [1] * 4 + [0] * 4


def bag(table: np.ndarray, output: np.ndarray) -> tuple[nn.EmbeddingBag, nn.Linear]:
    """torch's own, with those weights."""
    rows = nn.EmbeddingBag.from_pretrained(torch.from_numpy(table.copy()), freeze=False, mode="mean")
    linear = nn.Linear(table.shape[1], 2, bias=False)
    linear.weight.data = torch.from_numpy(output.copy())
    return rows, linear


def test_forward_and_gradients_are_torchs() -> None:
    draw = np.random.default_rng(3)
    table, output = (draw.normal(size=size).astype(np.float32) for size in ((64, 5), (2, 5)))
    for text, label in zip(TEXTS, LABELS, strict=True):
        rows = features(text, 64)
        embedding, linear = bag(table, output)
        logits = linear(embedding(torch.from_numpy(rows)[None]))
        loss = nn.functional.cross_entropy(logits, torch.tensor([label]))
        loss.backward()
        _, p = forward(table, output, rows)
        ours, by_output, by_row = gradients(table, output, rows, label)
        by_table = np.zeros_like(table)
        np.add.at(by_table, rows, by_row)
        assert p == pytest.approx(logits.softmax(-1)[0].detach().numpy(), abs=1e-6)
        assert ours == pytest.approx(float(loss.detach()), abs=1e-5)
        assert linear.weight.grad is not None
        assert embedding.weight.grad is not None
        assert by_output == pytest.approx(linear.weight.grad.numpy(), abs=1e-6)
        assert by_table == pytest.approx(embedding.weight.grad.numpy(), abs=1e-6)


def test_a_training_is_torchs_step_by_step() -> None:
    recipe = Recipe(buckets=128, width=4, epochs=3, seed=5)
    draw = np.random.default_rng(5)
    table = draw.uniform(-1, 1, (128, 4)).astype(np.float32) / np.float32(4)
    embedding, linear = bag(table, np.zeros((2, 4), np.float32))
    steps, done = 3 * len(TEXTS), 0
    for _ in range(3):
        for one in draw.permutation(len(TEXTS)):
            step = torch.optim.SGD([*embedding.parameters(), *linear.parameters()], lr=0.5 * (1 - done / steps))
            step.zero_grad()
            logits = linear(embedding(torch.from_numpy(features(TEXTS[one], 128))[None]))
            nn.functional.cross_entropy(logits, torch.tensor([LABELS[one]])).backward()
            step.step()
            done += 1
    made = train(TEXTS, LABELS, recipe)
    assert made.table == pytest.approx(embedding.weight.detach().numpy(), abs=1e-5)
    assert made.output == pytest.approx(linear.weight.detach().numpy(), abs=1e-5)


def test_one_step_by_hand() -> None:
    """Two rows of width 1: h = (1 + 3)/2 = 2, logits 0: p = 1/2. dW = (1/2, -1/2) h, dE = (w0 - w1)/4 = 0."""
    table, output = np.array([[1.0], [3.0]], np.float32), np.zeros((2, 1), np.float32)
    loss, by_output, by_row = gradients(table, output, np.array([0, 1]), 1)
    assert loss == pytest.approx(math.log(2))
    assert by_output.tolist() == [[1.0], [-1.0]]
    assert by_row.tolist() == [0.0]


def test_hashes_are_fasttexts() -> None:
    assert [fnv(word) for word in ("", "a", "foobar")] == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]
    signed = 2166136261
    for byte in np.frombuffer("é".encode(), np.int8):  # a byte above 127 is negative there
        signed = ((signed ^ (int(byte) & 0xFFFFFFFF)) * 16777619) % 2**32
    assert fnv("é") == signed
    pair = (fnv("b") + 116049371 * fnv("a")) % 2**64
    assert features("A b", 1000).tolist() == [fnv("a") % 1000, fnv("b") % 1000, pair % 1000]


def test_parts_of_the_words_add_up_to_the_log_odds() -> None:
    model = train(TEXTS, LABELS, Recipe(buckets=1024))
    for text in TEXTS:
        made = model.read(text)
        assert sum(each.toward for each in made.features) == pytest.approx(made.log_odds, abs=1e-5)
        assert 1 / (1 + math.exp(-made.log_odds)) == pytest.approx(made.good, abs=1e-5)
    empty = model.read(" ")
    assert (empty.features, empty.good, empty.verdict.kept) == ((), 0.5, True)


def test_one_kind_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="both kinds"):
        train(TEXTS, [1] * len(TEXTS))
    with pytest.raises(ValueError, match="rows, width"):
        Recipe(buckets=0)


def test_a_gradient_that_forgets_the_mean_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    real = quality_classifier.gradients

    def forgetful(table: np.ndarray, output: np.ndarray, rows: np.ndarray, label: int) -> tuple:
        loss, by_output, by_row = real(table, output, rows, label)
        return loss, by_output, by_row * np.float32(len(rows))

    monkeypatch.setattr(quality_classifier, "gradients", forgetful)
    with pytest.raises(AssertionError):
        test_a_training_is_torchs_step_by_step()
