"""What other libraries say of a constrained text, and that nobody's pattern holds them or this process up."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
import torch

from explorer.experiments.inference.decoding.constrained_checks import against_regex, fits_schema, unlike
from explorer.stack.inference.decoding.apart import ask
from explorer.stack.inference.decoding.constrained import (
    Constraint,
    JsonSchemaConstraint,
    RegexConstraint,
    Step,
    TokenTable,
)
from explorer.stack.inference.decoding.sampling import Sampler
from tests.tiers import spread

TOKENS = [b"<end>", b"a", b"b", b"ab", b"c", b"\xc3", b"\xa9"]
TABLE = TokenTable(TOKENS, stop_id=0)
BYTES = TokenTable([*[bytes([n]) for n in range(256)], b"<end>"], stop_id=256)


def steps(pattern: str, tokens: list[int]) -> list[Step]:
    rule, random = RegexConstraint(pattern, TABLE), torch.Generator().manual_seed(0)
    state, made = rule.start, []
    for token in tokens:
        row = torch.randn(len(TOKENS), generator=random)
        made.append(Step(state, Sampler().stages(row, allowed=rule.allowed(state)), 0.5, token))
        state = rule.advance(state, token)
    return made


def test_the_regex_library_agrees_and_would_see_a_wrong_mask() -> None:
    text = steps("(a|b|ab)+c", [1, 2, 4])
    right = against_regex("(a|b|ab)+c", text, TABLE, "abc")
    assert (right.wrong, right.asked, right.fits, right.left_out) == (
        0,
        3 * 4,
        True,
        "",
    )  # the stop token and two half letters
    wrong = against_regex("(a|b)+", text, TABLE, "abc")
    assert 0 < wrong.wrong < wrong.asked
    assert wrong.fits is False


def test_what_is_read_differently_is_not_compared() -> None:
    left = against_regex("[a-c&&[^b]]+", steps("(a|b|ab)+c", [1, 2, 4]), TABLE, "abc")
    assert (left.asked, left.fits) == (0, None)
    assert "[a-c&&[^b]]" in left.left_out


HOSTILE = ["(?:(?:(?:a?){1000}){1000}){1000}", "(a{1,1000}){1,1000}c", "(a(|)){30}c"]


@pytest.mark.parametrize("pattern", spread(HOSTILE, 1))
def test_a_pattern_that_takes_too_long_is_left_out(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "__defaults__", (1,))
    compared = against_regex(pattern, steps("a+c", [1, 1, 1, 4]), TABLE, "a" * 40 + "b")
    assert compared.wrong == 0
    assert "gave no answer within its limits" in compared.left_out


@pytest.mark.parametrize("keyword", spread(["pattern", "patternProperties"], 1))
@pytest.mark.thorough
def test_a_schema_that_takes_too_long_is_left_out_and_holds_nobody_up(
    keyword: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's `re` kept the interpreter's lock for 3 s at 26 rounds, twice as long with each more."""
    monkeypatch.setattr(ask, "__defaults__", (1,))
    rule = "^(a(|)){60}[^ -~]$"
    schema: dict[str, Any] = {"pattern": rule} if keyword == "pattern" else {"patternProperties": {rule: {}}}
    text = '"' + "a" * 61 + '"' if keyword == "pattern" else '{"' + "a" * 61 + '": 1}'
    longest, over = 0.0, threading.Event()

    def tick() -> None:
        nonlocal longest
        while not over.is_set():
            started = time.perf_counter()
            time.sleep(0.005)
            longest = max(longest, time.perf_counter() - started)

    thread = threading.Thread(target=tick)
    thread.start()
    fits, why = fits_schema(schema, text)
    over.set()
    thread.join()
    assert fits is None
    assert "gave no answer" in why
    assert longest < 0.9  # of the one second and more that the other process took


@pytest.mark.thorough
def test_branches_that_double_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "__defaults__", (1,))
    parts: dict[str, Any] = {f"a{n}": {"anyOf": 2 * [{"$ref": f"#/$defs/a{n + 1}"}]} for n in range(40)}
    assert fits_schema({"$defs": {**parts, "a40": {"type": "string"}}, "$ref": "#/$defs/a0"}, "1")[0] is None


@pytest.mark.parametrize(
    "schema",
    [{"$ref": "http://127.0.0.1:9/x"}, {"$ref": "file:///etc/hostname"}, {"$dynamicRef": "http://127.0.0.1:9/#x"},
     {"$ref": "#"}, {"minimum": "one"}],
)  # fmt: skip
def test_what_jsonschema_cannot_follow_is_left_out(schema: dict[str, Any]) -> None:
    """The decoder refuses remote references before; here nothing would be retrieved even so."""
    assert fits_schema(schema, "1")[0] is None


