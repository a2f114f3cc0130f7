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
from explorer.stack.inference.constrained import (
    Constraint,
    JsonSchemaConstraint,
    RegexConstraint,
    TokenTable,
    constrained_decode,
)
from explorer.stack.inference.sampling import Sampler

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
    [r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"(yes|no|maybe)", r"[A-Z][a-z]{1,9}( [A-Z][a-z]{1,9}){0,2}\.", r"é{2}|日本",
     r"a/b|\\|^x$", r"(?i)ok[.!]?"],
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
     ({"type": "integer", "minimum": 5, "maximum": 2}, "Unsatisfiable"), ("[" * 3000, "cannot be read")],
)  # fmt: skip
def test_bad_schemas(schema: Any, says: str) -> None:
    with pytest.raises(BadRequestError, match=says):
        JsonSchemaConstraint(schema, BYTES)
