"""What is drawn under a constraint is of the form asked for, and is the model's own distribution otherwise."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import BadRequestError
from explorer.stack.inference.decoding import apart
from explorer.stack.inference.decoding.constrained import (
    Constraint,
    JsonSchemaConstraint,
    RegexConstraint,
    TokenTable,
    constrained_decode,
)
from explorer.stack.inference.decoding.sampling import Sampler
from tests.tiers import spread

if TYPE_CHECKING:
    from explorer.zoo.model import Model

BYTES = TokenTable([b"<end>", *[bytes([n]) for n in range(256)]], stop_id=0)
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 8},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
        "tags": {"type": "array", "items": {"enum": ["red", "blue"]}, "maxItems": 2},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def table(model: Model) -> TokenTable:
    vocabulary, n = model.vocabulary, model.dims.d_vocab
    special = [i for i in range(n) if vocabulary.is_special(i)]
    return TokenTable([vocabulary.bytes(i) for i in range(n)], 2, special)


def random_walk(constraint: Constraint, seed: int, most: int) -> bytes | None:
    """A text drawn evenly from what is allowed at each step; None if it is not whole after `most` tokens."""
    made, state = torch.Generator().manual_seed(seed), constraint.start
    for _ in range(most):
        state = constraint.advance(state, int(constraint.allowed(state).float().multinomial(1, generator=made)))
        if state.ended:
            return state.text
    return None


@pytest.mark.parametrize(
    "pattern",
    spread([r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"(yes|no|maybe)", r"[A-Z][a-z]{1,9}( [A-Z][a-z]{1,9}){0,2}\.", r"é{2}|日本",
     r"a/b|\\|^x$", r"(?i)ok[.!]?"], 2),
)  # fmt: skip
def test_every_walk_matches(pattern: str, table: TokenTable) -> None:
    """On the real vocabulary, 30 texts without the model: likely or not, all that is allowed must match."""
    constraint, texts = RegexConstraint(pattern, table), set()
    for seed in range(30):
        text = random_walk(constraint, seed, 60)
        assert text is not None
        assert re.fullmatch(pattern, text.decode()), text
        texts.add(text)
    assert len(texts) > 1


def test_every_walk_is_json_of_the_schema(table: TokenTable) -> None:
    constraint, whole = JsonSchemaConstraint(PERSON, table), 0
    for seed in range(20):
        text = random_walk(constraint, seed, 200)
        if text is not None:
            whole += 1
            jsonschema.validate(json.loads(text), PERSON)
    assert whole > 15


@pytest.mark.parametrize("seed", range(3))
def test_the_model_under_a_pattern(seed: int, model: Model, table: TokenTable) -> None:
    ids = model.vocabulary.encode("The first moon landing was on")
    constraint = RegexConstraint(r" [0-9]{1,2} (June|July|August) 19[0-9]{2}", table)
    # Two of its blocks are quicker, and less likely to write a date by themselves.
    made = constrained_decode(model.decoder.shallow(2), ids, constraint, 20, Sampler(temperature=1.3), seed)
    assert made.whole
    assert re.fullmatch(constraint.pattern, made.text)
    for step in made.steps:
        assert bool(step.allowed[step.token])
        own = step.stages.logits.double().softmax(-1)
        assert step.forbidden_mass == pytest.approx(1 - float(own[step.allowed].sum()), abs=1e-9)
        # What is left is the model's own distribution, renormalised.
        left = step.stages["constraint"].probabilities
        torch.testing.assert_close(left * (1 - step.forbidden_mass), own.where(step.allowed, 0.0))


def test_the_model_under_a_schema(model: Model, table: TokenTable) -> None:
    schema = {"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}, "people": {"enum": [2, 7]}},
              "required": ["city", "people"], "additionalProperties": False}  # fmt: skip
    ids = model.vocabulary.encode("The capital of France as JSON:")
    made = constrained_decode(model.decoder, ids, JsonSchemaConstraint(schema, table), 40, Sampler(temperature=0))
    assert made.whole
    assert json.loads(made.text)["city"] == "Paris"
    jsonschema.validate(json.loads(made.text), schema)


def test_cut_short_is_said(model: Model, table: TokenTable) -> None:
    ids = model.vocabulary.encode("Count:")
    made = constrained_decode(model.decoder.shallow(2), ids, RegexConstraint("[01]{64}", table), 3)
    assert not made.whole
    assert len(made.steps) == 3


@given(st.from_regex(r"(ab|b[cd]{1,3}){1,4}", fullmatch=True), st.text("abcd", max_size=9))
@settings(max_examples=60)
def test_it_reads_what_re_reads(matching: str, any_text: str) -> None:
    """Byte by byte a text is taken if and only if `re` matches it."""
    constraint = RegexConstraint(r"(ab|b[cd]{1,3}){1,4}", BYTES)
    for text in (matching, any_text):
        state, taken = constraint.start, True
        for byte in text.encode():
            if not constraint.allowed(state)[byte + 1]:
                taken = False
                break
            state = constraint.advance(state, byte + 1)
        assert (taken and state.whole) == bool(re.fullmatch(constraint.pattern, text))
        assert bool(constraint.allowed(state)[0]) == state.whole


def test_states_are_values() -> None:
    constraint = RegexConstraint("ab|ac", BYTES)
    after_a = constraint.advance(constraint.start, 1 + ord("a"))
    for letter in "bc":  # both from the same state
        assert constraint.advance(after_a, 1 + ord(letter)).whole
    assert constraint.start.text == b""
    assert after_a.text == b"a"
    ended = constraint.advance(constraint.advance(after_a, 1 + ord("b")), 0)
    assert ended.ended
    assert not bool(constraint.allowed(ended).any())
    for state, token in ((after_a, 1 + ord("x")), (after_a, 0), (after_a, 999), (ended, 0)):
        with pytest.raises(BadRequestError):
            constraint.advance(state, token)


def test_a_vocabulary_that_cannot_write_it() -> None:
    poor = TokenTable([b"a", b"b", b"<end>"], stop_id=2)
    with pytest.raises(BadRequestError, match="matches no text"):
        RegexConstraint("x", poor)
    stuck = RegexConstraint("ax", poor)
    assert stuck.is_dead(stuck.advance(stuck.start, 0))


@pytest.mark.parametrize(
    ("pattern", "says"),
    [("(", "unclosed group"), ("a{2", "unclosed counted repetition"), ("(?=a)b", "look-around"), (r"(a)\1", "backref"),
     (r"[^\s\S]", "matches no text"), ("\\", "backslash"), ("x" * 5000, "5,000 characters")],
)  # fmt: skip
def test_bad_patterns(pattern: str, says: str) -> None:
    with pytest.raises(BadRequestError, match=says) as caught:
        RegexConstraint(pattern, BYTES)
    assert "|" not in caught.value.message  # nothing of the library's own listing


@pytest.mark.parametrize(
    ("schema", "says"),
    [("{", "cannot be read"), ("[]", "no object"), ({"type": "strin"}, "Invalid type: strin"),
     ({"not": {"type": "string"}}, "Unimplemented"), ({"$ref": "#/nope"}, "does not exist"),
     ({"type": "integer", "minimum": 5, "maximum": 2}, "Unsatisfiable"), ("[" * 3000, "cannot be read"),
     ({"$ref": "http://127.0.0.1:9/x"}, "http://127.0.0.1:9/x.*outside"),
     ({"items": {"anyOf": [{"$ref": "file:///%65tc/passwd"}]}}, "passwd.*outside"), ({"$ref": "other#/a"}, "outside"),
     ({"$dynamicRef": "http://127.0.0.1:9/#x"}, "outside"), ({"$schema": "http://127.0.0.1:9/x"}, "read by"),
     ({"$ref": "https://json-schema.org/draft/2020-12/schema"}, "outside"),
     ({"items": {"$schema": "http://json-schema.org/draft-07/schema#"}}, "read by"),
     ({"$defs": {"a": {"$id": "http://127.0.0.1:9/", "$ref": "#/x"}}}, "address of its own")],
)  # fmt: skip
def test_bad_schemas(schema: Any, says: str) -> None:
    with pytest.raises(BadRequestError, match=says):
        JsonSchemaConstraint(schema, BYTES)


@pytest.mark.parametrize(
    "schema",
    [{"$schema": "http://json-schema.org/draft-07/schema#", "enum": ["a"]}, {"$id": "http://x.org/y", "enum": ["a"]},
     {"$defs": {"a": {"enum": ["a"]}}, "$ref": "#/$defs/a"}, {"definitions": {"a": {"const": "a"}},
      "anyOf": [{"$ref": "#/definitions/a"}]}],
)  # fmt: skip
def test_a_schema_may_refer_to_itself(schema: Any) -> None:
    assert random_walk(JsonSchemaConstraint(schema, BYTES), 0, 9) == b'"a"'


def test_a_recursive_schema(table: TokenTable) -> None:
    tree = {"$defs": {"n": {"type": "array", "items": {"$ref": "#/$defs/n"}, "maxItems": 2}}, "$ref": "#/$defs/n"}
    text = random_walk(JsonSchemaConstraint(tree, table), 1, 60)
    assert text is None or isinstance(json.loads(text), list)


@pytest.mark.parametrize(
    "schema",
    spread(
        [{"type": "integer", "multipleOf": 123456789}, {"allOf": [{"pattern": f".{{{n}}}a"} for n in range(40)]}], 1
    ),
)
def test_what_takes_forever_is_ended_and_refused(schema: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """llguidance worked on either for over 40 seconds, whatever its own limits said."""
    monkeypatch.setattr(apart, "SECONDS", 1)
    monkeypatch.setattr(apart.ask, "__defaults__", (1,))
    with pytest.raises(BadRequestError, match="takes more than 1 seconds"):
        JsonSchemaConstraint(schema, BYTES)


@pytest.mark.parametrize(
    "pattern",
    [r"(a{1,1000}){1,1000}", r"((a{1,100}){1,100}){1,100}", "a{1000000000}", r"(\w{1,50}\W{1,50}){1,50}", "(a*)*b",
     "^(a(|)){26}[^ -~&&d-~]$", "(?:" * 240 + "a" + ")?" * 240, r"(?:.*a.{9}){10}", r"[^\s]{3000}"],
)  # fmt: skip
def test_hostile_patterns_are_followed_or_refused(pattern: str) -> None:
    said = ""
    try:
        random_walk(RegexConstraint(pattern, BYTES), 0, 30)
    except BadRequestError as error:
        said = error.message
    assert not said or "automaton" in said or "cannot be" in said


def test_a_rule_that_grows_past_its_limits_on_the_way_is_said() -> None:
    """It used to end as if no token led on."""
    constraint, random = RegexConstraint(".*a.{14}b.*c.{14}", BYTES), torch.Generator().manual_seed(0)

    def walk() -> None:
        state = constraint.start
        for byte in torch.randint(ord("a"), ord("d"), (4000,), generator=random).tolist():
            state = constraint.advance(state, byte + 1)
            constraint.allowed(state)

    with pytest.raises(BadRequestError, match=r"the rule cannot be followed: .*too many states"):
        walk()
