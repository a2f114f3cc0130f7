"""Effect on this prompt: what is drawn, what does not apply, and each check seen to fail."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.panels import panels
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.stack.systems.quantization.format import Format, Packed
from explorer.tracing import TraceKey, capture, parse_intervention
from explorer.tracing.capturing.changed_weights import forget, under
from explorer.zoo.model import Model

PANEL = panels()["quantization_effect"]
TEXT = "Once upon a time there was"


def scene_of(model: Model, *texts: str, **controls: str) -> Scene:
    key = TraceKey(model.name, TEXT, interventions=tuple(parse_intervention(each) for each in texts))
    base = capture(model, key.without_interventions()) if texts else None
    return Scene(under(model, key), capture(model, key), base, Focus(position=2), controls)


@pytest.mark.thorough
def test_formats_with_nothing_on_the_stack(moe: Model) -> None:
    made = PANEL.render("formats", scene_of(moe))
    assert made.data.where == "all"
    assert made.data.kl.shape == (len(made.data.formats), made.data.read)
    assert len(made.checks) == 1
    assert all(check.holds for check in made.checks)


@pytest.mark.parametrize("where", ["1.attn", "9", "1-", "<b>", "W_gate", "unembed.W_Q", "-1", "all.W_gate"])
def test_a_link_may_say_anything(moe: Model, where: str) -> None:
    assert PANEL.render("formats", scene_of(moe, where=where)).data.where == "all"


def test_one_block(moe: Model) -> None:
    made = PANEL.render("formats", scene_of(moe, where="1"))
    assert (made.data.where, made.data.matrices) == ("1", "block 1")


def test_the_run_beside_it_is_read_through_the_same_formats(moe: Model) -> None:
    scene, other = scene_of(moe, where="1"), capture(moe, TraceKey(moe.name, "one two three four"))
    both = Compared(Run(moe, scene.trace), Run(moe, other))
    made = PANEL.render("formats", replace(scene, other=both)).data.base
    alone = PANEL.render("formats", replace(scene, run=other)).data
    assert [(each.name, each.mean_kl, each.flips) for each in made.formats] == [
        (each.name, each.mean_kl, each.flips) for each in alone.formats
    ]
    assert made.read == alone.read == len(other.ids)


@pytest.mark.parametrize("text", [TEXT, "And once upon a time there was"])
def test_two_runs_on_the_stack_each_against_its_own_unchanged_weights(moe: Model, text: str) -> None:
    scene = scene_of(moe, "quant:all:int8")
    plain = TraceKey(moe.name, text)
    key = replace(plain, interventions=(parse_intervention("quant:1:int8"),))
    other = capture(moe, key)
    one = Run(scene.model, scene.trace)
    both = replace(scene, other=Compared(one, Run(under(moe, key), other)))
    there = both.beside[1] if both.beside else -1
    words, stream = (PANEL.render(name, both) for name in ("words", "stream"))
    assert all(check.holds for check in (*words.checks, *stream.checks))
    theirs, before = (run.logits[there].double().softmax(-1) for run in (other, capture(moe, plain)))
    for word in (*words.data.before, *words.data.now):
        assert word.other == pytest.approx(float(theirs[word.id]), rel=1e-4)
    assert words.data.base.likeliest == int(theirs.argmax())
    kl = float((before * (before / theirs).log()).sum())
    assert words.data.base.kl == (pytest.approx(kl, rel=1e-3) if text == TEXT else None)
    alone = PANEL.render("stream", replace(scene, loaded=under(moe, key), run=other, base=capture(moe, plain))).data
    torch.testing.assert_close(stream.data.base.middle, alone.middle, atol=1e-5, rtol=1e-3)
    assert float(stream.data.base.middle[-1]) != pytest.approx(float(stream.data.middle[-1]), rel=0.1)
    unchanged = replace(both, other=Compared(one, Run(moe, capture(moe, plain))))
    with pytest.raises(NotApplicableError, match="No weight of that run"):
        PANEL.render("stream", unchanged)


def test_what_stands_alone_keeps_its_unchanged_weights(moe: Model) -> None:
    """A run was chosen that cannot be shown."""
    scene = scene_of(moe, "quant:all:int8")
    alone = replace(scene, alone=True)
    assert alone.comparable is None
    for name in ("formats", "words", "stream"):
        made = PANEL.render(name, alone)
        assert made.data.base is None
        assert all(check.holds for check in made.checks), made.checks


def test_the_run_on_the_stack(moe: Model) -> None:
    scene = scene_of(moe, "quant:all:int8")
    formats, words, stream = (PANEL.render(view.name, scene) for view in PANEL.views)
    for made in (formats, words, stream):
        assert all(check.holds for check in made.checks), made.checks
    assert len(formats.checks) == 2
    now, before = scene.trace.logits[2].softmax(-1), capture(moe, TraceKey(moe.name, TEXT)).logits[2].softmax(-1)
    assert words.data.now[0].id == int(now.argmax())
    assert words.data.before[0].before == pytest.approx(float(before.max()), rel=1e-4)
    assert words.data.before[0].now == pytest.approx(float(now[before.argmax()]), rel=1e-4)
    assert words.data.before[0].rank_now == int((now > now[before.argmax()]).sum()) + 1
    assert stream.data.distance.shape == (moe.dims.n_layers + 1, len(scene.trace.ids))
    assert stream.data.touched.tolist() == [1] * moe.dims.n_layers


def test_the_stream_moves_from_the_changed_block_on(moe: Model) -> None:
    data = PANEL.render("stream", scene_of(moe, "quant:1:int8")).data
    assert data.distance[:2].abs().max() == 0
    assert data.distance[2:].min() > 0
    assert data.touched.tolist() == [0, 1, 0]


@pytest.mark.parametrize("view", ["words", "stream"])
def test_nothing_on_the_stack(moe: Model, view: str) -> None:
    with pytest.raises(NotApplicableError, match="No weight of this run is quantized"):
        PANEL.render(view, scene_of(moe))


def test_other_interventions_are_told(moe: Model) -> None:
    made = PANEL.render("stream", scene_of(moe, "quant:1:int8", "mlp:0"))
    assert "Other interventions" in made.note
    assert not made.checks


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.fixture
def wrong_products(monkeypatch: pytest.MonkeyPatch) -> None:
    """Products with packed weights that leave the last input out."""
    right = Format.multiply

    def wrong(self: Format, packed: Packed, x: Tensor) -> Tensor:
        return right(self, packed, torch.cat([x[..., :-1], torch.zeros_like(x[..., -1:])], -1))

    monkeypatch.setattr(Format, "multiply", wrong)


@pytest.mark.breaks("quantization_effect.formats", r"^Logits of the explorer’s decoder on unchanged weights")
def test_a_decoder_without_its_last_norm(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(moe.decoder), "read", lambda _, x: x)
    assert not PANEL.render("formats", scene_of(moe, where="0")).checks[0].holds


@pytest.mark.breaks("quantization_effect.formats", r": KL through packed weights = KL of the run on the stack$")
@pytest.mark.usefixtures("wrong_products")
def test_a_row_of_wrong_products(moe: Model) -> None:
    assert not PANEL.render("formats", scene_of(moe, "quant:2:int8", where="2")).checks[1].holds


@pytest.mark.breaks("quantization_effect.words", r"^The last stream through the (packed )?unembedding = these logits$")
def test_an_unembedding_that_is_another(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = scene_of(moe, "quant:unembed:int4")
    monkeypatch.setattr(Packed, "multiply", lambda self, x: self.format.multiply(self, x.flip(-1)))
    assert not PANEL.render("words", scene).checks[0].holds


@pytest.mark.breaks("quantization_effect.stream", r"^Products with the packed weights")
@pytest.mark.usefixtures("wrong_products")
def test_products_that_leave_an_input_out(moe: Model) -> None:
    assert not PANEL.render("stream", scene_of(moe, "quant:all:int8")).checks[0].holds


@pytest.fixture(autouse=True)
def fresh() -> None:
    forget()
