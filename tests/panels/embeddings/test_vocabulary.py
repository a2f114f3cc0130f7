"""Vocabulary and embeddings on a small model, and each check on a mechanism that is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.experiments.embeddings import vocabulary as experiment
from explorer.experiments.embeddings.analogies import ANALOGIES
from explorer.figures.embeddings.vocabulary import CLASSES, class_of, matches, shares
from explorer.figures.embeddings.vocabulary_vectors import by_chance, counterpart
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.figures.payload import pack
from explorer.panels import panels
from explorer.panels.embeddings import vocabulary_views as views
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.stack.embeddings import similarity
from explorer.stack.transformer.decoder import Decoder
from explorer.tracing import Trace, TraceKey, capture
from explorer.zoo.model import Model

Show = Callable[..., Rendered]


@pytest.fixture(scope="session")
def small() -> Model:
    return zoo.load("six-kinds-dense")


@pytest.fixture(scope="session")
def story(small: Model) -> Trace:
    return capture(small, TraceKey(small.name, "the king and the queen went to France"))


@pytest.fixture
def show(small: Model, story: Trace) -> Show:
    """`show("view", control=value)`: the whole, and that it can be sent; only it is checked."""

    def render(name: str, position: int = 3, **controls: Any) -> Rendered:
        made = panels()["vocabulary"].rendering(name)(Scene(small, story, focus=Focus(position), controls=controls))
        parts = [made] if isinstance(made, Rendered) else list(made)
        for part in parts:
            pack(part.data)
        assert not any(part.checks for part in parts[:-1])
        return parts[-1]

    return render


def check(shown: Rendered, statement: str) -> Check:
    (found,) = [each for each in shown.checks if statement in each.statement]
    return found


@pytest.mark.parametrize("name", [view.name for view in panels()["vocabulary"].views])
def test_every_check_holds(show: Show, name: str) -> None:
    shown = show(name)
    assert shown.checks
    assert all(each.holds for each in shown.checks), shown.checks


def test_search_follows_the_position_until_a_token_is_chosen(show: Show, story: Trace) -> None:
    data = show("search").data
    assert (data.chosen, data.own) == (story.tokens[3].id, False)
    data = show("search", token=300).data
    assert (data.chosen, data.own) == (300, True)
    assert show("search", by="id", find="300").data.found[0].id == 300
    assert show("search", by="id", find="x").data.wrong == "An id is a whole number."
    assert show("search", by="bytes", find="zz").data.wrong
    for odd in ("", "😀", "مرحبا", "<b>${x}</b>", "\ud800", "\x00", "x" * 5000):
        assert show("search", find=odd).data.wrong == ""


@given(st.text(max_size=6), st.lists(st.text(max_size=5), max_size=12))
def test_what_is_found_holds_what_was_asked_for(query: str, words: list[str]) -> None:
    tokens = [each.encode() for each in words]
    found, wrong = matches(query, "text", tokens)
    assert wrong == ""
    folded = [i for i, each in enumerate(tokens) if query.encode().lower() in each.lower()]
    assert sorted(found) == (folded if query else [])


@given(st.binary(max_size=8), st.booleans())
def test_every_token_has_a_kind(raw: bytes, special: bool) -> None:
    assert class_of(raw, special) in CLASSES


@given(st.lists(st.sampled_from(["a", "b", None]), max_size=30))
def test_shares_count_all(names: list[str | None]) -> None:
    assert sum(each.count for each in shares(names)) == sum(each is not None for each in names)
    assert all(names[i] == each.name for each in shares(names) for i in each.examples)


@pytest.mark.breaks("vocabulary.search", "^The text of .* tokens equals what transformers writes")
@pytest.mark.breaks("vocabulary.statistics", "^The text of .* tokens equals what transformers writes")
def test_bytes_that_are_wrong_are_seen(show: Show, small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    right = small.vocabulary.bytes
    monkeypatch.setattr(small.vocabulary, "bytes", lambda i: right(i) + b"x")
    assert not show("search").checks[0].holds
    assert not show("statistics").checks[0].holds


@pytest.mark.breaks("vocabulary.neighbours", "^The .* nearest equal numpy’s in float64")
def test_neighbours_by_product_alone_are_seen(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(table: Any, vector: Any, norms: Any = None) -> Any:
        return table @ vector / vector.norm().square()

    monkeypatch.setattr(similarity, "cosines", wrong)
    assert not check(show("neighbours"), "nearest equal numpy’s").holds


@pytest.mark.breaks("vocabulary.neighbours", "^W_E = W_U in every entry")
def test_tables_that_are_not_one_are_seen(show: Show, small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    one = experiment.tables(small)
    assert (one.one, one.apart, one.says_tied) == (True, 0.0, True)
    two = replace(one, W_U=one.W_U + 1e-3)
    monkeypatch.setattr(experiment, "tables", lambda model: two)
    shown = show("neighbours")
    assert not check(shown, "W_E = W_U").holds
    assert [side.table for side in shown.data.sides] == ["W_E", "W_U"]
    assert shown.data.apart == pytest.approx(1e-3, rel=0.01)


@pytest.fixture
def beside(model: Model, small: Model, story: Trace) -> Scene:
    """The default model's run next to it: another vocabulary, in which " king" is a token as well."""
    other = Compared(Run(small, story), Run(model, capture(model, TraceKey(model.name, "the king"))))
    return Scene(small, story, focus=Focus(1), other=other)


