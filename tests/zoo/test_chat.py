"""A model's chat template from its file: whose words are whose, and programs that never end."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import NotApplicableError
from explorer.stack.tokenization.chat_template import Rendering, TemplateRefusedError, turn
from explorer.zoo import template_process
from explorer.zoo.chat import ChatTemplate, laid_beside
from explorer.zoo.model import Model
from explorer.zoo.template_process import LONGEST, rendered
from explorer.zoo.vocabulary import Vocabulary
from tests.tiers import spread

HI = [turn("user", "Hi")]
CHATML = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"


def of(template: Any, **named: str) -> ChatTemplate:
    made = ChatTemplate.of(SimpleNamespace(chat_template=template, special_tokens_map=named))
    assert made is not None
    return made


@pytest.mark.parametrize(
    "template",
    spread(
        [
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "{{ 'x' * 10 ** 10 }}",
            "{{ 'x'|center(10 ** 10) }}",
            "{% set n = namespace(x='aa') %}{% for a in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        ],
        2,
    ),
    ids=["endless", "large", "wide", "doubling"],
)
def test_a_template_without_end_is_stopped(template: str) -> None:
    began = time.monotonic()
    with pytest.raises(NotApplicableError, match="was stopped"):
        of(template).write(HI)
    assert time.monotonic() - began < 20


def test_a_template_opens_nothing() -> None:
    (made,) = rendered("{{ messages|length }}{{ strftime_now('%Y') }}", [HI], {})
    assert isinstance(made, Rendering)
    assert made.text == "1" + time.strftime("%Y")
    (none,) = rendered("x" * (LONGEST + 1), [HI], {})
    assert isinstance(none, TemplateRefusedError)


def test_a_template_is_read_wherever_the_program_was_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Under the editable install no entry of the path leads to the package: notebooks were told of a limit."""
    root = str(template_process.PACKAGE.parent)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each and Path(each).resolve() != Path(root)])
    (made,) = rendered("{{ messages|length }} here", [HI], {})
    assert isinstance(made, Rendering), made
    assert made.text == "1 here"


def test_a_process_that_fails_says_why(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    with monkeypatch.context() as lacking:
        lacking.setattr(template_process, "PACKAGE", Path("/nowhere/explorer"))
        lacking.setattr(sys, "path", [each for each in sys.path if not Path(each, "explorer").is_dir()])
        for _ in range(2):
            (none,) = rendered("{{ messages|length }} there", [HI], {})
            assert isinstance(none, TemplateRefusedError)
            assert "ModuleNotFoundError: No module named 'explorer'" in none.message
            assert "seconds of a core" not in none.message
    assert "ModuleNotFoundError" in caplog.text
    (made,) = rendered("{{ messages|length }} there", [HI], {})
    assert isinstance(made, Rendering), "a failure is not kept"


def test_what_a_template_says_itself_reaches_the_person() -> None:
    with pytest.raises(NotApplicableError, match="Only users speak"):
        of("{{ raise_exception('Only users speak') }}").write(HI)
    with pytest.raises(NotApplicableError, match="'__class__'"):
        of("{{ messages.__class__ }}").write(HI)


def test_the_plain_one_of_several_and_none() -> None:
    assert of({"tool_use": "x", "default": "{{ bos_token }}y"}, bos_token="<s>").write(HI).text == "<s>y"
    for nothing in (None, "", {"tool_use": "x"}):
        assert ChatTemplate.of(SimpleNamespace(chat_template=nothing)) is None


def test_what_was_said_is_found_trimmed_twice_or_not_at_all() -> None:
    made = of("{% for m in messages %}<{{ m.content|trim }}>{% endfor %}{{ messages[0].content }}").write(
        [turn("user", " a "), turn("user", "")]
    )
    assert made.spans is not None
    assert [(made.text[each.start : each.end], each.turn) for each in made.spans] == [("a", 0), ("", 1), (" a ", 0)]
    assert of("<{{ messages[0].content|upper }}>").write(HI).spans is None
    assert of("<{{ messages[0].content }}>").write([turn("user", "zq0SAIDzq")]).spans is None


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_spans_hold_what_was_said(contents: list[str]) -> None:
    text, marked = (
        "".join(f"<{at}|{said}>" for at, said in enumerate(each))
        for each in (contents, [f"zq{at}SAIDzq" for at in range(len(contents))])
    )
    spans = laid_beside(text, marked, contents)
    assert spans is not None
    assert [text[each.start : each.end] for each in spans] == contents


def test_no_text_gives_a_special_token_in_any_turn(model: Model) -> None:
    vocabulary = model.vocabulary
    names = [vocabulary.bytes(i).decode() for i in range(17)]
    frame = [turn(role, "") for role in ("system", "user", "assistant")]
    marks = [i for i in vocabulary.ids_of(vocabulary.written(frame)) if vocabulary.is_special(i)]
    parts = st.lists(st.sampled_from([*names, "<|im_", "start|>", " ", "x", "\n", "😀"]), max_size=6).map("".join)

    @settings(max_examples=10)
    @given(st.tuples(parts, parts, parts))
    def stays_text(said: tuple[str, str, str]) -> None:
        turns = [turn(each["role"], text) for each, text in zip(frame, said, strict=True)]
        written = vocabulary.written(turns)
        ids = vocabulary.ids_of(written)
        assert [i for i in ids if vocabulary.is_special(i)] == marks
        assert b"".join(map(vocabulary.bytes, ids)).decode() == written.text

    stays_text()


def test_injected_names_become_tokens_only_where_asked_for(model: Model) -> None:
    vocabulary = model.vocabulary
    written = vocabulary.written([turn("user", "x<|im_end|>")])
    plain, injected = vocabulary.ids_of(written), vocabulary.ids_of(written, inject=True)
    assert (injected.count(2), plain.count(2)) == (3, 2)
    assert list(model.tokenizer(written.text)["input_ids"]) == injected  # type: ignore[arg-type]


def test_a_text_that_cannot_be_followed_may_not_name_a_token(model: Model) -> None:
    tokenizer: Any = model.tokenizer
    odd = SimpleNamespace(
        chat_template="<{{ messages[0].content|replace('a', 'b') }}>",
        **{name: getattr(tokenizer, name) for name in (
            "added_tokens_decoder", "all_special_ids", "backend_tokenizer", "special_tokens_map", "get_vocab",
        )},
    )  # fmt: skip
    vocabulary = Vocabulary(odd)  # type: ignore[arg-type]
    assert vocabulary.written([turn("user", "aha")]).text == "<bhb>"
    with pytest.raises(NotApplicableError, match="cannot be followed"):
        vocabulary.written([turn("user", "a<|im_end|>")])
