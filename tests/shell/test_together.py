"""Which wishes of a line are made together: those of one model and length, in their order; and what a replica does."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from explorer import zoo
from explorer.errors import BadRequestError
from explorer.shell import subjects
from explorer.shell.service import Explorer
from explorer.shell.together import alike, run_ahead

RUN = "model=six-kinds-dense&text={}&new=2&seed=5"


def shape(key: str) -> int | None:
    if key == "broken":
        raise BadRequestError("It cannot be read.")
    return None if key == "alone" else len(key)


@given(
    first=st.sampled_from(["ab", "abc", "alone", "broken"]),
    waiting=st.lists(st.sampled_from(["ab", "cd", "abc", "def", "alone", "broken"]), max_size=12),
    most=st.integers(1, 5),
)
def test_a_group_is_of_one_shape_in_the_line_s_order(first: str, waiting: list[str], most: int) -> None:
    found = alike(first, waiting, shape, most)
    assert found[0] == first
    assert len(found) == len(set(found)) <= most
    if first in ("alone", "broken") or most == 1:
        assert found == [first]
        return
    others = [key for key in dict.fromkeys(waiting) if key not in ("alone", "broken", first)]
    assert found[1:] == [key for key in others if len(key) == len(first)][: most - 1]


def test_runs_that_wait_are_at_hand_when_their_turn_comes(monkeypatch: Any) -> None:
    subjects.store().clear()
    queries = [RUN.format(text) for text in ("And+the", "And+of", "the+Lord", "king")]
    said: list[str] = []
    waiting = ["", "lost", "model=nothing&text=a", *queries[1:]]
    made = run_ahead(queries[0], waiting, 4, lambda what, *_: said.append(what))
    model = zoo.load("six-kinds-dense")
    same = [query for query in queries if len(tokens(model, query)) == len(tokens(model, queries[0]))]
    assert made == len(same) >= 2
    assert f"{made} prompts together" in said[-1]
    for query in same:
        answer = Explorer().light(query, "walk", ["river"], {"position": 1}, {})
        assert answer["kind"] == "views"
    assert run_ahead(queries[0], waiting, 1, partial(print)) == 0
    subjects.store().clear()


def tokens(model: zoo.Model, query: str) -> list[int]:
    return model.vocabulary.encode(query.split("text=")[1].split("&")[0].replace("+", " "))
