"""Three shapes on a tiny mixture and the companions: its checks hold, and each fails when its subject is broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.architectures import span_filling
from explorer.experiments.architectures import three_shapes as experiment
from explorer.figures.payload import pack
from explorer.panels.architectures.three_shapes import PANEL
from explorer.panels.protocol import Check
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.tracing import Trace, TraceKey, capture
from explorer.zoo import Model

TEXT = "And the king said unto them"


def run(moe: Model) -> Trace:
    return capture(moe, TraceKey(moe.name, TEXT))


def check(view: str, of: Scene, words: str) -> Check:
    [found] = [one for one in PANEL.render(view, of).checks if words in one.statement]
    return found


def test_what_each_view_reads() -> None:
    assert {view.name: PANEL.reads(view) for view in PANEL.views} == {
        "shapes": "run",
        "reach": "run",
        "cross": "nothing",
        "spans": "nothing",
        "families": "nothing",
    }


def test_every_check_holds(moe: Model) -> None:
    for view in PANEL.views:
        scene = Scene(moe, run(moe)) if PANEL.reads(view) == "run" else Scene()
        made = PANEL.render(view.name, scene)
        assert made.checks
        assert all(each.holds for each in made.checks), made.checks
        pack(made.data)


# ---- each check fails when its subject is broken ---------------------------------------------------------------------


@pytest.mark.breaks("three_shapes.shapes", r"^Largest weight on a later token")
def test_a_decoder_that_looks_ahead(moe: Model) -> None:
    trace = run(moe)
    ahead = replace(trace, pattern=trace.pattern.transpose(2, 3).contiguous())
    assert not check("shapes", Scene(moe, ahead), "later token").holds


@pytest.mark.breaks("three_shapes.shapes", r"kinds of map adds up to 1$")
def test_attention_that_is_lost(moe: Model) -> None:
    trace = run(moe)
    assert not check("shapes", Scene(moe, replace(trace, pattern=0.9 * trace.pattern)), "adds up to 1").holds


@pytest.mark.breaks("three_shapes.reach", r"^Before the word")
def test_a_decoder_that_knows(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = experiment.by_decoder

    def backwards(model: Model, text: str) -> experiment.ReadText:
        made = plain(model, text)
        return replace(made, hidden=made.hidden.cumsum(1).flip(1))

    monkeypatch.setattr(experiment, "by_decoder", backwards)
    assert not check("reach", Scene(moe, run(moe)), "Before the word").holds


@pytest.mark.breaks("three_shapes.reach", r"^In both encoders the last state of every other token")
def test_an_encoder_that_does_not_look(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = experiment.by_encoder

    def blind(reader: Any, text: str) -> experiment.ReadText:
        made = plain(reader, text)
        return replace(made, hidden=torch.ones_like(made.hidden))

    monkeypatch.setattr(experiment, "by_encoder", blind)
    assert not check("reach", Scene(moe, run(moe), focus=Focus()), "In both encoders").holds


@pytest.mark.breaks("three_shapes.cross", r"^Written token by token, or read at once")
def test_steps_that_forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head of the cross-attention is lost between writing and reading again."""
    from explorer.zoo.companions import companion

    writer: Any = companion("iso-dates")
    weight = next(p for name, p in writer.model.named_parameters() if "decoder" in name and p.dim() == 2)
    plain, kept = experiment.written_error, weight.data.clone()

    def changed(*given: Any) -> float:
        weight.data.mul_(0.5)
        try:
            return plain(*given)
        finally:
            weight.data.copy_(kept)

    monkeypatch.setattr(experiment, "written_error", changed)
    assert not check("cross", Scene(), "read at once").holds


@pytest.mark.breaks("three_shapes.spans", r"^Source and target together restore the text")
def test_a_token_that_neither_side_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = span_filling.corrupted

    def lossy(text: torch.Tensor, noise: torch.Tensor, sentinels: Any) -> Any:
        made = plain(text, noise, sentinels)
        return replace(made, target=made.target[:-1])

    monkeypatch.setattr(span_filling, "corrupted", lossy)
    assert not check("spans", Scene(), "together restore the text").holds


@pytest.mark.breaks("three_shapes.spans", r"^Written token by token, or read at once")
def test_fills_that_were_written_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = experiment.written_error
    monkeypatch.setattr(experiment, "written_error", lambda w, m: plain(w, replace(m, logits=m.logits.roll(1, 0))))
    assert not check("spans", Scene(), "read at once").holds


def test_spans_of_a_text_of_ones_own() -> None:
    """Bad settings are kept within their range, sentinels in a text are left out, and one token is too short."""
    text = "<extra_id_0> On the <b>14th</b> of March 1823 🦉."
    controls = {"passage": text, "density": "999", "mean": "x", "draw": -4}
    made = PANEL.render("spans", Scene(controls=controls))
    pack(made.data)
    assert all(each.holds for each in made.checks)
    assert (made.data.asked.density, made.data.asked.mean_span, made.data.asked.seed) == (40, 3, 0)
    assert "<extra_id_0>" not in made.data.tokens
    assert "<extra_id_0>" in made.data.source
    with pytest.raises(NotApplicableError, match="too short to cut a span"):
        PANEL.render("spans", Scene(controls={"passage": "a"}))


def test_probabilities_of_the_target_are_transformers_own() -> None:
    """T5 of transformers on the same weights and the same cut."""
    from transformers import T5ForConditionalGeneration

    from explorer.zoo.companions import companion

    writer: Any = companion("iso-dates")
    made = span_filling.filling(writer, "In the beginning God created the heaven and the earth.", 0.3, 2, 1)
    theirs: Any = T5ForConditionalGeneration.from_pretrained(writer.card.folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        loss = theirs(made.source[None], labels=made.target[None]).loss
    assert float(-made.chances.log().mean()) == pytest.approx(float(loss), abs=1e-4)


@pytest.mark.breaks("three_shapes.families", r"^Counted from \d+ configs = the numbers in the released weights")
@pytest.mark.breaks("three_shapes.families", r"^All \d+ equal what their makers state")
def test_a_family_without_its_norms(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.stack.architectures import encoder_parameters

    plain = encoder_parameters.parameters
    monkeypatch.setattr(encoder_parameters, "parameters", lambda config: plain(config) * 9 // 10)
    assert not check("families", Scene(), "released weights").holds
    assert not check("families", Scene(), "makers state").holds
