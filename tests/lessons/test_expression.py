"""The small language: what it calculates, and that it reaches nothing but facts."""

from __future__ import annotations

import pytest

from explorer.lessons.errors import LessonError
from explorer.lessons.expression import parse
from explorer.lessons.facts import facts
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.tracing import TraceKey, TraceStore
from explorer.zoo.model import Model

KEY = TraceKey("smollm2-135m", "The capital of France is")


@pytest.fixture(scope="module")
def scene(model: Model) -> Scene:
    store = TraceStore(1 << 28)
    changed = TraceKey.parse(KEY.query() + "&do=ablate:23.1")
    return Scene(model, store.get(model, changed), store.get(model, KEY), Focus(4, 23, 4))


def test_values_are_those_of_an_independent_forward_pass(scene: Scene, model: Model) -> None:
    import torch

    with torch.inference_mode():
        logits = model.hf(scene.trace.ids[None]).logits[0, -1].double()
    p = float(logits.softmax(-1)[model.vocabulary.encode(" Paris")[0]])
    said = parse('unchanged(probability(" Paris"))', 1).value(scene).value
    assert said == pytest.approx(p, abs=1e-4)
    assert parse('unchanged(top_token()) == " Paris"', 1).holds(scene)
    assert not parse('probability(" Paris") == unchanged(probability(" Paris"))', 1).holds(scene)


@pytest.mark.parametrize(
    ("source", "kind", "value"),
    [
        ("n_tokens()", "count", 5),
        ("n_tokens() + n_layers()", "count", 35),
        ("2 * n_tokens() - 1", "number", 9),
        ("1 < n_tokens() < 6 and n_heads() == 9", "yes", True),
        ("-1 == lens_rank(' Paris', 29)", "yes", False),
        ("token(3)", "token", " France"),
        ("head(23, 1)", "head", (23, 1)),
        ("head(23, 1) == head(23, 1)", "yes", True),
    ],
)
def test_sums_comparisons_and_kinds(scene: Scene, source: str, kind: str, value: object) -> None:
    found = parse(source, 1).value(scene)
    assert (found.kind, found.value) == (kind, value)


@pytest.mark.parametrize(
    "source",
    [
        "", "1 +", "().__class__", "n_tokens().real", "__import__('os')", "open('x')", "[1]", "lambda: 1", "x",
        "1 if 1 else 2", "n_tokens(*[1])", "n_tokens(**{})", "2 ** 99", "not 1", "f'{1}'", "(" * 200, "1" * 300, "b'x'",
        "1j", "a := 1", "\0", "unchanged(1, 2)", "n_tokens\n()", "1 or 1", "'a' in 'b'", "None",
    ],
)  # fmt: skip
def test_anything_else_is_refused_when_it_is_read(source: str) -> None:
    with pytest.raises(LessonError):
        parse(source, 7)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("probability(' Paris', 99)", "this run has 0 to 4"),
        ("attention_share(' Paris', 30)", "this model has 0 to 29"),
        ("probability(' Paris and more')", "3 tokens"),
        ("probability(3)", "no token"),
        ("token('x')", "no position"),
        ("n_tokens() / 0", "zero"),
        ("top_token() < 3", "cannot be compared"),
        ("top_token() + 1", "no number"),
        ("chosen()", "nothing was drawn"),
        ("expert()", "no experts"),
        ("holds('walk', 'nothing')", "no light view"),
        ("holds('heads_and_causes', 'scatter')", "no light view"),
        ("unchanged(unchanged(n_tokens()))", "no intervention"),
    ],
)
def test_what_a_run_does_not_have_is_said(scene: Scene, source: str, said: str) -> None:
    with pytest.raises(LessonError, match=said) as found:
        parse(source, 7).value(scene)
    assert found.value.line == 7


def test_every_fact_says_what_it_is() -> None:
    assert len(facts()) > 60
    for name, each in facts().items():
        assert each.about.endswith("."), name
        assert each.form.startswith(f"{name}("), name