def test_the_same_bytes_in_the_other_model(beside: Scene, model: Model, small: Model, story: Trace) -> None:
    made = views.neighbours(beside)
    pack(made.data)
    assert all(each.holds for each in made.checks)
    base, [own] = made.data.base, made.data.sides
    assert base is not None
    king = made.data.id
    assert small.vocabulary.bytes(king) == model.vocabulary.bytes(base.id) == b" king"
    [side] = base.sides
    alone = views.neighbours(Scene(model, controls={"token": base.id})).data
    assert side.ids == alone.sides[0].ids
    bytes_of, near_here = small.vocabulary.bytes, {small.vocabulary.bytes(i) for i in own.ids}
    theirs = [model.vocabulary.bytes(i) for i in side.ids]
    assert [None if i is None else bytes_of(i) for i in side.here] == [
        raw if raw in {bytes_of(i) for i in range(small.dims.d_vocab)} else None for raw in theirs
    ]
    assert {bytes_of(i) for i in side.shared} == near_here & set(theirs)
    rows = experiment.tables(small).W_E
    for i, cosine in zip(side.here, side.cosines_here, strict=True):
        if i is None or cosine is None:
            assert i is cosine is None
        else:
            assert cosine == pytest.approx(float(F.cosine_similarity(rows[i], rows[king], dim=0)), abs=1e-5)
    alone = views.neighbours(replace(beside, other=None)).data
    assert (alone.base, alone.alike) == (None, False)


def test_where_there_is_no_such_token_it_is_said(beside: Scene, small: Model) -> None:
    word = next(i for i in range(small.dims.d_vocab) if counterpart(small, i, beside.against_model) is None)
    with pytest.raises(NotApplicableError, match="has no token"):
        views.neighbours(replace(beside, controls={"token": word}))


def test_with_the_same_vectors_the_token_in_its_place_is_held_against_it(small: Model, story: Trace) -> None:
    named = "the queen and the queen went to France"
    other = capture(small, TraceKey(small.name, named))
    scene = Scene(small, story, focus=Focus(1), other=Compared(Run(small, story), Run(small, other)))
    base = views.neighbours(scene).data.base
    assert base is not None
    assert (base.label, base.same) == ("·queen", False)
    [own], [side] = views.neighbours(scene).data.sides, base.sides
    assert side.here == side.ids
    assert side.shared == [i for i in own.ids if i in side.ids]
    for same in (replace(scene, focus=Focus(0)), replace(scene, controls={"token": 300})):
        data = views.neighbours(same).data
        assert (data.base, data.alike) == (None, True)


@pytest.mark.breaks("vocabulary.map", "^Covariance times axis = variance times axis")
def test_a_map_without_its_mean_is_seen(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    for scope in ("all", "near"):
        assert show("map", scope=scope).checks[0].holds
    right = similarity._covariance_times
    monkeypatch.setattr(similarity, "_covariance_times", lambda table, mean, basis: right(table, mean * 3, basis))
    assert not show("map").checks[0].holds


def test_the_map_holds_the_token_and_its_neighbours(show: Show) -> None:
    data = show("map", token=400).data
    drawn = data.ids.tolist()
    assert {400, *data.near} <= set(drawn)
    assert 0 < sum(data.explained) < 1
    assert len(show("map", token=400, scope="near").data.ids) == views.AROUND + 1


def test_groups_are_of_one_size_and_of_one_kind(small: Model) -> None:
    found = experiment.suspects(small)
    assert len(found.suspected) == len(found.control) == experiment.SUSPECTS
    assert not set(found.suspected) & set(found.control)
    spaced = [sum(experiment.begins_with_space(small, i) for i in group) for group in (found.suspected, found.control)]
    assert spaced[0] == spaced[1]
    assert float(found.scores[found.suspected].min()) >= float(found.scores[found.control].max())
    assert found.by == "unused"


def test_the_default_models_unused_tokens_are_found(model: Model) -> None:
    found = experiment.suspects(model)
    names = [model.vocabulary.bytes(i) for i in found.suspected[:8]]
    assert b" transistorsum" in names
    assert b"ManagementPlaneProtection" in names
    assert {*range(3, 17)} <= set(found.unused)
    assert 2 not in found.unused


@pytest.mark.breaks("vocabulary.under_trained", "^ln p of .* of these tokens equals")
def test_probabilities_of_other_logits_are_seen(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = Decoder.forward
    monkeypatch.setattr(Decoder, "forward", lambda *given, **more: 0.2 * forward(*given, **more))
    assert not show("under_trained").checks[0].holds


@pytest.mark.breaks("vocabulary.analogies", "^The cosines of .* answers equal numpy’s")
def test_analogies_by_product_alone_are_seen(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "cosines", lambda table, vector, norms=None: table @ vector)
    assert not show("analogies").checks[0].holds


def test_analogies_are_counted_with_those_left_out(show: Show) -> None:
    data = show("analogies").data
    assert len(data.asked) + len(data.left_out) == data.total == len(ANALOGIES) == 30
    assert all(each.rank_without_inputs <= each.rank for each in data.asked)


def test_chance_is_fishers() -> None:
    # R: fisher.test(matrix(c(1, 9, 9, 1), 2), alternative = "less") gives 0.000546718
    assert by_chance(1, 9, 10) == pytest.approx(0.000546718, rel=1e-4)
    assert by_chance(5, 5, 5) == 1.0
    assert by_chance(0, 0, 48) == 1.0


def test_numbers_stay_on_the_page(show: Show) -> None:
    shown = show("statistics").data
    assert int(torch.as_tensor(shown.lengths).sum()) <= shown.d_vocab
    assert sum(each.count for each in shown.kinds) == shown.d_vocab
