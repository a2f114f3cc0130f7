"""The sidebar says a query, and a query says the sidebar."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from explorer.errors import BadRequestError
from explorer.shell.page.sidebar import Sidebar, restore, sidebar_query
from explorer.shell.service import completed, default_query
from explorer.stack.inference.decoding.sampler_settings import SETTINGS
from explorer.tracing import TraceKey

VALUES = ("smollm2-135m", "Hi there", True, 3, 5, *(each.most for each in SETTINGS))


def test_there_and_back() -> None:
    query = sidebar_query(Sidebar.read(VALUES), ["mlp:3"], ["penalty", "top_k", "top_p", "min_p", "temperature"])
    key = TraceKey.parse(query)
    assert key.sampler.numbers == {each.name: each.most for each in SETTINGS}
    assert (key.chat, key.max_new_tokens, key.seed, key.sampler.order[-1]) == (True, 3, 5, "temperature")
    assert tuple(restore("?" + query)) == VALUES


def test_a_link_that_says_nothing_gives_the_first_run() -> None:
    first = [each.first for each in SETTINGS]
    for link in (None, "", "?", "T=hot&text=Hi", "x" * 30_000):
        assert restore(link)[5:] == first
        assert sidebar_query(Sidebar.read(restore(link)), []) == default_query()


def test_a_link_without_a_text_gives_the_first_run_with_what_it_names() -> None:
    first, named = TraceKey.parse(default_query()), TraceKey.parse(completed("model=six-kinds-moe&new=3"))
    assert named == replace(first, model="six-kinds-moe", max_new_tokens=3)
    assert restore("?model=six-kinds-moe&new=3")[:4] == ["six-kinds-moe", first.text, False, 3]
    assert TraceKey.parse(completed("model=six-kinds-moe&text=")).text == "", "an empty text is no forgotten one"


def test_what_is_not_said_is_neutral() -> None:
    said = Sidebar.read(("m", None, False, None, None))
    assert said == Sidebar("m", "", False, 0, 0, {each.name: each.neutral for each in SETTINGS})


@pytest.mark.parametrize("at", range(3, len(VALUES)))
@pytest.mark.parametrize("value", ["x", float("inf"), float("nan"), [1]], ids=str)
def test_what_is_no_number_is_refused(at: int, value: Any) -> None:
    with pytest.raises(BadRequestError, match="is not a number"):
        Sidebar.read([*VALUES[:at], value, *VALUES[at + 1 :]])


def test_forced_tokens_stay_with_their_text() -> None:
    key = TraceKey.parse(sidebar_query(Sidebar.read(VALUES), [], forced="0:12,2:7"))
    assert key.forced == ((0, 12), (2, 7))
    with pytest.raises(BadRequestError, match="cannot be forced at step 3"):
        sidebar_query(Sidebar.read(VALUES), [], forced="3:7")


def test_an_order_of_unknown_steps_is_refused() -> None:
    with pytest.raises(BadRequestError, match="each step once"):
        sidebar_query(replace(Sidebar.read(VALUES), seed=0), [], ["hot"])
