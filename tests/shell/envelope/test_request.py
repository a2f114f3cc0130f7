"""Requests of the page as strangers send them: read within bounds, or refused with a sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from explorer.errors import BadRequestError, PromptTooLongError
from explorer.shell.envelope.request import MAX_CHARACTERS, MAX_CONTROL, MAX_NAMES, MAX_REQUEST, Wish, query_of


def nested(depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(depth):
        made = {"a": made}
    return made


def test_what_the_page_sends_is_read() -> None:
    sent = {
        "action": "views", "query": "text=Hi", "panel": "walk", "views": ["river"], "keep": True, "order": ["top_k"],
        "focus": {"position": 3, "target": None, "else": 1}, "controls": {"k": 2, "t": "x", "f": 0.5, "b": True},
        "interventions": ["mlp:3"],
    }  # fmt: skip
    wish = Wish.read(json.dumps(sent))
    assert wish == Wish(
        action="views", query="text=Hi", panel="walk", views=("river",), focus={"position": 3, "target": None},
        controls={"k": 2, "t": "x", "f": 0.5, "b": True}, interventions=("mlp:3",), order=("top_k",), keep=True,
    )  # fmt: skip
    assert Wish.read("") == Wish()


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (5, "no text"),
        ("not json", "not well-formed JSON"),
        ("[1, 2]", "no object"),
        ("[" * 100_000, "not well-formed JSON"),
        (" " * (MAX_REQUEST + 1), "are read at most"),
        ({"controls": nested(900)}, "nested more than 16 levels deep"),
        ({"controls": nested(5)}, "neither a text nor a number"),
        ({"focus": {"position": [1]}}, "neither a text nor a number"),
        ({"controls": {"a": 10**400}}, "not well-formed JSON"),
        ({"controls": {"a": 10**30}}, "cannot be read"),
        ({"controls": {"a": float("nan")}}, "not well-formed JSON"),
        ({"controls": {"a": "x" * (MAX_CONTROL + 1)}}, "4,001 characters"),
        ({"controls": {"x" * 500: 1}}, "500 characters"),
        ({"controls": dict.fromkeys(map(str, range(MAX_NAMES + 1)), 1)}, "65 values"),
        ({"controls": "x"}, "no object"),
        ({"views": "river"}, "no list"),
        ({"views": ["river"] * (MAX_NAMES + 1)}, "65"),
        ({"views": [{}]}, "no text"),
        ({"query": {"a": 1}}, "not a text"),
        ({"panel": ["walk"]}, "no text"),
        ({"panel": "x" * 201}, "“panel” is 201 characters long; 200 are read at most"),
        ({"focus": dict.fromkeys(map(str, range(MAX_NAMES + 1)), 1)}, "65 values in “focus”; 64"),
        ({"interventions": ["x"] * 1001}, "1,001 “interventions”; 1,000"),
        ({"order": [1]}, "“order” is no text"),
        ({"keep": "yes"}, "“keep” is neither yes nor no"),
    ],
)
def test_what_is_no_request_is_refused(sent: Any, why: str) -> None:
    with pytest.raises(BadRequestError, match=why):
        Wish.read(json.dumps(sent) if isinstance(sent, dict) else sent)


def test_half_characters_are_replaced_so_that_all_can_be_sent_back() -> None:
    wish = Wish.read(r'{"query": "text=\ud800", "controls": {"\ud800": "\udfff"}, "focus": {"head": "\ud83d"}}')
    assert wish.query == "text=\ufffd"
    json.dumps([wish.controls, wish.focus], ensure_ascii=False).encode()


def test_a_query_has_the_length_of_the_page() -> None:
    assert query_of("x" * MAX_CHARACTERS)
    with pytest.raises(PromptTooLongError, match="20,001"):
        query_of("x" * (MAX_CHARACTERS + 1))
    with pytest.raises(BadRequestError, match="not a text"):
        query_of(5)


def test_no_query_and_an_empty_one_are_two_things() -> None:
    """Without a query the sidebar says what is run; an empty one is the page's first run."""
    assert Wish.read('{"query": null}').query is None
    assert Wish.read('{"query": ""}').query == ""