def test_properties_of_unicode_are_read_in_schemas() -> None:
    """Python's `re` knows no \\p, and its error was shown as something gone wrong."""
    assert fits_schema({"pattern": r"^\p{L}+$"}, '"\u00e9t\u00e9"') == (True, "")
    assert fits_schema({"pattern": r"^\p{L}+$"}, '"7"') == (False, "")
    names = {"patternProperties": {r"^\p{Lu}$": {"type": "integer"}}, "additionalProperties": False}
    assert fits_schema(names, '{"\u00c9": 1}') == (True, "")
    assert fits_schema(names, '{"\u00e9": 1}') == (False, "")
    assert fits_schema({"items": {"pattern": "[a--b]"}}, '["a"]')[0] is None


# ---- both readers on the same patterns -----------------------------------------------------------------------------

# fmt: off
TEXTS = [
    "", "a", "b", "aa", "ab", "ba", "aab", "abab", "A", "1", "7", "12", "_", "-", "\n", "a\n", "\na", "a\nb",
    " ", "\t", "é", "e\u0301", "É", "\u0130", "\u017f", "\u212a", "ß", "ss", "\u0660", "日", "\u200d", "\u0345",
    "\u2160", "\u24b6", "\u00a0", "\u2028", "\x1c", "\x85", "🙂", "&", "[", "]", "a]", "\\", "$", "^", "a#b",
    "{", "a{1}", "x1", "a-b", "k", "i", "\ufb01",
]
SAME = [
    r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", ".", "[^a]", r"\p{L}", r"\pL+", r"\P{Lu}", r"\p{Nd}",
    r"[\p{L}\d_-]+", "a|b", "(a|b)*", "(?:ab)+", "(?P<n>a)b?", "a{2}", "a{1,2}?b", "a{0}b", "^a$", "a$|^b",
    "(a|)b", "[a-c]+", r"[\w-]+", "[^^]", "[$.]", r"\x41", r"a\-b", r"\[|\]", r"\t|\n", "a.b", r"[\s\S]+",
    "é|e\u0301", r"a\#b", "a#b", r"[^\W\d_]+", " ?[a-z]*", "[ -~]+", "[&|~]",
]
OTHERWISE = [
    "[a&&b]", "[a--b]", "[a~~b]", "[[a]b]", "[a-z&&[^b]]", "[[:alpha:]]", "(?i)i", "(?i)[a-z]", "(?x)a b",
    "(?m)^a$", "(?s).", "(?U)a+", "(?-u)a", r"a\Z", r"\Aa", r"a\z", r"\h", r"\R", r"\X", r"\b", r"\x{41}",
    r"\u0041", "a{2}{3}", "a++", "a?+", "a**", "a{ 1, 2 }", "a{,2}", "a{e<=1}", "(?>a)", "(?#c)a", "(?=a)a",
    r"(a)\1", "(?R)?a", "[,--]", "[]a]", r"\p{Greek}", r"\N{DIGIT ONE}", "x{", "[a||b]", r"\0", "(?|a|b)",
]
# fmt: on


def takes(constraint: Constraint, text: str) -> bool:
    matcher = constraint.start.matcher.deep_copy()
    return matcher.try_consume_tokens(list(text.encode())) == len(text.encode()) and matcher.is_accepting()


@pytest.mark.parametrize("pattern", spread(SAME, 4))
def test_what_is_compared_is_read_alike(pattern: str) -> None:
    assert unlike(pattern) is None
    ours = [takes(RegexConstraint(pattern, BYTES), text) for text in TEXTS]
    assert ours == ask("match", pattern=pattern, texts=TEXTS, steps=[]).lines[0]["texts"]


@pytest.mark.parametrize("pattern", OTHERWISE)
def test_what_may_be_read_differently_is_seen(pattern: str) -> None:
    assert unlike(pattern) is not None


@pytest.mark.parametrize("pattern", [r"^\p{L}+$", "^a", "b$", r"\d", "a|b", r"^[^\s]{1,3}$", "(a|b)c?"])
def test_patterns_of_schemas_are_read_alike(pattern: str) -> None:
    """As strings of JSON; a pattern may match anywhere in them."""
    schema = {"type": "string", "pattern": pattern}
    constraint = JsonSchemaConstraint(schema, BYTES)
    texts = [written for text in TEXTS if takes(constraint, written := json.dumps(text, ensure_ascii=False))]
    assert texts
    assert fits_schema({"items": schema}, f"[{', '.join(texts)}]") == (True, "")
