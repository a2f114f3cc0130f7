"""One item, opened, on a small model: choices, rules and changes; each check fails when its subject is broken."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from explorer.corpora.tasks import shelf
from explorer.experiments.evaluation import task_run
from explorer.panels.protocol import Check, Rendered

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_changes_come_one_by_one(view: View) -> None:
    shown = view("one_item.choices", item=3)
    made = shown[-1].data
    assert [len(part.data.changes) for part in shown] == [*range(1, made.total), made.total]
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    assert (made.task, made.item, made.gold) == ("facts", 3, shelf.own("facts").items[3].gold)
    plain, moved, kept = (made.changes[at] for at in (0, 4, 5))
    assert moved.totals == pytest.approx(plain.totals, abs=1e-3)
    assert kept.totals != pytest.approx(plain.totals, abs=0.1)


def test_the_prompt_is_shown_as_it_is_assembled(view: View) -> None:
    made = view("one_item.choices", task="digits", item=7, shots=2)[-1].data
    kinds = [part.kind for part in made.prompt]
    assert kinds == [*["example", "delimiter", "answer", "delimiter"] * 2, "question", "delimiter"]
    task = shelf.own("digits")
    assert "".join(part.text for part in made.prompt[:-1]).endswith(f"\n{task.items[7].prompt}")
    assert sum(choice.p for choice in made.choices) == pytest.approx(1)
    assert made.rules[0].scores == tuple(choice.total for choice in made.choices)


def test_an_item_past_the_last_is_the_last(view: View) -> None:
    assert view("one_item.choices", item=10_000)[-1].data.item == 299


@pytest.mark.breaks("one_item.choices", r"^\d+ choices behind shared keys and values = one whole pass")
def test_attention_that_reads_wrong_values(check: Find, wrong_values: Callable[[], None]) -> None:
    name = {"task": "copy", "item": 2}
    assert check("one_item.choices", "behind shared keys", **name).holds
    wrong_values()
    assert not check("one_item.choices", "behind shared keys", **name).holds


@pytest.mark.breaks("one_item.choices", "^The tokens of prompt and choice are the bytes of both texts")
def test_a_choice_that_loses_its_first_token(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = task_run.pair

    def short(*args: object, **how: object) -> tuple[list[int], list[int]]:
        before, after = pair(*args, **how)  # pyright: ignore[reportArgumentType]
        return before, after[1:] or after

    monkeypatch.setattr(task_run, "pair", short)
    assert not check("one_item.choices", "are the bytes of both texts", task="copy", item=2).holds
