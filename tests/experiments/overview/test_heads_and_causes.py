"""Every head removed: against transformers with the head's z set to zero, and with other interventions kept on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from explorer import zoo
from explorer.experiments.overview import heads_and_causes as experiment
from explorer.experiments.overview.heads_and_causes import Removals, removals
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.panels import panels
from explorer.panels.overview import heads_and_causes_views as views
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.tracing import AblateHead, ForceExpert, ScaleResidual, Trace, TraceKey, capture
from tests.tracing.conftest import reference

if TYPE_CHECKING:
    from explorer.zoo.model import Model

PROMPT = "The capital of France is"


@pytest.fixture(scope="module")
def moe() -> Model:
    return zoo.load("six-kinds-moe")


def log_odds(logits: torch.Tensor, token: int) -> float:
    p = logits.double().softmax(-1)[token]
    return float((p / (1 - p)).log())


def last(model: Model, trace: Trace, pos: int, target: int) -> Removals:
    *_, made = removals(model, trace, pos, target)
    return made


@pytest.mark.thorough
def test_equals_a_full_forward_without_the_head(model: Model) -> None:
    from transformers import AutoModelForCausalLM

    plain: Any = AutoModelForCausalLM.from_pretrained(
        str(model.hf.name_or_path), attn_implementation="eager", dtype=torch.float32, local_files_only=True
    ).eval()
    trace = capture(model, TraceKey(model.name, PROMPT))
    token, told = int(trace.logits[-1].argmax()), []
    *_, made = removals(model, trace, 4, token, progress=lambda done, total: told.append((done, total)))
    base = trace.logits[4].double().softmax(-1)
    for layer, head in ((0, 0), (1, 5), (18, 6), (29, 8)):
        without = reference(plain, trace.ids, zero=(layer, head)).logits[4]
        p = without.double().softmax(-1)
        change = log_odds(without, token) - log_odds(trace.logits[4], token)
        assert float(made.change[layer, head]) == pytest.approx(change, abs=1e-3)
        kl = float((base * (base / p).log()).sum())
        assert float(made.kl[layer, head]) == pytest.approx(kl, rel=1e-3, abs=1e-6)
        assert float(made.probability[layer, head]) == pytest.approx(float(p[token]), rel=1e-3)
    assert told == sorted(told)
    assert told[-1] == (270, 270)
    assert made.redone is not None
    assert int(made.kl.argmax()) == made.redone.layer * 9 + made.redone.head


def test_the_last_layers_are_known_first(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = capture(moe, TraceKey(moe.name, PROMPT))
    whole = last(moe, trace, 4, 7)
    monkeypatch.setattr(experiment, "TOKENS_AT_ONCE", 2 * moe.dims.n_heads * 5)
    *parts, made = removals(moe, trace, 4, 7)
    assert [part.measured for part in parts] == [8, 16]
    assert parts[0].kl[:4].isnan().all()
    assert parts[0].kl[4:].isfinite().all()
    assert all(part.redone is None for part in parts)
    torch.testing.assert_close(made.change, whole.change, atol=1e-4, rtol=1e-4)
    monkeypatch.setattr(experiment, "TOKENS_AT_ONCE", 10)  # two variants at once, a layer has four
    torch.testing.assert_close(last(moe, trace, 4, 7).change, whole.change, atol=1e-4, rtol=1e-4)


@pytest.mark.thorough
def test_keeps_other_interventions(model: Model) -> None:
    edits = (AblateHead(4, 1, "mean"), ScaleResidual(9, 2, 0.5))
    trace = capture(model, TraceKey(model.name, "Paris is in", interventions=edits))
    token = int(trace.logits[-1].argmax())
    made = last(model, trace, 2, token)
    for where in ((20, 7), (5, 3)):
        both = capture(model, TraceKey(model.name, "Paris is in", interventions=(*edits, AblateHead(*where))))
        change = log_odds(both.logits[2], token) - log_odds(trace.logits[2], token)
        assert float(made.change[where]) == pytest.approx(change, abs=1e-3)


@pytest.mark.thorough
def test_heads_are_removed_with_the_routing_kept_on(moe: Model) -> None:
    text = "When Mary and John went to the store"
    trace = capture(moe, TraceKey(moe.name, text, interventions=(ForceExpert(1, 2, 0),)))
    made = last(moe, trace, len(trace) - 1, 7)
    cut = capture(moe, TraceKey(moe.name, text, interventions=(ForceExpert(1, 2, 0), AblateHead(0, 1))))
    change = log_odds(cut.logits[-1], 7) - log_odds(trace.logits[-1], 7)
    assert float(made.change[0, 1]) == pytest.approx(change, abs=1e-4)


@pytest.mark.breaks("heads_and_causes.scatter", "off in a whole run of the model moves the target’s log odds")
def test_a_removal_that_cuts_another_head_is_seen(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = capture(moe, TraceKey(moe.name, PROMPT))
    scene = Scene(moe, trace, None, Focus(position=4))

    def checks() -> list[bool]:
        return [check.holds for check in panels()["heads_and_causes"].render("scatter", scene).checks]

    assert checks() == [True, True]
    without = experiment.without
    monkeypatch.setattr(experiment, "without", lambda *how: without(*how).roll(1, 1))
    assert checks() == [True, False]


def test_heads_that_moved_most_are_removed_in_the_other_run_too(moe: Model) -> None:
    trace, other = (capture(moe, TraceKey(moe.name, text)) for text in (PROMPT, PROMPT.replace("France", "Rome")))
    scene = Scene(moe, trace, None, Focus(position=4), other=Compared(Run(moe, trace), Run(moe, other)))
    assert scene.beside is not None
    there = scene.beside[1]
    made = panels()["heads_and_causes"].render("scatter", scene)
    base = made.data.base
    assert len(base.moved) == views.MOVED == len(base.effect)
    for head, effect in [*zip(base.moved, base.effect.tolist(), strict=True)][:3]:
        edit = AblateHead(*divmod(head, moe.dims.n_heads))
        cut = capture(moe, TraceKey(moe.name, other.key.text, interventions=(edit,)))
        change = log_odds(cut.logits[there], scene.target) - log_odds(other.logits[there], scene.target)
        assert effect == pytest.approx(change, abs=1e-3)
    assert [check.holds for check in made.checks] == [True] * 3


@pytest.mark.breaks("heads_and_causes.scatter", "In the other run, .* off in a whole run moves the target’s log odds")
def test_a_removal_in_the_wrong_run_is_seen(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    trace, base = (capture(moe, TraceKey(moe.name, PROMPT, interventions=edits)) for edits in ((AblateHead(0, 1),), ()))
    scene = Scene(moe, trace, base, Focus(position=4))

    def holds() -> bool:
        *_, made = views.scatter(scene)
        return made.checks[2].holds

    assert holds()
    plain = views.some_removed
    monkeypatch.setattr(views, "some_removed", lambda m, _, *how: plain(m, trace, *how))
    assert not holds()
