"""The race and the drafts' worth on a small model, and their checks on rules that keep too much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from explorer.experiments.inference.decoding import speculative as experiment
from explorer.experiments.inference.decoding import speculative_corpus as over_texts
from explorer.panels.inference import speculative_views as panel
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.inference.decoding import speculative_sampling
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
SKIP = {"draft": "skip", "blocks": 3, "new": 12, "gamma": 3}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "REPEATS", 2)
    monkeypatch.setattr(experiment, "ROUNDS", 3)
    for name, value in (("LENGTH", 32), ("STARTS", 2), ("NEW", 4)):
        monkeypatch.setattr(over_texts, name, value)


def test_a_race_round_by_round(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    shown = view("speculative.rounds", progress=lambda *at: told.append(at), **SKIP)
    made = shown[-1].data
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    n = len(made.rounds)
    assert [len(part.data.rounds) for part in shown] == [*range(1, n + 1), n, n]
    assert [part.data.repeats for part in shown] == [0] * n + [1, 2]
    assert all(part.data.ratio is None for part in shown[:n])
    assert len(made.new_ids) == 12
    assert made.ratio is not None
    assert told[-1][1] == told[-1][2]


def test_at_a_temperature_the_draws_are_counted(check: Find) -> None:
    made = check("speculative.rounds", "follow p: total variation", temperature=1.0, **SKIP)
    assert made.holds
    assert 0 < made.tolerance < 0.03


@pytest.mark.thorough
def test_what_the_drafts_are_worth(view: View) -> None:
    shown = view("speculative.drafts", blocks=3)
    made = shown[-1].data
    assert [part.data.rounds for part in shown] == [1, 2, 3]
    assert all(check.holds for check in shown[-1].checks)
    assert tuple(one.kind for one in made.drafts) == made.kinds
    assert all(len(one.speedup) == panel.GAMMAS for one in made.drafts)
    assert {one.verdict for one in made.drafts} <= {"pays", "costs", "unclear"}


def test_a_draft_of_weights_that_came_in_four_bits_says_so(small: Model) -> None:
    card = replace(small.card, weights_note="GGUF weights (mostly Q4_0), opened as float32", weight_bits=4)
    stand_in = replace(small, card=card)
    assert "on a grid of 4 bits already" in panel._note(Scene(stand_in), ("int4", "lookup"))
    coarser = replace(small, card=replace(card, weight_bits=1))
    assert "on a grid of 1 bit already" in panel._note(Scene(coarser), ("int4",))
    assert panel._note(Scene(stand_in), ("lookup",)) == ""
    assert "rounded before" in panel._note(Scene(replace(small, card=replace(card, weight_bits=5))), ("int4",))
    for bits in (16, None):  # whatever the prose says
        finer = replace(card, weights_note="Trained to be read in 4-bit weights", weight_bits=bits)
        assert panel._note(Scene(replace(small, card=finer)), ("int4",)) == ""
    assert panel._note(Scene(small), ("int4",)) == ""
    assert panel._of_texts(Scene(stand_in)).draft == "skip"
    assert panel._of_texts(Scene(stand_in, controls={"draft": "int4"})).draft == "int4"
    assert panel._of_texts(Scene(small)).draft == "int4"


def keeps_all(p_x: torch.Tensor, q_x: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
    return torch.ones_like(u, dtype=torch.bool)


@pytest.mark.breaks("speculative.rounds", "The output equals plain greedy decoding")
@pytest.mark.breaks("speculative.rounds", "follow p: total variation")
@pytest.mark.breaks("speculative.drafts", "The model judges .* drafts")
@pytest.mark.thorough
def test_a_rule_that_keeps_every_draft_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speculative_sampling, "accepts", keeps_all)
    assert not check("speculative.rounds", "The output equals plain greedy decoding", **SKIP).holds
    assert not check("speculative.rounds", "follow p: total variation", temperature=1.0, **SKIP).holds
    assert not check("speculative.drafts", "positions and keeps", temperature=1.0, blocks=3).holds


@pytest.mark.breaks("speculative.rounds", "follow p: total variation")
def test_replacements_from_p_itself_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speculative_sampling, "residual", lambda p, q: p)
    assert not check("speculative.rounds", "follow p: total variation", temperature=1.0, **SKIP).holds


CORPUS = {"draft": "skip", "blocks": 4, "texts": 1}


@pytest.mark.thorough
def test_what_is_kept_over_held_out_texts(view: View) -> None:
    shown = view("speculative.corpus", temperature=1.0, **CORPUS)
    made = shown[-1].data
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    assert [(part.data.texts, part.data.races) for part in shown] == [(n, 0) for n in range(1, 7)] + [
        (6, n) for n in range(1, 7)
    ]
    assert [one.kind for one in made.by_kind] == ["novel", "drama", "scripture", "encyclopaedia", "French", "Python"]
    assert made.places[0].decided == made.rounds == 12
    assert [one.decided for one in made.places] == sorted((one.decided for one in made.places), reverse=True)
    assert all(1 <= one.mean <= gamma + 1 for gamma, one in enumerate(made.counted, 1))
    # Hotter, both distributions come nearer to even ones, and to one another.
    assert made.by_temperature[-1].mean > made.by_temperature[1].mean
    assert made.speed is not None
    assert len(made.raced) == len(made.raced_gammas) == 4


@pytest.mark.thorough
def test_a_look_up_and_settings_out_of_range(view: View) -> None:
    shown = view("speculative.corpus", draft="lookup", texts="<b>", temperature=-3, blocks=99)[-1]
    assert all(check.holds for check in shown.checks), shown.checks
    assert (shown.data.texts_each, shown.data.temperature) == (1, 0.0)


@pytest.mark.thorough
@pytest.mark.breaks("speculative.corpus", r"^The model judges the first drafted tokens at")
@pytest.mark.breaks("speculative.corpus", r"^The model keeps \d+ of \d+ decided drafts")
def test_a_rule_that_keeps_every_draft_is_seen_over_texts(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speculative_sampling, "accepts", keeps_all)
    checks = view("speculative.corpus", temperature=1.0, **CORPUS)[-1].checks
    assert [each.holds for each in checks] == [False, False]


@pytest.mark.breaks("speculative.corpus", r"^The model judges the first drafted tokens at")
@pytest.mark.thorough
def test_a_draft_that_stands_a_place_off_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(over_texts, "read", shifted(over_texts.read))
    assert not check("speculative.corpus", "the first drafted tokens", temperature=1.0, **CORPUS).holds


def shifted(read: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """The target's rows, each where the next one belongs."""
    return lambda *args, **more: read(*args, **more).roll(1, 0)


