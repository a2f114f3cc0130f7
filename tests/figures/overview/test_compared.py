"""A second run beside the page's: what can be compared, in words and in numbers, held against plain passes."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from importlib import import_module

import orjson
import pytest
import torch

from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.figures.overview.attention import lower_triangle, quantize
from explorer.figures.overview.attention_beside import ROWS, head_beside, laid, variation, wall_beside
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.figures.overview.walk import differences
from explorer.figures.payload import pack
from explorer.panels import panels
from explorer.panels.controls import WITH
from explorer.panels.protocol import Panel, Rendered, View
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.shell.service import Explorer
from explorer.shell.views.other_run import of_each
from explorer.tracing import TraceKey, capture
from explorer.tracing.witness import SQUARE
from tests.panels.both_runs import there

BEGIN, END, LONG = "In the beginning God made", "In the beginning man made", "And in the beginning God made"
DENSE, MIXED, OTHER = "six-kinds-dense", "six-kinds-moe", "smollm2-135m"
AT = 4
REST = " the heaven and the earth, and the earth was without form, and darkness was upon the face of the deep." * 3


@cache
def ran(text: str, model: str = DENSE, new: int = 2) -> Run:
    loaded = zoo.load(model)
    return Run(loaded, capture(loaded, TraceKey(model, text, max_new_tokens=new)))


def compared(text: str, model: str = DENSE, one: str = BEGIN) -> Compared:
    return Compared(ran(one, MIXED if model == MIXED else DENSE), ran(text, model))


def scene(both: Compared, position: int = AT) -> Scene:
    return Scene(both.one.model, both.one.trace, focus=Focus(position, 1, 1), other=both)


def logits(run: Run) -> torch.Tensor:
    """Of the prompt, by transformers alone."""
    with torch.inference_mode():
        return run.model.hf(run.trace.ids[None, : run.trace.n_prompt]).logits[0].double()


def test_positions_belong_together_as_far_as_tokens_stand_side_by_side() -> None:
    both, longer = compared(END), compared(LONG)
    assert [both.one.trace.n_prompt, both.other.trace.n_prompt] == [5, 5]
    assert both.shared >= 5
    assert both.there(3) == 3
    assert both.exchanged >= 1
    assert longer.shared == 0  # two tokens in the place of one
    last = longer.one.trace.n_prompt - 1
    assert longer.there(last) == longer.other.trace.n_prompt - 1
    assert longer.there(2) == 3


def test_what_cannot_be_compared_is_said() -> None:
    same, exchanged, longer = compared(BEGIN), compared(END), compared(LONG)
    assert exchanged.title == "“man” in place of “God”"
    assert same.said("text", AT).text == "Nothing differs."
    assert exchanged.said("row", AT).fits
    assert f"{exchanged.exchanged} with another" in exchanged.said("row", 0).text
    assert longer.said("parts", AT).fits
    assert longer.said("parts", AT).text == "Position 4 of this run corresponds to position 5 of that run."
    for needs in ("row", "text"):
        assert not longer.said(needs, AT).fits
        assert "The two texts " in longer.said(needs, AT).text
    foreign = compared(BEGIN, OTHER)
    assert not any(foreign.said(needs, AT).fits for needs in ("words", "parts", "row", "text"))
    assert "different vocabularies" in foreign.said("words", AT).text
    assert all(foreign.said(needs, AT).fits for needs in ("any", "place"))
    assert exchanged.said("model", AT).fits
    assert "Open that run itself" in foreign.said("model", AT).text
    mixed = Compared(ran(BEGIN), ran(BEGIN, MIXED))
    assert mixed.title == zoo.load(MIXED).card.title
    assert mixed.one_vocabulary
    assert mixed.said("words", AT).fits
    assert not mixed.said("text", AT).fits


def test_the_differences_of_the_parts_are_that_of_two_plain_passes() -> None:
    for both in (compared(END), compared(LONG)):
        there, target = both.there(AT), 300
        assert there is not None
        one = both.one.trace.attribution(AT, target, "raw")
        other = both.other.trace.attribution(there, target, "raw")
        expected = float(logits(both.one)[AT, target] - logits(both.other)[there, target])
        assert float(differences(one, other).sum()) == pytest.approx(expected, abs=2e-4)


@pytest.mark.breaks("walk.river", r"^The differences of \d+ parts add up to the difference of both runs' leads")
def test_a_part_that_is_left_out_of_the_differences() -> None:
    both = compared(END)
    told = "The differences of"
    [check] = [c for c in panels()["walk"].render("river", scene(both)).checks if c.statement.startswith(told)]
    assert check.holds
    mlp = both.other.trace.resid_mid.clone()
    mlp[1, AT] += 1.0
    z = both.other.trace.z.clone()
    z[1] = 0
    broken = replace(both.other.trace, z=z, resid_mid=mlp, _kept=type(both.other.trace._kept)())
    made = panels()["walk"].render("river", scene(Compared(both.one, Run(both.other.model, broken))))
    [check] = [c for c in made.checks if c.statement.startswith(told)]
    assert not check.holds


def test_sampling_holds_the_logits_of_the_position_that_belongs_to_this_one() -> None:
    both = compared(LONG)
    found = there("sampling", "stages", scene(both))
    assert found.position == AT + 1
    torch.testing.assert_close(found.logits.double(), logits(both.other)[AT + 1], atol=1e-4, rtol=1e-4)


def test_the_wall_differs_as_the_softmax_of_both_runs_scores_does() -> None:
    both = compared(END)
    base = panels()["attention"].render("wall", scene(both)).data.base
    n = base.n
    # softmax of the scores, which the view does not read
    hidden = torch.ones(n, n, dtype=torch.bool).triu(1)
    passes = []
    for run in (both.one, both.other):
        scores = torch.stack([run.trace.scores(layer) for layer in range(run.model.dims.n_layers)])
        passes.append(scores[..., :n, :n].double().masked_fill(hidden, -math.inf).softmax(-1))
    expected = (passes[0] - passes[1]).clamp_min(0).sum(-1).mean(-1)  # layer head
    torch.testing.assert_close(base.apart.double(), expected, atol=1e-5, rtol=1e-3)
    assert float(base.apart.max()) > 0.02
    made = head_beside(both.one.trace, both.other.trace, n, (1, 1, 3), slice(0, n))
    assert made.apart == pytest.approx(float((passes[0] - passes[1])[1, 1, 3].abs().sum() / 2), abs=1e-5)


@pytest.mark.parametrize("both_long", [True, False], ids=["both are long", "the other is long"])
def test_the_wall_of_a_long_run_differs_as_that_of_a_short_one(
    both_long: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same texts as runs that keep all, and as runs of which maps are made again."""
    model = zoo.load(DENSE)
    keys = [TraceKey(DENSE, text, max_new_tokens=0) for text in (BEGIN + REST, END + REST[:-12])]
    one, other = (capture(model, key) for key in keys)
    monkeypatch.setattr(import_module("explorer.tracing.capturing.capture"), "LONG", 50)
    long, long_other = (capture(model, key) for key in keys)
    assert long.witness is not None
    n, cells = Compared(Run(model, one), Run(model, other)).shared, 4
    assert n > 2 * SQUARE
    made = wall_beside(long if both_long else one, long_other, n, cells)
    assert made is not None
    if not both_long:  # to the digit, since nothing of this run's map is missing
        expected = wall_beside(one, other, n, cells)
        assert expected is not None
        assert (made.n, made.queries) == (n, n)
        torch.testing.assert_close(made.apart, expected.apart, atol=1e-4, rtol=0)
        assert (made.maps.int() - expected.maps.int()).abs().max() <= 1
        return
    queries = [-1 + n * row // ROWS for row in range(1, ROWS + 1)]
    assert made.queries == ROWS
    rows = [run.pattern[..., queries, :n].double() for run in (one, other)]
    torch.testing.assert_close(
        made.apart.double(), (rows[0] - rows[1]).clamp_min(0).sum(-1).mean(-1), atol=1e-4, rtol=0
    )
    assert float(made.apart.max()) > 0.02
    whole = n // SQUARE * SQUARE  # of a square at the edge of what is compared, only part is
    small = torch.nn.functional.max_pool2d(laid(one.pattern, other.pattern, whole), 2 * SQUARE, ceil_mode=True)
    assert (made.maps.int() - lower_triangle(quantize(small)).int()).abs().max() <= 1


def test_what_each_block_reads_differs_as_the_softmax_of_both_runs_scores_does() -> None:
    both = compared(END)
    base = panels()["attention"].render("reads", scene(both)).data.base
    best = []
    for run in (both.one, both.other):
        scores = torch.stack([run.trace.scores(layer)[:, AT, : AT + 1] for layer in range(run.model.dims.n_layers)])
        best.append(scores.double().softmax(-1).amax(1))  # layer key
    torch.testing.assert_close(base.most.double(), (best[0] - best[1]).abs().amax(-1), atol=1e-5, rtol=0)
    assert float(base.most.max()) > 0.02
    assert (base.rows.double().amax(1) / 255 - best[1]).abs().max() < 1 / 500


def test_by_hand() -> None:
    now, was = (
        torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.2, 0.3, 0.5]]),
        torch.tensor([[1.0, 0.0], [0.25, 0.75]]),
    )
    assert laid(now, was, 2).tolist()[:2] == [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0]]
    assert laid(now, was, 2).tolist()[2] == now.tolist()[2]
    assert variation(now[1, :2], was[1]).item() == 0.25


