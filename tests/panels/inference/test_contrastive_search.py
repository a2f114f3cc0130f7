"""The search on a small model, step by step; its checks on penalties, texts and probabilities that are broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.experiments.inference.decoding import contrastive_search as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.inference.decoding import contrastive_search as stack
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
#: a view's controls that cost little
FEW = {"k": 3, "steps": 5, "alpha": 0.6}


def test_the_steps_come_one_by_one(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    shown = view("contrastive_search.steps", progress=lambda *at: told.append(at), **FEW)
    whole = shown[-1].data
    assert [len(part.data.chosen) for part in shown] == [1, 2, 3, 4, 5, 5]
    assert all(check.holds for check in shown[-1].checks)
    assert len(shown[-1].checks) == 2
    assert whole.scores == pytest.approx(0.4 * whole.probabilities - 0.6 * whole.penalties, abs=1e-6)
    assert whole.chosen == tuple(whole.scores.argmax(-1).tolist())
    assert (whole.probabilities[:, :-1] >= whole.probabilities[:, 1:]).all()
    assert (whole.nearest.max(-1) < len(whole.prompt) + torch.arange(5).numpy()).all()
    assert told[-1][1] == told[-1][2]


@pytest.mark.parametrize("odd", [{"k": "many", "alpha": "nan"}, {"k": -3, "alpha": 9, "steps": 1e9}, {"alpha": "<b>"}])
def test_a_link_may_say_anything(view: View, odd: dict[str, Any]) -> None:
    made = view("contrastive_search.steps", **{"steps": 2, **odd})[-1].data
    assert 1 <= made.k <= 10
    assert 0 <= made.alpha <= 1


def test_penalties_are_those_of_transformers_states(view: View, small: Model) -> None:
    """Every candidate's, also of those that lost: transformers reads each text that was never written."""
    whole = view("contrastive_search.steps", **FEW)[-1].data
    text = list(whole.prompt)
    for ids, penalties, chosen in zip(whole.ids, whole.penalties, whole.chosen, strict=True):
        for id_, penalty in zip(ids.tolist(), penalties.tolist(), strict=True):
            with torch.inference_mode():
                out: Any = small.hf(torch.tensor([[*text, id_]]), output_hidden_states=True)
            states = torch.nn.functional.normalize(out.hidden_states[-1][0].double(), dim=-1)
            assert penalty == pytest.approx(float((states[:-1] @ states[-1]).max()), abs=1e-4)
        text.append(int(ids[chosen]))


@pytest.mark.thorough
def test_the_maps_and_the_trade(view: View) -> None:
    both = view("contrastive_search.likeness", **FEW)[-1]
    assert all(check.holds for check in both.checks)
    for text in (both.data.greedy, both.data.contrastive):
        assert text.cosines.shape == (len(text.ids),) * 2
        assert text.cosines.diagonal() == pytest.approx(1, abs=1e-5)
        own = [text.cosines[at, :at].max() for at in range(both.data.n_prompt, len(text.ids))]
        assert text.mean == pytest.approx(sum(own) / len(own), abs=1e-5)
    shown = view("contrastive_search.trade", length=32, k=2)
    assert [len(part.data.texts) for part in shown] == [1, 2, 3, 4, 5, 6, 6]
    assert all(check.holds for check in shown[-1].checks)
    greedy, *_, last = shown[-1].data.texts
    assert greedy.mean_logprob > last.mean_logprob


def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Likeness is sought among the later half of the tokens only."""
    weigh = stack.weigh

    def wrong(probabilities: Any, states: Any, before: Any, alpha: float) -> stack.Choice:
        return weigh(probabilities, states, before[len(before) // 2 :], alpha)

    monkeypatch.setattr(stack, "weigh", wrong)


@pytest.mark.breaks("contrastive_search.steps", r"^Penalties from cached steps")
@pytest.mark.parametrize("statement", ["from one uncached pass", "from the hidden states"])
def test_a_search_that_forgets_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    assert check("contrastive_search.steps", statement, **FEW).holds
    forgetful(monkeypatch)
    assert not check("contrastive_search.steps", statement, **FEW).holds


@pytest.mark.breaks("contrastive_search.likeness", r"^The largest cosine of each token")
def test_a_map_of_a_search_that_forgets(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    forgetful(monkeypatch)
    assert not check("contrastive_search.likeness", "The largest cosine of each token", **FEW).holds


@pytest.mark.breaks("contrastive_search.trade", r"^At alpha 0 the search writes|^Log-probabilities from cached steps")
def test_a_greedy_that_is_none_is_seen(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    weigh = stack.weigh

    def second_best(probabilities: Any, states: Any, before: Any, alpha: float) -> stack.Choice:
        made = weigh(probabilities, states, before, alpha)
        return replace(made, chosen=1, probabilities=made.probabilities * 0.9)

    monkeypatch.setattr(stack, "weigh", second_best)
    monkeypatch.setattr(experiment, "ALPHAS", (0.0,))
    assert [check.holds for check in view("contrastive_search.trade", length=32, k=2)[-1].checks] == [False, False]
