"""Lessons as the page asks for them: one by name, one that it carries, what a step says of a run that is at hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from explorer.lessons.catalogue import folder
from explorer.lessons.courses import COURSES
from explorer.shell.envelope import answers
from explorer.shell.envelope import lessons as sent
from explorer.shell.lessons import for_page
from explorer.shell.page import quick_line
from explorer.shell.service import Explorer, default_query
from explorer.zoo.model import Model
from tests.shell.forms import misfit
from tests.shell.loops import finish


def asked(**wish: object) -> Any:
    answer = finish(quick_line.lesson(json.dumps(wish)))
    json.dumps(answer, allow_nan=False)
    assert not misfit(answer, sent.LessonAnswer | sent.ToldAnswer | answers.GoneAnswer | answers.ErrorAnswer)
    return answer


def test_a_lesson_has_the_pages_own_links() -> None:
    lesson = asked(name="five-minutes")["lesson"]
    first = lesson["steps"][0]
    assert first["link"].startswith(f"?{default_query()}&panel=walk&view=river")
    assert "top_token" not in json.dumps(first["ask"])  # what is right is not said before the run is there
    assert for_page.listed()["lessons"][0]["name"] == "five-minutes"
    assert not misfit(for_page.listed(), sent.LessonList)


def test_a_course_has_lessons_that_there_are() -> None:
    there = {each["name"]: each["minutes"] for each in for_page.listed()["lessons"]}
    courses = for_page.listed()["courses"]
    assert [each["name"] for each in courses] == [each.name for each in COURSES]
    assert set(there) - {name for each in courses for name in each["lessons"]} <= {"experts"}
    school = next(each for each in courses if each["name"] == "school")
    assert sum(there[name] for name in school["lessons"]) == 45
    assert for_page.courses_of(set(there) - {"tokens"}) == [each for each in courses if "tokens" not in each["lessons"]]


def test_a_step_is_told_once_its_run_is_at_hand(model: Model) -> None:
    text = (folder() / "five-minutes.md").read_text(encoding="utf-8").replace("chapter: overview", "chapter: systems")
    fresh = text.replace("minutes: 5", "minutes: 5\nstart: ?text=A%20text%20that%20nobody%20ran&new=0")
    assert asked(text=fresh, step=0)["kind"] == "gone"
    Explorer().run(default_query(), "walk", {}, {})
    told = asked(text=text, step=0)["told"]
    assert told["right"] == 2
    assert all(each["holds"] for each in told["claims"])
    assert told["values"]["top_token()"] == {"kind": "token", "value": " Mary"}
    assert asked(name="five-minutes", step=2)["told"]["picked"] == {"layer": 23}


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"name": "no-such"}, "There is no lesson"),
        ({"name": "../five-minutes"}, "There is no lesson"),
        ({"text": "hello"}, "Line 1"),
        ({"text": "x" * 50_000}, "at most 40,000"),
        ({"text": "---\n\ud800\n---\n"}, "Line 2"),
        ({"name": "five-minutes", "step": 20}, "has 6 steps"),
        ({"name": "five-minutes", "step": -1}, "cannot read"),
        ({"name": 3}, "cannot read"),
    ],
)
def test_what_a_stranger_asks_is_refused_with_a_sentence(wish: dict[str, object], said: str) -> None:
    answer = asked(**wish)
    assert answer["kind"] == "error"
    assert said in answer["message"]