def comparing() -> list[tuple[Panel, View]]:
    """The light views that show a run and another; two runs of any kind are the subject of one panel, and formats on
    the stack of another, whose own tests compare."""
    all_views = [(panel, view) for panel in panels().values() for view in panel.views]
    light = [(panel, view) for panel, view in all_views if view.compares not in ("", "all") and not view.heavy]
    return [(panel, view) for panel, view in light if panel.name != "quantization_effect"]


#: Views that a second text of as many tokens leaves as they are, and what changes them: another length, a template.
SECOND = {"kept": (LONG, DENSE), "conversation": (BEGIN, OTHER)}
#: Views that say of the run itself that nothing differs.
SAID = {*SECOND, "chat"}


def whole(view: View, both: Compared) -> Scene:
    """As the page draws it: what reads no run gets the other's model alone."""
    made = scene(both)
    return replace(made, other=None, other_model=both.other.model) if view.compares in ("weights", "loaded") else made


def shown(panel: Panel, view: View, scene: Scene) -> tuple[Rendered, bytes]:
    """What the view shows of a scene's run, and in bytes what of both."""
    if view.together or scene.there is None:
        made = panel.render(view.name, scene)
        return made, orjson.dumps([pack(made.data), made.about, len(made.checks)])
    *_, (made, _, other) = of_each(panel, view, scene)
    assert other is not None
    return made, orjson.dumps([pack(made.data), pack(other.made.data), made.about, len(made.checks)])


