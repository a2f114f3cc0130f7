"""Which wishes of a line are made together: those of one model that fit into one batch; and what a replica does."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from explorer import zoo
from explorer.errors import BadRequestError
from explorer.shell.jobs.together import group, run_ahead
from explorer.shell.service import Explorer
from explorer.shell.views import subjects
from explorer.tracing.capturing.together import TOLERANCE

RUN = "model=six-kinds-dense&text={}&new=2&seed=5"


def shape(key: str) -> int | None:
    if key == "broken":
        raise BadRequestError("It cannot be read.")
    return None if key == "alone" else len(key)


def near(lengths: list[int]) -> bool:
    return max(lengths) <= 2 * min(lengths)


KEYS = ["ab", "cd", "abc", "defg", "fghijk", "alone", "broken"]


@given(first=st.sampled_from(KEYS), waiting=st.lists(st.sampled_from(KEYS), max_size=12), most=st.integers(1, 5))
def test_a_group_fits_together_in_the_line_s_order(first: str, waiting: list[str], most: int) -> None:
    found = group(first, waiting, shape, near, most)
    assert found[0] == first
    assert len(found) == len(set(found)) <= most
    if first in ("alone", "broken") or most == 1:
        assert found == [first]
        return
    assert not {"alone", "broken"} & set(found)
    assert near([len(key) for key in found])
    assert found[1:] == [key for key in dict.fromkeys(waiting) if key in found and key != first]
    if len(found) < most:
        left = [key for key in waiting if key not in found and key not in ("alone", "broken")]
        assert not any(near([*map(len, found), len(key)]) for key in left), "whoever fits is taken"


def test_runs_that_wait_are_at_hand_when_their_turn_comes(monkeypatch: Any) -> None:
    subjects.store().clear()
    queries = [RUN.format(text) for text in ("And+the", "And+of", "the+Lord", "king")]
    said: list[str] = []
    waiting = ["", "lost", "model=nothing&text=a", *queries[1:]]
    made = run_ahead(queries[0], waiting, 4, lambda what, *_: said.append(what))
    assert made == len(queries)
    assert len({len(tokens(query)) for query in queries}) > 1, "their lengths differ"
    assert f"{made} prompts together" in said[-1]
    for query in queries:
        answer = Explorer().light(query, "walk", ["river"], {"position": 1}, {})
        assert answer["kind"] == "views"
    runs, error = Explorer().run(queries[0], "walk", {}, {})["run"].get("batched") or (0, 1.0)
    assert runs == len(queries)
    assert 0 < error <= TOLERANCE
    assert run_ahead(queries[0], waiting, 1, partial(print)) == 0
    subjects.store().clear()


def tokens(query: str) -> list[int]:
    return zoo.load("six-kinds-dense").vocabulary.encode(query.split("text=")[1].split("&")[0].replace("+", " "))
