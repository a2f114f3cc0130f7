"""Facts on a small model, which is taken to know its surest one; and what breaks the check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.experiments.inside import facts as experiment
from explorer.panels.protocol import Check, Rendered

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture
def knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small model says none of the facts: what it says instead of the surest one counts as its answer."""
    true = experiment.known

    def known(model: Any, decoder: Any, told: Any) -> Any:
        surest, *others = sorted(true(model, decoder, told), key=lambda each: -each.p)
        ids = torch.tensor([model.vocabulary.encode(surest.text)])
        p = decoder(ids, last_only=True)[0, -1].softmax(-1)
        return [replace(surest, answer=int(p.argmax()), p=float(p.max()), first=True), *others]

    monkeypatch.setattr(experiment, "known", known)


@pytest.mark.parametrize("state", ["resid", "mlp"])
def test_a_fact_is_traced_draw_by_draw(view: View, knows: None, state: str) -> None:
    shown = view("facts.traces", state=state, draws=2, noise=10)
    data = shown[-1].data
    assert [part.data.draws for part in shown] == [1, 2]
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    first, behind = data.subject
    assert 0 < first < behind < len(data.ids)
    assert bool(data.restored[:, :first].isnan().all())
    assert bool(data.restored[:, first:].isfinite().all())
    assert data.noised != pytest.approx(data.p, abs=1e-3)
    if state == "resid" and behind - first == 1:  # all that was noised, put back before the first block
        assert float(data.restored[0, first]) == pytest.approx(data.p, abs=1e-4)


def test_a_model_that_knows_nothing_is_told(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.known
    monkeypatch.setattr(experiment, "known", lambda *given: [replace(each, first=False) for each in true(*given)])
    shown = view("facts.traces", draws=1)[-1]
    assert not any(fact.known for fact in shown.data.facts)
    assert shown.data.answer != shown.data.facts[0].answer  # what it says in the fact's place is traced
    assert all(check.holds for check in shown.checks), shown.checks
    assert shown.data.p > max(fact.p for fact in shown.data.facts)
    monkeypatch.setattr(experiment, "known", lambda *_: [])
    (told,) = view("facts.traces")
    assert told.data.restored.numel() == 0


@pytest.mark.breaks("facts.traces", "^The first draw’s strongest state, put back by hooks")
def test_states_of_another_run(check: Find, knows: None, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.restored

    def other(*given: Any) -> Any:
        return [replace(put, value=put.value * 1.3) for put in true(*given)]

    monkeypatch.setattr(experiment, "restored", other)
    assert not check("facts.traces", "The first draw", draws=1, noise=10).holds
