"""Teacher and student: what is shown is what three models say, and each check fails when it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.frontier import teacher_and_student as experiment
from explorer.panels.protocol import Check, Rendered

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
QUICK = {"text": "And it came to pass"}


def test_what_is_shown(view: View) -> None:
    [shown] = view("teacher_and_student.next_tokens", **QUICK)
    data = shown.data
    assert all(check.holds for check in shown.checks), shown.checks
    assert "".join(data.tokens) == QUICK["text"]
    assert data.betas[0] == 0.0
    assert data.betas[-1] == 1.0
    n = len(data.tokens)
    assert tuple(data.likely.shape) == (n, 3, experiment.SHOWN)
    assert bool((data.likely.sum(-1) <= 1 + 1e-5).all())
    assert bool((data.likely[:, 0].diff() <= 0).all())  # the teacher's likeliest first
    assert torch.allclose(data.first, data.likely[:, 0, 0])
    assert bool(data.next[-1].isnan().all())
    assert [each.name for each in data.readers] == ["teacher", "student", "alone"]


def test_a_higher_temperature_is_flatter(view: View) -> None:
    cold, hot = (view("teacher_and_student.next_tokens", temperature=t, **QUICK)[0].data for t in ("1", "4"))
    assert bool((hot.entropy > cold.entropy).all())
    assert torch.equal(hot.next[:-1], cold.next[:-1])  # of the text's own tokens, without a temperature


def test_the_student_is_nearer_to_its_teacher_than_its_twin() -> None:
    """Its divergences on held-out passages, kind by kind: it was trained on them."""
    from explorer.corpora import passages

    for each in passages.read():
        made = experiment.compared(each.excerpts[0].text, 1.0)
        assert float(made.apart["student"][0].mean()) < float(made.apart["alone"][0].mean()), each.kind


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(NotApplicableError, match="empty"):
        experiment.compared("", 1.0)


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("teacher_and_student.next_tokens", "^Divergences at every beta")
def test_a_divergence_of_another_beta(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.divergence
    monkeypatch.setattr(experiment, "divergence", lambda s, t, beta, temperature: true(t, s, beta, temperature))
    assert not check("teacher_and_student.next_tokens", "Divergences at every", **QUICK).holds


@pytest.mark.breaks("teacher_and_student.next_tokens", "^Gradients of the logits in closed form")
def test_a_gradient_without_its_mean(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.logit_gradient
    monkeypatch.setattr(experiment, "logit_gradient", lambda found, beta: true(found, beta) + 0.01)
    assert not check("teacher_and_student.next_tokens", "closed form", **QUICK).holds


@pytest.mark.breaks("teacher_and_student.next_tokens", "^The student’s logits = those of transformers")
def test_another_student(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.compared

    def other(text: str, temperature: float) -> experiment.Compared:
        made = true(text, temperature)
        return replace(made, logits=made.logits | {"student": made.logits["alone"]})

    monkeypatch.setattr(experiment, "compared", other)
    assert not check("teacher_and_student.next_tokens", "transformers’ Llama", **QUICK).holds
