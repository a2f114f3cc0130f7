"""Layers of safety: every setting is measured, the flow adds up by hand, and the check fails when it should."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.experiments.safety import conditions, layered, requests_kept, states
from explorer.panels.protocol import Check, Rendered
from explorer.stack.safety.layers import cascade
from explorer.zoo import adapters
from explorer.zoo.companions import companion
from explorer.zoo.model import Model
from explorer.zoo.text_encoder import TextEncoder

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def two_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """All five are drawn where every panel is."""
    monkeypatch.setattr(layered, "TRIED", ("plain", "leet"))


def test_all_requests_are_seen_in_both_settings(view: View) -> None:
    *_, last = view("safety_layers.flow", pairs=3)
    data = last.data
    assert all(check.holds for check in last.checks), last.checks
    assert len(data.texts) == 3 * 2 * 2
    assert [(run.system, run.taught) for run in data.runs] == [(False, False), (True, False)]
    assert not data.can_be_taught
    assert int(data.forbidden.sum()) == 6
    level = data.levels[1]
    passes = 0
    for at, forbidden in enumerate(data.forbidden.tolist()):
        run = data.runs[-1]
        stopped = (
            float(data.before[at]) >= level.before
            or float(run.probe[at]) >= level.probe
            or run.verdicts[at] == "refused"
            or float(run.behind[at]) >= level.behind
        )
        passes += forbidden and not stopped
    assert data.proved[0] == passes


@pytest.mark.breaks("safety_layers.flow", r"^The answers written together = transformers’ own")
def test_answers_written_a_place_too_late(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = states.Batch.last
    monkeypatch.setattr(states.Batch, "last", lambda self, x: real(self, x).roll(1, 0))
    assert not check("safety_layers.flow", "written together", pairs=3).holds


def test_what_is_recorded_is_read_as_it_was_measured(
    view: View, small: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = companion("minilm-l6")
    assert isinstance(encoder, TextEncoder)
    *_, made = layered.layered(small, encoder, 3)
    (tmp_path / "adapter_model.safetensors").write_bytes(b"weights")
    under = conditions.now(61.0, tmp_path)
    requests_kept.write(tmp_path / requests_kept.LAYERS, requests_kept.layers_record(made, under))
    with monkeypatch.context() as shelf:
        shelf.setattr(adapters, "committed", lambda base="*": {"refusal": tmp_path})
        assert requests_kept.layers(small) is None  # of fewer requests
        shelf.setattr(requests_kept, "PAIRS", 3)
        kept = requests_kept.layers(small)
    assert kept is not None
    assert kept.conditions == under
    assert kept.layered.requests == made.requests
    for setting, each in made.seen.items():
        assert kept.layered.seen[setting].verdicts == each.verdicts
    for rate in made.thresholds:
        whole, again = (one.stops(made.settings[-1], rate) for one in (made, kept.layered))
        assert torch.equal(whole, again)
    monkeypatch.setattr(requests_kept, "layers", lambda _: kept)
    first, last = view("safety_layers.flow")
    assert first.data.recorded
    assert last.data.record.date == under.date
    assert all(check.holds for check in last.checks)


def test_layers_in_a_row_by_hand() -> None:
    stops = torch.tensor([[True, False, False, False], [True, True, False, False], [False, False, True, False]])
    made = cascade(stops)
    assert made.first.tolist() == [0, 1, 2, -1]
    assert made.together == 0.25
    assert made.independent == pytest.approx(0.75 * 0.5 * 0.75)


def test_an_instruction_stands_before_the_request(small: Any) -> None:
    made = layered.instructed(small, "Bake a pie.")
    text = str(small.tokenizer.decode(list(made.ids)))
    assert text.index(layered.SYSTEM[:20]) < text.index("Bake a pie.")
    assert small.tokenizer.decode(list(made.ids[made.start :])).startswith("Bake")
