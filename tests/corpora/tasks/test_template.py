"""Templates: the text that Jinja gives, and nothing but values in their places."""

from __future__ import annotations

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.corpora.tasks.template import ColumnMissing, Template, TemplateRefused

JINJA = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)  # as lm-eval has it
DOC = {"q": " Why? ", "n": 3, "list": ["a", "b c"], "deep": {"key": {"in ner": "x"}}, "über": "ä"}
PLACES = st.sampled_from(
    ["{{q}}", "{{ q.strip() }}", "{{q|trim}}", "{{q | trim | upper}}", "{{n}}", "{{list[0]}}", "{{list[-1]}}",
     "{{deep.key['in ner']}}", '{{deep["key"]}}', "{{list}}", "{{[q, list[1]]}}", "{{q.strip().lower()}}"]
)  # fmt: skip
PLAIN = st.text(st.sampled_from("ab \n:'\"}%#é"), max_size=8)


@given(st.lists(PLACES | PLAIN, max_size=6))
def test_a_template_gives_what_jinja_gives(parts: list[str]) -> None:
    text = "".join(parts)
    assert Template(text).text(DOC) == JINJA.from_string(text).render(**DOC)


@given(st.text(max_size=40))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    for each in (text, "{{" + text + "}}", "{{q" + text + "}}"):
        try:
            made = Template(each)
            made.text(DOC)
        except (TemplateRefused, ColumnMissing):
            continue


@pytest.mark.parametrize(
    "hostile",
    [
        "{{q.__class__.__mro__}}", "{{q.__class__()}}", "{{ ''.__class__ }}", "{{cycler.__init__.__globals__}}",
        "{% for i in range(10**9) %}x{% endfor %}", "{{'x' * 10**10}}", "{{q.format()}}", "{{q|attr('x')}}",
        "{{lipsum()}}", "{{q.encode().hex()}}", "{# x #}", "{{q", "{{q.join(list)}}", "{{list[0:2]}}", "{{}}",
    ],
)  # fmt: skip
def test_a_template_that_does_more_is_refused(hostile: str) -> None:
    with pytest.raises((TemplateRefused, ColumnMissing)):
        Template(hostile).text(DOC)


def test_what_is_not_there_is_told_by_name() -> None:
    for text in ("{{none}}", "{{deep.none}}", "{{list[9]}}", "{{n[0]}}"):
        with pytest.raises(ColumnMissing):
            Template(text).text(DOC)


def test_a_template_has_a_length() -> None:
    with pytest.raises(TemplateRefused, match="20,001 characters"):
        Template("x" * 20_001)
