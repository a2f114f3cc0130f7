"""Filters and exact match against lm-eval's own, on texts of all kinds; patterns that never end."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.evaluation import asserts, filters
from explorer.stack.evaluation.exact_match import Matching
from explorer.stack.evaluation.filters import Pattern, PatternSlow

PATTERNS = (
    r"#### (\-?[0-9\.\,]+)", r"(-?[$0-9.,]{2,})|(-?[0-9]+)", r"answer is \(?([ABCD])\)?",
    r"((?<=The answer is )(.*)(?=.)|(?<=the answer is )(.*)(?=.))", r"\b(True|False)\b", r"(?s).*#### ", r"\.$",
)  # fmt: skip
WORDS = st.lists(st.sampled_from(["The answer is ", "#### ", "4", "-1,000.5", "$", ".", "\n", "(B)", "True", " ", "é"]))
TEXTS = st.one_of(st.text(max_size=30), WORDS.map("".join))


@given(st.lists(TEXTS, min_size=1, max_size=4), st.sampled_from(PATTERNS), st.integers(-1, 0))
def test_regex_and_majority_are_lm_evals(texts: list[str], pattern: str, select: int) -> None:
    from lm_eval.filters import extraction, selection

    theirs: Any = extraction.RegexFilter(pattern, group_select=select)
    (expected,) = theirs.apply([texts], [{}])
    found = filters.Regex(Pattern(pattern), select)(texts, "")
    assert found == expected
    majority: Any = selection.MajorityVoteFilter()
    assert filters.Majority()(found, "") == next(iter(majority.apply([expected], [{}])))


@given(TEXTS, TEXTS, st.booleans(), st.booleans(), st.booleans(), st.lists(st.sampled_from(PATTERNS), max_size=3))
def test_exact_match_is_lm_evals(
    answer: str, right: str, case: bool, punctuation: bool, numbers: bool, ignored: list[str]
) -> None:
    from lm_eval.api.metrics import exact_match_hf_evaluate

    answer, right = answer.replace("\0", ""), right.replace("\0", "")  # numpy drops them at a text's end
    ours = Matching(tuple(map(Pattern, ignored)), case, punctuation, numbers).matches(answer, (right,))
    theirs = exact_match_hf_evaluate([answer], [right], ignored or None, case, punctuation, numbers)["exact_match"]
    assert ours == bool(theirs)


def test_every_pattern_of_lm_evals_tasks_finds_what_re_finds() -> None:
    """In the files that it ships: RE2 would refuse those that look around."""
    import lm_eval.tasks

    texts = [
        "The answer is 42.",
        "the answer is (B)",
        "#### 1,000.50",
        "Yes: ( A ) [x]",
        "답은 (B)입니다",
        "A\nB. 3/4 $5",
    ]
    found: set[str] = set()
    for path in Path(str(lm_eval.tasks.__file__)).parent.rglob("*yaml"):
        found.update(re.findall(r"^\s*regex_pattern: *'(.*)' *$", path.read_text(encoding="utf-8"), re.M))
        for line in re.findall(r'^\s*regex_pattern: *"(.*)" *$', path.read_text(encoding="utf-8"), re.M):
            found.add(line.replace("\\\\", "\\").replace('\\"', '"'))
    assert len(found) > 25
    assert any("(?<=" in each for each in found)
    for each in found:
        for text in texts:
            assert Pattern(each).found(text) == re.findall(each, text), each


@pytest.mark.parametrize("pattern", ["(a|aa)+$", "(a|a)*$", "(.*){1,32000}[bc]"])
def test_a_pattern_that_never_ends_is_stopped(pattern: str) -> None:
    started = time.monotonic()
    with pytest.raises(PatternSlow, match=r"takes more than 1 s on a text of 61 characters"):
        Pattern(pattern).found("a" * 60 + "!")
    with pytest.raises(PatternSlow):
        Pattern(pattern).without("a" * 60 + "!")
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("way", range(2))
def test_a_program_cannot_pass_by_equalling_everything(way: int) -> None:
    """In one process with the test, as a harness runs it, it passes."""
    from explorer.stack.evaluation import sandbox

    test = "def check(candidate):\n    assert candidate(2, 3) == 5\n    assert candidate(0, 0) == 0\n\ncheck(add)"
    program = (
        "class Any(int):\n    def __eq__(self, other):\n        return True\n\ndef add(a, b):\n    return Any(9)\n"
    )
    if way == 0:
        exec(program + test, {})  # written above
    else:
        function, calls = asserts.read(test)
        assert sandbox.run(program, function, calls).verdict in ("wrong result", "error", "no result")
        assert sandbox.run("def add(a, b):\n    return a + b\n", function, calls).passed


def test_what_a_test_says_is_what_python_computes() -> None:
    text = (
        "METADATA = {'author': 'x'}\n\ndef check(candidate):\n    '''Of signs.'''\n"
        "    assert candidate('a' + 'b', [1, (2, 3)]) == (3 + 4 * 2, -1)\n    assert candidate(1.5) is None, 'why'\n"
        "    assert not candidate(True)\n    assert candidate()\n    assert abs(candidate([]) - 2.0 / 3.0) < 1e-6\n"
    )
    function, calls = asserts.read(f"{text}\ncheck(f)")
    assert function == "f"
    assert [(each.arguments, each.result) for each in calls] == [
        (("ab", [1, [2, 3]]), [11, -1]), ((1.5,), None), ((True,), False), ((), True), (([],), 2 / 3),
    ]  # fmt: skip