def test_it_opens_on_a_draft_that_is_kept_in_part(view: View) -> None:
    made = view("speculative.rounds", new=12, gamma=3)[-1].data
    assert made.opened is not None
    assert len(made.opened.kept) == len(made.kinds)
    share = dict(zip(made.kinds, made.opened.kept, strict=True))
    if made.opened.tells:
        assert 0 < made.accepted < made.tested
        assert share[made.draft] == max(each for each in share.values() if 0 < each < 1)
    assert share[made.draft] == pytest.approx(made.accepted / made.tested)  # what was foreseen is what came
    assert view("speculative.rounds", **SKIP)[-1].data.opened is None  # a link that asks is answered as it says


@pytest.mark.parametrize("kind", [pytest.param("int8", marks=pytest.mark.thorough), "lookup", "skip", "exit"])
def test_rounds_that_are_foreseen_are_those_that_are_run(view: View, kind: str) -> None:
    made = view("speculative.rounds", draft=kind, blocks=3, new=12, gamma=3)[-1].data
    foreseen = view("speculative.rounds", blocks=3, new=12, gamma=3)[-1].data
    share = dict(zip(foreseen.kinds, foreseen.opened.kept, strict=True))[kind]
    assert share == pytest.approx(made.accepted / max(1, made.tested))
