"""WordPiece: the panel on any text, and its checks on broken mechanisms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from explorer.errors import NotApplicableError
from explorer.experiments.tokenization import wordpiece as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.panels.tokenization import wordpiece_views as views
from explorer.stack.tokenization import wordpiece_search
from explorer.stack.tokenization.normalization import StripAccents

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
Beside = Callable[..., Rendered]


def test_a_prompt_of_whole_words_gives_way_to_a_text_that_is_searched(view: View, run: Any) -> None:
    made = view("wordpiece.greedy")[-1]
    assert all(check.holds for check in made.checks), made.checks
    assert (made.data.text, made.data.instead) == (views.EXAMPLE, True)
    assert len(made.data.words[made.data.word].tokens) > 1
    assert made.data.words[made.data.word].better  # greed is not best here
    assert view("wordpiece.before")[-1].data.text == views.EXAMPLE
    own = view("wordpiece.greedy", typed=run.key.text)[-1].data
    assert (own.text, own.instead) == (run.key.text, False)
    assert [word.source for word in own.words][:3] == ["Then", "Mary", "and"]


def test_a_prompt_that_is_searched_is_shown(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    own = experiment.words
    monkeypatch.setattr(experiment, "words", lambda *given: [replace(each, ids=(1, 2)) for each in own(*given)])
    assert not view("wordpiece.greedy")[-1].data.instead


def test_greed_is_not_best(view: View) -> None:
    made = view("wordpiece.greedy", typed="mistrust", word=0)[-1]
    (word,) = made.data.words
    assert word.tokens == ("mist", "##rus", "##t")
    assert word.better == ("mis", "##trust")
    assert [step.start for step in made.data.steps] == [0, 4, 7]
    for step in made.data.steps:
        assert [each.found for each in step.tries] == [False] * (len(step.tries) - 1) + [True]


def test_a_missing_character_takes_the_whole_word(view: View) -> None:
    data = view("wordpiece.greedy", typed="one go🚀go two")[-1].data
    assert data.words[data.word].source == "go🚀go"  # chosen unasked: it is lost
    assert (data.words[1].tokens, data.words[1].why, data.missing) == (("[UNK]",), "character", "🚀")
    assert data.steps[-1].id == -1
    data = view("wordpiece.greedy", typed="a" * 101)[-1].data
    assert (data.words[0].why, data.steps) == ("long", ())


ODD = [
    "שלום עולם",
    "👩‍👩‍👧 x",
    "<b>${1}</b>",
    "a\ud83c",
    "\x00\x07a",
    "日本語",
    "x" * 9000,
    "e\u0301İß ﬁ ½",
    "[UNK] ##s",
]


@pytest.mark.parametrize("typed", ODD)
def test_any_text_may_be_typed(view: View, typed: str) -> None:
    for name in ("greedy", "before"):
        made = view(f"wordpiece.{name}", typed=typed)[-1]
        assert made.checks
        assert all(check.holds for check in made.checks), made.checks
    stages = view("wordpiece.before", typed=typed)[-1].data.stages
    text = experiment.shown_text(typed)[0]
    for stage in stages:  # each begins with what the one before left
        assert "".join(part.before for part in stage.parts) == text
        text = "".join(part.text for part in stage.parts)


@pytest.mark.parametrize("typed", [" ", "  \n ", "\x00"])
def test_no_word_is_said(view: View, typed: str) -> None:
    made = view("wordpiece.greedy", typed=typed)[-1]
    assert made.data.reason.startswith("There is no word")
    assert not made.checks


def test_what_decoding_gives_back(view: View) -> None:
    data = view("wordpiece.before", typed="Zoë’s CAFÉ, 🚀!")[-1].data
    assert data.decoded == "zoe ’ s cafe , [UNK] !"
    assert not data.same
    assert data.unknown == ("🚀",)
    assert view("wordpiece.before", typed="two words")[-1].data.same
    text, shortened = experiment.shown_text("many words " * 100)
    assert shortened
    assert text.split()[-1] in {"many", "words"}


@pytest.mark.breaks("wordpiece.greedy", r"^Ids equal those of tokenizers")
def test_a_text_that_is_not_normalized_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "in_turn", lambda _, text: text)
    assert not check("wordpiece.greedy", "Ids equal", typed="Two Words").holds


@pytest.mark.breaks("wordpiece.greedy", r"^The look-ups, one by one, end in the encoder’s ids")
def test_the_shortest_token_first_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    own = wordpiece_search._fits
    monkeypatch.setattr(wordpiece_search, "_fits", lambda *given: own(*given)[:1])
    assert not check("wordpiece.greedy", "look-ups", typed="mistrust").holds


@pytest.mark.breaks("wordpiece.before", r"^The text after all steps equals")
def test_accents_that_are_kept_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StripAccents, "__call__", lambda _, text: text)
    assert not check("wordpiece.before", "after all steps", typed="café").holds


def test_the_words_of_the_other_text_belong_to_those_here(beside: Beside) -> None:
    made = beside("wordpiece.greedy", "a mistrust of cafés", "a 🚀 of cafés there", word=1)
    base = made.data.base
    assert [word.text for word in base.words] == ["a", "🚀", "of", "cafes", "there"]
    assert (base.here, base.alike) == ((0, 1, 2, 3, -1), (True, False, True, True, False))
    assert (base.word, base.words[1].why, base.steps[-1].id) == (1, "character", -1)
    assert base.n_tokens == sum(len(word.ids) for word in base.words)
    assert all(check.holds for check in made.checks), made.checks
    before = beside("wordpiece.before", "a mistrust of cafés", "A cafe 🚀").data
    assert [sum(stage.changed for stage in side.stages) for side in (before, before.base)] == [3, 1]
    assert (before.base.decoded, before.base.unknown) == ("a cafe [UNK]", ("🚀",))


@pytest.mark.parametrize(
    ("other", "controls", "why"), [("a b", {}, "Both runs have this text"), ("c", {"typed": "d"}, "typed")]
)
def test_nothing_is_compared_where_both_texts_are_one(beside: Beside, other: str, controls: Any, why: str) -> None:
    for name in ("greedy", "before"):
        with pytest.raises(NotApplicableError, match=why):
            beside(f"wordpiece.{name}", "a b", other, **controls)


@pytest.mark.breaks("wordpiece.greedy", r"^Ids equal those of tokenizers")
@pytest.mark.breaks("wordpiece.before", r"^The text after all steps equals")
def test_accents_that_are_kept_in_the_other_text_are_seen(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StripAccents, "__call__", lambda _, text: text)
    for name in ("greedy", "before"):
        assert not beside(f"wordpiece.{name}", "plain", "café").checks[0].holds