@pytest.mark.parametrize(("panel", "view"), comparing(), ids=lambda each: each.name)
def test_a_view_that_compares_shows_another_picture_and_its_checks_hold(panel: Panel, view: View) -> None:
    model = MIXED if "experts" in panel.required(view) else DENSE
    both = Compared(ran(BEGIN, model), ran(*SECOND.get(view.name, (END, model))))
    _, alone = shown(panel, view, replace(scene(both), other=None))
    made, of_both = shown(panel, view, whole(view, both))
    assert of_both != alone
    assert all(check.holds for check in made.checks), made.checks
    try:
        itself, _ = shown(panel, view, whole(view, Compared(both.one, both.one)))
    except NotApplicableError:  # said in the frame: nothing of it differs
        assert view.name in SAID
    else:
        assert all(check.holds and not math.isnan(check.error) for check in itself.checks)


@pytest.mark.thorough
def test_each_token_stands_beside_its_counterpart_in_any_text() -> None:
    both = compared(LONG)
    data = panels()["tokens"].render("table", scene(both)).data
    other, next_there = both.other.trace, logits(both.other).argmax(-1)
    assert data.base is None  # another prompt: what was written behind it is no continuation of this one
    assert data.beside.position[1:5] == [2, 3, 4, 5]
    for at in range(1, 5):
        there = data.beside.position[at]
        assert data.beside.ids[at] == int(other.ids[there]) == int(both.one.trace.ids[at])
        assert data.beside.next_id[at] == int(next_there[there])
        assert float(data.beside.next_p[at]) == pytest.approx(float(logits(both.other).softmax(-1)[there].max()))
        p, q = logits(both.one)[at].softmax(-1), logits(both.other)[there].softmax(-1)
        assert float(data.beside.apart[at]) == pytest.approx(float((p - q).clamp_min(0).sum()), abs=1e-5)
    alone = sum(left is None for left, _ in both.pairs)
    assert both.said("tokens", 99).text.endswith(f"{alone} added.")
    assert not compared("In the beginning", OTHER).said("tokens", 0).fits


def test_the_service_says_what_stands_beside_each_view() -> None:
    service, query = Explorer(), TraceKey(DENSE, BEGIN, max_new_tokens=2).query()
    second = TraceKey(DENSE, LONG, max_new_tokens=2).query()
    assert service.views(query, "attention", [], {}, {})["kind"] == "views"
    controls, names = {WITH: "?" + second}, ["wall", "head", "reads"]
    views = service.views(query, "attention", names, {"position": AT}, controls)["views"]
    assert not views["wall"]["compared"]["fits"]  # no token stands beside another
    assert views["wall"]["data"]["base"] is None
    assert not views["reads"]["compared"]["fits"]
    alone = service.views(query, "flash_tiles", ["questions"], {}, controls)["views"]["questions"]
    assert "compared" not in alone  # it shows one run only
    walk = service.views(query, "walk", ["river"], {"position": AT}, controls)["views"]["river"]
    assert walk["compared"]["fits"]
    assert walk["data"]["base"] is not None
    light = service.light(query, "walk", ["river"], {"position": AT}, controls)
    assert light["kind"] == "views"
    assert light["views"]["river"] == walk
    for wrong in ("model=nowhere&text=a", "text=", "do=nonsense", "text=a&do=ablate:99.0", "\ud800"):
        river = service.views(query, "walk", ["river"], {"position": AT}, {WITH: wrong})["views"]["river"]
        assert not river["compared"]["fits"], wrong
        assert river["compared"]["text"]
        assert river["data"]["base"] is None


def test_a_chosen_run_takes_the_place_of_the_unmodified_one() -> None:
    service, query = Explorer(), TraceKey(DENSE, BEGIN).query() + "&do=mlp%3A1"
    plain = service.views(query, "walk", ["river"], {"position": AT}, {})["views"]["river"]
    assert "compared" not in plain
    chosen = service.views(query, "walk", ["river"], {"position": AT}, {WITH: TraceKey(DENSE, END).query()})
    beside = ran(END, new=0)
    made = chosen["views"]["river"]["data"]["base"]["logit"]
    target = chosen["target"]
    assert made == pytest.approx(float(logits(beside)[AT, target]), abs=1e-4)
    assert made != pytest.approx(plain["data"]["base"]["logit"], abs=1e-3)
