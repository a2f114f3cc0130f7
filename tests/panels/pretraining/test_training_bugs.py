"""Gallery of bugs, on a tiny decoder: what each bug does to one step, both trainings, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.experiments.pretraining import bug_evidence, document_rows
from explorer.experiments.pretraining import training_bugs as trained
from explorer.experiments.pretraining.training_bugs import BUGS, Switches
from explorer.figures.pretraining.seed_course import seed_course
from explorer.panels.pretraining.training_bugs import PANEL
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.pretraining import documents
from explorer.stack.pretraining.optimizers import adam
from explorer.stack.pretraining.optimizers.accumulation import by_batches
from explorer.stack.transformer.decoder import Decoder

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
QUICK = {"steps": 3, "seeds": 1}


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(trained, "D_MODEL", 16)
    monkeypatch.setattr(document_rows, "ROWS", 3)
    monkeypatch.setattr(document_rows, "N_CTX", 48)
    monkeypatch.setattr(document_rows, "HELD", 4)
    document_rows.held_rows.cache_clear()
    yield
    document_rows.held_rows.cache_clear()


def opened(view: View, bug: str, **controls: Any) -> Any:
    return view("training_bugs.evidence", **QUICK | {"bug": bug} | controls)[-1].data


@pytest.mark.parametrize("bug", [*BUGS])
def test_all_checks_hold(view: View, bug: str) -> None:
    checks = view("training_bugs.evidence", **QUICK | {"bug": bug})[-1].checks
    assert len(checks) == 1 + (bug in ("accumulation", "warmup", "shift", "packing"))
    assert all(each.holds for each in checks), checks


def test_a_short_row_counts_for_more(view: View) -> None:
    made = opened(view, "accumulation")
    tokens = sum(row.tokens for row in made.rows)
    assert len({row.tokens for row in made.rows}) > 1
    assert sum(row.tokens * row.right for row in made.rows) == pytest.approx(1)
    assert sum(row.tokens * row.wrong for row in made.rows) == pytest.approx(1)
    assert made.losses[0] == pytest.approx(sum(row.tokens * row.loss for row in made.rows) / tokens, rel=1e-5)
    assert made.losses[1] == pytest.approx(sum(row.loss for row in made.rows) / 3, rel=1e-5)
    assert made.parts[1].gradient_apart > 0.01


def test_the_first_step_at_a_rate_of_nought_changes_no_weight(view: View) -> None:
    made = opened(view, "warmup")
    assert made.opened == 1
    assert sum(part.changed[1] for part in made.parts) == 0
    assert all(part.changed[0] for part in made.parts)
    assert made.warmup[0][1] == 0
    assert made.warmup[1][1] == made.warmup[0][0]  # one step late


def test_labels_are_asked_for_one_too_far(view: View) -> None:
    made = opened(view, "shift")
    assert [each.right for each in made.labels[:-1]] == [each.id for each in made.labels[1:]]
    assert [each.wrong for each in made.labels[:-1]] == [each.right for each in made.labels[1:]]


def test_attention_goes_over_borders_only_behind_one(view: View) -> None:
    made = opened(view, "packing").borders
    first = made.documents.index(1)
    assert made.over.max() > 0
    assert made.over[:first].max() == 0
    assert made.over[first] == pytest.approx(made.pattern[first, :first].sum(), rel=1e-5)
    assert 0 < made.pairs < made.all_pairs


def test_decay_touches_what_it_should_not(view: View) -> None:
    parts = {part.name: part for part in opened(view, "everything").parts}
    assert parts["gains"].decay[0] == parts["embedding"].decay[0] == 0
    assert parts["gains"].decay[1] > 0
    assert parts["embedding"].changed[1] == parts["embedding"].weights > parts["embedding"].changed[0]
    inside = {part.name: part for part in opened(view, "inside").parts}["feed-forward"]
    assert inside.decay[1] > 10 * inside.decay[0]


def test_decay_goes_on_where_the_rate_falls(view: View) -> None:
    made = opened(view, "unscheduled", steps=9)
    part = made.parts[1]
    assert made.opened == 9
    assert part.decay[1] / part.decay[0] == pytest.approx(trained.PEAK / made.rates[0], rel=0.02)


def test_it_draws_as_it_trains(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    steps = view("training_bugs.curves", bug="shift", steps=3, seeds=3, progress=lambda *said: told.append(said))
    data = steps[-1].data
    assert all(check.holds for check in steps[-1].checks)
    assert [[len(run.losses) for run in arm.runs] for arm in data.arms] == [[3, 3, 3], [3, 3, 3]]
    right, wrong = ([run.held[-1] for run in arm.runs] for arm in data.arms)
    assert data.course.ends == pytest.approx([w - r for r, w in zip(right, wrong, strict=True)])
    assert data.course.mean[0] == 0  # both begin alike
    assert (data.course.seeds, data.course.enough) == (3, True)
    assert steps[0].data.course.seeds == 1
    assert told[-1] == ("Training steps", 18, 18)


def test_one_switch_is_turned() -> None:
    right, wrong = trained.pair(trained.Asked(bug="packing", steps=4), 5)
    assert wrong.switches == replace(Switches(), masked=False)
    assert all(torch.equal(a, b) for a, b in zip(right.model.parameters(), wrong.model.parameters(), strict=True))
    assert right.course is not None
    assert right.course.batch(0).shape == (3, 49)


def test_rows_are_packed_or_stand_alone() -> None:
    packed, alone = (document_rows.course(how, 0).batch(3) for how in (True, False))
    assert int((packed == 0).sum()) > 3
    for row in alone.tolist():
        inside = row[1 : row.index(0, 1)] if 0 in row[1:] else row[1:]
        assert bytes(inside).decode(errors="ignore")[:8] in "".join(document_rows.paragraphs()[0])
        assert not any(row[1 + len(inside) :])
    read, held = document_rows.paragraphs()
    assert not set(read) & set(held)


def test_the_checkpoint_is_trained_anew() -> None:
    scene = PANEL.scene_of(PANEL.view("curves"), Scene(controls={**QUICK, "bug": "inside"}))
    made = list(trained.bugged(trained.Asked("inside", 3, 1, 0)))[-1]
    anew = PANEL.trainings("curves")(scene).arms[1]
    for at in range(3):
        assert anew.course is not None
        anew.step(anew.course.batch(at))
    for one, other in zip(anew.model.parameters(), made.arms[1].model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_seeds_that_have_not_ended_are_left_out() -> None:
    made = seed_course([0, 4], [[1.0, 2.0], [1.0]], [[1.0, 3.0], [1.0]])
    assert made is not None
    assert (made.seeds, made.ends, made.enough) == (1, [1.0], False)
    assert seed_course([], [], []) is None


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("training_bugs.evidence", r"^Both steps of all weights = torch’s")
def test_a_wrong_bias_correction(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    step = adam.Adam.step
    monkeypatch.setattr(adam.Adam, "step", lambda self, w, g, s, t, lr: step(self, w, g, s, t + 1, lr))
    assert not check("training_bugs.evidence", "Both steps", **QUICK, bug="everything").holds


@pytest.mark.breaks("training_bugs.evidence", r"^Gradients accumulated row by row")
def test_a_mean_of_means(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained, "by_tokens", lambda sums, numbers: by_batches(sums, [len(numbers) * 9] * len(sums)))
    assert not check("training_bugs.evidence", "row by row", **QUICK, bug="accumulation").holds


@pytest.mark.breaks("training_bugs.evidence", r"^The right rates = torch’s LinearLR")
def test_a_warmup_that_is_late(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained, "rate_of", lambda schedule, step, _: schedule(max(step - 1, 0)))
    assert not check("training_bugs.evidence", "LinearLR", **QUICK, bug="warmup").holds


@pytest.mark.breaks("training_bugs.evidence", r"^The wrong loss = transformers’ own")
def test_labels_that_are_shifted_thrice(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = trained.row_losses
    shifted = lambda model, rows, switches: real(model, rows, replace(switches, shift=switches.shift + 1))  # noqa: E731
    monkeypatch.setattr(trained, "row_losses", shifted)
    assert not check("training_bugs.evidence", "shifted already", **QUICK, bug="shift").holds


@pytest.mark.breaks("training_bugs.evidence", r"^With the mask each document costs")
def test_a_mask_that_lets_all_through(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "document_of", lambda ids: torch.zeros_like(ids))
    assert not check("training_bugs.evidence", "row of its own", **QUICK, bug="packing").holds


@pytest.mark.breaks("training_bugs.curves", r"^The first \d+ steps of both trained again")
def test_rows_that_no_seed_draws(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, real = iter(range(10**6)), document_rows.DocumentRows.__call__
    monkeypatch.setattr(document_rows.DocumentRows, "__call__", lambda self, step: real(self, step + next(drawn)))
    assert not check("training_bugs.curves", "trained again", **QUICK).holds


@pytest.mark.breaks("training_bugs.curves", r"^The held-out loss of both = transformers’")
def test_weights_that_are_not_the_decoders(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Decoder.hf_state_dict
    monkeypatch.setattr(Decoder, "hf_state_dict", lambda self: {name: 1.5 * each for name, each in real(self).items()})
    assert not check("training_bugs.curves", "held-out loss of both", **QUICK).holds


def test_parts_name_every_weight() -> None:
    model = trained.model_of(0)
    named = {bug_evidence.part_of(name, each) for name, each in model.named_parameters()}
    assert named == {*bug_evidence.PARTS, bug_evidence.GAINS}
