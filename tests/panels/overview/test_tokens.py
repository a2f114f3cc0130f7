"""The text's tables: characters that tokens share, what two runs have in common, and the panel's own checks."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import zoo
from explorer.figures.overview import tokens
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.panels import panels
from explorer.panels.protocol import Rendered
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.stack.tokenization import bpe
from explorer.tracing import Trace, TraceKey, capture
from tests.panels.both_runs import drawn

if TYPE_CHECKING:
    from explorer.zoo.model import Model


@given(text=st.text(max_size=30), cuts=st.lists(st.integers(0, 120), max_size=20))
def test_shared_characters_are_those_that_a_cut_divides(text: str, cuts: list[int]) -> None:
    stream = text.encode("utf-8", "replace")
    text = stream.decode()
    edges = sorted({0, len(stream), *(c for c in cuts if c < len(stream))})
    pieces = [stream[a:b] for a, b in pairwise(edges)]
    inside, at = [], 0
    for character in text:
        end = at + len(character.encode())
        if any(at < e < end for e in edges):
            inside.append(character)
        at = end
    found = tokens.shared_characters(pieces)
    assert [s.text for s in found] == inside
    assert all(s.text in b"".join(pieces[s.first : s.last + 1]).decode("utf-8", "ignore") for s in found)


def test_broken_bytes_complete_nothing() -> None:
    assert tokens.shared_characters([b"\xf0", b"a", b"\x9f", b"\xff"]) == []


def test_differences() -> None:
    assert tokens.differences(b"same", b"same") == 0
    assert tokens.differences(b"", b"abc") == 3


@given(one=st.lists(st.integers(0, 2), max_size=8), other=st.lists(st.integers(0, 2), max_size=8))
def test_shared_prefix_is_the_longest(one: list[int], other: list[int]) -> None:
    n = tokens.shared_prefix(one, other)
    assert one[:n] == other[:n]
    assert n == min(len(one), len(other)) or one[n] != other[n]


def test_continuation_knows_where_two_runs_part() -> None:
    assert tokens.continuation([1, 2, 3], [1, 2, 3], 1) == tokens.Continuation([2, 3], None)
    assert tokens.continuation([1, 2, 9], [1, 2, 3], 1) == tokens.Continuation([2, 9], 2)
    assert tokens.continuation([1, 2], [1, 2, 3], 1) == tokens.Continuation([2], 2)  # it stopped earlier
    assert tokens.continuation([1], [1], 1).first is None


# ---- the panel -----------------------------------------------------------------------------------------------------

TEXT = "The größte café 😀 <|im_start|> said hello"


@pytest.fixture(scope="module")
def small() -> Model:
    return zoo.load("six-kinds-moe")


def render(name: str, model: Model, trace: Trace, at: int = 3) -> Rendered:
    return panels()["tokens"].render(name, Scene(model, trace, None, Focus(position=at)))


@pytest.mark.parametrize("chat", [False, True])
def test_the_template_is_what_this_models_own_is(model: Model, chat: bool) -> None:
    trace = capture(model, TraceKey(model.name, TEXT, chat=chat))
    for name in ("table", "merges", "chat"):
        made = render(name, model, trace)
        assert all(check.holds for check in made.checks), made.checks
    about = str(render("chat", model, trace).about)
    assert " of them special." in about
    assert "im_start" not in about


def test_a_base_models_text_is_read_as_it_is(small: Model) -> None:
    made = render("chat", small, capture(small, TraceKey(small.name, TEXT)))
    assert not made.data.has_template
    assert len(made.checks) == 1
    assert made.checks[0].holds


@pytest.mark.breaks("tokens.table", "^The decoded tokens = ")
def test_the_table_fails_where_a_token_is_another(small: Model) -> None:
    trace = capture(small, TraceKey(small.name, TEXT))
    assert render("table", small, trace).checks[0].holds
    assert not render("table", small, replace(trace, ids=trace.ids.roll(1))).checks[0].holds


@pytest.mark.breaks("tokens.merges", "merges? replayed give the (run|tokenizer)’s ids")
def test_the_merges_fail_where_pairs_are_joined_in_another_order(small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = capture(small, TraceKey(small.name, "It was the whale in the morning"))
    assert all(render("merges", small, trace, at).checks[0].holds for at in range(len(trace)))
    true = bpe.merge_path

    def latest_first(word: str, table: bpe.MergeTable) -> bpe.MergePath:
        return true(word, replace(table, ranks={pair: -rank for pair, rank in table.ranks.items()}))

    monkeypatch.setattr(bpe, "merge_path", latest_first)
    assert not all(render("merges", small, trace, at).checks[0].holds for at in range(len(trace)))


@pytest.mark.breaks("tokens.chat", "^Template off: the tokens = the prompt")
@pytest.mark.breaks("tokens.chat", "^Template on: the tokens = the template’s text")
def test_the_template_check_fails_where_the_tokenizer_drops_a_token(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = capture(model, TraceKey(model.name, TEXT))
    encode = model.vocabulary.encode
    monkeypatch.setattr(model.vocabulary, "encode", lambda text, chat=False: encode(text, chat)[:-1])
    assert [check.holds for check in render("chat", model, trace).checks] == [False, False]


@pytest.mark.breaks("tokens.chat", "^Template on: the tokens = the template’s text")
def test_the_other_runs_prompt_stands_beside_this_ones_in_its_own_template(
    model: Model, small: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    hi = Run(model, capture(model, TraceKey(model.name, "Hi")))
    whale = Run(small, capture(small, TraceKey(small.name, "It was the whale")))
    scene = Scene(*whale, focus=Focus(), other=Compared(whale, hi))
    made, _, there = drawn("tokens", "chat", scene)
    assert there is not None
    assert all(check.holds for check in made.checks), made.checks
    base, label = there.made.data, model.vocabulary.label
    assert (made.data.has_template, base.has_template) == (False, True)
    assert [label(i) for i in (*base.plain.ids, *base.chat.ids[:2])] == ["Hi", "<|im_start|>", "system"]
    assert base.n_special == sum(base.chat.special) == 5  # a system's turn, the user's, and where the answer begins
    assert base.chat.ids[base.at : base.at + 1] == base.plain.ids
    assert drawn("tokens", "chat", Scene(*whale, base=whale.trace)).there is None  # interventions change no prompt
    encode = model.vocabulary.encode
    monkeypatch.setattr(model.vocabulary, "encode", lambda text, chat=False: encode(text, chat)[: -1 if chat else None])
    broken = [each.statement for each in drawn("tokens", "chat", scene).made.checks if not each.holds]
    assert len(broken) == 1
    assert broken[0].startswith("Template on: the tokens = the template’s text")
    assert broken[0].endswith("in the other run")
