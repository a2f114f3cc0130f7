"""A lesson's file: what is read, what is refused and in which line, and that nothing of it is markup or code."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.lessons.document import Inline
from explorer.lessons.errors import LessonError
from explorer.lessons.reading import MOST_TEXT, read
from explorer.lessons.state import joined

HEAD = "---\ntitle: Why\nchapter: overview\nminutes: 5\nlearn: It.\nstart: ?text=Hi&new=0\n---\n"
STEP = "## One\n\n```show\n?panel=walk&view=river&pos=0\nclaim: n_tokens() == 1\n```\n\n"
ASK = "```ask\nquestion: Which?\nchoice: this | n_tokens() == 1\nchoice: that | n_tokens() > 1\nright: Yes.\n```\n"


def flat(parts: tuple[Inline, ...]) -> list[tuple[str, str]]:
    return [pair for each in parts for pair in ((each.kind, each.text or each.to), *flat(each.parts))]


def test_a_step_is_read_with_its_state_text_and_question() -> None:
    text = 'It **is** {probability("Hi")} [there](?panel=tokens), a [token](term:token), ` Mary`.\n\n- one\n- two\n\n'
    lesson = read(HEAD + STEP + text + ASK, "why")
    (step,) = lesson.steps
    assert (lesson.title, lesson.chapter, lesson.minutes, step.title) == ("Why", "overview", 5, "One")
    assert (step.show.run, step.show.panel, step.show.view) == ("text=Hi&new=0", "walk", "river")
    assert step.show.focus == {"position": 0}
    assert [each.source for each in step.claims] == ["n_tokens() == 1"]
    paragraph, listed = step.text.blocks
    assert flat(paragraph.rows[0]) == [
        ("text", "It "), ("strong", ""), ("text", "is"), ("text", " "), ("value", 'probability("Hi")'), ("text", " "),
        ("link", "?text=Hi&new=0&panel=tokens"), ("text", "there"), ("text", ", a "), ("term", "token"),
        ("text", "token"), ("text", ", "), ("code", " Mary"), ("text", "."),
    ]  # fmt: skip
    assert [flat(row) for row in listed.rows] == [[("text", "one")], [("text", "two")]]
    assert step.ask is not None
    assert [each.right.source for each in step.ask.choices] == ["n_tokens() == 1", "n_tokens() > 1"]


def test_html_is_text() -> None:
    (step,) = read(HEAD + STEP + "<script>alert(1)</script> <b onclick=x>a</b> $\\{x}\n").steps
    assert {kind for kind, _ in flat(step.text.blocks[0].rows[0])} == {"text"}


def test_another_panel_lets_go_of_what_belonged_to_the_one_before() -> None:
    here = "?text=Hi&panel=walk&view=river&pos=3&walk.x=1"
    assert joined(here, "?panel=tokens") == "?text=Hi&panel=tokens"
    assert joined(here, "?do=ablate:1.2&pos=") == "?text=Hi&panel=walk&view=river&walk.x=1&do=ablate%3A1.2"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("## One\n", 1, "front matter"),
        (HEAD.replace("chapter: overview", "chapter: cooking") + STEP, 3, "no chapter"),
        (HEAD.replace("minutes: 5", "minutes: five") + STEP, 4, "whole number"),
        (HEAD.replace("learn: It.\n", "") + STEP, 2, "“learn” is missing"),
        (HEAD.replace("title: Why", "titel: Why") + STEP, 2, "none of the fields"),
        (HEAD, 8, "0 steps"),
        (HEAD + "Text first\n", 8, "before the first step"),
        (HEAD + "## One\n\nText\n", 8, "does not say what it shows"),
        (HEAD + STEP.replace("panel=walk", "panel=walks"), 11, "no panel “walks”"),
        (HEAD + STEP.replace("view=river", "view=sea"), 11, "no view “sea”"),
        (HEAD + STEP.replace("&pos=0", "&pos=x"), 11, "not a whole number"),
        (HEAD + STEP.replace("&pos=0", "&colour=red"), 11, "no part of a link"),
        (HEAD + STEP.replace("&pos=0", "&do=bite:3"), 11, "bite:3"),
        (HEAD + STEP.replace("n_tokens()", "n_token()"), 12, "no fact “n_token”"),
        (HEAD + STEP.replace("n_tokens()", "n_tokens(3)"), 12, "n_tokens is asked for as n_tokens()"),
        (HEAD + STEP + "Text {open('x')}\n", 15, "no fact “open”"),
        (HEAD + STEP + "One.\n\nTwo [out](https://a.example).\n", 17, "leads out of the page"),
        (HEAD + STEP + "A [word](term:no-such-word).\n", 15, "the glossary has no"),
        (HEAD + STEP + "[x](javascript:alert(1))\n", None, ""),
        (HEAD + STEP + "# Large\n", 15, "two #"),
        (HEAD + STEP + "```python\nx\n```\n", 15, "no other"),
        (HEAD + STEP + ASK + ASK, 21, "at most one"),
        (HEAD + STEP + ASK.replace("choice: that | n_tokens() > 1\n", ""), 16, "2 to 6 choices"),
        (HEAD + STEP + ASK.replace(" | n_tokens() > 1", ""), 18, "when it is right"),
        (HEAD + STEP + ASK.replace("right: Yes.", "pick: head"), 19, "belong together"),
        (HEAD + STEP + ASK.replace("right: Yes.", "then: ?panel=x"), 19, "no panel"),
        (HEAD + STEP + ASK.replace("right: Yes.", "right: {n_tokens(}"), 19, "cannot be read"),
        (HEAD + STEP * 25, 8, "25 steps"),
        ("x" * (MOST_TEXT + 1), 1, "at most"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(text: str, line: int | None, said: str) -> None:
    if line is None:  # Markdown itself makes no link of it
        assert flat(read(text).steps[0].text.blocks[0].rows[0])[0][0] == "text"
        return
    with pytest.raises(LessonError) as found:
        read(text)
    assert found.value.line == line, found.value
    assert said in str(found.value)


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text: str) -> None:
    for whole in (text, HEAD + text, HEAD + STEP + text):
        with contextlib.suppress(LessonError):
            read(whole)
