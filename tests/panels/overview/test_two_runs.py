"""Two runs: tokens aligned by their bytes, parts that add up in both, and the differences held against plain passes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import explorer
from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.figures.overview import two_runs, two_runs_parts
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Place, Run, aligned
from explorer.panels import panels
from explorer.panels.protocol import Rendered
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.shell.service import Explorer
from explorer.tracing import TraceKey, parse_intervention
from explorer.zoo.model import Model

JOHN = "When Mary and John went to the store, John gave a drink to"
MARY = "When Mary and John went to the store, Mary gave a drink to"
VIEWS = ("words", "parts", "depths")
pieces = st.lists(st.sampled_from([b"a", b"b", b" c", b""]), max_size=12)


@pytest.fixture(scope="module")
def pair(model: Model) -> tuple[Run, Run]:
    return Run(model, explorer.trace(model, JOHN, 2)), Run(model, explorer.trace(model, MARY, 2))


@pytest.fixture(scope="module")
def place(pair: tuple[Run, Run]) -> Place:
    one, other = pair
    at = one.trace.n_prompt - 1
    return Place.of(one, other, at, int(one.trace.logits[at].argmax()))


def scene(one: Run, other: Run | None) -> Scene:
    both = None if other is None else Compared(one, other)
    return Scene(one.model, one.trace, focus=Focus(one.trace.n_prompt - 1), other=both)


def drawn(view: str, one: Run, other: Run | None) -> Rendered:
    return panels()["two_runs"].render(view, scene(one, other))


@given(pieces, pieces)
def test_each_token_has_one_place_in_its_order(one: list[bytes], other: list[bytes]) -> None:
    pairs = aligned(one, other)
    assert [left for left, _ in pairs if left is not None] == list(range(len(one)))
    assert [right for _, right in pairs if right is not None] == list(range(len(other)))


def test_what_differs_is_what_two_plain_passes_give(place: Place, model: Model) -> None:
    ids = [torch.tensor([model.vocabulary.encode(text)]) for text in (JOHN, MARY)]
    with torch.inference_mode():
        p, q = (model.hf(each).logits[0, -1].double().log_softmax(-1) for each in ids)
    assert two_runs.divergence(place) == pytest.approx(float((p.exp() * (p - q)).sum()), abs=1e-4)
    mary, john = place.targets
    assert place.labels() == ["·Mary", "·John"]
    assert place.there == place.at == ids[0].shape[1] - 1
    shown = {slope.token: (slope.left, slope.right) for slope in two_runs.slopes(place)}
    for (token, _), label in ((mary, "·Mary"), (john, "·John")):
        assert shown[label] == pytest.approx((float(p[token].exp()), float(q[token].exp())), abs=1e-5)
    assert two_runs.differences(place) == ("prompt with “John”", "prompt with “Mary”")
    assert [side.name for side in two_runs.sides(place)] == ["first run", "second run"]
    tokens, before, after = two_runs.tokens(place)
    assert [each.left for each in tokens if not each.same and not each.new] == ["·John"]
    assert before == after == 0


def test_the_parts_of_each_run_add_up_to_its_logit(place: Place) -> None:
    found = two_runs_parts.parts(place, "others")
    assert found.whole
    assert len(found.names) == found.values.shape[-1] == 1 + 30 + 270  # it has no biases, and nothing intervenes
    assert torch.allclose(found.values.sum(-1), found.leads, atol=1e-3)
    change = found.values[2]  # the first answer over the second
    assert found.names[int((change[1] - change[0]).abs().argmax())] == "L23.H3"


def test_models_of_other_sizes_and_vocabularies_are_compared(pair: tuple[Run, Run]) -> None:
    small = zoo.load("six-kinds-dense")
    one, other = pair[0], Run(small, explorer.trace(small, JOHN))
    at = one.trace.n_prompt - 1
    place = Place.of(one, other, at, int(one.trace.logits[at].argmax()))
    assert place.there == other.trace.n_prompt - 1
    assert two_runs.divergence(place) is None
    for mine, theirs in place.targets:
        assert one.model.vocabulary.bytes(mine) == small.vocabulary.bytes(theirs)
    found = two_runs_parts.parts(place, "others")
    assert not found.whole
    assert torch.allclose(found.values.sum(-1), found.leads, atol=1e-3)
    assert any(slope.right is None for slope in two_runs.slopes(place))
    assert two_runs.differences(place) == (one.model.card.title, small.card.title)


def test_without_a_second_run_the_panel_offers_one(pair: tuple[Run, Run]) -> None:
    words = drawn("words", pair[0], None).data
    assert words.second is None
    assert {each.name for each in words.models} == set(zoo.shelf())
    assert drawn("parts", pair[0], None).data is None


@pytest.mark.breaks("two_runs.words", r"^Both distributions = each run’s last stream")
@pytest.mark.breaks("two_runs.depths", r"^The last depth of each run = the model’s own distribution")
def test_a_stream_that_is_not_the_runs_own(pair: tuple[Run, Run]) -> None:
    one, other = pair
    for view in ("words", "depths"):
        [check] = drawn(view, one, other).checks
        assert check.holds
        moved = other.trace.resid_post.clone()
        moved[-1] *= -1
        broken = Run(other.model, replace(other.trace, resid_post=moved, _kept=type(other.trace._kept)()))
        assert not drawn(view, one, broken).checks[0].holds


def test_an_intervention_is_a_part_of_both_and_named_as_heads_are(pair: tuple[Run, Run], model: Model) -> None:
    plain, _ = pair
    changed = Run(model, explorer.trace(model, JOHN, 2, interventions=(parse_intervention("ablate:23.0"),)))
    pushed = Run(model, explorer.trace(model, JOHN, 2, interventions=(parse_intervention("add:20:all:5:9"),)))
    at = plain.trace.n_prompt - 1
    both = [Place.of(plain, other, at, plain.trace.answer(at)) for other in (changed, pushed)]
    assert two_runs.differences(both[0]) == ("no interventions", "L23.H0 off")
    ablated, added = (two_runs_parts.parts(place, "others").names for place in both)
    assert "L23.H0" in ablated  # nothing there, and still a part of the other run
    assert (len(ablated), len(added)) == (301, 302)
    assert added[-1] == "interventions"


@pytest.mark.breaks("two_runs.parts", r"^In both runs, \d+ parts add up to the lead")
def test_a_head_that_is_left_out(pair: tuple[Run, Run]) -> None:
    one, other = pair
    [check] = drawn("parts", one, other).checks
    assert check.holds
    z = other.trace.z.clone()
    z[23, :, 3] = 0
    broken = Run(other.model, replace(other.trace, z=z, _kept=type(other.trace._kept)()))
    assert not drawn("parts", one, broken).checks[0].holds


@pytest.mark.thorough
def test_the_second_run_is_the_controls(model: Model) -> None:
    service, first = Explorer(), TraceKey("six-kinds-dense", "In the beginning").query()
    second = TraceKey("six-kinds-dense", "In the end", interventions=(parse_intervention("mlp:1"),)).query()
    controls = {"with": "?" + second}
    assert service.views(first, "two_runs", [], {}, {})["kind"] == "views"  # the first run is at hand now
    assert service.light(first, "two_runs", VIEWS, {}, controls)["kind"] == "gone"  # the second is not
    views = service.views(first, "two_runs", VIEWS, {}, controls)["views"]
    assert views["words"]["data"]["second"]["query"] == second
    checks = [check for view in views.values() for check in view["checks"]]
    assert all(check["error"] is not None and check["error"] <= check["tolerance"] for check in checks)
    light = service.light(first, "two_runs", VIEWS, {}, controls)
    assert light["kind"] == "views"
    assert light["views"] == views
    for wrong in ("model=nowhere&text=a", "text=", "do=nonsense", "text=a&do=ablate:99.0", "\ud800", 7):
        answer = service.views(first, "two_runs", VIEWS, {}, {"with": wrong})["views"]
        assert "absent" in answer["words"] or answer["words"]["data"]["second"] is None, wrong


def test_a_public_server_keeps_to_its_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.shell.views.subjects import second

    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    with pytest.raises(NotApplicableError, match="“/etc” is not one of them"):
        second("model=/etc&text=a")
