"""A text under a rule on a small model, token by token, and its checks on masks that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from explorer.panels.protocol import Check, Rendered
from explorer.stack.inference.decoding.constrained import Constraint, State
from explorer.stack.transformer.kv_cache import ContiguousCache

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
LETTERS = {"form": "regex", "rule": " (his|her) [a-z]{3,8}", "new": 16, "seed": 3}


def test_a_text_under_a_rule_token_by_token(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    shown = view("constrained.steps", progress=lambda *at: told.append(at), **LETTERS)
    made = shown[-1].data
    assert len(shown[-1].checks) == 3
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    assert [len(part.data.steps) for part in shown] == [*range(1, len(made.steps) + 1), len(made.steps)]
    assert all(part.data.free is None for part in shown[:-1])
    assert made.whole
    assert made.text.startswith((" his ", " her "))
    assert made.mask.shape == (len(made.steps), -(-made.d_vocab // 8))
    assert told[-1][1] == told[-1][2]


@pytest.mark.thorough
def test_json_is_accepted_by_the_other_library(check: Find) -> None:
    assert check("constrained.steps", "“jsonschema” library accepts", form="list", temperature=0).holds
    nested = {"form": "nested", "temperature": 0, "new": 64}
    assert check("constrained.steps", "“jsonschema” library accepts", **nested).holds


def test_the_mask_is_timed_beside_steps_without_it(view: View) -> None:
    shown = view("constrained.steps", **LETTERS)
    times = shown[-1].data.times
    assert all(part.data.times is None for part in shown[:-1])
    assert times is not None
    assert times.steps == min(len(shown[-1].data.steps), 16) - 1
    assert 0 < times.mask.low <= times.mask.ms <= times.mask.high
    assert times.mask.ms < times.masked.ms


def test_a_wrong_rule_is_answered_with_what_is_wrong(view: View) -> None:
    (made,) = view("constrained.steps", form="regex", rule=" (his|her")
    assert made.data.wrong is not None
    assert "unclosed group" in made.data.wrong.message
    assert (made.data.steps, made.checks) == ((), ())
    (empty,) = view("constrained.steps", form="json", rule="  ")
    assert empty.data.wrong is not None
    assert empty.data.wrong.message == "There is no rule yet."


def loosened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every token whose bytes are letters is let through as well."""
    allowed = Constraint.allowed

    def wrong(self: Constraint, state: State) -> torch.Tensor:
        letters = torch.tensor(
            [each.isalpha() and i not in self.table.special for i, each in enumerate(self.table.tokens)]
        )
        return allowed(self, state) | letters

    monkeypatch.setattr(Constraint, "allowed", wrong)
    monkeypatch.setattr(Constraint, "advance", lambda self, state, token: _written(self, state, token))
    monkeypatch.setattr(Constraint, "is_dead", lambda self, state: False)


def _written(rule: Constraint, state: State, token: int) -> State:
    from dataclasses import replace

    return replace(state, text=state.text + rule.table.tokens[token], whole=True)


@pytest.mark.breaks("constrained.steps", "The masks equal partial matching of the “regex” library")
@pytest.mark.breaks("constrained.steps", "The whole text matches the pattern")
def test_a_mask_that_lets_wrong_tokens_through_is_seen(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    loosened(monkeypatch)
    masks, text, _ = view("constrained.steps", **(LETTERS | {"rule": "[0-9]{8}"}))[-1].checks
    assert not masks.holds
    assert not text.holds


@pytest.mark.breaks("constrained.steps", "The “jsonschema” library accepts the text")
def test_a_text_that_is_no_json_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    loosened(monkeypatch)
    assert not check("constrained.steps", "“jsonschema” library accepts", form="person", new=4).holds


@pytest.mark.breaks("constrained.steps", "Each probability under the mask = the model’s own")
def test_a_cache_that_keeps_wrong_values_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    update = ContiguousCache.update

    def wrong(self: ContiguousCache, layer: int, k: torch.Tensor, v: torch.Tensor, positions: torch.Tensor) -> Any:
        return update(self, layer, k, v.roll(1, -1), positions)

    assert check("constrained.steps", "Each probability under the mask", **LETTERS).holds
    monkeypatch.setattr(ContiguousCache, "update", wrong)
    assert not check("constrained.steps", "Each probability under the mask", **LETTERS).holds
