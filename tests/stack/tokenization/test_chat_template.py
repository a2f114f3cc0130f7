"""Chat templates: by hand, against transformers' own rendering, and programs that mean harm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers.utils.chat_template_utils import render_jinja_template

from explorer.stack.tokenization.chat_template import Chunk, TemplateRefusedError, Turn, pieces_of, render, turn

#: What makers write: ChatML in one line and in many, LLaMA-2's brackets, Llama 3's headers, Gemma's turns.
TEMPLATES = {
    "chatml": (
        "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
        "{{ '<|im_start|>system\nBe good<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + "
        "message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}"
        "{{ '<|im_start|>assistant\n' }}{% endif %}"
    ),
    "lines": (
        "{# turns, one by one #}\n{%- for m in messages %}\n    {%- if m.role == 'user' %}\n[{{ m.content | trim }}]\n"
        "    {%- else -%}\n<{{ m.role ~ ': ' ~ m.content }}>\n    {% endif %}\n{% endfor %}\nend {{ 'x' }}{{ 1 + 1 }}\n"
    ),
    "llama2": (
        "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = "
        "messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}"
        "{% endif %}"
        "{% for message in loop_messages %}{% if loop.index0 == 0 and system_message != false %}{% set content = "
        "'<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = "
        "message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + "
        "content.strip() + ' [/INST]' }}"
        "{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}"
        "{% endfor %}"
    ),
    "llama3": (
        "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + "
        "message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}"
        "{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}"
    ),
    "macro": (
        "{% macro say(m) %}{% set mark = '#' %}{{ mark }}{{ m.content|tojson }}{{ mark }}{% endmacro %}"
        "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% if m.role == 'system' %}"
        "{% continue %}{% endif %}{% generation %}{{ ns.n }}{{ say(m) }}{% endgeneration %}{% endfor %}"
        "{% raw %}{{ raw }}{% endraw %}{{ dict(a=1)|tojson }}{{ messages|map(attribute='role')|join(',') }}"
    ),
}
VARIABLES = {"bos_token": "<s>", "eos_token": "</s>"}
CONTENTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
CONVERSATIONS = st.lists(st.builds(turn, st.sampled_from(["system", "user", "assistant"]), CONTENTS), max_size=4)


def theirs(template: str, turns: list[Turn], answer: bool) -> str:
    variables: dict[str, Any] = dict(VARIABLES)
    made: Any = render_jinja_template(
        [[dict(each) for each in turns]], chat_template=template, add_generation_prompt=answer, **variables
    )
    return made[0][0]


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_character_is_that_of_transformers(name: str) -> None:
    @given(CONVERSATIONS.filter(bool), st.booleans())
    def same(turns: list[Turn], answer: bool) -> None:
        made = render(TEMPLATES[name], turns, {**VARIABLES, "add_generation_prompt": answer})
        assert made.text == theirs(TEMPLATES[name], turns, answer)
        assert all(0 <= each.piece < len(made.pieces) for each in made.chunks)

    same()


def test_which_piece_wrote_what_at_which_turn() -> None:
    turns = [turn("system", "S"), turn("user", " U "), turn("assistant", "A")]
    made = render(TEMPLATES["lines"], turns)
    assert [made.pieces[each.piece].source.strip() for each in made.chunks if each.turn == 1] == [
        "[", "{{ m.content | trim }}", "]",
    ]  # fmt: skip
    assert made.chunks[-3:] == (Chunk("end ", 11, None), Chunk("x", 12, None), Chunk("2", 13, None))
    assert [each.line for each in made.pieces][:3] == [2, 3, 4]


def test_pieces_are_the_templates_own_words_in_order() -> None:
    for template in TEMPLATES.values():
        at = 0
        for piece in pieces_of(template):
            at = template.index(piece.source, at) + len(piece.source)


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{{ messages.__class__.__mro__ }}", "'__class__'"),
        ("{{ ''.__class__ }}", "'__class__'"),
        ("{{ lipsum.__globals__ }}", "'__globals__'"),
        ("{{ messages|attr('__class__') }}", "'__class__'"),
        ("{{ '{0.__class__}'.format(messages) }}", "'__class__'"),
        ("{{ messages.append(1) }}", "'append'"),
        ("{% set ns = namespace(_x=1) %}", "'_x'"),
        ("{{ range(10 ** 9) }}", "Range too big"),
        ("{% for a in range(99999) %}{{ 'a' * 99 }}{% endfor %}", "more than 1,000,000 characters"),
        ("{% include 'file' %}", "no loader"),
        ("{{ x.y }}", "'x' is undefined"),
        ("a\n{% if %}", "line 2: Expected an expression"),
        ("{{ ` }}", "unexpected char"),
        ("{{ raise_exception('No system turns') }}", "refuses this conversation: No system turns"),
        ("{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}", "recursion"),
    ],
)
def test_what_is_refused_says_why(template: str, says: str) -> None:
    with pytest.raises(TemplateRefusedError) as error:
        render(template, [turn("user", "Hi")])
    assert says in str(error.value)


def test_a_template_changes_nothing_of_the_conversation() -> None:
    said = turn("user", "Hi")
    with pytest.raises(TemplateRefusedError):
        render("{{ messages[0].update(content='x') }}", [said])
    assert said == {"role": "user", "content": "Hi"}
